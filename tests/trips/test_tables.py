"""The whole trip on real tables, with only the target named."""

from __future__ import annotations

import duckdb
import pytest

import apercu

TABLES = {
    "adult": ("tabular/adult/adult-train.csv.gz", "column_15", 0.92),
    "german": ("tabular/german_credit/german.csv", "column_21", 0.76),
    "bank": ("tabular/bank_marketing/bank.csv.gz", "deposit", 0.92),
    "credit": ("tabular/credit_default/UCI_Credit_Card.csv.gz", "default.payment.next.month", 0.77),
    "housing": ("tabular/california_housing/housing.csv.gz", "median_house_value", 0.80),
    "bike": ("tabular/bike_sharing/bike_sharing_dataset.zip", "cnt", 0.85),
    "titanic": ("tabular/titanic/train.csv", "Survived", 0.84),
    "heart": ("tabular/heart_statlog/heart_disease.csv", "Disease", 0.87),
    "pima": ("tabular/pima_diabetes/pima-indians-diabetes.csv", "column_9", 0.80),
    "red wine": ("tabular/wine_quality/winequality-red.csv", "column_12", 0.30),
    "white wine": ("tabular/wine_quality/winequality-white.csv", "column_12", 0.30),
    "insurance": ("tabular/insurance_charges/insurance.csv", "charges", 0.80),
    "fraud": ("tabular/vehicle_claim_fraud/fraud_oracle.csv.gz", "FraudFound_P", 0.80),
    "cancer": ("tabular/breast_cancer_xlsx/breast_cancer.xlsx", "diagnosis", 0.98),
    "machines": ("equipment/ai4i2020/ai4i2020.csv", "Machine failure", 0.95),
    "campaign": ("segmentation/customer_personality/marketing_campaign.csv.gz", "Response", 0.86),
    "compas": ("fairness/compas/compas-scores-two-years.csv.gz", "two_year_recid", 0.68),
}


@pytest.mark.slow
def test_telco(shared_data, tmp_path):
    """AUC, the first findings, and every query replayed on the study's own rows."""
    study = apercu.run(shared_data / "tabular/telco_churn/Telco-Customer-Churn.csv.gz", "Churn")
    assert max(s.value for s in study.scores if s.metric == "auc") >= 0.845
    first = " ".join(f.say() for f in study.findings[:5])
    assert all(word in first for word in ("Contract", "tenure", "Fiber optic"))
    connection = duckdb.connect()
    connection.execute(f"CREATE VIEW data AS SELECT * FROM '{study.save(tmp_path / 'telco.study')}/data.parquet'")
    for finding in study.findings:
        effect, value, base, n, _ = connection.execute(finding.sql).fetchone()
        assert (effect, value, base, n) == pytest.approx((finding.evidence.effect, finding.evidence.value, finding.evidence.base, finding.evidence.n))


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_with_only_its_target_named(shared_data, tmp_path, name):
    path, target, least = TABLES[name]
    study = apercu.run(shared_data / path, target)
    best = max(
        s.value for s in study.scores if s.metric == ("r2" if study.goal.task == "numeric" else "macro auc" if len(study.goal.classes) > 2 else "auc")
    )
    assert best >= least
    assert study.findings and all(f.evidence.half in ("verify", "all") for f in study.findings)
    again = apercu.Study.load(study.save(tmp_path / "one.study"))
    assert again.to_json() == study.to_json()
    assert "</html>" in study.page()
