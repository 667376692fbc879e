"""Few labels, many rows, some rules: the rows that rules label teach a learner, honestly out of fold, and never against the labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from apercu.core.errors import UnusableStudy
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.core.rule import parse
from apercu.stats.scores import auc, log_loss
from apercu.teach import Options, run
from apercu.teach.few import DECISIVE, Case, Few, FewModel, Stack, loader, pooled, restored

from .worlds import flat_model, world

RULES = [
    parse('when plan = "b" and region = "north" then left = "yes" [0.6]'),
    parse('when plan in ("a", "c") then left = "no" [0.8]'),
    parse('when region = "south" then left = "no" [0.75]'),
]


@dataclass(frozen=True)
class Cells:
    """A learner's model: the weighted share of the last classes in each cell of plan and region."""

    shares: tuple[tuple[float, ...], ...]
    name: str = "cells"
    columns: tuple[str, ...] = ("plan", "region")

    def predict(self, rows: Rows) -> np.ndarray:
        return np.array(self.shares)[_cell(rows)]

    def contributions(self, rows: Rows):
        logits = np.log(np.array(self.shares))
        odds = logits[:, 1:] - logits[:, :1] if logits.shape[1] == 2 else logits
        parts = np.zeros((rows.n, 2, odds.shape[1]))
        parts[:, 0] = odds[_cell(rows)]
        return parts, np.zeros(odds.shape[1])

    def save(self, folder: Path) -> dict:
        return {"shares": [list(share) for share in self.shares]}

    @staticmethod
    def load(folder: Path, card) -> Cells:
        return Cells(tuple(tuple(share) for share in card["shares"]))


def _cell(rows: Rows) -> np.ndarray:
    return np.array([["a", "b", "c"].index(p) * 2 + (r == "south") for p, r in zip(rows["plan"], rows["region"], strict=True)])


def cells(split) -> CrossFitted:
    """Cross-fitted cells, as a learner's `fit` would give them, weights honoured."""
    goal, truth = split.goal, split.goal.coded(split.rows)
    weight = goal.weights(split.rows)
    weight = np.ones(len(truth)) if weight is None else weight
    k, cell, known = len(goal.classes), _cell(split.rows), ~np.isnan(truth)
    out, folds, loss = np.full((len(truth), k), np.nan), [], []
    for fold in range(int(split.folds.max()) + 1):
        learned, own = known & (split.folds != fold), known & (split.folds == fold)
        counts = np.full((6, k), 0.5)
        np.add.at(counts, (cell[learned], truth[learned].astype(int)), weight[learned])
        model = Cells(tuple(map(tuple, (counts / counts.sum(axis=1, keepdims=True)).tolist())))
        folds.append(model)
        out[own] = model.predict(split.rows.take(own))
        loss.append(float(log_loss(truth[own], out[own], weight[own])) if own.any() else np.nan)
    return CrossFitted("cells", goal, ("plan", "region"), tuple(folds), out, np.array(loss))


def hidden(split, labels, seed=0):
    """The same split with all but a few labels taken away."""
    column = split.rows.coded("left")
    kept = np.random.default_rng(seed).permutation(np.flatnonzero(column.codes >= 0))[:labels]
    codes = np.where(np.isin(np.arange(split.rows.n), kept), column.codes, -1).astype(np.int32)
    return replace(split, rows=split.rows.plus({"left": replace(column, codes=codes)}))


@pytest.fixture(scope="module")
def whole():
    return world()


@pytest.fixture(scope="module")
def few(whole):
    return hidden(whole, 40)


@pytest.fixture(scope="module")
def lesson(few):
    return run(flat_model(few), RULES, few, Options(), cells)


def test_few_labels_are_helped(whole, few, lesson):
    truth = whole.goal.coded(whole.rows)
    known = ~np.isnan(truth)
    assert isinstance(lesson.model, Few)
    told = lesson.model.predict(whole.rows.take(known))
    bare = flat_model(few).predict(whole.rows.take(known))
    assert log_loss(truth[known], told) < log_loss(truth[known], bare) - 0.01
    assert auc(truth[known], told[:, 1]) > 0.6
    assert lesson.notes[0].step == "teach"
    assert "40 labelled rows" in lesson.notes[0].say()
    assert "40 行" in lesson.notes[0].say("zh")


def test_labelled_rows_alone_are_scored(few, lesson):
    known = ~np.isnan(few.goal.coded(few.rows))
    assert np.array_equal(~np.isnan(lesson.model.out_of_fold[:, 0]), known)
    assert lesson.model.loss.shape == (int(few.folds.max()) + 1,)


