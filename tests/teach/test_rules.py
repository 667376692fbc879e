"""Rules join a model where they help, follow the data where there are many, and the expert where there are few."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from apercu.core.errors import UnusableStudy
from apercu.core.model import CrossFitted
from apercu.core.rule import parse
from apercu.teach import Options, run
from apercu.teach.rules import Taught, fires, restored, taught

from .worlds import flat_model, world

TRUE = 'when plan = "b" and region = "north" then left = "yes" [0.6]'
EMPTY = 'when noise > 1000 then left = "yes" [0.9]'


@pytest.fixture(scope="module")
def split():
    return world()


@pytest.fixture(scope="module")
def model(split):
    return flat_model(split)


def odds(p):
    return np.log(p / (1 - p))


def test_a_true_rule_joins_and_lowers_the_loss(split, model):
    made = taught(model, [parse(TRUE)], split, 20.0)
    assert isinstance(made, Taught)
    assert isinstance(made, CrossFitted)
    assert made.name == "flat+rules"
    assert np.nanmean(made.loss) < np.nanmean(model.loss) - 0.03
    where = parse(TRUE).when.holds(split.rows)
    known = ~np.isnan(split.goal.coded(split.rows))
    assert abs(np.nanmean(made.out_of_fold[where & known, 1]) - split.goal.measured(split.rows)[where & known].mean()) < 0.01
    assert np.array_equal(made.out_of_fold[~where], model.out_of_fold[~where], equal_nan=True)
    assert np.isnan(made.out_of_fold[~known]).all()


def test_a_useless_rule_leaves_the_model_as_it_was(split, model):
    assert taught(model, [parse('when noise > 0.3 then left = "yes" [0.5]')], split, 20.0) is model
    assert taught(model, [parse(EMPTY)], split, 20.0) is model


def test_a_wrong_statement_is_overruled_by_many_rows(split, model):
    right, wrong = (taught(model, [replace(parse(TRUE), stated=p)], split, 20.0) for p in (0.6, 0.05))
    assert abs(right.weights[0] - wrong.weights[0]) < 0.15


def test_trust_moves_the_weight_to_the_statement(split, model):
    rule = parse('when plan = "b" and region = "north" and noise > 1.5 then left = "yes" [0.9]')
    weak, strong = (taught(model, [rule], split, trust).weights[0] for trust in (0.0, 100_000.0))
    told = odds(0.9) - odds(np.mean([fold.probability[1] for fold in model.folds]))
    assert abs(strong - told) < 0.02
    speaks = rule.when.holds(split.rows)
    seen = odds(np.nanmean(split.goal.measured(split.rows)[speaks])) - odds(model.folds[0].probability[1])
    assert abs(weak - seen) < 0.05


def test_the_level_of_a_rule_may_be_the_other_one(split, model):
    yes = taught(model, [parse('when plan = "b" and region = "north" then left = "yes" [0.6]')], split, 20.0)
    no = taught(model, [parse('when plan = "b" and region = "north" then left = "no" [0.4]')], split, 20.0)
    assert np.allclose(yes.out_of_fold, no.out_of_fold, atol=1e-6, equal_nan=True)
    assert np.allclose(yes.weights, -no.weights, atol=1e-5)


def test_predictions_and_contributions_agree(split, model):
    made = taught(model, [parse(TRUE), parse('when plan = "a" then left = "yes" [0.1]')], split, 20.0)
    assert isinstance(made, Taught)
    assert made.columns == ("noise", "plan", "region", parse(TRUE).text, made.rules[1].text)
    rows = split.rows.take(np.arange(200))
    parts, base = made.contributions(rows)
    assert parts.shape == (200, 5, 1)
    p = made.predict(rows)
    assert np.allclose(p.sum(axis=1), 1.0)
    assert np.allclose(parts[:, :, 0].sum(axis=1) + base[0], odds(p[:, 1]), atol=1e-3)
    where = made.rules[0].when.holds(rows)
    assert np.allclose(parts[where, 3, 0], made.weights[0])
    assert not parts[~where, 3, 0].any()


def test_calibration_is_undone_for_the_rules_parts(split, model):
    made = replace(taught(model, [parse(TRUE)], split, 20.0), scale=1.3, shift=0.2)
    rows = split.rows.take(np.arange(100))
    parts, base = made.contributions(rows)
    assert np.allclose(made.scale * (parts[:, :, 0].sum(axis=1) + base[0]) + made.shift, odds(made.predict(rows)[:, 1]), atol=2e-3)


def test_a_bend_of_calibration_is_undone_for_the_rules_parts(split, model):
    made = replace(taught(model, [parse(TRUE)], split, 20.0), scale=1.3, shift=0.2, bend=-0.7)
    rows = split.rows.take(np.arange(100))
    for alone in (made, replace(made, folds=made.folds[:1])):
        parts, base = alone.contributions(rows)
        own = alone.slope(parts, base)[:, None] * parts[:, :, 0]
        assert np.allclose(own.sum(axis=1) + alone.moved(base), odds(alone.predict(rows)[:, 1]), atol=2e-3)
        assert np.allclose(own[:, -1], np.where(made.rules[0].when.holds(rows), made.weights[0], 0.0))


def test_a_rule_is_seen_as_a_column(split, model):
    made = taught(model, [parse(TRUE)], split, 20.0)
    seen = made.seen(split.rows)
    assert tuple(seen) == made.columns
    assert np.array_equal(seen[parse(TRUE).text] == 1.0, parse(TRUE).when.holds(split.rows))
    assert np.array_equal(made.contributions(seen)[0], made.contributions(split.rows)[0])


def test_several_classes():
    split = world(classes=("home", "shop", "web"))
    model = flat_model(split)
    rules = [
        parse('when plan = "b" and region = "north" then left = "web" [0.6]'),
        parse('when plan in ("a", "c") then left = "web" [0.2]'),
    ]
    made = taught(model, rules, split, 20.0)
    assert isinstance(made, Taught)
    assert np.nanmean(made.loss) < np.nanmean(model.loss)
    rows = split.rows.take(np.arange(50))
    parts, base = made.contributions(rows)
    assert parts.shape == (50, 5, 3)
    logits = parts.sum(axis=1) + base
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.allclose(p, made.predict(rows), atol=1e-3)


def test_a_rule_that_the_others_do_without_is_dropped(split, model):
    made = taught(model, [parse('when region = "north" and plan in ("b", "d") then left = "no" [0.4]'), parse(TRUE), parse(EMPTY)], split, 20.0)
    assert [rule.text for rule in made.rules] == [parse(TRUE).text]


def test_the_same_rule_twice_counts_once(split, model):
    once, twice = (taught(model, [parse(TRUE)] * k, split, 20.0) for k in (1, 2))
    assert np.array_equal(once.out_of_fold, twice.out_of_fold, equal_nan=True)


def test_separated_rows_keep_finite_weights(split, model):
    truth = split.goal.measured(split.rows)
    rows = split.rows.plus({"oracle": np.where(truth == 1, 1.0, 0.0)})
    made = taught(model, [parse('when oracle = 1 then left = "yes"'), parse('when oracle >= 1 then left = "yes"')], replace(split, rows=rows), 0.0)
    assert isinstance(made, Taught)
    assert np.isfinite(made.weights).all()
    assert made.out_of_fold[truth == 1, 1].min() > 0.999


def test_rules_are_saved_and_restored(split, model, tmp_path):
    made = taught(model, [parse(TRUE), parse('when plan in ("a", "c") then left = "no"')], split, 20.0)
    made.save(tmp_path)
    bare = CrossFitted(made.name, made.goal, made.columns, made.folds, made.out_of_fold, made.loss)
    again = restored(bare, tmp_path)
    rows = split.rows.take(np.arange(100))
    assert (again.name, again.columns, again.rules) == (made.name, made.columns, made.rules)
    assert np.array_equal(again.predict(rows), made.predict(rows))
    assert all(np.array_equal(a, b) for a, b in zip(again.contributions(rows), made.contributions(rows), strict=True))


def test_a_study_without_rules_is_restored_as_it_is(model, tmp_path):
    assert restored(model, tmp_path) is model


@pytest.mark.parametrize(
    "change", [{"weights": [1.0, 2.0]}, {"weights": ["x"]}, {"rules": [{"text": "x"}]}, {"rules": 5}, {"weights": [float("nan")]}]
)
def test_damaged_rules_are_refused(split, model, tmp_path, change):
    made = taught(model, [parse(TRUE)], split, 20.0)
    made.save(tmp_path)
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(UnusableStudy, match=r"rules of the study cannot be read"):
        restored(model, tmp_path)


def test_fires_is_a_column_per_rule(split):
    told = fires([parse(TRUE), parse(EMPTY)], split.rows)
    assert told.shape == (split.rows.n, 2)
    assert 0 < told[:, 0].sum() < split.rows.n
    assert not told[:, 1].any()


def test_run_without_rules_touches_nothing(split, model):
    assert run(model, [], split).model is model


def test_run_gives_model_and_verdicts(split, model):
    lesson = run(model, [parse(TRUE), parse(EMPTY)], split, Options())
    made = lesson.model
    assert isinstance(made, Taught)
    assert [v.verdict for v in lesson.verdicts] == ["holds", "silent"]
    assert [rule.text for rule in made.rules] == [parse(TRUE).text]


def test_a_rule_about_a_column_of_known_direction_is_judged_and_does_not_join(split, model):
    known = replace(split, goal=replace(split.goal, monotone=(("noise", 1),)))
    about = parse('when plan = "b" and region = "north" and noise > -9 then left = "yes" [0.6]')
    lesson = run(model, [about], known, Options())
    assert lesson.model is model
    assert [v.verdict for v in lesson.verdicts] == ["holds"]
