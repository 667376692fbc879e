"""Without a target: numbers, stretches of days, levels of a state and the number of rows are measured; twins and parts of dates are not."""

from __future__ import annotations

import numpy as np

from apercu import derive
from apercu.core.dataset import Dataset
from apercu.core.expression import Days
from apercu.core.schema import Column, Schema
from apercu.core.split import Split
from apercu.discover._about import About
from apercu.discover._measures import measured
from apercu.engine.duckdb import DuckDB

N = 3_000


def search(about: str = "", **more):
    rng = np.random.default_rng(0)
    opened = np.datetime64("2023-01-01", "us") + rng.integers(0, 300, N).astype("timedelta64[D]")
    columns = {
        "number": np.array([f"INC{i:05d}" for i in range(N)], dtype=object),
        "opened_at": opened,
        "closed_at": opened + rng.integers(1, 30, N).astype("timedelta64[D]"),
        "cents": (amount := rng.lognormal(3, 1, N)) * 100,
        "amount": amount,
        "state": rng.choice(["open", "closed", "declined"], N, p=[0.3, 0.6, 0.1]).astype(object),
        "agent": rng.choice(list("abcdefgh"), N).astype(object),
        "paid": rng.choice(["yes", "no"], N).astype(object),
    } | more
    engine = DuckDB()
    kinds = {"number": "number", "text": "category", "time": "time"}
    roles, flags = {"number": "id"}, {"paid": "flag"}
    table = engine.adopt(columns)
    described = []
    for name, stored in engine.columns(table).items():
        distinct = len({*columns[name].tolist()})
        described.append(Column(name, flags.get(name, kinds[stored]), roles.get(name, "feature"), stored, distinct=distinct))
    data, _ = derive.run(Dataset(Schema(tuple(described)), engine, table, "t", N), None, derive.Options())
    split = Split.make(data, None)
    return measured(split.search, About.of(about, split.rows, data.schema))


def test_what_an_analyst_would_measure():
    measures = search().measures
    assert {(m.name, m.level) for m in measures if m.rate} == {("state", "open"), ("state", "closed"), ("state", "declined"), ("paid", "yes")}
    assert [m.unit for m in measures if isinstance(m.of, Days)] == ["days"]
    assert measures[-1].counts and measures[-1].counted == "number"
    assert sum(m.name in ("amount", "cents") for m in measures) == 1, "two names of one number are measured once"
    assert not any("month" in m.name or "weekday" in m.name for m in measures)


def test_what_the_question_names_comes_first():
    assert search("how large is the amount?").measures[0].name == "amount"


def test_a_target_is_the_only_measure(make_split):
    rng = np.random.default_rng(1)
    split = make_split({"x": rng.normal(size=N), "m": rng.normal(size=N)}, "m")
    assert [m.name for m in measured(split.search, About()).measures] == ["m"]


def test_columns_that_say_nothing_are_no_measures():
    made = search(void=np.full(N, np.nan), same=np.zeros(N), mostly=np.where(np.arange(N) < 40, 1.0 * np.arange(N), np.nan)).measures
    assert not {"void", "same", "mostly"} & {m.name for m in made}
