"""New rows, in whatever form, get the prediction that the same rows of the table would get."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu.core.errors import InputError, UnknownName
from apercu.demo import demo
from apercu.study import Options


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
