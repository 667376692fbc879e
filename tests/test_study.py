"""The whole trip on the example with planted truths: found, scored, explained, priced, saved, opened again and asked for predictions."""

from __future__ import annotations

import json

import numpy as np
import pytest

import apercu
from apercu.core.errors import InputError, UnknownName, UnusableTarget, WordsError
from apercu.demo import demo
from apercu.study import Options, Study
from apercu.train import Options as Train

RULES = """
when contract = "monthly" and internet = "fiber" then churned = "yes" [0.35]
when plan_colour = "red" then churned = "yes" [0.9]
"""


@pytest.fixture(scope="module")
def study() -> Study:
    example = demo("churn")
    return apercu.run(example.columns, example.target, goal=example.goal, rules=RULES)


def test_the_planted_truths_are_found_and_nothing_else(study):
    found = {frozenset(f.claim.where.terms) for f in study.findings}
    assert found == {frozenset(truth.where.terms) for truth in demo("churn").truths}


def test_every_query_gives_the_number_of_its_sentence_on_the_saved_rows(study, tmp_path):
    folder = study.save(tmp_path / "churn.study")
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW data AS SELECT * FROM '{folder}/data.parquet'")
    for finding in study.findings:
        effect, value, base, n, _ = connection.execute(finding.sql).fetchone()
        e = finding.evidence
        assert (effect, value, base, n) == pytest.approx((e.effect, e.value, e.base, e.n))
    halves = dict(connection.execute("SELECT _half, count(*) FROM data GROUP BY 1").fetchall())
    assert set(halves) == {"search", "verify"} and abs(halves["search"] - halves["verify"]) < 500


def test_a_saved_study_opens_equal(study, tmp_path):
    opened = Study.load(study.save(tmp_path / "churn.study"))
    assert opened.to_json() == study.to_json()
    new = {name: column[:50] for name, column in demo("churn").columns.items()}
    assert opened.predict(new) == study.predict(new)


def test_rules_are_judged_and_mark_what_is_known(study):
    first, second = study.rules
    assert first.verdict == "holds" and second.verdict in ("against", "weaker")
    known = [f for f in study.findings if f.novelty == "known"]
    assert [f.claim.where.columns() for f in known] == [("contract", "internet")]


def test_offers_are_priced_with_their_pessimistic_end(study):
    assert study.actions and all(a.gain_low <= a.gain <= a.gain_high for a in study.actions)
    assert study.actions[0].gain == max(a.gain for a in study.actions)


def test_the_json_is_the_documented_one(study):
    record = json.loads(json.dumps(study.to_json(), allow_nan=False))
    parts = {
        "version",
        "apercu",
        "source",
        "seed",
        "rows",
        "split",
        "schema",
        "notes",
        "scores",
        "effects",
        "findings",
        "ledger",
        "faults",
        "rules",
        "actions",
    }
    assert parts <= set(record)
    assert {"rank", "pattern", "text", "columns", "where", "measure", "direction", "effect", "unit", "low", "high", "base", "n", "p", "q"} <= set(
        record["findings"][0]
    )


def test_the_same_seed_gives_the_same_study_in_any_order_of_rows(study):
    example = demo("churn")
    order = np.random.default_rng(0).permutation(6000)
    shuffled = {name: column[order] for name, column in example.columns.items()}
    again = apercu.run(shuffled, example.target, goal=example.goal, rules=RULES)
    assert [f.to_json() for f in again.findings] == [f.to_json() for f in study.findings]
    assert [s.to_json() for s in again.scores] == [s.to_json() for s in study.scores]


def test_without_a_target_the_measures_are_chosen():
    example = demo("churn")
    study = apercu.run({name: column for name, column in example.columns.items() if name != "customer_id"})
    assert study.goal is None and study.model is None and study.findings
    assert [f.rank for f in study.findings] == list(range(1, len(study.findings) + 1))
    with pytest.raises(WordsError, match="no target was named"):
        _ = study.predictor


