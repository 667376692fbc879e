"""The examples: seeded, whole, and with truths that are really in them."""

from __future__ import annotations

import numpy as np
import pytest

from apercu.core.errors import UnknownName
from apercu.core.rows import Rows
from apercu.demo import DEMOS, demo


@pytest.mark.parametrize("name", DEMOS)
def test_every_example_is_whole_and_speaks_both_languages(name):
    example = demo(name)
    lengths = {len(column) for column in example.columns.values()}
    assert len(lengths) == 1 and example.target in example.columns
    assert set(example.words) == {"en", "zh"}


def test_the_planted_truths_are_in_the_churn_table():
    example = demo("churn")
    rows = Rows.of(example.columns)
    churned = rows["churned"] == "yes"
    assert len(example.truths) == 3
    for truth in example.truths:
        inside = truth.where.holds(rows)
        assert churned[inside].mean() - churned[~inside].mean() > truth.effect / 2


def test_the_recipe_is_seeded():
    one, two = demo("churn").columns, demo("churn").columns
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_a_misspelled_example_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'digits'"):
        demo("digit")
