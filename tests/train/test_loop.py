"""The training loop: learns, repeats itself, stops in time, and goes on after a kill to the very same net."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from apercu.core.errors import WordsError
from apercu.core.progress import listening
from apercu.train import _loop
from apercu.train._loop import Plan

torch = pytest.importorskip("torch")


def lesson(n=400):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 4)).astype(np.float32)
    return torch.from_numpy(x), torch.from_numpy((x[:, 0] * x[:, 1] > 0).astype(np.int64))


def run(plan, *, watch=None, weights=None, share=0.2):
    """(the net, its journal, accuracy on its own rows) of a small net with dropout."""
    x, y = lesson()
    with _loop.seeded(3):
        net = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.BatchNorm1d(32), torch.nn.ReLU(), torch.nn.Linear(32, 2))

    def outputs(index, chance):
        return net[3](_loop.dropped(torch, net[:3](x[index]), share, chance))

    journal = _loop.trained(net, len(x), _loop.supervised(outputs, y, weights), plan, (lambda: watch(net)) if watch else None)
    with torch.no_grad():
        return net, journal, float((net(x).argmax(1) == y).float().mean())


@pytest.mark.parametrize("optimiser", ["adamw", "adam", "sgd", "rmsprop"])
def test_learns_and_repeats_itself(optimiser):
    plan = Plan(epochs=30, batch=32, rate=0.1 if optimiser == "sgd" else 0.02, optimiser=optimiser, decay=1e-3, clip=5.0, lasso=1e-5, quick=False)
    net, journal, right = run(plan)
    assert right > 0.9 and journal.lost[-1] < 0.7 * journal.lost[0] and journal.best == 29
    again = run(plan)[0]
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), again.state_dict().values(), strict=True))
    other = run(Plan(**{**plan.__dict__, "seed": 2}))[0]
    assert not torch.equal(net[0].weight, other[0].weight)


def test_unknown_optimiser_is_said():
    with pytest.raises(WordsError, match=r"adamw.*'lion'"):
        run(Plan(optimiser="lion"))


def test_says_which_extra_is_wanting(monkeypatch):
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    with pytest.raises(WordsError, match=r"torch.*apercu\[deep\]"):
        _loop.trained(None, 1, lambda index, chance: None, Plan())


def test_patience_ends_the_run_and_keeps_the_best_pass():
    looks = iter([3.0, 1.0, 2.0, 2.0, 2.0, 2.0])
    seen = []

    def watch(net):
        seen.append(net[0].weight.detach().clone())
        return next(looks)

    net, journal, _ = run(Plan(epochs=20, patience=2, quick=False), watch=watch)
    assert journal.watched == (3.0, 1.0, 2.0, 2.0) and journal.best == 1
    assert torch.equal(net[0].weight, seen[1])


def test_average_is_another_net_than_the_last():
    plan = Plan(epochs=6, batch=64, average=0.9, cycle=False, quick=False)
    net, _, right = run(plan)
    last = run(Plan(**{**plan.__dict__, "average": 0.0}))[0]
    assert right > 0.6 and not torch.equal(net[0].weight, last[0].weight)


def test_weights_say_which_rows_count():
    _, y = lesson()
    net, _, _ = run(Plan(epochs=15, batch=32, rate=0.02, quick=False), weights=(y == 1).float())
    x, _ = lesson()
    with torch.no_grad():
        assert float((net(x).argmax(1) == 1).float().mean()) > 0.95
    weight = _loop.balanced(np.array([0, 0, 0, 1]))
    assert weight.mean() == pytest.approx(1.0) and weight[:3].sum() == pytest.approx(weight[3])
    assert np.array_equal(_loop.balanced(np.array([0, 0, 1]), 0.0), np.ones(3))


def test_numbers_and_mixed_rows_have_their_loss():
    x, _ = lesson()
    truth = x[:, 0] * 2
    lost = _loop.supervised(lambda index, chance: x[index, :1], truth)
    index = torch.arange(10)
    assert float(lost(index, None)) == pytest.approx(float((x[:10, 0] ** 2).mean()))
    partner = torch.arange(9, -1, -1)
    mixed = _loop.supervised(lambda index, chance: (x[index, :1], partner, 0.75), truth)
    wanted = 0.75 * (x[:10, 0] - truth[:10]) ** 2 + 0.25 * (x[:10, 0] - truth[:10][partner]) ** 2
    assert float(mixed(index, None)) == pytest.approx(float(wanted.mean()))


def test_rates_rise_and_fall():
    rates = [_loop.rate_at(step, 100, Plan(rate=0.5)) for step in range(100)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(0.5, rel=0.01) and 20 <= top <= 30
    assert np.all(np.diff(rates[:top]) > 0) and np.all(np.diff(rates[top + 1 :]) < 0) and rates[-1] < 0.001
    assert _loop.rate_at(7, 100, Plan(rate=0.5, cycle=False)) == 0.5


def filters(plan, kill=-1):
    """Weights of a small convolutional net; `kill`: the pass after which the run is broken off."""
    images = torch.randint(0, 255, (60, 2, 8, 8), generator=torch.Generator().manual_seed(0)).float()
    truth = (images[:, 0].mean((1, 2)) > images[:, 1].mean((1, 2))).long()
    with _loop.seeded(3):
        parts = torch.nn.Conv2d(2, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(288, 2)
        net = torch.nn.Sequential(*parts)
    passes = iter(range(20))

    def watch():
        if next(passes) == kill:
            raise KeyboardInterrupt
        return 0.0

    def outputs(index, chance):
        return net(images[index].contiguous(memory_format=torch.channels_last))

    journal = _loop.trained(net, 60, _loop.supervised(outputs, truth), plan, watch)
    return [value.clone() for value in net.state_dict().values()], journal


@pytest.mark.parametrize("change", [{}, {"average": 0.9}, {"optimiser": "sgd"}, {"optimiser": "rmsprop"}, {"quick": None}, {"patience": 9}])
def test_goes_on_from_a_checkpoint_to_the_same_net(tmp_path, change):
    plan = Plan(**{"epochs": 6, "batch": 16, "quick": False, **change})
    wanted, told = filters(plan)
    kept = Plan(**{**plan.__dict__, "checkpoint": tmp_path / "net.npz"})
    with pytest.raises(KeyboardInterrupt):
        filters(kept, kill=3)
    got, journal = filters(kept)
    assert journal.lost == told.lost and [p.name for p in tmp_path.iterdir()] == ["net.npz"]
    assert all(torch.equal(a, b) for a, b in zip(got, wanted, strict=True))


SCRIPT = """
import os, signal, sys
from pathlib import Path
import numpy as np, torch
from apercu.train import _loop