def test_a_test_file_is_scored_besides():
    example = demo("churn")
    train, held = ({name: column[part] for name, column in example.columns.items()} for part in (slice(0, 4500), slice(4500, None)))
    study = apercu.run(train, example.target, test=held, options=Options(effort="quick"))
    places = {score.where for score in study.scores}
    assert places == {"out of fold", "test file"}


@pytest.mark.parametrize(
    ("columns", "target", "error", "words"),
    [
        ({"a": [1.0, 2.0] * 50, "b": ["x", "y"] * 50}, "c", UnknownName, "there is no column 'c'"),
        ({"a": [1.0, 2.0] * 50, "churned": ["x", "y"] * 50}, "churnd", UnknownName, "did you mean 'churned'"),
        ({"a": [1.0, 2.0] * 50, "b": ["x"] * 100}, "b", UnusableTarget, "at least two values"),
        ({"a": [1.0, 2.0], "b": ["x", "y"]}, "b", InputError, "at least 20 rows"),
    ],
)
def test_bad_input_gets_a_sentence(columns, target, error, words):
    with pytest.raises(error, match=words) as caught:
        apercu.run({name: np.array(column, dtype=object) for name, column in columns.items()}, target)
    assert str(caught.value).count("\n") == 0


@pytest.fixture(scope="module")
def sales() -> Study:
    """A study without a target of sales by day and shop."""
    rng = np.random.default_rng(0)
    days = (np.datetime64("2024-01-01") + np.arange(200)).astype("datetime64[us]")
    sold = np.concatenate([rng.poisson(size * (1 + 0.5 * (np.arange(200) % 7 > 4))) for size in (40, 25)]).astype(np.float64)
    return apercu.run({"day": np.tile(days, 2), "shop": np.repeat(["north", "south"], 200).astype(object), "sold": sold})


def test_a_study_forecasts_along_its_clock(sales):
    made = sales.forecast("sold", by=("shop",), horizon=7)
    assert made.time == "day" and made.horizon == 7 and {path.key for path in made.series} == {("north",), ("south",)}
    assert sum(made.path("north").mean) > sum(made.path("south").mean) > 0
    assert made.span.low < made.span.mean < made.span.high and "next 7 days" in made.say()
    with pytest.raises(WordsError, match="a number and a clock"):
        sales.forecast()
    with pytest.raises(WordsError, match="no option of a forecast 'covrage'; did you mean 'coverage'"):
        sales.forecast("sold", how={"covrage": 0.8})


def test_a_study_recommends_from_a_table_of_events():
    rng = np.random.default_rng(1)
    shelves = {"fiction": ["Dune", "Emma", "Kim", "Walden", "Ulysses"], "cooking": ["Bread", "Soups", "Cakes", "Grains", "Salads"]}
    taken = [(f"r{n}", book) for n in range(80) for book in rng.permutation(shelves["fiction" if n % 2 else "cooking"])[:3]]
    study = apercu.run({"reader": [r for r, _ in taken], "book": [b for _, b in taken]}, options=Options(effort="quick"))
    made = study.recommender("reader", "book")
    offered = [offer.item for offer in made.recommend("r1", k=2)]
    own = {book for reader, book in taken if reader == "r1"}
    assert set(offered) == set(shelves["fiction"]) - own


def test_what_more_rows_teach_who_goes_first_and_how_good_it_is_on_new_rows():
    example = demo("churn")
    columns = {name: example.columns[name] for name in ("contract", "internet", "tenure_months", "support_calls", "churned")}
    part = {name: column[:2_400] for name, column in columns.items()}
    study = apercu.run(part, example.target, options=Options(effort="quick", train=Train(learners=("linear",))))
    curve, scores = study.learning_curve()
    assert curve.kind == "learning" and curve.columns["rows"] == [300, 600, 1_200, 2_400]
    assert scores[-1].model == "2,400 rows − 300 rows" and scores[-1].value > 0
    told = study.survival("tenure_months", horizon=12)
    assert (told.event, told.happened) == ("churned", "yes") and told.concordance[1] > 0.5 and told.n == study.data.n
    later = study.evaluate({name: column[4_000:] for name, column in columns.items()})
    assert {score.where for score in later} == {"test file"} and {"linear", "baseline"} <= {score.model for score in later}


