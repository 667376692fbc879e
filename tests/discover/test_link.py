"""Links: what rises together everywhere, towards both ends, in one segment only; categories; and what two trends fake."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from apercu.core.expression import Column, Days
from apercu.core.schema import Column as Of
from apercu.core.split import Search
from apercu.discover.link import Link

from . import relations


def shapes(search):
    return {claim.told("shape"): (claim, evidence) for claim, evidence in relations.held(Link(), search)}


def test_numbers_that_fall_against_each_other_are_told_from_end_to_end():
    rng = np.random.default_rng(0)
    amount = rng.lognormal(6, 1, 500)
    search = relations.searched({"amount": amount, "wait": 30 - 3 * np.log(amount) + rng.normal(size=500), "other": rng.normal(size=500)})
    (claim, evidence), *rest = relations.held(Link(), search)
    assert not rest and set(claim.columns()) == {"amount", "wait"} and evidence.effect < -0.8
    text = Link().say(claim, evidence, "en")
    assert "move in opposite directions: rank correlation −0." in text and "averages" in text and "where amount is at most" in text
    assert "此升彼降" in Link().say(claim, evidence, "zh")
    assert relations.agrees(Link(), claim, evidence, search)


def test_days_between_moments_are_told_along_what_they_may_depend_on():
    rng = np.random.default_rng(1)
    amount = rng.uniform(0, 9000, 600)
    start = np.datetime64("2024-01-01") + rng.integers(0, 300 * 86_400, 600).astype("timedelta64[s]")
    days = Days(Column("opened"), Column("done"))
    end = start + (40 - amount / 300 + rng.exponential(3, 600)).clip(0).astype("timedelta64[D]")
    columns = {"amount": amount, "opened": start, "done": end}
    plain = relations.searched(columns)
    rows = plain.rows.plus({"days": days.values(plain.rows)})
    schema = plain.schema.plus((Of("days", "number", storage="number", distinct=40, derived=days.to_sql()),))
    search = relations.testing._ready(Search(rows, schema, derived={"days": days}))
    claim, evidence = shapes(search)["rank"]
    assert claim.measure.unit == "days" and claim.by == (Column("amount"),)
    assert "days from opened to done" in Link().say(claim, evidence, "en") and " days where amount is" in Link().say(claim, evidence, "en")
    assert relations.agrees(Link(), claim, evidence, search)


def test_a_number_that_rises_towards_both_ends():
    rng = np.random.default_rng(2)
    x = rng.normal(size=1500)
    search = relations.searched({"x": x, "y": x**2 + 0.5 * rng.normal(size=1500), "w": rng.normal(size=1500)})
    claim, evidence = shapes(search)["bent"]
    assert claim.by == (Column("x"),) and evidence.effect > 0.5
    assert "lowest around the middle of x" in Link().say(claim, evidence, "en") and "向两端升高" in Link().say(claim, evidence, "zh")
    assert relations.agrees(Link(), claim, evidence, search)
    falling = relations.searched({"x": x, "y": np.exp(-2 * x) + 0.01 * rng.normal(size=1500), "w": rng.normal(size=1500)})
    assert "bent" not in shapes(falling), "what only falls does not turn"


@pytest.mark.parametrize("target", ["", "goal", "spend"])
def test_a_correlation_of_one_segment_is_found_with_and_without_a_target(target):
    rng = np.random.default_rng(3)
    columns = dict(Link.example().columns) | {"goal": rng.normal(size=6000)}
    claim, evidence = shapes(relations.searched(columns, target=target))["segment"]
    assert claim.where.say() == "branch is “west”" and {"visits", "spend"} <= set(claim.columns())
    assert evidence.value > 0.5 > 0.1 > abs(evidence.base)
    if target == "spend":
        assert claim.measure.name == "spend"


def test_with_a_target_links_of_all_rows_are_left_to_others():
    rng = np.random.default_rng(4)
    x = rng.normal(size=2000)
    columns = {"x": x, "y": x + rng.normal(size=2000), "k": relations.words(rng, 2000, "abc"), "m": rng.normal(size=2000)}
    assert not list(Link().propose(relations.searched(columns, target="m")))


def test_a_pair_is_told_once_and_a_chain_by_its_links():
    rng = np.random.default_rng(5)
    a = rng.normal(size=1200)
    b = a + 0.5 * rng.normal(size=1200)
    c = b + 0.5 * rng.normal(size=1200)
    pairs = [frozenset(claim.columns()) for claim, _ in relations.held(Link(), relations.searched({"a": a, "b": b, "c": c}))]
    assert sorted(map(sorted, pairs)) == [["a", "b"], ["b", "c"]]


def test_categories_that_go_together():
    rng = np.random.default_rng(6)
    one = relations.words(rng, 900, "abcd")
    other = np.where((one == "b") & (rng.random(900) < 0.7), "p", relations.words(rng, 900, "pqrs")).astype(object)
    search = relations.searched({"one": one, "other": other, "third": relations.words(rng, 900, "xyz")})
    claim, evidence = shapes(search)["levels"]
    assert claim.where.say() == "one is “b”" and claim.measure.level == "p" and 0.2 < evidence.extra["v"] < 0.6
    assert "go together (Cramér's V" in Link().say(claim, evidence, "en") and "相互关联" in Link().say(claim, evidence, "zh")
    assert relations.agrees(Link(), claim, evidence, search)


def test_two_trends_are_no_link():
    rng = np.random.default_rng(7)
    day = np.sort(rng.integers(0, 700, 3000))
    x, y = (0.004 * sign * day + rng.normal(size=3000) for sign in (1, -1))
    columns = {"day": np.datetime64("2022-01-01") + day.astype("timedelta64[D]"), "x": x, "y": y}
    assert list(Link().propose(relations.searched(columns))) and not relations.held(Link(), relations.searched(columns))
    both = columns | {"y": x + rng.normal(size=3000)}
    assert relations.held(Link(), relations.searched(both)), "what also holds within a stretch of time is"


def test_rows_of_one_entity_make_no_link():
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(5):
        entity = np.sort(rng.integers(0, 60, 1800))
        columns = {f"x{i}": 2 * rng.normal(size=60)[entity] + rng.normal(size=1800) for i in range(4)}
        columns["k"] = np.array(list("abc"), dtype=object)[np.digitize(rng.normal(size=60)[entity] + 0.3 * rng.normal(size=1800), [-0.5, 0.5])]
        assert relations.held(Link(), relations.searched(columns)), "taken one by one they would"
        found += len(relations.held(Link(), relations.searched(columns, blocks=entity)))
    assert found <= 1


def test_noise_of_any_shape_is_left_alone():
    said = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        columns = {f"x{i}": rng.standard_t(2, 600) if i % 2 else rng.lognormal(0, 2, 600) for i in range(6)}
        columns |= {f"k{i}": relations.words(rng, 600, "abcdef"[: 2 + i]) for i in range(4)}
        said += len(relations.held(Link(), relations.searched(columns)))
    assert said <= 1


def test_one_follows_the_other_in_time():
    rng = np.random.default_rng(9)
    weeks = 60
    level = rng.normal(size=weeks)
    week = np.sort(rng.integers(0, weeks, 2400))
    ads = 5 * level[week] + rng.normal(size=2400)
    sales = np.where(week >= 2, 5 * level[week - 2], 0.0) + rng.normal(size=2400)
    when = np.datetime64("2024-01-01") + (7 * week + rng.integers(0, 7, 2400)).astype("timedelta64[D]")
    search = relations.searched({"t": when, "b": ads, "a": sales})
    claim, evidence = shapes(search)["lag"]
    assert (claim.measure.name, claim.told("earlier").name, claim.told("unit"), claim.told("lag")) == ("a", "b", "week", 2)
    assert "2 weeks before" in Link().say(claim, evidence, "en") and "2 周后同向跟随" in Link().say(claim, evidence, "zh")
    assert relations.agrees(Link(), claim, evidence, search)


def test_columns_of_awkward_names_are_counted_alike():
    rng = np.random.default_rng(11)
    x = rng.normal(size=900)
    columns = {"y": x, "x": x + rng.normal(size=900), "hit": -x + rng.normal(size=900), 'r"x': np.abs(x) + 0.3 * rng.normal(size=900)}
    search = relations.searched(columns)
    found = relations.held(Link(), search)
    assert len(found) >= 3 and all(relations.agrees(Link(), claim, evidence, search) for claim, evidence in found)


def test_charts_are_json_of_few_marks():
    search = relations.searched(Link.example().columns)
    for claim, evidence in relations.held(Link(), search):
        chart = Link().chart(claim, evidence, relations.judged(search))
        assert len(json.dumps(chart, allow_nan=False)) < 5000


def test_the_other_sign_on_unseen_rows_is_no_proof():
    rng = np.random.default_rng(10)
    x = rng.normal(size=500)
    search = relations.searched({"x": x, "y": x + rng.normal(size=500)})
    (claim, _), *_ = relations.held(Link(), search)
    turned = replace(relations.judged(search), rows=search.rows.plus({"y": -search.rows["y"]}))
    assert Link().verify(claim, turned).p == 1.0
