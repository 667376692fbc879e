"""Out-of-fold predictions are of models that never saw the row; order of rows, time limits, wide tables, bad tables."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from apercu import train
from apercu.core.errors import EmptyTable, UnknownName
from apercu.core.progress import listening
from apercu.core.rows import Rows


def table(n=600, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    plan = rng.choice(np.array(["a", "b", "c", None], dtype=object), n)
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-2 * x - (plan == "b"))), "yes", "no").astype(object)
    return {"x": x, "plan": plan, "noise": rng.normal(size=n), "y": np.where(rng.random(n) < 0.03, None, y)}


def test_best_first_and_out_of_fold(make_split):
    split = make_split(table(), "y")
    models = train.run(split)
    assert {"linear", "boosting"} <= {m.name.split()[0] for m in models} <= set(train.learners())
    losses = [float(m.loss.mean()) for m in models]
    assert losses == sorted(losses) and all(len(m.folds) == split.folds.max() + 1 == len(m.loss) for m in models)
    known = ~np.isnan(split.goal.coded(split.rows))
    for model in models:
        assert model.columns == ("x", "plan", "noise")
        assert np.isnan(model.out_of_fold[~known]).all() and model.out_of_fold[known].sum(axis=1) == pytest.approx(np.ones(known.sum()))
        assert np.isfinite(model.predict(split.rows)).all(), "rows without a target are predicted"
        raw = replace(model, scale=1.0, shift=0.0)
        if (model.scale, model.shift) == (1.0, 0.0):
            fold0 = np.flatnonzero(known & (split.folds == 0))
            assert np.allclose(raw.out_of_fold[fold0], model.folds[0].predict(split.rows.take(fold0)), rtol=0, atol=1e-12)


def test_noise_is_not_learned(make_split):
    """A target that nothing tells: models that saw their rows would do far better than a coin."""
    from apercu.stats.scores import auc

    rng = np.random.default_rng(1)
    columns = {f"x{i}": rng.normal(size=800) for i in range(10)} | {"c": np.array([f"l{i}" for i in rng.integers(0, 80, 800)], dtype=object)}
    split = make_split({**columns, "y": rng.choice(np.array(["a", "b"], dtype=object), 800)}, "y")
    for model in train.run(split):
        assert 0.42 < auc(split.goal.measured(split.rows), model.out_of_fold[:, 1]) < 0.58


def test_the_order_of_rows_changes_nothing(make_split):
    columns = table()
    order = np.random.default_rng(2).permutation(600)
    first = train.run(make_split(columns, "y"), train.Options(members=3))
    second = train.run(make_split({name: c[order] for name, c in columns.items()}, "y"), train.Options(members=3))
    for one, other in zip(first, second, strict=True):
        assert one.name == other.name and np.array_equal(one.out_of_fold, other.out_of_fold, equal_nan=True)


def test_the_time_limit_leaves_one_model(make_split):
    split = make_split(table(), "y")
    assert len(train.run(split, train.Options(minutes=0.0))) == 1
    assert len(train.run(split, train.Options(minutes=5.0, members=2))) >= 2


def test_what_would_end_too_late_is_left_out(make_split, monkeypatch):
    """A member whose first fold takes long is begun, measured and given up."""
    from apercu.train.boosting import Boosting

    fit, begun = Boosting.fit, []

    def slow(self, rows, goal, watch):
        begun.append(1)
        time.sleep(1.0)
        return fit(self, rows, goal, watch)

    monkeypatch.setattr(Boosting, "fit", slow)
    models = train.run(make_split(table(300), "y"), train.Options(minutes=2.5 / 60, learners=("linear", "boosting"), members=2))
    assert [m.name for m in models] == ["linear"] and len(begun) < 8


def test_every_row_is_fitted_on_though_some_are_watched(make_split):
    from apercu.train._cross import table_of

    split = make_split(table(), "y")
    parts = table_of(split, train.Options()).parts
    assert all(0.05 < part.watch.n / (part.watch.n + part.inner.n) < 0.3 for part in parts)
    fitted = np.zeros(600, dtype=int)
    for part in parts:
        assert not set(part.inner_at) & set(part.watch_at) and not set(part.own_at) & (set(part.inner_at) | set(part.watch_at))
        fitted[part.inner_at] += 1
    assert fitted[~np.isnan(split.goal.coded(split.rows))].min() >= len(parts) - 3


def test_what_is_tried_is_remarked(make_split):
    said = []
    with listening(lambda *_: None, lambda step, text: said.append((step, text))):
        train.run(make_split(table(200), "y"), train.Options(learners=("linear", "boosting"), members=2))
    assert [step for step, _ in said] == ["train"] * 2 and said[0][1].startswith("linear; 16 fits left")
    assert said[1][1].startswith("boosting; 8 fits left; best so far: linear with a loss of ")


def test_progress_ends_at_the_end(make_split):
    heard = []
    with listening(lambda *said: heard.append(said)):
        train.run(make_split(table(200), "y"), train.Options(learners=("linear",)))
    assert heard[0] == ("train", 0, 8) and heard[-1] == ("train", 8, 8) and [h[1] for h in heard] == sorted(h[1] for h in heard)


def test_wide_tables_are_screened_in_every_fold(make_split):
    rng = np.random.default_rng(3)
    columns = {f"c{i}": rng.normal(size=150) for i in range(300)}
    columns["y"] = 3 * columns["c7"] + rng.normal(size=150)
    split = make_split(columns, "y")
    (model,) = train.run(split, train.Options(learners=("linear",), columns=20))
    assert all(len(m.columns) == 20 and "c7" in m.columns for m in model.folds) and len(model.columns) == 300
    parts, base = model.contributions(split.rows.take(np.arange(5)))
    assert parts.shape == (5, 300, 1) and base[0] + parts.sum(axis=(1, 2)) == pytest.approx(model.predict(split.rows.take(np.arange(5))))


@pytest.mark.parametrize("role", ["id", "constant", "leak", "ignored", "value"])
def test_roles_that_are_not_learned_from(make_split, role):
    split = make_split(table(100), "y")
    split = replace(split, data=split.data.with_schema(split.data.schema.changed("x", role=role)))
    assert "x" not in train.run(split, train.Options(learners=("linear",)))[0].columns


def test_nothing_to_learn_from(make_split):
    split = make_split({"id": np.arange(50.0), "y": np.arange(50.0)}, "y")
    split = replace(split, data=split.data.with_schema(split.data.schema.changed("id", role="id")))
    with pytest.raises(EmptyTable, match="at least one column"):
        train.run(split)


def test_a_family_that_is_not_there(make_split):
    with pytest.raises(UnknownName, match="did you mean 'linear'"):
        train.run(make_split(table(60), "y"), train.Options(learners=("linea",)))


def test_training_rows_are_capped(make_split):
    split = make_split(table(), "y")
    (model,) = train.run(split, train.Options(learners=("linear",), rows=100))
    assert np.isfinite(model.out_of_fold[~np.isnan(split.goal.coded(split.rows))]).all()
    assert not np.allclose(model.out_of_fold, train.run(split, train.Options(learners=("linear",)))[0].out_of_fold, equal_nan=True)


def test_weights_count(make_split):
    rng = np.random.default_rng(5)
    x = rng.normal(size=400)
    odd = np.arange(400) % 2 == 1
    y = np.where(odd, 1.0, -1.0) * 3 * x + rng.normal(size=400)
    split = make_split({"x": x, "w": np.where(odd, 1.0, 0.01), "y": y}, "y")
    split = replace(split, goal=replace(split.goal, weight="w"), data=split.data.with_schema(split.data.schema.changed("w", role="weight")))
    for model in train.run(split):
        low, high = model.predict(Rows.of({"x": [-1.0, 1.0]}))
        assert high - low > 3, f"{model.name}: the heavy rows rise with x"


def test_entities_stay_together_and_small_blocks_are_watched(make_split):
    group = np.array([f"g{i % 12}" for i in range(240)], dtype=object)
    rng = np.random.default_rng(6)
    split = make_split({"g": group, "x": rng.normal(size=240), "y": rng.normal(size=240)}, "y", group="g")
    assert all(m.columns == ("x",) and np.isfinite(m.out_of_fold).all() for m in train.run(split))


@pytest.mark.slow
def test_five_thousand_columns(make_split):
    rng = np.random.default_rng(3)
    columns = {f"c{i}": rng.normal(size=1_000) for i in range(5_000)}
    columns["y"] = 3 * columns["c7"] + rng.normal(size=1_000)
    split = make_split(columns, "y")
    begun = time.process_time()
    models = train.run(split)
    assert time.process_time() - begun < 300
    assert len(models) >= 2 and 1 - np.mean((models[0].out_of_fold - split.rows["y"]) ** 2) / np.var(split.rows["y"]) > 0.5


def test_a_family_is_handed_what_it_asks_for(make_split, monkeypatch):
    """Rows without a target, the same in every fold, and which rows belong together."""
    from apercu.train.linear import Linear

    fit, heard = Linear.fit, []

    def asking(self, rows, goal, watch, pool=None, together=None):
        heard.append((rows, watch, pool, together))
        return fit(self, rows, goal, watch)

    monkeypatch.setattr(Linear, "fit", asking)
    only = train.Options(learners=("linear",), members=1)
    train.run(make_split(table(), "y"), only)
    assert all(pool is None and together is None for *_, pool, together in heard), "who does not ask gets nothing"
    monkeypatch.setattr(Linear, "asks", ("pool", "together"), raising=False)
    heard.clear()
    columns = table()
    split = make_split({**columns, "who": np.arange(600) // 6}, "y", group="who")
    train.run(split, only)
    assert len({id(pool) for _, _, pool, _ in heard}) == 1
    missing = np.array([y is None for y in columns["y"]])
    assert heard[0][2].n == missing.sum() > 0 and tuple(heard[0][2]) == ("x", "plan", "noise")
    assert sorted(heard[0][2]["x"]) == sorted(columns["x"][missing])
    entity = {round(float(x), 9): int(who) for x, who in zip(columns["x"], np.arange(600) // 6, strict=True)}
    for rows, watch, _, together in heard:
        own = [entity[round(float(x), 9)] for x in (*rows["x"], *watch["x"])]
        assert len(together) == len(own) and len({*zip(own, together.tolist(), strict=True)}) == len({*own})
