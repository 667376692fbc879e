"""The learning curve rises where more rows teach, and says so; few rows are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from apercu import evaluate, train


def test_more_rows_teach(make_split):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 12))
    y = x @ rng.normal(size=12) + rng.normal(size=600)
    split = make_split({**{f"x{j}": x[:, j] for j in range(12)}, "y": y}, "y")
    options = train.Options(learners=("linear",))
    model = train.run(split, options)[0]
    asked = []

    def fit(rows):
        asked.append(rows)
        return train.run(split, replace(options, rows=rows))[0]

    curve, scores = evaluate.learned(fit, model, split)
    assert asked == [300, 150, 75] and curve.columns["rows"] == [75, 150, 300, 600]
    assert curve.columns["value"][0] > curve.columns["value"][-1] and all(s.metric in ("rmse", "rmse difference") for s in scores)
    last = scores[-1]
    assert last.model == "600 rows − 75 rows" and last.value < 0 and "600 rows beats 75 rows" in last.say()


def test_too_few_rows_for_parts(make_split):
    rng = np.random.default_rng(0)
    split = make_split({"x": rng.normal(size=60), "y": rng.normal(size=60)}, "y")
    model = train.run(split, train.Options(learners=("linear",)))[0]
    curve, scores = evaluate.learned(lambda rows: model, model, split)
    assert curve.columns["rows"] == [60] and [s.model for s in scores] == ["60 rows"]