def test_a_label_does_not_reach_its_own_prediction(few):
    """What is said of a labelled row out of fold stays nearly the same when its fold's labels are turned round: but for the classes'
    shares (held here), and for the weights, which are fitted to what models of the other folds say, as in all stacking.
    """
    case = Case.of(flat_model(few), RULES, few, 20.0)
    made, _ = case.grown(flat_model(few), few, cells)
    fold = case.folds == case.folds[0]
    column = few.rows.coded("left")
    codes = column.codes.copy()
    codes[case.known[fold]] = 1 - codes[case.known[fold]]
    turned = replace(few, rows=few.rows.plus({"left": replace(column, codes=codes)}))
    other = Case.of(flat_model(turned), RULES, turned, 20.0)
    again, _ = replace(other, label_model=case.label_model).grown(flat_model(turned), turned, cells)
    own = case.known[fold]
    assert np.allclose(made.out_of_fold[own], again.out_of_fold[own], atol=0.005)
    assert not np.allclose(made.out_of_fold[case.known[~fold]], again.out_of_fold[case.known[~fold]], atol=0.005)


def test_contributions_add_up_and_rules_have_their_own(few, lesson):
    rows = few.rows.take(np.arange(300))
    parts, base = lesson.model.contributions(rows)
    told = lesson.model.predict(rows)
    assert np.allclose(parts[:, :, 0].sum(axis=1) + base[0], np.log(told[:, 1] / told[:, 0]), atol=1e-9)
    for rule in RULES:
        assert not parts[~rule.when.holds(rows), lesson.model.columns.index(rule.text), 0].any()
    seen = lesson.model.seen(rows)
    assert tuple(seen) == lesson.model.columns
    assert np.array_equal(lesson.model.contributions(seen)[0], parts)


def test_contributions_add_up_where_calibration_bends(few, lesson):
    rows = few.rows.take(np.arange(300))
    folds = tuple(replace(fold, calibration=((1.3, 0.2, -0.6), (0.8, -0.1, 0.4))) for fold in lesson.model.folds)
    made = replace(lesson.model, folds=folds)
    parts, base = made.contributions(rows)
    told = made.predict(rows)
    assert np.allclose(parts[:, :, 0].sum(axis=1) + base[0], np.log(told[:, 1] / told[:, 0]), atol=1e-9)
    assert not np.allclose(told, lesson.model.predict(rows))


def test_calibration_of_an_earlier_version_had_no_bend(lesson, tmp_path):
    fold = lesson.model.folds[0]
    card = fold.save(tmp_path)
    card["calibration"] = [list(moves[:2]) for moves in card["calibration"]]
    again = loader({"cells": Cells, "flat": _FlatLoader})[fold.name].load(tmp_path, card)
    assert [again._moved(i).bend for i in (0, 1)] == [0.0, 0.0]


def test_it_is_saved_and_restored(few, lesson, tmp_path):
    model, folds = lesson.model, []
    for i, fold in enumerate(model.folds):
        (tmp_path / str(i)).mkdir()
        card = fold.save(tmp_path / str(i))
        folds.append(loader({"cells": Cells, "flat": _FlatLoader})[fold.name].load(tmp_path / str(i), card))
    again = restored(CrossFitted(model.name, model.goal, model.columns, tuple(folds), model.out_of_fold, model.loss), tmp_path)
    rows = few.rows.take(np.arange(100))
    assert isinstance(again, Few)
    assert again.rules == model.rules
    assert np.array_equal(again.predict(rows), model.predict(rows))
    assert np.array_equal(again.seen(rows)[RULES[0].text], model.seen(rows)[RULES[0].text])


class _FlatLoader:
    @staticmethod
    def load(folder, card):
        from .worlds import Flat

        return Flat(np.array(card["probability"]))


@pytest.fixture(autouse=True)
def _flat_saves(monkeypatch):
    from .worlds import Flat

    monkeypatch.setattr(Flat, "save", lambda self, folder: {"probability": self.probability.tolist()}, raising=False)


def test_damage_is_seen(lesson):
    tree = lesson.model.folds[0].stack.to_json()
    assert Stack.from_json(tree).rules == lesson.model.rules
    with pytest.raises(ValueError, match="do not fit"):
        Stack.from_json({**tree, "weights": [1.0]})
    assert issubclass(UnusableStudy, Exception)


