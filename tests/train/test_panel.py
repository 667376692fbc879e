"""Panels: gaps, duplicates, keys, horizons and known columns; every fault is one sentence."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import EmptyTable, InputError, UnknownName, UnusableTarget, WordsError
from apercu.core.rows import Rows
from apercu.train._panel import Panel, summed

DAYS = (np.datetime64("2024-01-01") + np.arange(40)).astype("datetime64[us]")


def read(columns, **changed):
    asked = {"target": "sold", "time": "day", "by": (), "known": (), "horizon": None, **changed}
    return Panel.read(Rows.of(columns), *asked.values())


def test_a_gap_is_a_line_and_a_note_says_so():
    kept = np.delete(np.arange(40), [10, 11])
    panel, notes = read({"day": DAYS[kept], "sold": kept + 0.5})
    assert panel.of(0) == pytest.approx(np.arange(40) + 0.5)
    assert [n.rows for n in notes] == [2] and "2 steps without a row were filled" in notes[0].say() and "2 个" in notes[0].say("zh")


def test_events_are_added_and_a_step_without_one_is_nought():
    when = np.concatenate([DAYS[:30], DAYS[:30], DAYS[39:]])
    panel, notes = read({"day": when, "sold": np.ones(61), "shop": np.array(["a"] * 60 + ["b"], dtype=object)}, by=("shop",))
    assert panel.keys == (("a",), ("b",))
    assert panel.of(0).tolist() == [2.0] * 30 + [0.0] * 10 and panel.of(1).tolist() == [1.0]
    assert len(notes) == 2


def test_readings_are_averaged():
    panel, _ = read({"day": np.repeat(DAYS, 2), "price": np.tile([1.0, 3.0], 40)}, target="price")
    assert (panel.of(0) == 2.0).all() and not panel.added
    assert summed("sold", np.array([0.0, 5.0])) and not summed("sold", np.array([-1.0, 5.0]))
    assert not summed("demand", 100 + np.array([0.5, 1.5])) and not summed("单价", np.array([1.0, 9.0]))


def test_keys_of_several_columns_and_of_numbers():
    columns = {"day": np.tile(DAYS, 4), "sold": np.arange(160.0), "item": np.repeat([1.0, 2.0], 80), "shop": np.repeat(["x", "y", "x", "y"], 40)}
    panel, _ = read(columns, by=("item", "shop"))
    assert panel.keys == (("1", "x"), ("1", "y"), ("2", "x"), ("2", "y"))
    assert all(np.array_equal(panel.of(i), np.arange(40.0) + 40 * i) for i in range(4))


def test_the_future_of_a_known_column_is_kept():
    sold = np.where(np.arange(40) < 33, np.arange(40.0), np.nan)
    panel, _ = read({"day": DAYS, "sold": sold, "price": np.arange(40.0) * 2}, known=("price",))
    assert panel.horizon == 7 and panel.known["price"].tolist() == (np.arange(40.0) * 2).tolist()


def test_a_season_of_plain_numbers_is_found():
    n = np.arange(144.0)
    rng = np.random.default_rng(0)
    panel, _ = read({"day": n, "sold": 100 + 30 * np.sin(2 * np.pi * n / 12) + rng.normal(0, 3, 144)})
    assert panel.seasons == (12,)
    assert read({"day": n, "sold": 50 + rng.normal(0, 3, 144)})[0].seasons == ()


WRONG = {
    "no such column": ({"target": "sald"}, UnknownName, "did you mean 'sold'"),
    "target is text": ({"target": "shop"}, UnusableTarget, "needs a target of numbers"),
    "time is text": ({"time": "shop"}, WordsError, "holds text"),
    "target is a key": ({"by": ("sold",)}, WordsError, "cannot also be"),
    "too far": ({"horizon": 38}, InputError, "at most 37"),
    "nought ahead": ({"horizon": 0}, WordsError, "whole number of steps"),
    "not known after": ({"known": ("price",), "horizon": 3}, InputError, "said to be known"),
}


@pytest.mark.parametrize("name", WRONG)
def test_every_fault_is_one_sentence(name):
    changed, error, words = WRONG[name]
    columns = {"day": DAYS, "sold": np.arange(40.0), "shop": np.array(["a"] * 40, dtype=object), "price": np.ones(40)}
    with pytest.raises(error, match=words) as told:
        read(columns, **changed)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_little_history_is_said(n):
    with pytest.raises(EmptyTable):
        read({"day": DAYS[:n], "sold": np.arange(float(n))})


@pytest.mark.parametrize(
    "times, unit",
    [
        (1949 + np.arange(48) / 12, "month"),
        (1949 + np.arange(48) / 4, "quarter"),
        (np.array([f"{1982 + k // 4}Q{k % 4 + 1}" for k in range(48)], dtype=object), "quarter"),
        (np.array([f"{1982 + k // 12}-{k % 12 + 1:02d}" for k in range(48)], dtype=object), "month"),
    ],
)
def test_months_and_quarters_that_are_no_moments_are_a_clock_where_named(times, unit):
    panel, notes = read({"day": times, "sold": np.arange(48.0) + 0.5})
    assert panel.grid.unit == unit and panel.sizes.tolist() == [48] and panel.seasons == ({"month": 12, "quarter": 4}[unit],)
    assert [note.say() for note in notes] == [f"day: its values are read as moments, one step is a {unit}."]


def test_noise_has_no_season():
    rng = np.random.default_rng(1)
    found = [read({"day": np.arange(60.0), "sold": 50 + rng.normal(0, 3, 60)})[0].seasons for _ in range(100)]
    assert sum(bool(one) for one in found) <= 7
