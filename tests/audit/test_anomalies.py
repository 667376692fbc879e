"""Planted odd rows are told with the columns that make them odd; clean tables are silent; confirmed usual rows give exact p-values."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import audit
from apercu.audit.anomalies import _judged, _taught_judged, conformal, explained, find, scores, taught
from apercu.core.errors import WordsError
from apercu.core.split import Split
from apercu.stats.scores import auc


def table(n=2_000, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 4))
    x[:, 3] = x[:, 0] + x[:, 1] + 0.1 * x[:, 3]
    return x


def split_of(make_split, x) -> Split:
    columns = {name: x[:, j] for j, name in enumerate("abcd")}
    return make_split({**columns, "y": np.random.default_rng(9).normal(size=len(x))}, "y")


def test_odd_rows_are_told_with_their_columns(make_split):
    x = table()
    x[[100, 200], 2] = (40.0, -30.0)
    x[300, 3] = x[300, 0] + x[300, 1] - 3.0  # each column usual by itself
    (fault,) = [f for f in audit.run(split_of(make_split, x), None) if f.kind == "anomaly"]
    assert set(fault.rows[:2]) == {101, 201} and fault.evidence["n"] <= 4
    assert "Row 101: c is 39" in fault.say("en") and "above its median" in fault.say("en") and "中位数" in fault.say("zh")
    (reason,) = explained(x, np.array([300]))
    assert reason[0][0] in (0, 1, 3) and not reason[0][2], "only beside the other columns"


@pytest.mark.parametrize("seed", range(5))
def test_clean_tables_are_silent(make_split, seed):
    assert not [f for f in audit.run(split_of(make_split, table(seed=seed)), None) if f.kind == "anomaly"]


def test_scores_order_rows():
    x = table(seed=3)
    odd = np.arange(len(x)) < 30
    x[odd] += 4.0 * np.random.default_rng(1).normal(size=(30, 4))
    assert auc(odd.astype(float), scores(x)) > 0.9


def test_confirmed_rows_give_exact_p_values():
    generator = np.random.default_rng(0)
    hits = [(conformal(generator.normal(size=99), generator.normal(size=50)) <= 0.05).mean() for _ in range(200)]
    assert abs(np.mean(hits) - 0.05) < 0.01
    assert conformal(np.zeros(0), np.ones(2)).tolist() == [1.0, 1.0]


def kinds(seed=0, n=1_500, m=40):
    """A table whose odd rows are of one kind (c and d both high), and whether each row is odd."""
    generator = np.random.default_rng(seed)
    x = generator.standard_t(4, size=(n, 6))
    x[:m, 2:4] = 2.5 + 0.7 * generator.normal(size=(m, 2))
    order = generator.permutation(n)
    return x[order], (order < m)


@pytest.mark.parametrize("seed", range(3))
def test_confirmed_rows_order_the_others_anew(seed):
    x, odd = kinds(seed)
    before = scores(x)
    some = np.flatnonzero(odd)[:5]
    left = np.ones(len(x), dtype=bool)
    left[some] = False
    after = taught(x, odd=some.tolist())
    assert auc(odd[left].astype(float), after[left]) > auc(odd[left].astype(float), before[left]) + 0.02
    usual = np.flatnonzero(~odd)[:30].tolist()
    assert auc(odd[left].astype(float), taught(x, some.tolist(), usual)[left]) > 0.95
    assert np.array_equal(np.argsort(taught(x)), np.argsort(taught(x, odd=(), usual=())))


def test_one_confirmed_row_leaves_rows_unlike_it_where_they_were():
    x = table(seed=5)
    before, after = taught(x), taught(x, usual=[3])
    moved = np.abs(after - before)
    near = np.argsort(((x - x[3]) ** 2).sum(axis=1))
    assert after[3] < before[3] and moved[near[:50]].mean() > 2.0 * moved[near[-500:]].mean()
    assert np.corrcoef(before, after)[0, 1] > 0.99


def test_usual_rows_are_never_told_again_and_odd_ones_stand_first(make_split):
    x = table()
    x[[100, 200, 300], 2] = (40.0, -30.0, 25.0)
    split = split_of(make_split, x)
    (fault,) = find(split, odd=[51], usual=[101])
    assert fault.rows[0] == 51 and set(fault.rows) >= {51, 201, 301} and 101 not in fault.rows
    assert "1 row was confirmed as odd and 1 as usual." in fault.say("en") and "已确认 1 行异常" in fault.say("zh") and "next" in fault.say("en")
    assert fault.evidence["confirmed_odd"] == 1.0 and fault.evidence["confirmed_usual"] == 1.0
    assert not find(split, usual=[101, 201, 301])
    (alone,) = find(split_of(make_split, table()), odd=[7])
    assert alone.rows == (7,) and "No other row stands out" in alone.say("en") and "偶然" in alone.say("zh")


def test_many_confirmed_usual_rows_judge_where_the_tail_is_odd_itself():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(1_500, 6))
    odd = np.arange(1_500) < 200
    x[odd] += 2.5
    assert not len(_judged(x, 0.05).rows), "too many odd rows for a tail"
    usual = np.flatnonzero(~odd)[:400]
    rows = _taught_judged(x, 0.05, np.arange(10), usual).rows[10:]
    assert len(rows) > 100 and (~odd[rows]).mean() <= 0.1 and not set(rows) & set(usual)


def test_scores_of_others_join(make_split):
    x = table(400)
    other = np.random.default_rng(1).gamma(2.0, size=400)
    other[[5, 6]] = (60.0, np.nan)
    split = split_of(make_split, x)
    (fault,) = find(split, more=(other[split.rows["_row"].astype(int) - 1],))
    assert fault.rows[0] == 6 and scores(x, more=(np.nan_to_num(other),))[5] > 0.8
    media = make_split({"photo": np.array([b"x"] * 400, dtype=object), "y": np.random.default_rng(9).normal(size=400)}, "y")
    assert not find(media) and all(find(media, more=(other,) * k)[0].evidence["n"] == 1.0 for k in (1, 2))


@pytest.mark.parametrize(("odd", "usual"), [([1], [1]), ([99_999], []), ([], [0])])
def test_rows_that_are_not_there_are_told(make_split, odd, usual):
    with pytest.raises(WordsError, match="row"):
        find(split_of(make_split, table(300)), odd=odd, usual=usual)


@pytest.mark.slow
def test_confirming_the_first_rows_as_usual_tells_no_more():
    """Clean tables, of which a person has confirmed the twenty oddest rows as usual, or a random hundred."""
    told = []
    for seed in range(20):
        generator = np.random.default_rng(seed)
        x = generator.standard_t(5, (1_000, 6)) @ generator.normal(size=(6, 6))
        first = np.argsort(-scores(x))[:20] if seed % 2 else generator.choice(1_000, 100, replace=False)
        told.append(len(_taught_judged(x, 0.05, np.zeros(0, dtype=int), first).rows) / 1_000)
    assert np.mean(told) <= 0.001


def test_small_empty_and_flat_tables(make_split):
    assert scores(np.zeros((3, 2))).tolist() == [0.5] * 3 and scores(np.zeros((10, 0))).tolist() == [0.5] * 10
    assert taught(np.zeros((3, 2)), odd=[0]).shape == (3,) and np.isfinite(taught(np.zeros((10, 2)), odd=[0], usual=[1])).all()
    assert np.isfinite(taught(np.random.default_rng(0).normal(size=(6, 1)), odd=[0, 1, 2, 3, 4, 5])).all()
    assert not audit.run(make_split({"a": np.ones(60), "t": np.array(["x"] * 60, dtype=object), "y": np.arange(60.0)}, "y"), None)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "t3", "lognormal", "mixture", "uniform", "counts"])
def test_at_most_a_thousandth_of_clean_rows_is_told(kind):
    import importlib.util
    from pathlib import Path

    path = Path(__file__).parents[2] / "benchmarks" / "anomalies.py"
    spec = importlib.util.spec_from_file_location("anomalies_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    told = [len(_judged(module.clean(kind, 1_000, 8, np.random.default_rng(s)), 0.05).rows) / 1_000 for s in range(40)]
    assert np.mean(told) <= 0.001


def test_scores_that_say_nothing_and_rows_that_are_all_confirmed():
    x = np.random.default_rng(0).normal(size=(250, 2))
    nothing = np.full(250, np.nan)
    assert np.isfinite(scores(x, more=[nothing])).all()
    assert taught(np.zeros((250, 0)), more=[nothing]).tolist() == [0.0] * 250
