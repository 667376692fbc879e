"""Questions about changed rows are answered by the model of each row's own fold, in the order in which they were put."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.core.rows import Coded
from apercu.explain._sample import Sample, Variant, linked, wanted


@pytest.fixture(scope="module")
def sample(make_split):
    rng = np.random.default_rng(0)
    x, plan = rng.normal(size=400), rng.choice(np.array(["a", "b", None], dtype=object), 400)
    y = np.where(2 * x + (plan == "b") + rng.normal(size=400) > 0, "yes", "no").astype(object)
    y[:7] = None
    split = make_split({"x": x, "plan": plan, "y": y}, "y")
    return Sample.of(train.run(split, train.Options(learners=("linear",), calibrate=False))[0], split, 300)


def test_unchanged_rows_get_their_out_of_fold_prediction(sample):
    [told] = sample.asked([Variant(np.arange(sample.n), {})])
    assert sample.n == 300 and np.allclose(told, sample.model.out_of_fold[sample.where])
    assert np.allclose(wanted(sample.goal, told), sample.predicted)
    total = sample.parts.sum(axis=1)
    assert np.corrcoef(total, linked(sample.goal, told))[0, 1] > 0.99, "parts sum to log-odds, but for each fold's base"


def test_variants_do_not_mix(sample):
    high, levels = np.full(3, 5.0), sample.rows.coded("plan").levels
    plain, raised, moved = sample.asked(
        [
            Variant(np.array([4, 2]), {}),
            Variant(np.array([1, 2, 3]), {"x": high}),
            Variant(np.array([2]), {"plan": Coded(np.array([1], np.int32), levels)}),
        ]
    )
    [alone] = sample.asked([Variant(np.array([1, 2, 3]), {"x": high})])
    assert np.allclose(raised, alone) and (raised[:, 1] > 0.9).all() and len(plain) == 2 and len(moved) == 1
    assert np.allclose(plain[1], sample.model.out_of_fold[sample.where[2]])


def test_a_model_that_has_not_one_part_per_fold_answers_as_a_whole(sample):
    from dataclasses import replace

    whole = replace(sample, model=replace(sample.model, folds=sample.model.folds[:1]))
    [told] = whole.asked([Variant(np.arange(5), {})])
    assert np.allclose(told, whole.model.predict(whole.rows.take(np.arange(5)))) and whole.parts.shape == (300, 2)
