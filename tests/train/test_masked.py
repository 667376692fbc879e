"""Encoders that learn by rebuilding: what belongs together lies together, what is hidden is hidden, a net begins from them."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import train
from apercu.core.rows import Rows
from apercu.train import masked, net
from apercu.train._encoders import Categories, Numbers, Prose
from apercu.train.net import Net

from . import families

torch = pytest.importorskip("torch")
GOALS = families.GOALS
MOODS = (("warm", "kind", "sunny", "soft", "calm"), ("cold", "rude", "rainy", "hard", "loud"))


def made(n=600, seed=1):
    """Rows of two moods: each word, level and number is of one of them, and so is the target."""
    rng = np.random.default_rng(seed)
    mood = rng.integers(0, 2, n)
    return Rows.of({
        "note": [f"we had it {' '.join(rng.choice(MOODS[m], 3, replace=False))} in place {i % 40}" for i, m in enumerate(mood)],
        "town": [None if rng.random() < 0.1 else f"{'ab'[m]}{rng.integers(3)}" for m in mood],
        "x": np.where(rng.random(n) < 0.1, np.nan, mood + 0.3 * rng.normal(size=n)),
        "y": np.array(["no", "yes"], dtype=object)[mood],
    })  # fmt: skip


def encoders(rows):
    return Numbers.fit(rows, ["x"]), Categories.fit(rows, ["town"]), Prose.fit(rows, "note")


@pytest.fixture(scope="module")
def learned():
    rows = made()
    some = encoders(rows)
    return some, masked.learned(some, ("note", "town", "x"), [e.read(rows) for e in some], ("concat", 24), {"epochs": 8, "batch": 32})


def apart(table, groups):
    """How much nearer the vectors of one group lie to their own centre than to the other's, in mean cosines."""
    table = table / np.linalg.norm(table, axis=1, keepdims=True)
    first, second = (table[own].mean(axis=0) for own in groups)
    return float(np.mean(table[groups[0]] @ (first - second)) + np.mean(table[groups[1]] @ (second - first)))


def test_what_belongs_together_lies_together(learned):
    (_, town, note), (numbers, levels, words) = learned
    assert numbers == {}
    groups = [[2 + town.levels[0].index(level) for level in town.levels[0] if level[0] == side] for side in "ab"]
    assert apart(levels["table_0"], groups) > 0.6
    groups = [[2 + note.words.index(word) for word in mood] for mood in MOODS]
    assert apart(words["table"], groups) > 0.8
    fresh = note.begun(np.random.default_rng(1))["table"]
    assert apart(fresh, groups) < 0.8


def test_the_same_rows_give_the_same_weights(learned):
    rows, few = made(80), {"epochs": 1, "batch": 16}
    some = encoders(rows)
    first, second = (masked.learned(some, ("note", "town", "x"), [e.read(rows) for e in some], ("gated", 8), few) for _ in range(2))
    assert all(np.array_equal(a[name], b[name]) for a, b in zip(first, second, strict=True) for name in a)
    assert [set(own) for own in first] == [set(e.begun(np.random.default_rng(1))) for e in some]


def test_a_hidden_word_is_not_told_by_its_pairs():
    rows = made()
    note = Prose.fit(rows, "note")
    task = masked._task(torch, note, note.read(rows))
    assert note.pairs and "we had" in note.pairs
    seen, _ = task.hidden(torch.arange(200), torch.Generator().manual_seed(1))
    place = {word: 2 + i for i, word in enumerate((*note.words, *note.pairs))}
    kept = [set(own.tolist()) - {0} for own in seen["ids"]]
    whole = [set(own.tolist()) - {0} for own in task.given["ids"][:200]]
    assert 0.2 < np.mean([place["we"] not in own for own in kept]) < 0.6
    for own, before in zip(kept, whole, strict=True):
        assert own <= before
        assert place["we had"] not in own or (place["we"] in own and place["had"] in own)
    assert all((row[: len(own)] > 0).all() for row, own in zip(seen["ids"], kept, strict=True)), "words stand together"


