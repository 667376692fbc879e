"""English and Chinese are equals: the same phrases, under the same names, with the same arguments and the same numbers."""

from __future__ import annotations

import inspect

import pytest

from apercu.words import LANGUAGES, phrases

SAMPLES = {str: "Zq", float: 0.4321, object: 17.5}


def public(module) -> dict[str, object]:
    return {name: getattr(module, name) for name in module.__all__}


def test_every_phrase_exists_in_every_language():
    names = {lang: sorted(module.__all__) for lang, module in LANGUAGES.items()}
    assert names["en"] == names["zh"]
    assert set(LANGUAGES) == {"en", "zh"}


@pytest.mark.parametrize("name", sorted(LANGUAGES["en"].__all__))
def test_phrases_take_the_same_arguments(name):
    en, zh = (public(module)[name] for module in LANGUAGES.values())
    assert callable(en) == callable(zh)
    if callable(en):
        assert list(inspect.signature(en).parameters) == list(inspect.signature(zh).parameters)


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_numbers_stand_in_the_sentences(lang):
    words = phrases(lang)
    assert "43.2%" in words.amount(0.432, "share")
    assert words.amount(1234.5, "EUR").endswith("EUR")
    assert "+12.3" in words.difference(0.123, "share")
    assert "−0.5" in words.difference(-0.5, "")
    assert all(part in words.interval(0.012, 0.034, "share", 0.9) for part in ("90%", "+1.2", "+3.4"))
    assert all(part in words.term("x", "between", (1, 25000)) for part in ("x", "1", "25,000"))
    assert all(part in words.term("x", "in", ("a", "b")) for part in ("“a”", "“b”"))
    assert words.both(["a"]) == words.either(["a"]) == "a"
    assert all(part in words.both(["a", "b", "c"]) for part in "abc")


def test_chinese_is_chinese():
    zh = phrases("zh")
    for said in (zh.everyone, zh.term("x", "missing", None), zh.both(["a", "b"]), zh.interval(0, 1, "")):
        assert any("\u4e00" <= c <= "\u9fff" for c in said)


def test_an_unknown_language_is_refused():
    with pytest.raises(KeyError):
        phrases("fr")