def test_pool_has_each_row_once_per_class_in_one_fold(few):
    chances = np.random.default_rng(1).dirichlet([1.0, 1.0], few.rows.n)
    soft, place = pooled(few, chances)
    truth = few.goal.coded(few.rows)
    own = ~np.isnan(truth)
    assert np.array_equal(soft.rows["_row"][place], few.rows["_row"])
    assert np.array_equal(soft.folds[place], few.folds)
    total = np.zeros(int(few.rows["_row"].max()) + 1)
    np.add.at(total, soft.rows["_row"].astype(int), soft.rows["_chance"])
    assert np.allclose(total[few.rows["_row"].astype(int)], 1.0)
    labelled = np.isin(soft.rows["_row"], few.rows["_row"][own])
    assert labelled.sum() == own.sum()
    assert np.array_equal(soft.goal.coded(soft.rows)[place[own]], truth[own])
    yes = soft.goal.coded(soft.rows) == 1
    assert np.allclose(
        soft.rows["_chance"][yes & ~labelled], chances[:, 1][np.isin(few.rows["_row"], soft.rows["_row"][yes & ~labelled])], atol=0.011
    )


def test_wrong_rules_are_left_out_where_labels_can_tell(whole):
    some = hidden(whole, 2 * DECISIVE)
    wrong = [parse('when plan = "a" then left = "yes" [0.95]'), parse('when plan = "c" then left = "yes" [0.95]')]
    lesson = run(cells(some), wrong, some, Options(), cells)
    assert not isinstance(lesson.model, Few)
    assert [v.verdict for v in lesson.verdicts] == ["against", "against"]
    assert "not used" in lesson.notes[0].say()
    assert "未采用" in lesson.notes[0].say("zh")


def test_many_labels_need_no_rules(whole):
    assert Case.of(flat_model(whole), RULES, whole, 20.0) is None
    assert run(flat_model(whole), RULES, whole, Options(), cells).notes == ()
    assert run(flat_model(hidden(whole, 40)), RULES, hidden(whole, 40), Options(unlabelled=False), cells).notes == ()


def test_without_labels_the_rules_speak_and_nothing_is_verified(whole):
    none = hidden(whole, 0)
    lesson = run(None, RULES, none, Options(), cells)
    assert isinstance(lesson.model, Few)
    assert "nothing here verifies" in lesson.notes[0].say()
    assert "未经任何数据验证" in lesson.notes[0].say("zh")
    assert np.isnan(lesson.model.out_of_fold).all()
    truth = whole.goal.coded(whole.rows)
    known = ~np.isnan(truth)
    assert auc(truth[known], lesson.model.predict(whole.rows.take(known))[:, 1]) > 0.6
    parts, base = lesson.model.contributions(whole.rows.take(np.arange(50)))
    told = lesson.model.predict(whole.rows.take(np.arange(50)))
    assert np.allclose(parts[:, :, 0].sum(axis=1) + base[0], np.log(told[:, 1] / told[:, 0]), atol=1e-9)


def test_several_classes():
    whole = world(classes=("home", "shop", "web"))
    some = hidden(whole, 60)
    rules = [parse('when plan = "b" and region = "north" then left = "web" [0.6]'), parse('when plan = "a" then left = "home" [0.5]')]
    case = Case.of(flat_model(some), rules, some, 20.0)
    made, loss = case.grown(flat_model(some), some, cells)
    assert np.isfinite(loss)
    rows = whole.rows.take(np.arange(80))
    parts, base = made.contributions(rows)
    raised = np.exp(parts.sum(axis=1) + base)
    assert np.allclose(raised / raised.sum(axis=1, keepdims=True), made.predict(rows), atol=1e-9)
    assert isinstance(made.folds[0], FewModel)


def test_blocks_make_few_labels_fewer(few):
    case = Case.of(flat_model(few), RULES, few, 20.0)
    told, rival = np.tile([0.5, 0.5], (len(case.truth), 1)), np.tile([0.55, 0.45], (len(case.truth), 1))
    told[:, 0] += np.where(np.arange(len(told)) % 7 == 0, 0.3, 0.0)
    told[:, 1] = 1.0 - told[:, 0]
    assert isinstance(case.helps(told, rival), bool)
    assert case.helps(np.eye(2)[case.truth] * 0.8 + 0.1, rival)
    assert not case.helps(np.eye(2)[1 - case.truth] * 0.8 + 0.1, rival)
