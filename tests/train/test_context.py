"""The in-context family: never without weights, never a download, nothing that runs code; its plumbing by a fake library and by the true one."""

from __future__ import annotations

import json
import pickle
import socket
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from apercu import train
from apercu.core.errors import WordsError
from apercu.core.model import members_of
from apercu.stats.scores import accuracy, r2
from apercu.testing import check_learner
from apercu.train import context
from apercu.train.context import Context, given

from . import families


class Neighbours:
    """What TabICL's estimators offer, answered by the nearest rows of the prompt."""

    made: ClassVar[list] = []

    def __init__(self, **settings):
        self.settings, self.model_ = settings, object()
        Neighbours.made.append(self)

    def fit(self, x, y):
        assert not np.isnan(x).any()
        self.x, self.y, self.spread, self.classes_ = x, y, x.std(axis=0) + 1e-9, np.unique(y)
        return self

    def _near(self, x):
        far = (((x[:, None, :].astype(float) - self.x[None]) / self.spread) ** 2).sum(axis=2)
        return self.y[np.argsort(far, axis=1, kind="stable")[:, :15]]

    def predict(self, x):
        return self._near(x).mean(axis=1)

    def predict_proba(self, x):
        near = self._near(x)
        return np.stack([(near == c).mean(axis=1) for c in self.classes_], axis=1)


@pytest.fixture
def library(monkeypatch):
    """A fake of tabicl and torch; a file of weights is JSON here."""

    def load(file, *, map_location, weights_only):
        assert weights_only is True and map_location == "cpu"
        return json.loads(file.read_text())

    fakes = {"torch": SimpleNamespace(load=load), "tabicl": SimpleNamespace(TabICLClassifier=Neighbours, TabICLRegressor=Neighbours)}
    monkeypatch.setattr(context, "brought", fakes.__getitem__)
    monkeypatch.setattr(context, "find_spec", lambda package: object())
    Neighbours.made.clear()
    return fakes


