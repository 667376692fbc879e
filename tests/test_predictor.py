"""New rows, in whatever form, get the prediction that the same rows of the table would get."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu import questions
from apercu.core.errors import InputError, UnknownName, WordsError
from apercu.demo import demo
from apercu.study import Options, Study
from apercu.train import Options as Train


@pytest.fixture(scope="module")
def study():
    example = demo("churn")
    return apercu.run(example.columns, example.target, options=Options(effort="quick"))


RECORD = {"contract": "monthly", "internet": "fiber", "tenure_months": 2, "support_calls": 5, "monthly_fee": "$70.00", "paperless": "yes "}


def test_a_record_and_a_file_of_it_get_the_same_prediction(study, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(",".join(RECORD) + "\n" + ",".join(f'"{v}"' for v in RECORD.values()) + "\n", encoding="utf-8")
    by_record, warnings = study.predictor.predict_rows([RECORD])
    assert study.predict(path)[0]["probabilities"] == pytest.approx(by_record[0]["probabilities"])
    assert any("region" in warning for warning in warnings)


def test_numbers_may_come_as_text_and_text_as_it_was(study):
    as_text = {name: str(value) for name, value in RECORD.items()}
    one, two = (study.predictor.predict_rows([record])[0][0] for record in (RECORD, as_text))
    assert one["probabilities"] == pytest.approx(two["probabilities"])


def test_reasons_add_up_to_the_prediction(study):
    reasons, _ = study.predictor.explain_rows([RECORD])
    assert {reason.column for reason in reasons[0]} <= set(study.model.columns)
    strongest = reasons[0][0]
    assert strongest.contribution == max((r.contribution for r in reasons[0]), key=abs)
    assert strongest.column in ("contract", "internet", "support_calls", "tenure_months", "monthly_fee")


def test_a_risky_customer_is_riskier_than_a_loyal_one(study):
    loyal = {**RECORD, "contract": "two years", "internet": "none", "tenure_months": 60, "support_calls": 0, "monthly_fee": "$20.00"}
    risky, safe = study.predictor.predict_rows([RECORD, loyal])[0]
    assert risky["probabilities"]["yes"] > 2 * safe["probabilities"]["yes"]


def test_an_unknown_column_names_the_nearest(study):
    with pytest.raises(UnknownName, match="did you mean 'contract'"):
        study.predictor.predict_rows([{"contrct": "monthly"}])


def test_a_list_is_no_value(study):
    with pytest.raises(InputError, match="expects a text"):
        study.predictor.predict_rows([{"contract": ["monthly"]}])


def test_a_row_that_is_not_there_is_refused(study):
    with pytest.raises(InputError, match="from 1 to 3"):
        study.explain({name: np.array([value] * 3, dtype=object) for name, value in RECORD.items()}, 4)


def test_moments_come_as_iso_texts_and_anything_else_gets_a_sentence():
    rng = np.random.default_rng(0)
    when = np.datetime64("2024-01-01T00:00:00", "us") + rng.integers(0, 300, 300).astype("timedelta64[D]")
    columns = {"when": when, "x": rng.normal(size=300), "y": np.where(rng.random(300) < 0.4, "yes", "no").astype(object)}
    predictor = apercu.run(columns, "y", options=Options(effort="quick")).predictor
    told = [predictor.predict_rows([{"x": 0.1, "when": text}])[0] for text in ("2024-03-05", "2024-03-05T01:00:00+01:00", None)]
    assert told[0] == told[1]
    with pytest.raises(InputError, match="expects moments such as"):
        predictor.predict_rows([{"x": 0.1, "when": "soon"}])


def test_a_source_of_another_table_is_refused(study):
    with pytest.raises(InputError, match="none of the columns that the model uses"):
        study.predict({"colour": np.array(["red"], dtype=object)})


def prices(n: int, seed: int) -> dict[str, np.ndarray]:
    """Houses whose price is the less certain the larger they are."""
    rng = np.random.default_rng(seed)
    size, kind = rng.uniform(30.0, 200.0, n), rng.choice(["flat", "house"], n).astype(object)
    price = 2.0 * size + 40.0 * (kind == "house") + rng.normal(size=n) * 0.3 * size
    return {"size": size.round(1), "kind": kind, "price": price.round(2)}


@pytest.fixture(scope="module")
def priced(tmp_path_factory) -> Study:
    """A study of a number, opened again from its folder."""
    study = apercu.run(prices(1_500, 0), "price", options=Options(effort="quick", train=Train(learners=("linear",))))
    return Study.load(study.save(tmp_path_factory.mktemp("priced") / "prices.study", page=False))


@pytest.mark.parametrize(("coverage", "method"), [(0.8, "conformal"), (0.95, "conformal"), (0.8, "quantile")])
def test_intervals_hold_the_stated_share_of_rows_that_nothing_saw(priced, coverage, method):
    new = prices(4_000, 1)
    told = priced.predict(new, coverage, method=method)
    low, said, high = (np.array([one[name] for one in told]) for name in ("low", "prediction", "high"))
    assert ((low <= said) & (said <= high)).all()
    inside = (low <= new["price"]) & (new["price"] <= high)
    assert inside.mean() == pytest.approx(coverage, abs=0.04)
    small, large = new["size"] < 60, new["size"] > 170
    assert (high - low)[large].mean() > 2 * (high - low)[small].mean()  # as wide as the errors are
    assert inside[small].mean() == pytest.approx(coverage, abs=0.10) and inside[large].mean() == pytest.approx(coverage, abs=0.10)


def test_without_a_coverage_nothing_is_added_and_the_prediction_is_the_same(priced):
    new = prices(20, 2)
    plain, sure = priced.predict(new), priced.predict(new, 0.9)
    assert all(set(one) == {"prediction"} for one in plain) and [one["prediction"] for one in plain] == [one["prediction"] for one in sure]
    record = {"size": float(new["size"][0]), "kind": str(new["kind"][0])}
    assert priced.predictor.predict_rows([record], 0.9)[0][0] == pytest.approx(sure[0])


def test_sets_of_classes_hold_the_true_one(study):
    example = demo("churn")
    part = {name: column[:400] for name, column in example.columns.items()}
    told = study.predict(part, 0.9)
    assert all(one["set"] and set(one["set"]) <= set(study.goal.classes) for one in told)
    right = np.array([truth in one["set"] for one, truth in zip(told, part["churned"], strict=True)])
    assert right.mean() > 0.85 and min(len(one["set"]) for one in told) == 1
    assert sum(len(one["set"]) for one in study.predict(part, 0.5)) < sum(len(one["set"]) for one in told)


@pytest.mark.parametrize(
    ("coverage", "method", "says"),
    [
        (90.0, "conformal", "between 0 and 1"),
        (1.0, "conformal", "between 0 and 1"),
        (float("nan"), "conformal", "between 0 and 1"),
        (0.9, "bootstrap", "one of conformal, quantile"),
        (0.9, "quantile", "about numbers"),
    ],
)
def test_a_coverage_that_cannot_be_had_gets_a_sentence(study, coverage, method, says):
    with pytest.raises(WordsError, match=says):
        study.predict({"contract": ["monthly"]}, coverage, method=method)


def test_the_nearest_rows_are_like_the_row_itself(study):
    source = {name: np.array([value], dtype=object) for name, value in RECORD.items()}
    cases = study.nearest(source, 1, most=3)
    assert len(cases) == 3 and [c.distance for c in cases] == sorted(c.distance for c in cases)
    rows = study.data.rows()
    like = [np.flatnonzero(rows["_row"] == c.row)[0] if "_row" in rows else c.row - 1 for c in cases]
    assert np.mean([rows["contract"][i] == "monthly" for i in like]) > 0.5
    predicted, reasons = questions.predicted(study, source, 1)
    assert predicted == study.predict(source)[0] and reasons == study.explain(source, 1)
