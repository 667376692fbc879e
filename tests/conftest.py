"""Fixtures that every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

FEW = {"MEMBERS_SMALL": 2, "MEMBERS": 2, "MEMBERS_NUMBER": 2, "REGROWN_ROWS": 10**9}  # members of an ensemble in tests of other rooms


@pytest.fixture(scope="session", autouse=True)
def few_members():
    """Whole studies are tested with two members, which is all that the rooms beside train/ need; tests/train takes this back."""
    from apercu.train import _portfolio

    whole = {name: getattr(_portfolio, name) for name in FEW}
    for name, value in FEW.items():
        setattr(_portfolio, name, value)
    return whole


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; a test that asks for it is skipped where it is absent."""
    folder = Path(__file__).parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data of shared/data are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def make_split():
    """make_split(columns, target, seed=0, time=None, group=None, wanted="") -> Split: a table of arrays behind its wall."""
    from apercu.core.dataset import Dataset
    from apercu.core.goal import Goal
    from apercu.core.schema import Column, Schema
    from apercu.core.split import Split
    from apercu.engine.duckdb import DuckDB

    def made(columns, target, *, seed=0, time=None, group=None, wanted=""):
        engine = DuckDB()
        table = engine.adopt(columns)
        roles = {target: "target", time: "time", group: "group"}
        kinds = {"number": "number", "text": "category", "time": "time", "bytes": "image", "list": "series"}
        described = [Column(n, kinds[s], role=roles.get(n, "feature"), storage=s) for n, s in engine.columns(table).items()]
        schema = Schema(tuple(described))
        values = engine.distinct(table, target, 101)
        if schema.column(target).storage == "number" and len(values) == 2:
            schema = schema.changed(target, kind="flag")
        goal = Goal.guess(schema, target, values, wanted=wanted, time=time, group=group)
        return Split.make(Dataset(schema, engine, table, "a test table", engine.count(table)), goal, seed)

    return made
