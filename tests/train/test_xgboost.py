"""The xgboost learner, where its package is there: what every family must do (see families)."""

from __future__ import annotations

import pytest

from . import families

pytest.importorskip("xgboost")

from apercu.train.xgboost import Xgboost


@pytest.mark.parametrize("task", list(families.GOALS))
def test_members_learn_sum_and_come_back(task):
    families.members_learn(Xgboost, task)


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
def test_one_outcome_alone_is_survived(task):
    families.one_outcome_is_survived(Xgboost, task)
