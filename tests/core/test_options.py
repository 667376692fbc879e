"""Options: each field is written down once, with its meaning and legal values, and checked by them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from apercu.core.errors import UnknownName, WordsError
from apercu.core.options import checked, fields_of, option, pairs


@dataclass(frozen=True)
class Options:
    q: float = option(0.05, "false-discovery rate", legal=(0.0, 0.5))
    wait_for: float | None = option(None, "time limit", legal=(0.1, 60.0), unit="minutes")
    effort: str = option("normal", "how hard", legal=("quick", "normal"))
    verbs: tuple = option((), "which", legal=("train", "audit"))
    kinds: dict = option({"a": "b"}, "kinds")  # noqa: RUF009
    plain: bool = option(False, "a switch")


def test_fields_tell_default_meaning_legal_and_unit():
    told = {f.name: f for f in fields_of(Options)}
    assert (told["q"].default, told["q"].meaning, told["q"].legal) == (0.05, "false-discovery rate", (0.0, 0.5))
    assert told["wait_for"].unit == "minutes"
    assert told["kinds"].default == {"a": "b"}
    assert list(told) == ["q", "wait_for", "effort", "verbs", "kinds", "plain"]


def test_defaults_are_not_shared():
    Options().kinds["x"] = "y"
    assert Options().kinds == {"a": "b"}


def test_legal_values_pass_unchanged():
    for options in (Options(), Options(q=0, wait_for=60, effort="quick", verbs=("audit", "train"))):
        assert checked(options) is options


@pytest.mark.parametrize(
    ("fields", "error", "told"),
    [
        ({"q": 0.6}, WordsError, "--q must be a number from 0 to 0.5; got 0.6."),
        ({"q": "high"}, WordsError, "got 'high'"),
        ({"q": True}, WordsError, "got True"),
        ({"q": float("nan")}, WordsError, "got nan"),
        ({"wait_for": 0}, WordsError, "--wait-for must be a number from 0.1 to 60 minutes; got 0."),
        ({"effort": "quik"}, UnknownName, "did you mean 'quick'"),
        ({"verbs": ("train", "adit")}, UnknownName, "did you mean 'audit'"),
    ],
)
def test_illegal_values_are_refused(fields, error, told):
    with pytest.raises(error) as caught:
        checked(Options(**fields))
    assert told in str(caught.value)


def test_pairs():
    assert pairs(["age=number", "a=b=text"], "kind") == {"age": "number", "a=b": "text"}
    for word in ("age", "=number", "age="):
        with pytest.raises(WordsError, match="expects column=value"):
            pairs([word], "kind")
