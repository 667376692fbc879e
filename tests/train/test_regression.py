"""The small boosted regression finds steps and corners, is the same twice, and expects the mean where nothing can be learned."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.core.rows import Rows
from apercu.train import _regression


def corner(n: int = 4_000, seed: int = 0) -> tuple[Rows, np.ndarray, np.ndarray]:
    """(rows, outcome, what is to be expected): one where both numbers are above 0 or the plan is b."""
    rng = np.random.default_rng(seed)
    a, b, plan = rng.normal(size=n), rng.normal(size=n), rng.choice(["a", "b", "c"], n).astype(object)
    truth = 1.0 * (((a > 0) & (b > 0)) | (plan == "b"))
    a[::40] = np.nan
    return Rows.of({"a": a, "b": b, "plan": plan}), truth + rng.normal(size=n), truth


def test_steps_and_corners_are_found_and_the_same_twice():
    rows, outcome, _ = corner()
    fresh, _, truth = corner(seed=1)
    said = train.regression(rows, outcome)(fresh)
    assert np.corrcoef(said, truth)[0, 1] > 0.9 and said.shape == (fresh.n,)
    assert np.array_equal(said, train.regression(rows, outcome)(fresh))


def test_long_tables_are_thinned(monkeypatch):
    monkeypatch.setattr(_regression, "ROWS", 500)
    rows, outcome, truth = corner()
    assert np.corrcoef(train.regression(rows, outcome)(rows), truth)[0, 1] > 0.6


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_hardly_a_row_is_no_error(n):
    rows, outcome, _ = corner(max(n, 1))
    said = train.regression(rows.take(np.arange(n)), outcome[:n])(rows)
    assert np.isfinite(said).all()


def test_without_columns_or_with_one_value_the_mean_is_expected():
    rows, outcome, _ = corner(100)
    assert train.regression(rows.only(()), outcome)(rows) == pytest.approx(outcome.mean())
    assert train.regression(rows, np.full(100, 3.0))(rows) == pytest.approx(3.0)
    assert np.isfinite(
        train.regression(Rows.of({"same": [1.0] * 60, "gone": [None] * 60}), outcome[:60])(
            rows.only(()).plus({"same": np.ones(100), "gone": np.full(100, np.nan)})
        )
    ).all()
