"""Pictures: the bars of the convolutional nets, each beside its peer, on real pictures.

python benchmarks/images.py [PART ... | all] [--data FOLDER] [--peer PYTHON] [--threads N] [--seeds N] [--pretrained]

PARTS: step (milliseconds of CPU a training step of the net mnist-keras), keras (its accuracy after 10 passes), quick and default (30,000 digits),
labels (1,000 labels; --pretrained: also with what all pictures teach without labels), pneumonia, smiles (folder-150 beside the default, 5 folds),
inference (rows a CPU second, onnxruntime beside torch), kill (a killed run goes on). FOLDER holds image/mnist, image/pneumoniamnist and
image/smiles_jpg (default: $APERCU_DATA, else the shared data beside the checkout). PYTHON is that of an environment with tensorflow, for the part
`step`; without it the noted figure of another machine stands there. CPU seconds are the process's own, and the load of the machine stands beside: on
a machine whose cores are shared they are up to twice those of a free one.
"""

from __future__ import annotations

import argparse
import gzip
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
from _shared import SHARED
from sklearn.metrics import roc_auc_score

from apercu.train._convnet import RECIPES, module
from apercu.train._loop import quick_here
from apercu.train._pictures import Frame
from apercu.train.cnn import ImageNet, fit_images
from apercu.train.pretrain import pretrained

KERAS = """
import os, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1); tf.config.threading.set_inter_op_parallelism_threads(1)
K = tf.keras.layers
net = tf.keras.Sequential([K.Input((28, 28, 1)), K.Conv2D(32, 3, activation="relu"), K.MaxPooling2D(), K.Conv2D(64, 3, activation="relu"),
                           K.MaxPooling2D(), K.Flatten(), K.Dense(128, activation="relu"), K.Dense(10, activation="softmax")])
net.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
x, y = np.random.rand(6400, 28, 28, 1).astype("float32"), np.random.randint(0, 10, 6400)
net.fit(x[:640], y[:640], batch_size=64, verbose=0)
best = 1e9
for _ in range(5):
    t = time.process_time(); net.fit(x, y, batch_size=64, verbose=0); best = min(best, (time.process_time() - t) * 10)
print(best)
"""
KILLED = """
import sys, numpy as np
from apercu.train.cnn import fit_images
rng = np.random.default_rng(0)
images, labels = rng.integers(0, 256, (2_000, 28, 28, 1)).astype(np.uint8), rng.integers(0, 4, 2_000)
net = fit_images(images, labels, "default", plan={"epochs": 6, "checkpoint": sys.argv[1]})
np.save(sys.argv[2], net.predict(images))
"""


ROUNDS = 60  # short turns of each side


class Source:
    """Where the pictures lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """A file or folder of the data; ends the benchmark with a word where it is absent."""
        found = self.folder / "image" / name
        if not found.exists():
            sys.exit(f"skipped: image/{name} is not in {self.folder}")
        return found

    def idx(self, name: str) -> np.ndarray:
        """An idx file (LeCun's): dimensions big-endian, then bytes."""
        content = gzip.decompress(self.path(f"mnist/{name}-ubyte.gz").read_bytes())
        shape = np.frombuffer(content, ">i4", content[3], 4)
        return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)

    def digits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Training pictures and labels, test pictures and labels."""
        return self.idx("train-images-idx3"), self.idx("train-labels-idx1"), self.idx("t3k-images-idx3"), self.idx("t3k-labels-idx1")

    def smiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Pictures and 1 for a smile, read as the learner reads files."""
        files = sorted(self.path("smiles_jpg").glob("*/*.jpg"))
        cells = [file.read_bytes() for file in files]
        frame = Frame.of(cells)
        return frame.read(cells)[0], np.array([int(file.parent.name == "smile") for file in files])


def told(bar: str, must: str, peer: str, ours: str) -> None:
    """A line of the table."""
    print(f"| {bar} | {must} | {peer} | {ours} | {os.getloadavg()[0]:.1f} |", flush=True)


def timed(work: Callable[[], ImageNet]) -> tuple[ImageNet, float, float]:
    """(what it gives, CPU seconds, seconds of wall)."""
    cpu, wall = time.process_time(), time.monotonic()
    made = work()
    return made, time.process_time() - cpu, time.monotonic() - wall


def right(net: ImageNet, images: np.ndarray, labels: np.ndarray) -> float:
    """The share of pictures told rightly."""
    return float((np.array(net.classes)[net.predict(images).argmax(axis=1)] == labels).mean())


def plain(recipe: str) -> Any:
    """A recipe's net as one writes it in torch: rectifiers before pools, the head as the last layer."""
    import torch

    layers, features = RECIPES[recipe].layers((1, 28, 28))
    order = list(layers)
    for i in range(len(order) - 1):
        if (order[i][0], order[i + 1][0]) == ("pool", "relu"):
            order[i], order[i + 1] = order[i + 1], order[i]
    return torch.nn.Sequential(module(torch, tuple(order), np.array([33.0]), np.array([0.0128])), torch.nn.Linear(features, 10))


