"""The linear model of texts as a learner: it learns in both languages, sums exactly, repeats itself, and bears what is odd."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.model import members_of
from apercu.core.rows import Rows
from apercu.stats.scores import log_loss, r2
from apercu.train import _sentence
from apercu.train._stacked import stacked
from apercu.train.text import Text, prose_of

from . import families, words
from .test_sentence import small_model


def halves(rows):
    return rows.take(np.arange(320)), rows.take(np.arange(320, rows.n))


@pytest.fixture(scope="module", params=[("binary", "en"), ("binary", "zh"), ("multiclass", "zh"), ("numeric", "en")])
def fitted(request):
    task, language = request.param
    inner, watch = halves(words.made(task, language=language))
    return task, language, Text().fit(inner, words.GOALS[task], watch)


def test_learns(fitted):
    task, language, model = fitted
    later, goal = words.made(task, seed=2, language=language), words.GOALS[task]
    told, truth = model.predict(later), goal.coded(later)
    if task == "numeric":
        assert r2(truth, told) > 0.35
    else:
        shares = np.bincount(truth.astype(int)) / len(truth)
        assert log_loss(truth, told) < 0.85 * -(shares * np.log(shares)).sum()


def test_contributions_sum(fitted):
    task, language, model = fitted
    rows = words.made(task, n=60, seed=3, language=language)
    assert model.columns == ("note",) and families.sums(model, rows, task) < 1e-5


def test_comes_back_equal_and_repeats_itself(fitted):
    task, language, model = fitted
    rows = words.made(task, n=60, seed=3, language=language)
    again = families.returned(Text, model)
    assert np.array_equal(again.predict(rows), model.predict(rows))
    inner, watch = halves(words.made(task, language=language))
    assert np.array_equal(Text().fit(inner, words.GOALS[task], watch).predict(rows), model.predict(rows))
    order = np.random.default_rng(1).permutation(rows.n)
    assert np.allclose(model.predict(rows.take(order)), model.predict(rows)[order], atol=1e-9)
    assert len(model.predict(rows.take(np.arange(0)))) == 0


def test_new_missing_and_empty_texts():
    inner, watch = halves(words.made("binary"))
    model = Text().fit(inner, words.GOALS["binary"], watch)
    odd = Rows.of({"note": np.array([None, "", "   ", "never seen", "房间"], dtype=object)})
    told = model.predict(odd)
    assert np.isfinite(told).all() and np.allclose(told[:3], told[0])


def test_weights_are_honoured():
    rows = words.made("binary")
    turned = np.where(rows["y"] == "yes", "no", "yes").astype(object)
    both = stacked(rows.plus({"w": np.ones(rows.n)}), Rows.of({**{n: rows[n] for n in rows}, "y": turned, "w": np.zeros(rows.n)}))
    goal = Goal("y", "binary", ("no", "yes"), "yes", weight="w")
    model = Text().fit(both, goal, both.take(np.arange(0)))
    later = words.made("binary", seed=2)
    truth = goal.coded(later)
    assert (model.predict(later).argmax(axis=1) == truth).mean() > 0.6


@pytest.mark.parametrize("n", [0, 1, 20])
def test_few_rows_and_one_class(n):
    rows = words.made("binary", n=max(n, 1)).take(np.arange(n))
    rows = rows.plus({"y": words.made("binary", n=2).take(np.zeros(n, dtype=int)).coded("y")})
    model = Text().fit(rows, words.GOALS["binary"], rows.take(np.arange(0)))
    assert np.isfinite(model.predict(words.made("binary", n=5))).all()


def test_thousands_of_classes():
    n, k = 6_000, 3_000
    codes = np.arange(n) % k
    rows = Rows.of(
        {"note": np.array([f"an order of item thing{c} from shop {i % 7}" for i, c in enumerate(codes)], dtype=object), "y": codes.astype(float)}
    )
    goal = Goal("y", "multiclass", tuple(str(c) for c in range(k)))
    model = Text().fit(rows, goal, rows.take(np.arange(0)))
    assert model.coefficients.size <= 40_000_000
    asked = rows.take(np.arange(300))
    assert (model.predict(asked).argmax(axis=1) == codes[:300]).mean() > 0.9


def test_phrases_are_read_beside_prose_alone():
    rows = words.made("binary", n=400)
    title = np.array([f"order {i} of {i % 7}" for i in range(400)], dtype=object)
    beside = rows.plus({"title": Rows.of({"title": title}).coded("title")})
    assert prose_of(beside, words.GOALS["binary"]) == ("note", "title")
    assert prose_of(rows.only(("plan", "x", "y")), words.GOALS["binary"]) == ("plan",)


def test_offered_where_there_is_prose():
    rows, goal = words.made("binary"), words.GOALS["binary"]
    assert [m.name for m in members_of(Text, goal, rows)] == ["text"]
    assert members_of(Text, goal, rows.only(("x", "plan", "y"))) == ()


def test_sentences_stand_beside_terms(tmp_path):
    folder = small_model(tmp_path / "model")
    inner, watch = halves(words.made("binary"))
    plain = Text().fit(inner, words.GOALS["binary"], watch)
    with _sentence.given(str(folder)):
        model = Text().fit(inner, words.GOALS["binary"], watch)
        chinese = Text().fit(*[part for half in [halves(words.made("binary", language="zh"))] for part in (half[0], words.GOALS["binary"], half[1])])
    assert len(model.coefficients) == len(plain.coefficients) + 8
    assert {type(part).__name__ for part in chinese.parts} == {"Terms"}  # never handed to a model that does not know the language
    rows = words.made("binary", n=50, seed=3)
    assert families.sums(model, rows, "binary") < 1e-5
    again = families.returned(Text, model)
    assert np.array_equal(again.predict(rows), model.predict(rows))