@pytest.fixture
def weights(tmp_path):
    """weights(task) -> a file that the fake reads."""

    def written(task):
        file = tmp_path / f"{task}.ckpt"
        file.write_text(json.dumps({"config": {"max_classes": 0 if task in ("numeric", "skewed") else 10}, "state_dict": {}}))
        return str(file)

    return written


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
def test_learns_sums_and_comes_back(library, weights, task):
    rows, goal, later = families.made(task), families.GOALS[task], families.made(task, n=60, seed=2)
    file = weights(task)
    with given(file):
        (member,) = members_of(Context, goal, rows)
        model = member.learner.fit(rows.take(np.arange(340)), goal, rows.take(np.arange(340, 400)))
        told, truth = model.predict(later), goal.coded(later)
        assert (r2(truth, told) if goal.task == "numeric" else accuracy(truth, told.argmax(axis=1))) > 0.3
        assert families.sums(model, later, task) < 1e-6
        parts = np.abs(model.contributions(later)[0]).mean(axis=(0, 2))
        assert parts[model.columns.index("note")] == 0 and parts[model.columns.index("x")] > 0
    again = families.returned(Context, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.array_equal(again.contributions(later)[0], model.contributions(later)[0])
    assert len(model.predict(later.take(np.arange(0)))) == 0 == len(model.contributions(later.take(np.arange(0)))[0])


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
def test_keeps_the_promises_of_a_learner(library, weights, task):
    with given(weights(task)):
        learner = Context()
        check_learner(SimpleNamespace(name=learner.name, tasks=(task,), words=learner.words, fit=learner.fit, load=learner.load))


def test_contributions_of_many_rows_are_those_of_each(library, weights, monkeypatch):
    rows, goal = families.made("binary"), families.GOALS["binary"]
    model = Context(weights("binary")).fit(rows.take(np.arange(300)), goal, rows.take(np.arange(0)))
    later = rows.take(np.arange(300, 340))
    whole = model.contributions(later)[0]
    monkeypatch.setattr(context, "ASKED", 50)
    monkeypatch.setattr(context, "TOGETHER", 7)
    assert np.allclose(model.contributions(later)[0], whole, atol=1e-12)


def test_the_library_is_told_never_to_download(library, weights):
    rows, goal, file = families.made("binary"), families.GOALS["binary"], weights("binary")
    Context(file).fit(rows, goal, rows.take(np.arange(0))).predict(rows.take(np.arange(3)))
    (made,) = Neighbours.made
    assert made.settings["allow_auto_download"] is False and made.settings["model_path"] == file and made.settings["device"] == "cpu"


def test_models_of_the_same_weights_share_a_net(library, weights):
    rows, goal, file = families.made("binary"), families.GOALS["binary"], weights("binary")
    for at in (np.arange(200), np.arange(200, 400)):
        Context(file).fit(rows.take(at), goal, rows.take(np.arange(0))).predict(rows.take(np.arange(3)))
    first, second = Neighbours.made
    assert first.model_ is second.model_


def test_without_weights_it_is_not_tried_and_says_why(library):
    rows, goal = families.made("binary"), families.GOALS["binary"]
    assert members_of(Context, goal, rows) == ()
    with pytest.raises(WordsError, match="needs a file of weights"):
        Context().fit(rows, goal, rows)


def test_weights_that_are_absent_wrong_or_changed_are_refused(library, weights, tmp_path):
    rows, goal, file = families.made("binary"), families.GOALS["binary"], weights("binary")
    with pytest.raises(WordsError, match="there is no file of weights"), given(str(tmp_path / "none.ckpt")):
        pass
    with pytest.raises(WordsError, match="numeric target"):
        Context(file).fit(families.made("numeric"), families.GOALS["numeric"], rows)
    (tmp_path / "damaged").write_text("{")
    with pytest.raises(WordsError, match="without running code"):
        Context(str(tmp_path / "damaged")).fit(rows, goal, rows)
    model = Context(file).fit(rows, goal, rows.take(np.arange(0)))
    card = model.save(tmp_path)
    (tmp_path / "binary.ckpt").write_text(json.dumps({"config": {"max_classes": 9}, "state_dict": {}}))
    with pytest.raises(WordsError, match="are not those"):
        Context.load(tmp_path, card)
    (tmp_path / "binary.ckpt").unlink()
    with pytest.raises(WordsError, match="there is no file of weights"):
        Context.load(tmp_path, card)


def test_the_option_says_which_package_is_missing(make_split, monkeypatch, weights):
    monkeypatch.setattr(context, "find_spec", lambda package: None)
    split = make_split({"x": np.arange(60.0), "y": np.arange(60.0) % 7}, "y")
    with pytest.raises(WordsError, match="tabicl"):
        train.run(split, train.Options(weights=weights("numeric")))


def test_it_is_a_member_where_weights_are_given(library, weights, make_split, monkeypatch):
    from apercu.train import _portfolio

    monkeypatch.setattr(_portfolio, "find_spec", lambda package: object() if package == "tabicl" else None)
    rows = families.made("numeric", n=120)
    split = make_split({"x": rows["x"], "plan": rows["plan"], "y": rows["y"]}, "y")
    models = train.run(split, train.Options(weights=weights("numeric"), learners=("linear", "context"), members=2))
    assert {"linear", "context"} <= {model.name for model in models}
    assert all("context" not in model.name for model in train.run(split, train.Options(members=2)))


@pytest.mark.parametrize("task", ["binary", "multiclass", "numeric"])
def test_few_rows_and_one_outcome_are_borne(library, weights, task):
    rows, goal, file = families.made(task), families.GOALS[task], weights(task)
    truth = goal.coded(rows)
    same = rows.take(np.flatnonzero(truth == truth[0]))
    for n in (1, min(5, same.n)):
        model = Context(file).fit(same.take(np.arange(n)), goal, same.take(np.arange(0)))
        told = model.predict(rows)
        assert np.isfinite(told).all() and np.isfinite(model.contributions(rows.take(np.arange(4)))[0]).all()
        assert (told == pytest.approx(truth[0])) if goal.task == "numeric" else (told.argmax(axis=1) == truth[0]).all()


# ---------------------------------------------------------------- the library itself, where it is installed


@pytest.fixture(params=["binary", "multiclass", "numeric"])
def real(request, tmp_path):
    """(task, a file of weights drawn by chance, of a small net of the library's architecture)."""
    pytest.importorskip("tabicl")
    torch = pytest.importorskip("torch")
    from tabicl._model.tabicl import TabICL

    config = {"max_classes": 0 if request.param == "numeric" else 10, "num_quantiles": 9, "embed_dim": 16, "col_num_blocks": 1, "col_nhead": 2}
    config |= {"col_num_inds": 4, "row_num_blocks": 1, "row_nhead": 2, "row_num_cls": 2, "icl_num_blocks": 1, "icl_nhead": 2, "zero_init": False}
    torch.manual_seed(1)
    file = tmp_path / "chance.ckpt"
    torch.save({"config": config, "state_dict": TabICL(**config).state_dict()}, file)
    return request.param, str(file)


@pytest.mark.filterwarnings("ignore")  # those of the library are its own
def test_the_library_answers(real, monkeypatch):
    task, file = real

    def refused(*words, **more):
        raise AssertionError("a download was tried")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr("tabicl._sklearn.classifier.hf_hub_download", refused)
    monkeypatch.setattr("tabicl._sklearn.regressor.hf_hub_download", refused)
    rows, goal = families.made(task, n=120), families.GOALS[task]
    model = Context(file).fit(rows.take(np.arange(100)), goal, rows.take(np.arange(0)))
    later = rows.take(np.arange(100, 106))
    told = model.predict(later)
    assert np.isfinite(told).all() and told.shape == ((6,) if task == "numeric" else (6, len(goal.classes)))
    assert np.ptp(told, axis=0).max() > 0
    assert families.sums(model, later, task) < 1e-4
    order = np.array([3, 1, 5, 0, 2, 4])
    assert np.allclose(model.predict(later.take(order)), told[order], rtol=1e-4, atol=1e-5), "a row's answer is its own, but for single precision"
    again = families.returned(Context, model)
    assert np.allclose(again.predict(later), told, rtol=1e-6, atol=1e-7)


def test_a_pickle_is_not_run(tmp_path):
    pytest.importorskip("tabicl")
    pytest.importorskip("torch")
    file, mark = tmp_path / "evil.ckpt", tmp_path / "was run"

    class Evil:
        def __reduce__(self):
            return (mark.touch, ())

    file.write_bytes(pickle.dumps({"config": {"max_classes": 10}, "state_dict": Evil()}))
    rows = families.made("binary", n=50)
    with pytest.raises(WordsError, match="without running code"):
        Context(str(file)).fit(rows, families.GOALS["binary"], rows)
    assert not mark.exists()