def step(source: Source, args: argparse.Namespace) -> None:
    """The net mnist-keras, one thread: plain torch, ours, and Keras where it is, in turns."""
    import torch

    torch.set_num_threads(1)

    def stepping(ours: bool) -> Callable[[], None]:
        net = plain("mnist-keras")
        if ours:
            layers, features = RECIPES["mnist-keras"].layers((1, 28, 28))
            net = torch.nn.Sequential(module(torch, layers, np.array([33.0]), np.array([0.0128])), torch.nn.Linear(features, 10))
            net = net.to(memory_format=torch.channels_last)
        adam = torch.optim.Adam(net.parameters(), 1e-3, fused=ours or None)
        images, truth = torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8), torch.randint(0, 10, (64,))

        def one() -> None:
            with torch.autocast("cpu", torch.bfloat16, enabled=ours and quick_here(torch)):
                given = images.float().contiguous(memory_format=torch.channels_last) if ours else images.float()
                loss = torch.nn.functional.cross_entropy(net(given), truth)
            adam.zero_grad()
            loss.backward()
            adam.step()

        return one

    ways = {"torch": stepping(ours=False), "ours": stepping(ours=True)}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(12):
        for name, one in ways.items():
            one()
            begun = time.process_time()
            for _ in range(20):
                one()
            found[name].append((time.process_time() - begun) * 50)
    keras = "Keras-TF 11.1 (noted)"
    if args.peer:
        ran = subprocess.run([args.peer, "-c", KERAS], capture_output=True, text=True, check=False)
        keras = f"Keras-TF {float(ran.stdout):.1f}" if ran.returncode == 0 else f"Keras-TF failed: {ran.stderr.strip()[-80:]}"
    peer = f"{keras}, torch {min(found['torch']):.1f}"
    told(
        "mnist-keras, CPU ms a step (best of 12 x 20)",
        "<= 9.0 and <= Keras",
        peer,
        f"{min(found['ours']):.1f} (median {np.median(found['ours']):.1f})",
    )


def digits(recipe: str, bar: str, must: str, peer: str) -> Callable[[Source, argparse.Namespace], None]:
    """A part that fits the 30,000 digits and asks the 3,000."""

    def part(source: Source, args: argparse.Namespace) -> None:
        images, labels, later, truth = source.digits()
        for seed in range(1, args.seeds + 1):
            net, cpu, wall = timed(lambda seed=seed: fit_images(images, labels, recipe, plan={"seed": seed, "threads": args.threads}))
            told(bar, must, peer, f"{right(net, later, truth):.4f} in {wall:.1f} s wall, {cpu:.1f} s CPU (seed {seed}, {args.threads} threads)")

    return part


def labels(source: Source, args: argparse.Namespace) -> None:
    """1,000 labels; all other pictures are the test."""
    images, level, later, truth = source.digits()
    for seed in range(1, args.seeds + 1):
        order = np.random.default_rng(seed).permutation(len(level))
        own, rest = order[:1_000], order[1_000:]
        net, cpu, _ = timed(lambda own=own, seed=seed: fit_images(images[own], level[own], plan={"seed": seed}))
        ours = (
            f"{right(net, later, truth):.4f} of 3,000, {right(net, images[rest], level[rest]):.4f} of 29,000 others in {cpu:.1f} s CPU (seed {seed})"
        )
        told("1,000 labels, accuracy", ">= .987 in <= 45 s CPU", "SVM .927 (noted)", ours)
        if args.pretrained:
            begun = time.process_time()
            weights = pretrained(images, plan={"seed": seed})
            spent = time.process_time() - begun
            net, cpu, _ = timed(lambda own=own, seed=seed, weights=weights: fit_images(images[own], level[own], start=weights, plan={"seed": seed}))
            found = f"{right(net, later, truth):.4f} of 3,000, {right(net, images[rest], level[rest]):.4f} of 29,000 others in {cpu:.1f} s CPU"
            told("the same, pretrained on 30,000 without labels", "-", ours, f"{found} after {spent:.1f} s CPU (seed {seed})")


def pneumonia(source: Source, args: argparse.Namespace) -> None:
    """The classes are weighed alike, since the normal ones are a tenth of the training pictures and more of those to come."""
    with np.load(source.path("pneumoniamnist/pneumoniamnist.npz")) as kept:
        sets = {name: kept[name] for name in kept.files}
    for seed in range(1, args.seeds + 1):
        given, level = sets["train_images"], sets["train_labels"].ravel()
        net, cpu, _ = timed(lambda given=given, level=level, seed=seed: fit_images(given, level, balance=1.0, plan={"seed": seed}))
        chance, truth = net.predict(sets["test_images"])[:, 1], sets["test_labels"].ravel()
        ours = f"{roc_auc_score(truth, chance):.4f} / {((chance > 0.5) == truth).mean():.4f} in {cpu:.0f} s CPU (seed {seed})"
        told("PneumoniaMNIST, AUC / accuracy", ">= .95 / >= .86 in <= 300 s CPU", "ResNet-18 .944 / .854 (published)", ours)


