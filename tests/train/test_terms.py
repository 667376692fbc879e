"""Terms of texts: which there are, how they weigh, in spaced and unspaced languages."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.rows import Rows
from apercu.train import _terms
from apercu.train._terms import Terms, blocks, language

ENGLISH = ["the parcel never came", "the parcel came late", "never again", "it came and it was fine", "", None, "  "]
CHINESE = ["房间很小", "房间很大", "不错，房间很干净", "wifi很慢", "wifi 很快"]


def table(texts):
    return Rows.of({"t": np.array(texts, dtype=object)})


def test_terms_of_spaced_text():
    rows = table(ENGLISH)
    assert blocks(rows, "t") == ("words", "letters")
    words = Terms.fit(rows, "t", "words")
    assert {"the", "parcel", "the parcel", "never", "came"} == set(words.terms)  # each in two texts at least
    letters = Terms.fit(rows, "t", "letters")
    assert {" ca", "ame ", "never", " the "} <= set(letters.terms) and all(2 <= len(term) <= 5 for term in letters.terms)


def test_terms_of_chinese():
    rows = table(CHINESE)
    assert blocks(rows, "t") == ("signs",)
    assert {"房", "房间", "房间很", "wifi", "wifi很"} <= set(Terms.fit(rows, "t", "signs").terms)


def test_weights_have_length_one_and_rare_terms_weigh_more():
    rows = table(ENGLISH)
    words = Terms.fit(rows, "t", "words")
    made = words.matrix(rows).toarray()
    length = np.linalg.norm(made, axis=1)
    assert np.allclose(length[:4], 1.0) and np.allclose(length[4:], 0.0)
    assert made[0, words.terms.index("never")] > made[0, words.terms.index("came")]


def test_counting_repeats():
    rows = table(["a a a b", "a b", "b a"])
    words = Terms.fit(rows, "t", "words")
    idf = dict(zip(words.terms, words.idf, strict=True))
    first = words.matrix(rows).toarray()[0]
    ratio = first[words.terms.index("a")] / first[words.terms.index("b")]
    assert ratio == pytest.approx((1 + np.log(3)) * idf["a"] / idf["b"], rel=1e-5)


def test_matrix_does_not_depend_on_the_other_rows():
    many = [f"word{i % 7} word{i % 3} again" for i in range(60)]
    rows = table([*many, None])
    words = Terms.fit(rows, "t", "words")
    whole = words.matrix(rows).toarray()
    for at in (np.array([3, 60, 3]), np.array([60]), np.arange(0)):
        assert np.allclose(words.matrix(rows.take(at)).toarray(), whole[at])
    assert np.allclose(words.matrix(table([many[5], None, "new words only"])).toarray(), [whole[5], whole[60], 0 * whole[0]])


def test_vocabulary_is_that_of_the_rows_that_are_fitted_on():
    rows = table(["red red", "red", "blue sky", "blue"])
    assert set(Terms.fit(rows.take(np.array([0, 1])), "t", "words").terms) == {"red"}


def test_most_frequent_terms_are_kept():
    rows = table(["a b c", "a b", "a", "c a"])
    assert set(Terms.fit(rows, "t", "words", most=1).terms) == {"a"}


def test_comes_back_equal():
    rows = table(CHINESE)
    terms = Terms.fit(rows, "t", "signs")
    again = Terms.of("t", "signs", terms.arrays())
    assert again.terms == terms.terms and np.array_equal(again.matrix(rows).toarray(), terms.matrix(rows).toarray())
    empty = Terms.fit(rows.take(np.arange(0)), "t", "signs")
    assert Terms.of("t", "signs", empty.arrays()).matrix(rows).shape == (5, 0)
    with pytest.raises(ValueError, match="weights"):
        Terms.of("t", "signs", {**terms.arrays(), "idf": terms.idf[1:]})


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["the parcel is not here", "it was late and i am sad"], "en"),
        (["房间很小，不过服务很好", "早餐一般"], "zh"),
        (["部屋がとても小さいです", "朝食はよかった"], "other"),
        (["das Zimmer war sehr klein", "leider nicht gut"], "other"),
        ([None, ""], "other"),
    ],
)
def test_language(texts, told):
    assert language(table(texts), "t") == told


def test_texts_are_counted_once(monkeypatch):
    rows, counted = table(["one two", "two three"]), []
    real = _terms._words
    monkeypatch.setattr(_terms, "_words", lambda texts: counted.append(1) or real(texts))
    first = Terms.fit(rows.take(np.array([0, 1])), "t", "words")
    Terms.fit(rows.take(np.array([1])), "t", "words")
    first.matrix(rows)
    assert len(counted) == 1


def test_a_few_texts_counted_for_themselves_weigh_the_same_to_the_digit():
    many = [f"word{i % 7} word{i % 3} again and word{i % 11} so on" for i in range(60)]
    rows = table(many)
    words = Terms.fit(rows, "t", "words")
    few = rows.take(np.arange(5))
    whole = words.matrix(few)
    _terms._counts.clear()
    alone = words.matrix(few)
    assert not _terms._counts and np.array_equal(whole.indices, alone.indices) and np.array_equal(whole.data, alone.data)
