"""Made features: what helps is kept, no row tells its own target, contributions stay with the columns, and all comes back out of JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.goal import Goal
from apercu.core.rows import Rows
from apercu.train._features import Features, Made, Means, Words

GOAL = Goal("y", "numeric")


def table(n=1_500, seed=1):
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(1, 10, (2, n))
    town = np.array([f"t{i}" for i in rng.integers(0, 40, n)], dtype=object)
    kind = rng.choice(np.array(["p", "q", "r", None], dtype=object), n)
    return Rows.of({"a": a, "b": b, "town": town, "kind": kind, "y": 3 * np.log(a / b) + rng.normal(size=n) * 0.1})


def test_the_ratio_that_matters_is_kept():
    features, matrix = Features.fit(table(), GOAL, ("a", "b", "town", "kind"), made=True)
    assert Made("ratio", ("a", "b")) in features.made or Made("ratio", ("b", "a")) in features.made
    assert matrix.shape == (1_500, features.matrix(table(seed=2)).shape[1])


def test_ratios_and_missing():
    rows = Rows.of({"a": [1.0, 2.0, None], "b": [2.0, 0.0, 1.0]})
    assert Made("ratio", ("a", "b")).values(rows)[0, 0] == 0.5 and np.isnan(Made("ratio", ("a", "b")).values(rows)[1:, 0]).all()
    assert Made("sum", ("a", "b")).values(rows)[:2, 0].tolist() == [3.0, 2.0]


def test_means_do_not_tell_a_row_its_own_target():
    """With one row per level, what a row is told is the overall mean, whatever its target."""
    rng = np.random.default_rng(1)
    rows = Rows.of({"id": np.array([f"i{i}" for i in range(500)], dtype=object)})
    signal = rng.normal(size=(500, 1))
    means, told = Means.fit(rows, ("id",), signal)
    assert np.ptp(told) == pytest.approx(0.0, abs=1e-12) and abs(np.corrcoef(means.values(rows)[:, 0], signal[:, 0])[0, 1]) > 0.99
    assert means.values(Rows.of({"id": np.array(["new", None], dtype=object)}))[:, 0] == pytest.approx([signal.mean()] * 2)


def test_means_of_two_columns():
    rows = Rows.of({"a": ["x", "x", "y", "y"] * 50, "b": ["u", "v", "u", "v"] * 50})
    signal = np.array([[0.0], [1.0], [1.0], [0.0]] * 50)
    means, told = Means.fit(rows, ("a", "b"), signal)
    assert means.values(rows)[:4, 0] == pytest.approx([0.5 - 25 / 60, 0.5 + 25 / 60, 0.5 + 25 / 60, 0.5 - 25 / 60])
    assert np.abs(told - signal).max() < 0.2


def test_what_features_say_is_shared_by_their_columns():
    rows = table()
    features, matrix = Features.fit(rows, GOAL, ("a", "b", "town", "kind"), made=True)
    told = np.random.default_rng(1).normal(size=(*matrix.shape, 1))
    assert np.allclose(features.summed(told, ("a", "b", "town", "kind")).sum(axis=1), told.sum(axis=1))


def test_comes_back_out_of_json():
    rows = table()
    features, _ = Features.fit(rows, GOAL, ("a", "b", "town", "kind"), made=True)
    again = Features.from_json(json.loads(json.dumps(features.to_json())))
    assert np.array_equal(again.matrix(table(seed=3)), features.matrix(table(seed=3)), equal_nan=True)


def test_the_same_rows_share_their_matrix():
    from apercu.train._shared import sharing

    rows = table(200)
    with sharing():
        first, matrix = Features.fit(rows, GOAL, ("a", "b", "town", "kind"))
        second, again = Features.fit(rows, GOAL, ("a", "b", "town", "kind"))
        assert first.codes is second.codes and matrix is again
    assert Features.fit(rows, GOAL, ("a", "b"))[1] is not Features.fit(rows, GOAL, ("a", "b"))[1]


def test_words_of_prose_tell_and_come_back():
    """Boosters hear whether a text has the terms that tell most; what they say of them belongs to the column."""
    rng = np.random.default_rng(2)
    late, polite = rng.random((2, 600)) < 0.4
    said = [("came far too late" if x else "arrived in time", "thank you" if z else "goodbye") for x, z in zip(late, polite, strict=True)]
    texts = [f"the parcel {i + 100} {came} and that is all {bye}" for i, (came, bye) in enumerate(said)]
    rows = Rows.of({"text": np.array([*texts[:-1], None], dtype=object), "x": rng.normal(size=600), "y": 3.0 * late + 0.1 * rng.normal(size=600)})
    features, matrix = Features.fit(rows, GOAL, ("text", "x"), prose=True)
    (words,) = features.made
    assert isinstance(words, Words) and "late" in words.prose.terms and matrix.shape == (600, features.width)
    assert np.isnan(matrix[-1, 1:]).all() and set(np.unique(matrix[:-1, 1:])) <= {0.0, 1.0}
    parts = features.summed(np.ones((600, features.width, 1)), ("text", "x"))
    assert parts[0, :, 0].tolist() == [features.width - 1.0, 1.0]
    again = Features.from_json(json.loads(json.dumps(features.to_json())))
    assert np.array_equal(again.matrix(rows), matrix, equal_nan=True)
    assert Features.fit(rows, GOAL, ("text", "x"))[0].made == ()