def smiles(source: Source, args: argparse.Namespace) -> None:
    """5 folds, the same for both recipes."""
    images, level = source.smiles()
    fold = np.random.default_rng(0).permutation(len(level)) % 5
    found = {}
    for recipe in ("folder-150", "default"):
        begun, good = time.process_time(), []
        for own in range(5):
            net = fit_images(images[fold != own], level[fold != own], recipe)
            good.append(right(net, images[fold == own], level[fold == own]) * np.mean(fold == own))
        found[recipe] = (sum(good), time.process_time() - begun)
    peer, ours = (f"{found[name][0]:.3f} in {found[name][1]:.0f} s CPU" for name in found)
    told("smiles, 300 jpegs, accuracy over 5 folds", ">= folder-150 + .03 in <= 300 s CPU", peer, ours)


def inference(source: Source, args: argparse.Namespace) -> None:
    """The net of the sources, asked by torch as one usually does and by onnxruntime; one thread.

    In short turns, of which each side's best counts: what multiplies without pause loses most to a neighbour on the same core.
    """
    import torch

    torch.set_num_threads(1)
    images, level, _, _ = source.digits()
    for recipe in ("mnist-keras", "default"):
        fitted = fit_images(images[:640], level[:640], recipe, plan={"epochs": 1})
        net, last = plain(recipe).eval(), plain(recipe).eval().to(memory_format=torch.channels_last)
        for size in (1, 64):
            some = images[:size, ..., None]
            tensor = torch.from_numpy(np.array(some.transpose(0, 3, 1, 2), order="C"))
            turned = tensor.contiguous(memory_format=torch.channels_last)
            ways: dict[str, Callable[[], Any]] = {
                "torch": lambda tensor=tensor, net=net: net(tensor),
                "last": lambda tensor=turned, net=last: net(tensor),
                "ours": lambda some=some, fitted=fitted: fitted.predict(some),
            }
            rates = dict.fromkeys(ways, 0.0)
            with torch.no_grad():
                for _ in range(ROUNDS):
                    for name, ask in ways.items():
                        ask()
                        begun, times = time.process_time(), max(2, 128 // size)
                        for _ in range(times):
                            ask()
                        rates[name] = max(rates[name], times * size / (time.process_time() - begun))
            ours = f"{rates['ours']:,.0f} ({rates['ours'] / rates['torch']:.1f} times; {rates['ours'] / rates['last']:.1f} times channels-last)"
            peer = f"torch {rates['torch']:,.0f}, channels-last {rates['last']:,.0f}"
            told(f"{recipe}, batch {size}: rows a CPU second", ">= 5 times torch", peer, ours)


def kill(source: Source, args: argparse.Namespace) -> None:
    """Three processes: one whole, one killed once it has kept a pass, one that goes on."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)

        def command(kept: str, out: str) -> list[str]:
            return [sys.executable, "-c", KILLED, str(folder / kept), str(folder / out)]

        subprocess.run(command("whole.npz", "whole.npy"), check=True)
        child = subprocess.Popen(command("cut.npz", "cut.npy"))
        while not (folder / "cut.npz").exists() and child.poll() is None:
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        cut = not (folder / "cut.npy").exists()
        subprocess.run(command("cut.npz", "cut.npy"), check=True)
        same = np.array_equal(np.load(folder / "whole.npy"), np.load(folder / "cut.npy"))
    told("a killed run", "the same result", "-", f"killed: {cut}; the same to the digit: {same}")


PARTS = {
    "step": step,
    "keras": digits("mnist-keras", "mnist-keras, 10 passes", ">= .990", "source .9814"),
    "quick": digits("quick", "quick, 30,000 digits", ">= .990 in <= 6 s of 2 cores", "source 131 s for .9814"),
    "default": digits("default", "default, 30,000 digits", ">= .992 in <= 25 s of 2 cores", "source 131 s for .9814"),
    "labels": labels,
    "pneumonia": pneumonia,
    "smiles": smiles,
    "inference": inference,
    "kill": kill,
}


def main() -> None:
    """Prints the table of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=["all"], choices=[*PARTS, "all"], metavar="PART")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("APERCU_DATA", SHARED / "data")))
    parser.add_argument("--peer")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--pretrained", action="store_true")
    args = parser.parse_args()
    print("| bar | must | peer | ours | load |\n|---|---|---|---|---|", flush=True)
    for name in PARTS if "all" in args.parts else args.parts:
        PARTS[name](Source(args.data), args)


if __name__ == "__main__":
    main()
