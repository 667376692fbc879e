"""The Transformer as a learner: it learns from nothing and from a checkpoint, sums, opens without torch."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.model import members_of
from apercu.core.rows import Rows
from apercu.stats.scores import log_loss, r2
from apercu.train import _extra, _sentence, transformer
from apercu.train.transformer import RECIPES, Recipe, Transformer, _vocabulary

from . import families, words
from .test_sentence import none_installed, small_model  # noqa: F401

pytest.importorskip("torch")

QUICK = Recipe(6, 16, 4e-3, True, 0.0, 0.1, 0)


def fit(task, language="en", n=250, **how):
    rows = words.made(task, n, language=language)
    return Transformer(**how).fit(rows.take(np.arange(n - 50)), words.GOALS[task], rows.take(np.arange(n - 50, n)))


@pytest.fixture(scope="module", params=[("binary", "en"), ("multiclass", "zh"), ("numeric", "en")])
def fitted(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transformer, "WIDTH", 24)
        patch.setitem(RECIPES, "small", QUICK)
        return *request.param, fit(*request.param)


def test_learns(fitted):
    task, language, model = fitted
    later, goal = words.made(task, seed=2, language=language), words.GOALS[task]
    truth, told = goal.coded(later), model.predict(later)
    if task == "numeric":
        assert r2(truth, told) > 0.3
    else:
        shares = np.bincount(truth.astype(int)) / len(truth)
        assert log_loss(truth, told) < 0.95 * -(shares * np.log(shares)).sum()


def test_contributions_sum(fitted):
    task, language, model = fitted
    rows = words.made(task, 40, seed=3, language=language)
    assert families.sums(model, rows, task) < 1e-4


def test_comes_back_equal_and_opens_without_torch(fitted, monkeypatch):
    task, language, model = fitted
    rows = words.made(task, 40, seed=3, language=language)
    again = families.returned(Transformer, model)
    assert np.array_equal(again.predict(rows), model.predict(rows))
    monkeypatch.setattr(_sentence, "find_spec", lambda package: None)
    bare = families.returned(Transformer, model)
    assert np.allclose(bare.predict(rows), model.predict(rows), atol=1e-3, rtol=1e-3)
    order = np.arange(40)[::-1]
    assert np.allclose(model.predict(rows.take(order)), model.predict(rows)[order], atol=1e-4)


def test_the_same_rows_give_the_same_net(monkeypatch):
    monkeypatch.setattr(transformer, "WIDTH", 16)
    monkeypatch.setitem(RECIPES, "small", Recipe(1, 32, 1e-3, True, 0.0, 0.1, 0))
    rows = words.made("binary", 30, seed=3)
    assert np.array_equal(fit("binary", n=120).predict(rows), fit("binary", n=120).predict(rows))


def test_learns_on_from_a_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "churn-bert", Recipe(1, 16, 1e-3, False, 0.0, 0.1, 0))
    folder = small_model(tmp_path / "model")
    before = _sentence.opened(str(folder)).arrays
    with _sentence.given(str(folder)):
        model = fit("binary", n=120)
    moved = np.abs(model.encoder.arrays["encoder.layer.0.output.dense.weight"] - before["encoder.layer.0.output.dense.weight"]).max()
    assert model.encoder.pieces.numbers == _sentence.opened(str(folder)).pieces.numbers and 1e-5 < moved < 0.5
    with pytest.raises(WordsError, match="sentence model"):
        fit("binary", n=60, folder=str(tmp_path / "nowhere"))


def test_the_recipe_is_as_published():
    recipe = RECIPES["churn-bert"]
    assert (recipe.epochs, recipe.batch, recipe.rate) == (5, 16, 2e-5)


def test_no_word_is_unknown():
    rows = words.made("binary", 100)
    pieces = _vocabulary(rows, ("note",))
    assert pieces.numbers["[UNK]"] not in pieces.cut("parcel lecrap number") and "parcel" in pieces.numbers


@pytest.mark.parametrize("n", [1, 20])
def test_few_rows_one_class_and_odd_texts(n, monkeypatch):
    monkeypatch.setattr(transformer, "WIDTH", 16)
    monkeypatch.setitem(RECIPES, "small", Recipe(1, 8, 1e-3, True, 0.0, 0.1, 0))
    rows = words.made("binary", n)
    rows = rows.plus({"y": rows.take(np.zeros(n, dtype=int)).coded("y")})
    model = Transformer().fit(rows, words.GOALS["binary"], rows.take(np.arange(0)))
    odd = Rows.of({"note": np.array([None, "", "房间", "x" * 3_000], dtype=object), "plan": np.array([None, "p", "q", "z"], dtype=object)})
    assert np.isfinite(model.predict(odd)).all() and model.predict(odd.take(np.arange(0))).shape == (0, 2)
    parts, base = model.contributions(odd)
    odds = np.diff(np.log(model.predict(odd)), axis=1)
    assert np.allclose(parts.sum(axis=1) + base, odds, atol=1e-4)


def test_never_tried_unasked_and_says_what_it_needs(monkeypatch):
    assert members_of(Transformer, words.GOALS["binary"], words.made("binary", 30)) == ()
    monkeypatch.setattr(_extra, "find_spec", lambda package: None)
    with pytest.raises(WordsError, match="deep"):
        fit("binary", n=60)
