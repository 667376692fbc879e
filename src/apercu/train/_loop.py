"""The one training loop of the torch nets here: rows go by in random batches, a rate rises and falls once, and a killed run is taken up again.

    plan = Plan(epochs=4, rate=0.006)
    journal = trained(net, n, lambda index, chance: lesson(index, chance), plan)

The caller says what a batch loses, so that the loop knows nothing of pictures, words or tables. One rise and fall of the rate (OneCycle, Smith 2018)
with AdamW (Loshchilov & Hutter 2019) reaches in a few passes what a constant rate reaches in many. Where the processor multiplies bfloat16 (AVX-512
BF16, AMX), products are made in it, and convolutions run channels-last: half the time on the nets here; the sums, the weights and the optimiser stay
in float32. All chance comes from one generator, which a net with dropout asks as well (`dropped`), since folds are fitted side by side and torch's
own is shared. A checkpoint holds weights, optimiser, generator and place; it is plain arrays, written whole beside its place and renamed, and a run
that is killed goes on from it to the very same net. What it does not do: several machines, graphics cards.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import threading
import time
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from ..core.errors import WordsError
from ..core.progress import remark, report
from ._board import scalars
from ._extra import brought

__all__ = ["Journal", "Plan", "balanced", "dropped", "free_cores", "quick_here", "rate_at", "seeded", "supervised", "trained"]

RISE: Final = 0.25  # of all steps, in which the rate rises
START: Final = 0.04  # the rate at the first step, as a share of the highest
END: Final = 1e-3  # the same at the last
MOMENTS: Final = (0.9, 0.99)  # of Adam: short, since runs are short
TINY: Final = 1e-12
_building = threading.Lock()  # torch's own generator belongs to all threads

Lost = Callable[[Any, Any], Any]  # (index (b,), generator) -> the mean loss of the batch, a scalar tensor


@dataclass(frozen=True)
class Plan:
    """How a net is trained.

    epochs: passes over the rows; batch: rows of a step; rate: the highest rate; optimiser: adamw, adam, sgd or rmsprop; cycle: one rise and fall of
    the rate, or a constant rate; decay: of weights (L2), of matrices alone; lasso: L1 of the same; clip: length that a gradient may have, 0 for any;
    patience: passes without a better watched loss before the end, after which the best pass is kept (0: all passes, the last is kept); average: share
    of the running mean of the weights that stays at each step, 0 for none; quick: bfloat16, None for where the processor has it; threads: None for
    the free cores; checkpoint: a file; log: a folder
    for TensorBoard, None for that of the study (see `_board`); told: the name of the step in reports of progress, '' for none.
    """

    epochs: int = 10
    batch: int = 128
    rate: float = 0.01
    optimiser: str = "adamw"
    cycle: bool = True
    decay: float = 0.02
    lasso: float = 0.0
    clip: float = 0.0
    patience: int = 0
    average: float = 0.0
    seed: int = 1
    quick: bool | None = None
    threads: int | None = 1
    checkpoint: Path | None = None
    log: Path | None = None
    told: str = ""


class Journal(NamedTuple):
    """lost, watched: (epochs,) mean loss of each pass and what was watched after it (NaN without); best: the pass that was kept, from 0; seconds of
    CPU.
    """

    lost: tuple[float, ...]
    watched: tuple[float, ...]
    best: int
    seconds: float


def trained(
    net: Any, n: int, lost: Lost, plan: Plan, watch: Callable[[], float] | None = None, pace: Callable[[str], float] | None = None
) -> Journal:
    """Trains a module on n rows, in place, and leaves it ready to be asked. `watch()` gives a loss of rows that are not learned from; pace(name) the
    share of the rate at which a parameter learns, of one that begins from what was learned elsewhere.

    Raises WordsError where torch is absent, or where the checkpoint is of another net or plan.
    """
    torch = brought("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(plan.threads or free_cores())
    try:
        return _Run(torch, net, n, plan, pace).to_the_end(lost, watch)
    finally:
        torch.set_num_threads(threads)


def rate_at(step: int, steps: int, plan: Plan) -> float:
    """The rate of a step, counted from 0: up and down by half a cosine each.

    >>> [round(rate_at(step, 5, Plan(rate=1.0)), 3) for step in range(5)]
    [0.04, 1.0, 0.75, 0.251, 0.001]
    """
    if not plan.cycle or steps < 2:
        return plan.rate
    top = max(1.0, RISE * (steps - 1))
    low, part = (START, step / top) if step < top else (END, 1.0 - (step - top) / max(steps - 1 - top, 1.0))
    return plan.rate * (low + (1.0 - low) * 0.5 * (1.0 - math.cos(math.pi * part)))


def free_cores() -> int:
    """The cores that nobody uses now, at least one: two threads that wait for one core are slower than one thread."""
    cores = os.cpu_count() or 1
    try:
        busy = os.getloadavg()[0]
    except OSError:
        busy = 0.0
    return max(1, min(cores, round(cores - busy)))


def quick_here(torch: Any) -> bool:
    """Whether bfloat16 is multiplied by the processor itself, which halves a step; where it is only imitated it costs time."""
    cpu = torch.cpu
    able = (getattr(cpu, "_is_avx512_bf16_supported", None), getattr(cpu, "_is_amx_tile_supported", None))
    return any(ask is not None and ask() for ask in able)


@contextmanager
def seeded(seed: int) -> Generator[None]:
    """Within the block torch's own generator starts from `seed`, and no other thread's block meddles with it; so a net begins alike every time."""
    torch = brought("torch")
    with _building, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def dropped(torch: Any, x: Any, share: float, chance: Any) -> Any:
    """x, of which a share is set to 0 and the rest raised to the same mean; as it is where there is no generator (the net is asked)."""
    if chance is None or share <= 0.0:
        return x
    return x * (torch.rand(x.shape, generator=chance) >= share) / (1.0 - share)


def balanced(truth: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """(n,) weights with mean one at which every class weighs the same (strength 1), or at which rare classes are raised less (0: not at all)."""
    counts = np.maximum(np.bincount(truth.astype(np.int64)), 1).astype(np.float64)
    weight = (counts**-strength)[truth.astype(np.int64)]
    return weight / weight.mean()


def supervised(outputs: Callable[[Any, Any], Any], truth: Any, weights: Any = None, *, smoothing: float = 0.0) -> Lost:
    """What a batch loses: cross entropy of whole truth (n,), squared error of any other (n,) or (n, m). weights (n,) of rows, or None.

    outputs(index, generator): (b, k) of the net, as it is trained; or these with (b,) partners in the batch and the share that is the row's own,
    where rows were mixed.
    """
    torch = brought("torch")
    losses, whole = torch.nn.functional, truth.dtype == torch.int64

    def each(told: Any, true: Any) -> Any:
        if whole:
            return losses.cross_entropy(told, true, reduction="none", label_smoothing=smoothing)
        return ((told.reshape(true.shape) - true) ** 2).reshape(len(true), -1).mean(1)

    def lost(index: Any, chance: Any) -> Any:
        made = outputs(index, chance)
        told, partner, share = made if isinstance(made, tuple) else (made, None, 1.0)
        told, true = told.float(), truth[index]
        one = each(told, true)
        if partner is not None:
            one = share * one + (1.0 - share) * each(told, true[partner])
        if weights is None:
            return one.mean()
        return (one * weights[index]).sum() / weights[index].sum().clamp_min(TINY)

    return lost


class _Run:
    """One run: where it is, and all that it needs to go on from there."""

    def __init__(self, torch: Any, net: Any, n: int, plan: Plan, pace: Callable[[str], float] | None) -> None:
        self.torch, self.net, self.n, self.plan = torch, net, n, plan
        self.quick = quick_here(torch) if plan.quick is None else plan.quick
        self.chance = torch.Generator().manual_seed(plan.seed)
        net.to(memory_format=torch.channels_last)
        named = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
        self.own = [p for _, p in named]
        self.paces = [1.0 if pace is None else pace(name) for name, _ in named]
        self.optimiser = _optimiser(torch, self.own, self.paces, plan)
        self.own_in_order = [p for group in self.optimiser.param_groups for p in group["params"]]
        self.steps = max(1, n // plan.batch)  # of a pass: the rest of a batch stays out until the next pass, which has another order
        self.mean: dict[str, Any] = {}
        self.best: dict[str, Any] = {}
        self.lost: list[float] = []
        self.watched: list[float] = []

    def to_the_end(self, lost: Lost, watch: Callable[[], float] | None) -> Journal:
        plan, begun = self.plan, time.process_time()
        self._take_up()
        with scalars(plan.log) as write:
            for epoch in range(len(self.lost), plan.epochs):
                if self._tired():
                    break
                self.lost.append(self._pass(epoch, lost))
                self.watched.append(self._looked(watch))
                write(epoch, {"lost": self.lost[-1], "watched": self.watched[-1], "rate": self._rate(epoch, self.steps - 1)})
                self._keep()
        best = int(np.nanargmin(self.watched)) if self.best else len(self.lost) - 1
        if self.best or self.mean:
            self._put(self.best or self.mean)
        self.net.eval()
        return Journal(tuple(self.lost), tuple(self.watched), best, time.process_time() - begun)

    def _pass(self, epoch: int, lost: Lost) -> float:
        """The mean loss of one pass over the rows."""
        torch, plan, total, begun = self.torch, self.plan, 0.0, time.monotonic()
        self.net.train()
        order = torch.randperm(self.n, generator=self.chance)
        if self.n == 1:  # batch norm knows no spread of one row
            order = order.repeat(2)
        for step in range(self.steps):
            for group in self.optimiser.param_groups:
                group["lr"] = group["pace"] * self._rate(epoch, step)
            with torch.autocast("cpu", torch.bfloat16, enabled=self.quick):
                loss = lost(order[step * plan.batch : (step + 1) * plan.batch], self.chance)
            if plan.lasso:
                loss = loss + plan.lasso * sum(p.abs().sum() for p in self.own if p.ndim > 1)
            self.optimiser.zero_grad()
            loss.backward()
            if plan.clip:
                torch.nn.utils.clip_grad_norm_(self.own, plan.clip)
            self.optimiser.step()
            if plan.average:
                self._average()
            total += float(loss.detach())
            if plan.told:
                report(plan.told, epoch * self.steps + step + 1, plan.epochs * self.steps)
        if plan.told:
            left = (plan.epochs - epoch - 1) * (time.monotonic() - begun)
            remark(plan.told, f"pass {epoch + 1} of {plan.epochs}, loss {total / self.steps:.4g}; about {left:.0f} s left")
        return total / self.steps

    def _rate(self, epoch: int, step: int) -> float:
        return rate_at(epoch * self.steps + step, self.plan.epochs * self.steps, self.plan)

    def _average(self) -> None:
        now = self._floats()
        if not self.mean:
            self.mean = {name: value.clone() for name, value in now.items()}
        self.torch._foreach_lerp_(list(self.mean.values()), list(now.values()), 1.0 - self.plan.average)

    def _floats(self) -> dict[str, Any]:
        """Weights and running means of the net, as they are."""
        return {name: value.detach() for name, value in self.net.state_dict().items() if value.is_floating_point()}

    def _put(self, values: dict[str, Any]) -> None:
        with self.torch.no_grad():
            for name, value in self._floats().items():
                value.copy_(values[name])

    def _looked(self, watch: Callable[[], float] | None) -> float:
        """What `watch` says of the net as it would be kept; the best is remembered where patience may end the run."""
        if watch is None:
            return math.nan
        self.net.eval()
        own = {name: value.clone() for name, value in self._floats().items()} if self.mean else {}
        if self.mean:
            self._put(self.mean)
        with self.torch.no_grad():
            found = float(watch())
        if self.plan.patience and (not self.watched or found < np.nanmin(self.watched)):
            self.best = {name: value.clone() for name, value in self._floats().items()}
        if own:
            self._put(own)
        return found

    def _tired(self) -> bool:
        return bool(self.plan.patience and self.best and len(self.watched) - 1 - int(np.nanargmin(self.watched)) >= self.plan.patience)

    def _print(self) -> str:
        """What must be equal for a checkpoint to be taken up: the shapes of the net, the rows, and the plan but for where things are written."""
        plan = {name: value for name, value in asdict(self.plan).items() if name not in ("checkpoint", "log", "told", "threads")}
        shapes = [[name, list(value.shape)] for name, value in self.net.state_dict().items()]
        return hashlib.sha256(json.dumps([plan, shapes, self.n, self.quick, self.paces]).encode()).hexdigest()

    def _keep(self) -> None:
        """Writes the checkpoint whole: a kill leaves the one before it, or this one."""
        if self.plan.checkpoint is None:
            return
        held = {f"net/{name}": value for name, value in self.net.state_dict().items()}
        held |= {f"mean/{name}": value for name, value in self.mean.items()} | {f"best/{name}": value for name, value in self.best.items()}
        held |= {f"opt/{i}/{name}": v for i, state in self.optimiser.state_dict()["state"].items() for name, v in state.items() if v is not None}
        arrays = {name: value.detach().contiguous().numpy() for name, value in held.items()}
        arrays |= {"chance": self.chance.get_state().numpy(), "lost": np.array(self.lost), "watched": np.array(self.watched)}
        path = Path(self.plan.checkpoint)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        with beside.open("wb") as file:
            np.savez(file, print=np.array(self._print()), **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def _take_up(self) -> None:
        """Goes on from the checkpoint, where there is one."""
        path = self.plan.checkpoint
        if path is None or not Path(path).exists():
            return
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            theirs = str(arrays["print"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise WordsError(f"the checkpoint {path} cannot be read ({error}); delete it to begin anew.") from None
        if theirs != self._print():
            raise WordsError(f"the checkpoint {path} is of another net, plan or number of rows; delete it to begin anew, or name another file.")
        made = {name: self.torch.from_numpy(np.ascontiguousarray(a)) for name, a in arrays.items() if name != "print"}
        self.net.load_state_dict(dict(_under(made, "net/")))
        self.mean, self.best = dict(_under(made, "mean/")), dict(_under(made, "best/"))
        states: dict[int, dict[str, Any]] = {}
        for name, value in _under(made, "opt/"):
            place, _, key = name.partition("/")
            like = self.own_in_order[int(place)]  # moments lie in memory as their weights do: the optimiser walks both as one line
            states.setdefault(int(place), {})[key] = self.torch.empty_like(like).copy_(value) if value.shape == like.shape else value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": states})
        self.chance.set_state(made["chance"])
        self.lost, self.watched = arrays["lost"].tolist(), arrays["watched"].tolist()


def _under(made: dict[str, Any], start: str) -> Iterator[tuple[str, Any]]:
    return ((name[len(start) :], value) for name, value in made.items() if name.startswith(start))


def _optimiser(torch: Any, own: list[Any], paces: list[float], plan: Plan) -> Any:
    """Decay is for matrices and filters; biases and scales keep their size."""
    kinds: dict[tuple[bool, float], list[Any]] = {}
    for p, pace in sorted(zip(own, paces, strict=True), key=lambda one: one[0].ndim <= 1):
        kinds.setdefault((p.ndim > 1, pace), []).append(p)
    groups = [{"params": some, "weight_decay": plan.decay if heavy else 0.0, "pace": pace} for (heavy, pace), some in kinds.items()]
    if plan.optimiser == "sgd":
        return torch.optim.SGD(groups, plan.rate, momentum=0.9, nesterov=True)
    if plan.optimiser == "rmsprop":
        return torch.optim.RMSprop(groups, plan.rate, alpha=0.9)
    if plan.optimiser == "adam":
        return torch.optim.Adam(groups, plan.rate, fused=True)
    if plan.optimiser == "adamw":
        return torch.optim.AdamW(groups, plan.rate, betas=MOMENTS, fused=True)
    raise WordsError(f"the optimiser must be adamw, adam, sgd or rmsprop; got {plan.optimiser!r}.")
