"""What is tried and what comes first: the ensemble where it is better, one of each family, the simplest on request, lists refused."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from apercu import train
from apercu.core.errors import UnknownName, UnusableTarget, WordsError
from apercu.core.model import Member
from apercu.core.pictures import netpbm
from apercu.core.rows import Packed
from apercu.stats.scores import auc
from apercu.train import _portfolio

QUICK = ("linear", "boosting")


def table(n=700, seed=1):
    """Straight and crossed effects, so that a linear model and trees each know something."""
    rng = np.random.default_rng(seed)
    a, b, c, d = rng.normal(size=(4, n))
    y = np.where(rng.random(n) < 1 / (1 + np.exp(-1.5 * a - 1.5 * b - 2 * np.sign(c * d))), "yes", "no").astype(object)
    return {"a": a, "b": b, "c": c, "d": d, "y": y}


def tried(name, family="boosting", loss=1.0, **learner):
    """A member that was tried, with its loss; `learner` says `made` (features) and `log` (scale) of its settings."""
    return _portfolio._Tried(Member(name, SimpleNamespace(**learner), 0), family, (), np.zeros(0), SimpleNamespace(loss=np.array([loss, np.nan])))


def test_made_features_that_clearly_lost_are_not_tried_again():
    plain, made, other = tried("plain"), tried("made", loss=1.03, made=True), tried("more", made=True, log=True)
    lost = _portfolio._lost
    assert lost(other.member, [plain, made]), "whatever the scale of the next, made features lose on these rows"
    assert not lost(plain.member, [plain, made]), "members without made features go on"
    assert not lost(other.member, [plain, tried("made", loss=1.01, made=True)]), "that is not clear"
    assert not lost(other.member, [made]), "there is no twin"
    assert not lost(other.member, [tried("plain", family="xgboost"), made]), "a twin is of the same family"
    assert not lost(other.member, [tried("plain", log=True), made]), "a twin is of the same scale"
    assert lost(other.member, [tried("plain", log=True), tried("made", loss=1.03, made=True, log=True)])
    assert lost(other.member, [tried("worse", loss=2.0), plain, made]), "the better twin counts"


def test_what_lost_is_passed_over(make_split, monkeypatch):
    split, asked = make_split(table(120), "y"), []
    monkeypatch.setattr(_portfolio, "_lost", lambda member, tried: asked.append(member.name) or bool(tried))
    models = train.run(split, train.Options(learners=QUICK, members=3))
    assert len(asked) == 3 and len(models) == 1 and models[0].name != "ensemble"


def test_the_ensemble_stands_first_and_is_honest(make_split):
    split = make_split(table(), "y")
    models = train.run(split, train.Options(learners=QUICK, members=3))
    assert models[0].name == "ensemble" and {m.folds[0].name for m in models[1:]} == set(QUICK)
    assert models[0].loss.mean() < models[1].loss.mean()
    later = table(seed=2)
    fresh = make_split(later, "y").rows
    truth = split.goal.measured(fresh)
    claimed = auc(split.goal.measured(split.rows), models[0].out_of_fold[:, 1])
    assert auc(truth, models[0].predict(fresh)[:, 1]) > claimed - 0.03
    parts, base = models[0].contributions(fresh)
    told = np.log(models[0].predict(fresh)[:, 1] / models[0].predict(fresh)[:, 0])
    assert models[0].scale * (base[0] + parts.sum(axis=(1, 2))) + models[0].shift == pytest.approx(told, abs=1e-6)


def test_the_simplest_within_one_standard_error(make_split):
    rng = np.random.default_rng(3)
    x = rng.normal(size=600)
    split = make_split({"x": x, "y": 2 * x + rng.normal(size=600)}, "y")
    assert train.run(split, train.Options(learners=QUICK, members=2, simplest=True))[0].name == "linear"
    assert train.run(make_split(table(), "y"), train.Options(learners=QUICK, members=2, simplest=True))[0].name != "linear"


def test_a_small_copy_on_request(make_split):
    split = make_split(table(), "y")
    models = train.run(split, train.Options(learners=QUICK, members=2, distil=True))
    copy = models[-1]
    assert copy.name == "distilled" and {m.name for m in copy.folds} == {"boosting"} and copy.goal == split.goal
    assert auc(split.goal.measured(split.rows), copy.out_of_fold[:, 1]) > auc(split.goal.measured(split.rows), models[0].out_of_fold[:, 1]) - 0.05


def test_lists_are_refused(make_split):
    rng = np.random.default_rng(1)
    y = rng.choice(np.array(["a;b", "a", "b;c", "a;b;c", "c"], dtype=object), 100, p=[0.3, 0.1, 0.2, 0.3, 0.1])
    with pytest.raises(UnusableTarget, match="multilabel"):
        train.run(make_split({"x": rng.normal(size=100), "y": y}, "y"))


def test_an_absent_extra_is_said(make_split, monkeypatch):
    monkeypatch.setattr(_portfolio, "find_spec", lambda name: None)
    with pytest.raises(WordsError, match=r"'xgboost' needs the package xgboost.*apercu\[boost\]"):
        train.run(make_split(table(100), "y"), train.Options(learners=("xgboost",)))


def test_settings_are_searched(make_split):
    split = make_split(table(400), "y")
    models = train.run(split, train.Options(learners=("boosting",), members=1, tune=2))
    assert all(m.name in ("ensemble", "boosting", "boosting tuned") for m in models)
    again = train.run(split, train.Options(learners=("boosting",), members=1, tune=2))
    assert np.array_equal(models[0].out_of_fold, again[0].out_of_fold)


@pytest.mark.parametrize("n", [20, 40])
def test_a_handful_of_rows(make_split, n):
    models = train.run(make_split(table(n), "y"), train.Options(learners=QUICK))
    assert all(np.isfinite(m.predict(make_split(table(30, seed=4), "y").rows)).all() for m in models)


def test_boosters_of_numbers_are_grown_again_on_all_rows(make_split, monkeypatch):
    """Of many rows those that were watched are fitted on in the end, as far as they told."""
    from apercu.train import boosting

    monkeypatch.setattr(_portfolio, "REGROWN_ROWS", 100)
    monkeypatch.setattr(boosting, "LARGE_NUMBER", 100)
    monkeypatch.setattr(boosting, "ROUNDS", 200)
    fit, seen = boosting.Boosting.fit, []

    def counted(self, rows, goal, watch):
        model = fit(self, rows, goal, watch)
        seen.append((self.rounds, rows.n, watch.n, model.rounds))
        return model

    monkeypatch.setattr(boosting.Boosting, "fit", counted)
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(2, 300))
    train.run(make_split({"x": x, "z": z, "y": x * z + rng.normal(size=300) * 0.1}, "y"), train.Options(learners=("boosting",)))
    again = [s for s in seen if s[2] == 0]
    assert again and all(0.9 * rounds <= grown <= rounds for rounds, _, _, grown in again)
    assert min(n for _, n, _, _ in again) > max(n for _, n, watch, _ in seen if watch)


def test_a_recipe_is_one_way_of_training(make_split):
    pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    bright = rng.random(60) < 0.5
    photo = Packed.of(netpbm((rng.integers(0, 60, (8, 8)) + 150 * b).astype(np.uint8)) for b in bright)
    split = make_split({"photo": photo, "y": np.where(bright, "yes", "no").astype(object)}, "y")
    (model,) = train.run(split, train.Options(recipe="mnist-keras"))
    assert model.name == "mnist-keras" and {fold.name for fold in model.folds} == {"cnn"}
    assert auc(split.goal.measured(split.rows), model.out_of_fold[:, 1]) > 0.9
    with pytest.raises(UnknownName, match="mnist-keras"):
        train.run(split, train.Options(recipe="mnist-kers"))
    with pytest.raises(WordsError, match="no column holds any"):
        train.run(make_split(table(60), "y"), train.Options(recipe="folder-150"))