BOOK = """
dict "late": late, too slow
when note ~ dict("late") then left = "yes" [0.8]
monotone: left falls with months
range: 0 <= months <= 50
never offer "sms" when region = "NA"
same: "NA" = "Nam." = "Namibia" in region
same: "N" = "North" in region
"""


def test_every_line_of_a_rulebook_reaches_its_verb(tmp_path):
    rng = np.random.default_rng(5)
    late, months = rng.random(600) < 0.4, rng.integers(1, 60, 600)
    note = np.where(late, rng.choice(["came LATE", "it was too  slow"], 600), rng.choice(["lately fine", "all good"], 600))
    left = np.where(rng.random(600) < np.where(late, 0.8, 0.1), "yes", "no")
    columns = {"note": note, "months": months, "region": rng.choice(["NA", "Nam.", "N", "South"], 600), "left": left}
    table = {name: list(map(str, values)) for name, values in columns.items()}
    (tmp_path / "left.rules").write_text(BOOK.replace('region = "NA"', 'region = "Namibia"'), encoding="utf-8")
    made = apercu.run(table, "left", rules=tmp_path / "left.rules", options=Options(effort="quick", train=Train(learners=("linear",), members=1)))
    assert made.goal is not None and made.goal.monotone == (("months", -1),)
    assert [(v.rule.text, v.verdict) for v in made.rules] == [('when note ~ dict("late") then left = "yes" [0.8]', "holds")]
    assert next(f for f in made.faults if f.kind == "range").evidence["outside"] == (months > 50).sum()
    told = [n.say() for n in made.notes]
    assert any("“NA”, “Nam.” became “Namibia”" in one or "“Nam.”, “NA” became “Namibia”" in one for one in told)
    assert any(one.startswith("“sms” is never offered where region is “Namibia”.") for one in told)
    opened = Study.load(made.save(tmp_path / "left.study", page=False))
    assert opened.rules == made.rules and opened.goal == made.goal and opened.faults == made.faults
    new = {"note": ["too slow", "lately fine"], "months": ["5", "5"], "region": ["NA", "South"]}
    assert opened.predict(new) == made.predict(new)
    plain = apercu.run(table, rules="range: months <= 50", options=Options(effort="quick"))
    assert [f.evidence["outside"] for f in plain.faults] == [float((months > 50).sum())]


def test_a_line_that_cannot_be_read_is_told_before_the_table_is(tmp_path):
    with pytest.raises(WordsError, match="line 1, column 19: expected 'with'"):
        apercu.run(tmp_path / "no such table.csv", "y", rules="monotone: y rises wit x")


def test_a_table_without_labels_is_taught_by_rules_alone(tmp_path):
    rng = np.random.default_rng(0)
    spam = rng.random(600) < 0.4
    words = [
        " ".join(rng.choice(["prize", "cash", "win", "free"] if s else ["home", "dinner", "love", "ok"], 5)) + f" {i}" for i, s in enumerate(spam)
    ]
    rules = 'when text contains "prize" then label = "spam" [0.9]\nwhen text contains "home" then label = "ham" [0.9]'
    for labels in (0, 7):
        table = {
            "text": np.array(words, object),
            "label": np.array([("spam" if s else "ham") if i < labels else None for i, s in enumerate(spam)], object),
        }
        judge = {"text": table["text"][:100], "label": np.where(spam[:100], "spam", "ham").astype(object)}
        study = apercu.run(table, "label", rules=rules, test=judge, options=Options(effort="quick"))
        assert {score.where for score in study.scores} == {"test file"} and study.scores[0].value > 0.9
        assert study.findings == () and [v.verdict for v in study.rules] == ["silent", "silent"]
        assert any("verifies" in note.say() and (f"Only {labels} rows" in note.say()) == bool(labels) for note in study.notes)
        again = Study.load(study.save(tmp_path / f"{labels}.study"))
        told = again.predict({"text": np.array(["win cash free prize 9", "love dinner 3"], object)})
        assert [one["prediction"] for one in told] == ["spam", "ham"]
    with pytest.raises(UnusableTarget):
        apercu.run({"text": np.array(words, object), "label": np.full(600, None)}, "label")