def run(file, kill):
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32))
    y = (x[:, 0] > 0).long()
    with _loop.seeded(1):
        net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    passes = []

    def watch():
        passes.append(1)
        if len(passes) == kill:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0.0

    lost = _loop.supervised(lambda index, chance: net(_loop.dropped(torch, x[index], 0.3, chance)), y)
    _loop.trained(net, 200, lost, _loop.Plan(epochs=8, batch=16, checkpoint=file, quick=False), watch)
    return len(passes), net[0].weight.detach().numpy()

if __name__ == "__main__":
    run(Path(sys.argv[1]), 5)
"""


def test_a_killed_process_goes_on_to_the_same_net(tmp_path):
    script, file = tmp_path / "script.py", tmp_path / "net.npz"
    script.write_text(SCRIPT)
    killed = subprocess.run([sys.executable, str(script), str(file)], capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    spec = importlib.util.spec_from_file_location("script", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    passes, weights = module.run(file, 0)
    assert passes == 4 and np.array_equal(weights, module.run(None, 0)[1])


def test_a_strange_checkpoint_is_said(tmp_path):
    file = tmp_path / "net.npz"
    run(Plan(epochs=1, checkpoint=file, quick=False))
    with pytest.raises(WordsError, match="another net, plan or number of rows"):
        run(Plan(epochs=1, batch=16, checkpoint=file, quick=False))
    file.write_bytes(b"no zip")
    with pytest.raises(WordsError, match="cannot be read"):
        run(Plan(epochs=1, checkpoint=file, quick=False))


def test_progress_is_told():
    heard, said = [], []
    with listening(lambda step, done, total: heard.append((step, done, total)), lambda step, text: said.append(text)):
        run(Plan(epochs=2, batch=100, told="net", quick=False))
    assert heard == [("net", i, 8) for i in range(1, 9)]
    assert len(said) == 2 and "pass 2 of 2" in said[1] and "s left" in said[1]


def test_a_log_tells_every_pass(tmp_path):
    told = run(Plan(epochs=3, batch=100, log=tmp_path, quick=False))[1]
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    assert content.count(b"lost") == content.count(b"rate") == 3 and content.count(b"watched") == 0  # nothing was watched
    assert all(np.float32(lost).tobytes() in content for lost in told.lost)


def test_one_row_and_threads_are_given_back():
    before = torch.get_num_threads()
    x, y = torch.zeros(1, 4), torch.zeros(1, dtype=torch.int64)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 2))
    journal = _loop.trained(net, 1, _loop.supervised(lambda index, chance: net(x[index]), y), Plan(epochs=3, quick=False))
    assert len(journal.lost) == 3 and torch.get_num_threads() == before
    assert _loop.free_cores() >= 1


def test_a_pace_slows_what_it_names():
    with _loop.seeded(1):
        net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3), torch.nn.Linear(3, 1))
    before = [layer.weight.detach().clone() for layer in net]
    x = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))
    plan = _loop.Plan(epochs=2, batch=16, rate=0.01, quick=False)
    _loop.trained(
        net,
        64,
        lambda index, chance: ((net(x[index])[:, 0] - x[index, 0]) ** 2).mean(),
        plan,
        pace=lambda name: {"0": 0.0, "1": 0.1}.get(name[0], 1.0),
    )
    moved = [float((layer.weight.detach() - old).abs().mean()) for layer, old in zip(net, before, strict=True)]
    assert moved[0] == 0.0 < moved[1] < 0.5 * moved[2]
