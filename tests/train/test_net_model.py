"""The net of mixtures: learns what no modality tells alone, survives missing ones, sums, comes back without torch, is offered for mixtures."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest

from apercu.core.errors import InputError, UnknownName, WordsError
from apercu.core.goal import Goal
from apercu.core.model import Model, members_of
from apercu.core.rows import Rows
from apercu.train.net import Net

from . import families

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

GOALS = families.GOALS
WORDS = (("dull", "grey", "plain"), ("bright", "warm", "lively"))


def mixture(n=500, seed=1):
    """A picture with a bright row or column, a text with one of two kinds of words: their parity and a number make the target."""
    rng = np.random.default_rng(seed)
    way, word, x = rng.integers(0, 2, n), rng.integers(0, 2, n), rng.uniform(-1.5, 1.5, n)
    images = rng.integers(0, 60, (n, 6, 6)).astype(np.uint8)
    images[way == 1, :, 2:4] += 150
    images[way == 0, 2:4] += 150
    texts = [f"the room with window {i % 17} looked {rng.choice(WORDS[at])} to me today" for i, at in enumerate(word)]
    z = 2.0 * ((way + word) % 2) - 1.0 + x
    return Rows.of({
        "photo": [b"P5 6 6 255\n" + image.tobytes() for image in images],
        "note": texts,
        "x": x,
        "plan": rng.choice(np.array(["p", "q", None], dtype=object), n),
        "y": np.where(z > 0, "yes", "no").astype(object),
    })  # fmt: skip


@cache
def fitted():
    rows = mixture()
    return Net(epochs=20).fit(rows.take(np.arange(420)), GOALS["binary"], rows.take(np.arange(420, 500)))


def holed(rows, names):
    """The rows without the values of some columns."""
    gone = {"photo": [None] * rows.n, "note": [None] * rows.n, "x": np.full(rows.n, np.nan)}
    made = Rows.of({**{name: gone[name] for name in names if name != "photo"}, "y": np.zeros(rows.n)})
    whole = rows.plus({name: made.column(name) for name in names if name != "photo"})
    return whole.only([name for name in whole if name != "photo"]) if "photo" in names else whole


def test_learns_what_no_modality_tells_alone():
    model, later = fitted(), mixture(n=200, seed=2)
    told, truth = model.predict(later), GOALS["binary"].coded(later)
    assert isinstance(model, Model) and {encoder.kind for encoder in model.encoders} == {"number", "category", "prose", "image"}
    assert (told.argmax(axis=1) == truth).mean() > 0.9


def test_contributions_sum_and_name_what_matters():
    model, later = fitted(), mixture(n=30, seed=3)
    assert families.sums(model, later, "binary") < 1e-6
    parts = dict(zip(model.columns, np.abs(model.contributions(later)[0]).mean(axis=(0, 2)), strict=True))
    assert min(parts["photo"], parts["note"], parts["x"]) > 2 * parts["plan"]


def test_comes_back_equal_without_torch(monkeypatch):
    model, later = fitted(), mixture(n=30, seed=3)
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    again = families.returned(Net, model)
    assert np.array_equal(again.predict(later), model.predict(later))
    assert np.allclose(again.contributions(later)[0], model.contributions(later)[0], atol=1e-12)


def test_missing_modalities_are_survived():
    model, later = fitted(), mixture(n=120, seed=4)
    truth, sure = GOALS["binary"].coded(later), np.abs(model.predict(later)[:, 1] - 0.5).mean()
    for names in (("photo",), ("note",), ("photo", "note", "x")):  # of a parity that lacks a part less is known
        told = model.predict(holed(later, names))[:, 1]
        assert np.isfinite(told).all() and np.abs(told - 0.5).mean() < 0.9 * sure, names
        assert families.sums(model, holed(later, names), "binary") < 1e-6
    assert ((model.predict(holed(later, ("x",)))[:, 1] > 0.5) == truth).mean() > 0.7
    assert model.predict(later.take(np.arange(0))).shape == (0, 2)


def test_the_same_rows_give_the_same_net():
    rows = mixture(n=120)
    parts = rows.take(np.arange(90)), GOALS["binary"], rows.take(np.arange(90, 120))
    first, second = (Net(epochs=2, width=8).fit(*parts) for _ in range(2))
    assert np.array_equal(first.predict(rows), second.predict(rows))


@pytest.mark.parametrize(
    ("task", "setting"),
    [("numeric", {"fusion": "gated"}), ("multiclass", {"fusion": "attention"}), ("multiclass", {"text": "gru"}), ("binary", {"text": "lstm"})],
)
def test_every_declared_way_learns_sums_and_comes_back(task, setting):
    rng, n = np.random.default_rng(1), 240
    word, beat = rng.integers(0, 2, n), rng.integers(0, 2, n)
    pulses = [np.sin(np.arange(24 + i % 3) * (0.4 if b else 1.2)) + rng.normal(0, 0.1, 24 + i % 3) for i, b in enumerate(beat)]
    note = [f"in room {i % 9} it was {WORDS[w][i % 3]} to all of us" for i, w in enumerate(word)]
    levels = {"multiclass": ["a", "b", "c"], "binary": ["no", "yes", "yes"], "numeric": [10.0, 20.0, 30.0]}[task]
    rows = Rows.of({"pulse": pulses, "flat": [np.zeros(24)] * n, "note": note, "y": [levels[level] for level in word + beat]})
    model = Net(**setting, epochs=12, width=16).fit(rows.take(np.arange(200)), GOALS[task], rows.take(np.arange(200, n)))
    told, truth = model.predict(rows), GOALS[task].coded(rows)
    assert (np.corrcoef(told, truth)[0, 1] if task == "numeric" else (told.argmax(axis=1) == truth).mean()) > 0.9
    some = rows.take(np.arange(20))
    assert families.sums(model, some, task) < 1e-6
    parts = np.abs(model.contributions(some)[0]).mean(axis=(0, 2))
    assert parts[0] > 2 * parts[1]  # of the two channels it is the pulse that tells
    assert np.array_equal(families.returned(Net, model).predict(some), model.predict(some))


def test_columns_are_read_as_declared():
    rows = mixture(n=120)
    parts = rows.take(np.arange(90)), GOALS["binary"], rows.take(np.arange(90, 120))
    model = Net(kinds={"note": "category", "photo": "out", "plan": "out"}, epochs=1).fit(*parts)
    assert [(encoder.kind, encoder.names) for encoder in model.encoders] == [("number", ("x",)), ("category", ("note",))]
    parts, _ = model.contributions(rows)
    assert not parts[:, [model.columns.index(name) for name in ("photo", "plan")]].any()


@pytest.mark.parametrize("task", ["binary", "numeric"])
def test_lives_with_one_outcome(task):
    families.one_outcome_is_survived(lambda: Net(epochs=2), task)


def test_few_rows_and_broken_pictures():
    rows = Rows.of({"photo": [b"no picture"] * 8, "x": np.arange(8.0), "y": ["yes", "no"] * 4})
    model = Net(epochs=1).fit(rows, GOALS["binary"], rows.take(np.arange(0)))
    assert [encoder.kind for encoder in model.encoders] == ["number"] and np.isfinite(model.predict(rows)).all()
    with pytest.raises(InputError, match="column that it can read"):
        Net().fit(rows.only(("photo", "y")), GOALS["binary"], rows.take(np.arange(0)))


def test_it_is_offered_for_mixtures_alone():
    goal, rows = Goal("y", "binary", ("no", "yes"), "yes"), mixture(n=40)
    lengths = np.arange(40.0)
    sequences = Rows.of({"a": [np.arange(5.0)] * 40}).column("a")

    def offered(names, **more):
        return [member.name for member in members_of(Net, goal, rows.only((*names, "y")).plus(more))]

    assert offered(("photo", "note")) == offered(("photo", "x")) == ["net"]
    assert offered(("note", "plan")) == []  # trees on top of a text model know as much
    assert offered(("note",), a=sequences) == offered(("photo",), a=sequences) == ["net"]
    assert offered(("photo",)) == offered(("note",)) == offered(("x", "plan")) == offered((), a=sequences, b=sequences) == []
    assert offered(("note",), note_length=lengths) == []  # what is derived of a column is no other


def test_a_word_that_is_off_is_said():
    with pytest.raises(UnknownName):
        Net(fusion="stacked")
    with pytest.raises(UnknownName):
        Net(text="bert")
    with pytest.raises(UnknownName):
        Net(kinds={"photo": "picture"})
    with pytest.raises(WordsError, match="at least 1"):
        Net(epochs=0)


def test_what_is_kept_is_plain(tmp_path):
    card = json.dumps(fitted().save(tmp_path))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".npz", ".onnx"]
    with np.load(tmp_path / "net.npz", allow_pickle=False) as kept:
        assert all(kept[name].dtype.kind == "f" for name in kept.files)
    assert "photo" in card and "bright" in card
