"""What unseen facts say of a clause."""

import pytest

from apercu.core.clause import parse_clause
from apercu.core.trial import Trial


def test_reach_is_between_what_is_right_and_what_is_told() -> None:
    clause = parse_clause("a(X, Y) -> b(X, Y)")
    assert Trial(clause, 10, 10, 0.9, 0.1, 0.5, 0.01).reach == pytest.approx((0.8 * 0.5) ** 0.5)
    assert Trial(clause, 10, 10, 0.1, 0.9, 0.5, 1.0).reach == 0.0
