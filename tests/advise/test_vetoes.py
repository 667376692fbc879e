"""Vetoes take rows out of offers after scoring, and say how many."""

from __future__ import annotations

import pytest

from apercu.advise import run, stopped
from apercu.advise.vetoes import allowed
from apercu.core.rulebook import read_rulebook

from .test_offers import B, finding, model_of, world

BOOK = read_rulebook('never offer "sms" when plan = "b" and x > 0\nnever offer when plan = "none"')


@pytest.fixture
def split():
    return world()


def test_rows_of_a_veto_are_left_out_and_gains_follow(split):
    made = run([finding(split, B)], split, None)
    kept, notes = stopped(made, BOOK.vetoes, split, None)
    barred = int((B.holds(split.rows) & (split.rows["x"] > 0)).sum())
    (before,), (after,) = made, kept
    assert after.people == before.people - barred == int((B.holds(split.rows) & allowed(BOOK.vetoes)(split.rows)).sum())
    for name in ("gain", "gain_low", "gain_high", "cost"):
        assert getattr(after, name) / after.people == pytest.approx(getattr(before, name) / before.people)
    assert f"{barred:,} are left out because a veto names them" in after.say() and "因禁令排除" in after.say("zh")
    assert [n.rows for n in notes] == [barred, 0]
    assert notes[0].say().endswith(f"This took {barred:,} of these {barred:,} rows out of 1 offer.")
    assert "No offer addressed any of these 0 rows." in notes[1].say() and "没有提议" in notes[1].say("zh")


def test_an_offer_that_nobody_remains_of_is_not_made(split):
    veto = read_rulebook('never offer "sms" when plan = "b"').vetoes
    kept, notes = stopped(run([finding(split, B)], split, None), veto, split, None)
    assert kept == [] and notes[0].rows == int(B.holds(split.rows).sum())


def test_the_models_own_offer_is_filtered_too(split):
    model = model_of(split)
    made = run([], split, model)
    kept, _ = stopped(made, BOOK.vetoes, split, model)
    assert made and kept[0].people < made[0].people


def test_no_veto_no_change(split):
    made = run([finding(split, B)], split, None)
    assert stopped(made, (), split, None) == (made, [])
    untouched = read_rulebook('never offer "x" when plan = "a"').vetoes
    assert stopped(made, untouched, split, None)[0] == made
