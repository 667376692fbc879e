"""Topics: words that a measure moves with, words of a level, ids that lead, and texts in which nothing stands out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from apercu import clean, collect, derive
from apercu.core.condition import Condition, Term
from apercu.core.expression import Column, Word
from apercu.core.goal import Goal
from apercu.core.split import Split, Verify
from apercu.discover._about import About
from apercu.discover._measures import measured
from apercu.discover._topic import leader, moved, threshold
from apercu.discover.topic import Topic
from apercu.engine.duckdb import DuckDB

TOPIC = Topic()


def behind_its_wall(columns, target=None):
    data, _ = collect.run(pd.DataFrame(columns), DuckDB(), collect.Options())
    data, _ = clean.run(data, target, clean.Options())
    goal = Goal.guess(data.schema, target, data.engine.distinct(data.table, target, 101)) if target else None
    data, _ = derive.run(data, goal, derive.Options())
    return Split.make(data, goal)


def told(split):
    """(claim, evidence) of what is proposed, the strongest p first."""
    search = measured(split.search, About())
    return sorted(((c, TOPIC.verify(c, split.verify)) for c in TOPIC.propose(search)), key=lambda pair: pair[1].p)


def of_kind(split, what):
    return [(c, e) for c, e in told(split) if c.told("what") == what]


def tickets(n, seed=0):
    """Tickets of three teams: Hardware speaks of printers, mostly of one."""
    rng = np.random.default_rng(seed)
    team = rng.choice(["Hardware", "Software", "People"], n, p=[0.5, 0.3, 0.2])
    number = np.where(rng.random(n) < 0.7, 546, rng.integers(100, 200, n))
    about = [
        f"Printer{k} is {rng.choice(['broken', 'not responding', 'out of paper'])} in hall {rng.choice(list('ABC'))}"
        if t == "Hardware" and rng.random() < 0.8
        else f"Cannot open the {rng.choice(['report', 'payroll', 'calendar', 'mail'])} since {rng.choice(['Monday', 'Friday', 'the update'])}"
        for t, k in zip(team, number, strict=True)
    ]
    return {"about": about, "team": team, "hours": rng.gamma(2, 3, n), "ticket": [f"T{i:06d}" for i in range(n)]}


@pytest.mark.parametrize("n", [500, 4_000])
def test_a_word_of_a_level_and_the_leading_id(n):
    split = behind_its_wall(tickets(n))
    claim, evidence = of_kind(split, "of")[0]
    assert claim.where == Condition((Term("team", "is", "Hardware"),)) and "rinter" in claim.measure.name and evidence.value > 0.7
    assert evidence.p * claim.looks < 0.01
    claim, evidence = of_kind(split, "leads")[0]
    assert claim.told("first") == "Printer546" and claim.measure.counts
    assert claim.where.terms[0].holds(split.verify.rows).sum() == evidence.value > 10 * evidence.base
    sentence = TOPIC.say(claim, evidence, "en")
    assert sentence.startswith(f"“Printer546” stands in {int(evidence.value):,} of {evidence.n:,} texts of about") and sentence.endswith(").")
    assert "“Printer546”出现于" in TOPIC.say(claim, evidence, "zh")


def test_every_query_gives_the_numbers():
    split = behind_its_wall({**tickets(3_000, 1), "same": ["There was an issue"] * 3_000})
    halves = np.array([{1: "search", 2: "verify"}[int(h)] for h in split.half], dtype=object)
    data = split.data.engine.attach(split.data.table, {"_half": halves})
    kinds = set()
    for claim, e in told(split):
        row = split.data.engine.ask(data, TOPIC.sql(claim, "verify"))[0]
        assert [float(v) for v in row[:4]] == pytest.approx([e.effect, e.value, e.base, e.n])
        assert TOPIC.chart(claim, e, split.verify)["data"]["values"]
        kinds.add(claim.told("what"))
    assert kinds >= {"of", "leads", "even"}


def test_a_word_that_moves_a_target():
    rng = np.random.default_rng(3)
    n = 4_000
    mood = rng.choice(["fine", "lovely", "awful", "decent", "strange"], n)
    written = [f"a {m} {rng.choice(['room', 'bed', 'view', 'meal'])} and {rng.choice(['good', 'cold', 'warm'])} coffee" for m in mood]
    stars = 3 + rng.normal(size=n) - 1.2 * (mood == "awful") + 0.8 * (mood == "lovely")
    found = told(behind_its_wall({"review": written, "stars": stars, "city": rng.choice(list("ab"), n)}, "stars"))
    words = {(c.where.terms[0].expression.word, c.direction) for c, e in found if e.p < 1e-6}
    assert {("awful", "low"), ("lovely", "high")} == words
    awful = next((c, e) for c, e in found if c.direction == "low")
    assert TOPIC.say(*awful, "en").startswith("Where review mentions “awful”, stars averages ")
    assert TOPIC.say(*awful, "zh").startswith("当 review 提到“awful”时，stars 平均为 ")


def test_chinese_reviews(shared_data):
    path = shared_data / "text" / "waimai_10k" / "waimai_10k.csv.gz"
    data, _ = collect.run(str(path), DuckDB(), collect.Options())
    data, _ = clean.run(data, "label", clean.Options())
    split = Split.make(data, Goal.guess(data.schema, "label", data.engine.distinct(data.table, "label", 101)))
    found = {c.where.terms[0].expression.word: c.direction for c, e in told(split) if e.p < 1e-6}
    assert found.get("好吃") == "high" and "low" in found.values()


def test_texts_in_which_nothing_stands_out():
    rng = np.random.default_rng(4)
    n = 500
    split = behind_its_wall({"note": ["There was an issue"] * n, "team": rng.choice(list("abcde"), n), "x": rng.normal(size=n)})
    ((claim, evidence),) = told(split)
    assert claim.direction == "flat" and evidence.p < 1e-4 and set(claim.columns()) == {"team", "note"}
    sentence = TOPIC.say(claim, evidence, "en")
    assert "all 500 texts are the same" in sentence and "No text names an id" in sentence
    assert "全部 500 条文字都相同" in TOPIC.say(claim, evidence, "zh")


def test_what_stands_out_is_not_called_even():
    split = behind_its_wall(tickets(4_000, 5))
    assert not [c for c, e in of_kind(split, "even") if e.p < 0.05 and "team" in c.columns()]


def test_even_is_not_said_at_the_margin():
    rng = np.random.default_rng(6)
    n, unlucky = 800, 0
    for _ in range(60):
        team = rng.choice(list("ab"), n)
        note = np.where(rng.random(n) < np.where(team == "a", 0.5, 0.3), "we saw a broken printer", "we saw a clean window")
        split = behind_its_wall({"note": note, "team": team})
        search = measured(split.search, About())
        words = (Term("team", "is", "a"), Term("team", "is", "b"))
        claim = next((c for c in TOPIC.propose(search) if c.direction == "flat"), None)
        assert claim is None  # the difference is seen, so it is not even proposed
        detail = (("what", "even"), ("words", ("printer",)), ("levels", words), ("level", Condition(words[:1])), ("column", "note"))
        made = _flat(search, detail)
        unlucky += TOPIC.verify(made, split.verify).p <= 0.05
    assert unlucky <= 7


def _flat(search, detail):
    from apercu.core.finding import Claim
    from apercu.core.measure import Measure

    measure = Measure("note: printer", Word(Column("note"), "printer"), unit="share")
    return Claim("topic", Condition(), measure, "flat", 1.0, by=(Column("team"),), looks=1, detail=detail)


def test_words_dealt_at_random_move_nothing():
    rng = np.random.default_rng(7)
    vocabulary = np.array([a + b for a in ("pri", "mon", "tab", "lor", "ser") for b in ("nter", "itor", "ble", "ken", "gon")])
    held = 0
    for _ in range(12):
        n = 2_500
        note = [" ".join(rng.choice(vocabulary, 7)) for _ in range(n)]
        found = told(behind_its_wall({"note": note, "team": rng.choice(list("abc"), n), "y": rng.standard_t(3, n)}, "y"))
        held += any(e.p * max(len(found), 1) <= 0.05 for _, e in found)
    assert held <= 1


def test_rows_of_one_author_are_not_many():
    rng = np.random.default_rng(8)
    authors, n = 60, 3_000
    who = rng.integers(0, authors, n)
    fond = rng.random(authors) < 0.5
    written = np.where(fond[who], "I always say marvellous things", "I never say such a word")
    y = rng.normal(size=authors)[who] + 0.1 * rng.normal(size=n)
    split = behind_its_wall({"note": written, "y": y}, "y")
    rows = split.verify.rows
    claim = next(iter(TOPIC.propose(measured(split.search, About()))), None)
    if claim is not None:
        blocked = Verify(rows, split.data.schema, np.arange(rows.n) % 7, goal=split.goal)
        assert TOPIC.verify(claim, blocked).p >= TOPIC.verify(claim, Verify(rows, split.data.schema, goal=split.goal)).p


def test_of_two_words_for_one_thing_one_is_told():
    from apercu.discover._search import Scaled
    from apercu.discover._vocabulary import Vocabulary

    rng = np.random.default_rng(9)
    slow = rng.random(2_000) < 0.3
    late = slow ^ (rng.random(2_000) < 0.1)
    x = 2.0 * slow + rng.normal(size=2_000)
    words = Vocabulary("t", ("late", "slow"), np.stack([late, slow]), np.ones(2_000, dtype=bool))
    assert [words.terms[i] for i, _ in moved(Scaled(x, number=True), words, threshold(10))] == ["slow"]


def test_the_leader_needs_followers():
    from apercu.core.rows import Rows

    alone = Rows.of({"t": np.array(["Printer546 again"] * 50 + ["nothing"] * 50, dtype=object)})
    assert leader(alone, "t")[0] is None
    even = Rows.of({"t": np.array([f"Printer{100 + i % 5} again" for i in range(100)], dtype=object)})
    assert leader(even, "t") == (None, 5)
