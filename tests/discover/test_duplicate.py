"""Duplicates: what repeats beyond chance, where it is dense, and nothing where values are few or rows of one entity."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.discover.duplicate import Duplicate

from . import relations


def table(n=500, seed=0, copies=60, cents=2):
    rng = np.random.default_rng(seed)
    user = np.array([f"u{i:02d}" for i in rng.integers(0, 50, n)], dtype=object)
    kind, amount = relations.words(rng, n, ["meals", "tools", "travel"]), np.round(rng.lognormal(6, 1, n), cents)
    some = rng.permutation(n)[:copies]
    user[some], kind[some], amount[some] = "u07", "travel", 8000.0
    return {"user": user, "kind": kind, "amount": amount, "z": rng.normal(size=n)}


def test_one_person_who_hands_in_the_same_again_and_again():
    search = relations.searched(table())
    found = {claim.where.say(): (claim, evidence) for claim, evidence in relations.held(Duplicate(), search)}
    assert set(found) == {"all rows", "user is “u07”", "kind is “travel”"}
    claim, evidence = found["all rows"]
    assert {"user", "amount", "kind"} <= set(claim.columns()) and evidence.value == pytest.approx(0.12, abs=0.01) and evidence.base < 0.01
    text = Duplicate().say(claim, evidence, "en")
    assert text.startswith("60 of 500 rows (12.0%) share user, kind and amount") and "“u07”, “travel”, amount 8000: 60 times." in text
    assert "完全相同" in Duplicate().say(claim, evidence, "zh") and "共 60 次" in Duplicate().say(claim, evidence, "zh")
    level = Duplicate().say(*found["kind is “travel”"], "en")
    assert level.startswith("Rows that repeat user, kind and amount are concentrated where kind is “travel”")
    assert all(relations.agrees(Duplicate(), c, e, search) for c, e in found.values())
    chart = Duplicate().chart(claim, evidence, relations.judged(search))
    assert json.dumps(chart, allow_nan=False)


def test_pairs_of_copies_spread_over_many_persons():
    rng = np.random.default_rng(1)
    columns = table(n=900, copies=0, seed=1)
    first = rng.permutation(900)[:80]
    second = (first + 7) % 900
    columns["amount"][second], columns["user"][second] = columns["amount"][first], columns["user"][first]
    claims = relations.held(Duplicate(), relations.searched(columns))
    assert any(not claim.where.terms and evidence.extra["rows"] > 80 for claim, evidence in claims)


def test_columns_of_awkward_names_are_counted_alike():
    renamed = dict(zip(("v", "own", "n", "hit"), table().values(), strict=True))
    search = relations.searched(renamed)
    found = relations.held(Duplicate(), search)
    assert len(found) == 3 and all(relations.agrees(Duplicate(), claim, evidence, search) for claim, evidence in found)


@pytest.mark.parametrize("cents", [2, -1])
def test_what_repeats_by_chance_is_left_alone(cents):
    assert not any(list(relations.held(Duplicate(), relations.searched(table(copies=0, seed=s, cents=cents)))) for s in range(6))


def test_a_default_that_everybody_has_is_no_repeat():
    columns = table(copies=0, seed=3)
    columns["amount"] = np.where(np.random.default_rng(3).random(500) < 0.4, 0.0, columns["amount"])
    assert not relations.held(Duplicate(), relations.searched(columns))


def test_what_one_entity_does_is_not_proved_of_others():
    columns = table()
    search = relations.searched(columns)
    (claim, evidence), *_ = relations.held(Duplicate(), search)
    blocks = np.unique(columns["user"], return_inverse=True)[1]
    assert Duplicate().verify(claim, relations.judged(relations.searched(columns, blocks=blocks))).p > 0.05 > evidence.p


def test_a_table_without_things_or_amounts():
    rng = np.random.default_rng(4)
    assert not list(Duplicate().propose(relations.searched({"x": rng.normal(size=300), "y": rng.normal(size=300)})))
    assert not list(
        Duplicate().propose(relations.searched({"k": relations.words(rng, 300, "abcdefghijklmnop"), "l": relations.words(rng, 300, "ab")}))
    )