def test_hidden_cells_are_as_missing_ones():
    rows = made()
    numbers, levels, _ = encoders(rows)
    tasks = [masked._task(torch, encoder, encoder.read(rows)) for encoder in (numbers, levels)]
    draw = torch.Generator().manual_seed(1)
    (x, tell), (codes, _) = (task.hidden(torch.arange(rows.n), draw) for task in tasks)
    gone = x["gone"][:, 0] > 0
    assert 0.25 < float(gone.float().mean()) < 0.5
    assert np.allclose(x["numbers"][gone].numpy(), numbers.nothing()) and torch.equal(codes["codes"] == 0, codes["gone"] > 0)
    assert float(tasks[0].aim[~np.isnan(rows["x"])].std()) == pytest.approx(1.0, abs=0.01)
    loss, many = tell(tasks[0].aim)
    assert float(loss) == 0.0 and many == 1
    assert float(tell(tasks[0].aim + 1.0)[0]) == pytest.approx(1.0, rel=1e-4)


def test_a_net_begins_from_rows_without_a_target(monkeypatch):
    monkeypatch.setattr(masked, "VISITS", 6_000)
    few, pool, later = made(24, seed=2), made(900, seed=3), made(300, seed=4)
    rows, watch, columns = few.only(("note", "y")), few.take(np.arange(0)), ("note",)
    right = []
    for learner in (Net(width=16), Net(width=16, pretrain=True)):
        model = learner.fit(rows, GOALS["binary"], watch, pool.only(columns))
        right.append(float((model.predict(later).argmax(axis=1) == GOALS["binary"].coded(later)).mean()))
        assert families.sums(model, later.take(np.arange(10)), "binary") < 1e-6
    assert right[1] > 0.95 and right[1] >= right[0]


def test_pretrain_without_a_pool_or_words():
    rows = made(90)
    none = rows.take(np.arange(0))
    for columns, pool in ((("note", "town", "x", "y"), None), (("x", "y"), rows.only(("x",))), (("town", "y"), none.only(("town",)))):
        model = Net(epochs=1, width=8, pretrain=True).fit(rows.only(columns), GOALS["binary"], none, pool)
        assert np.isfinite(model.predict(rows)).all()


def test_it_is_tried_beside_where_many_rows_lack_a_target(make_split, monkeypatch):
    monkeypatch.setattr(net, "OPEN", 150)
    rows = made(300)
    y = rows.coded("y").text()
    fit, heard = Net.fit, []

    def noted(self, rows, goal, watch, pool=None):
        heard.append((self.pretrain, None if pool is None else pool.n))
        return fit(Net(epochs=1, width=8), rows, goal, watch)

    monkeypatch.setattr(Net, "fit", noted)
    columns = {"note": rows.coded("note").text(), "x": rows["x"]}
    for share, tried in ((0.4, {(False, 180), (True, 180)}), (1.0, {(False, None)})):
        heard.clear()
        split = make_split({**columns, "y": np.where(np.arange(300) < 300 * share, y, None)}, "y")
        models = train.run(split, train.Options(learners=("net",)))
        assert set(heard) == tried and models[-1].folds[0].name == "net"


def test_folds_share_what_is_learned_of_the_pool(make_split, monkeypatch):
    monkeypatch.setattr(net, "OPEN", 150)
    learn, calls = masked.learned, []
    monkeypatch.setattr(masked, "learned", lambda *given: calls.append(1) or learn(*given, {"epochs": 1}))
    rows = made(300)
    y = np.where(np.arange(300) < 80, rows.coded("y").text(), None)
    train.run(make_split({"town": rows.coded("town").text(), "x": rows["x"], "y": y}, "y"), train.Options(learners=("net",)))
    assert len(calls) == 1
