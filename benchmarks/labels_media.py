"""Wrong labels in texts, pictures and numbers through `apercu.run` and `study.faults`: are they found, is the stated precision true?

    python benchmarks/labels_media.py [--seeds N] [--parts banking waimai pictures smiles housing bike mturk]

5 % of labels are turned (uniformly; of numbers, 2 % get the value of a row drawn by lot): banking's 20 largest intents, 4,000 Chinese reviews, 2,000
digits as pictures, smiles; two tables with a number. Told: how many rows the faults list, how many of them were turned (P), how many of the turned
are among them (R); the precision that faults state, its ends, mean by rows, beside the true one of their rows. `@k`: of the first k suspects, k the
turned rows, beside the plain order by the probability of the given label (of numbers, by the size of the residual); of numbers, a turned row counts
as found only where its value was changed by more than half a standard deviation. mturk: cleanlab's own predictions of the 10,000 test digits
and what five people each said of 100 of them; nothing is trained. Of the reviews that are told though none was turned, most read as wrongly labelled
(complaints labelled as praise): there the true precision is above P.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import time

import numpy as np
import pandas as pd
from _shared import data
from labels import noisy
from PIL import Image

import apercu
from apercu.audit.labels import doubtful, far_off, suspects

SHARE, NUMBERS = 0.05, 0.02


def banking() -> tuple[dict, np.ndarray]:
    frame = pd.read_csv(data("text/banking77/train.csv.gz"))
    most = frame["category"].value_counts().index[:20]
    frame = frame[frame["category"].isin(most)].reset_index(drop=True)
    return {"text": frame["text"].to_numpy(dtype=object)}, np.unique(frame["category"], return_inverse=True)[1]


def waimai() -> tuple[dict, np.ndarray]:
    frame = pd.read_csv(data("text/waimai_10k/waimai_10k.csv.gz")).sample(4_000, random_state=0).reset_index(drop=True)
    return {"review": frame["review"].to_numpy(dtype=object)}, frame["label"].to_numpy().astype(int)


def pictures() -> tuple[dict, np.ndarray]:
    with gzip.open(data("image/mnist/train-images-idx3-ubyte.gz")) as file:
        pixels = np.frombuffer(file.read(16 + 2_000 * 784)[16:], dtype=np.uint8).reshape(-1, 28, 28)
    with gzip.open(data("image/mnist/train-labels-idx1-ubyte.gz")) as file:
        truth = np.frombuffer(file.read(8 + 2_000)[8:], dtype=np.uint8).astype(int)
    return {"picture": _column([_png(one) for one in pixels])}, truth


def smiles() -> tuple[dict, np.ndarray]:
    files = [(path, kind) for kind, name in enumerate(("neutral", "smile")) for path in sorted(data(f"image/smiles_jpg/{name}").glob("*.jpg"))]
    return {"picture": _column([path.read_bytes() for path, _ in files])}, np.array([kind for _, kind in files])


def housing() -> tuple[dict, np.ndarray]:
    frame = pd.read_csv(data("tabular/california_housing/housing.csv.gz")).sample(5_000, random_state=0).reset_index(drop=True)
    return _table(frame.drop(columns="median_house_value")), frame["median_house_value"].to_numpy(dtype=float)


def bike() -> tuple[dict, np.ndarray]:
    import zipfile

    with zipfile.ZipFile(data("tabular/bike_sharing/bike_sharing_dataset.zip")) as archive:
        frame = pd.read_csv(io.BytesIO(archive.read("hour.csv"))).sample(5_000, random_state=0).reset_index(drop=True)
    return _table(frame.drop(columns=["cnt", "casual", "registered", "instant"])), frame["cnt"].to_numpy(dtype=float)


def _table(frame: pd.DataFrame) -> dict:
    return {name: frame[name].to_numpy(dtype=object if frame[name].dtype.kind not in "if" else float) for name in frame}


def _column(items: list[bytes]) -> np.ndarray:
    made = np.empty(len(items), dtype=object)
    made[:] = items
    return made


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def told(columns: dict, given: np.ndarray, seed: int) -> tuple[apercu.Study, np.ndarray, np.ndarray, tuple[float, float, float]]:
    """(the study, positions that the faults list, those of faults that state a precision, what is stated there: (precision, its ends) by rows)."""
    target = given if given.dtype.kind == "f" else np.array([f"c{c:02d}" for c in given], dtype=object)
    options = apercu.Options(effort="quick", seed=seed, audit=apercu.audit.Options(listed=100_000, odd=0.0, cells=False))
    study = apercu.run({**columns, "target": target}, "target", options=options)
    faults = [f for f in study.faults if f.kind == "label" and f.id != "label:undecided"]
    sure = [f for f in faults if "precision" in f.evidence]
    rows, claimed = (np.array([row - 1 for f in some for row in f.rows], dtype=int) for some in (faults, sure))
    keys = ("precision", "precision_low", "precision_high")
    stated = [sum(len(f.rows) * f.evidence[key] for f in sure) / max(len(claimed), 1) for key in keys]
    return study, rows, claimed, (stated[0], stated[1], stated[2])


def part(make, seed: int) -> None:
    """Prints one line."""
    columns, truth = make()
    started, generator = time.process_time(), np.random.default_rng(seed)
    if truth.dtype.kind == "f":
        given, turned = truth.copy(), generator.choice(len(truth), int(NUMBERS * len(truth)), replace=False)
        given[turned] = truth[generator.permutation(len(truth))[: len(turned)]]
        false = np.abs(given - truth) > 0.5 * truth.std()
    else:
        given = noisy(truth, "uniform", SHARE, seed)
        false = given != truth
    study, rows, claimed, stated = told(columns, given, seed)
    model, split = study.model, study.split
    place = split.rows["_row"].astype(int) - 1
    codes, out, k = split.goal.coded(split.rows), model.out_of_fold, int(false.sum())
    if truth.dtype.kind == "f":
        plain = np.argsort(-np.abs(codes - out), kind="stable")
        ours = np.argsort(-np.abs(far_off(codes - out, out, 5.0)[1]), kind="stable")
    else:
        plain = np.argsort(out[np.arange(len(codes)), codes.astype(int)], kind="stable")
        ours = suspects(codes.astype(int), out).order
    first = [false[place[order[:k]]].mean() for order in (plain, ours)]
    hit = false[rows].mean() if len(rows) else float("nan")
    line = (
        f"{make.__name__:<9}{seed:>3}{len(truth):>7,}{first[0]:>8.3f}{first[1]:>8.3f}{len(rows):>6}{hit:>7.3f}{false[rows].sum() / max(k, 1):>7.3f}"
    )
    claim = f"{stated[0]:.3f} ({stated[1]:.3f} to {stated[2]:.3f}) of {len(claimed)}, true {false[claimed].mean():.3f}" if len(claimed) else "none"
    print(f"{line}{time.process_time() - started:>7.0f}  {claim}; {model.name}", flush=True)


def mturk() -> None:
    """Prints what is told of the test digits, and what people said of those of them that were reviewed."""
    folder = data("label_noise/mnist_test_mturk")
    given, seen = np.load(folder / "mnist_test_set_original_labels.npy").astype(int), np.load(folder / "mnist_test_set_pyx.npy")
    votes = json.loads((folder / "mnist_mturk.json").read_text())
    numbered = {one["id"]: one["mturk"]["given"] for one in votes}
    rejected = np.array([place for place, vote in numbered.items() if vote < 3], dtype=int)
    found = suspects(given, seen)
    plain = np.argsort(seen[np.arange(len(given)), given], kind="stable")
    reviewed = np.array(sorted(numbered), dtype=int)
    for name, order in (("plain order", plain), ("ours", found.order)):
        first = [place for place in order if place in numbered][: len(rejected)]
        print(f"mturk: of the first {len(rejected)} of {len(reviewed)} reviewed digits by {name}, people reject {np.isin(first, rejected).sum()}")
    listed = np.concatenate([doubtful(given, seen, place) for place in range(10)])  # what is listed where none is told
    rows, claim = (found.told, f"stated precision {found.sure[found.told].mean():.3f}") if len(found.told) else (listed, "no precision stated")
    both = np.intersect1d(rows, reviewed)
    print(
        f"mturk: {len(rows)} of {len(given):,} listed, {claim}; of {len(both)} of them that people reviewed they reject "
        f"{np.isin(both, rejected).sum()} (of all {len(reviewed)} reviewed: {len(rejected)})"
    )


PARTS = {"banking": banking, "waimai": waimai, "pictures": pictures, "smiles": smiles, "housing": housing, "bike": bike}

if __name__ == "__main__":
    reader = argparse.ArgumentParser()
    reader.add_argument("--seeds", type=int, default=1)
    reader.add_argument("--parts", nargs="+", default=[*PARTS, "mturk"])
    asked = reader.parse_args()
    print(
        f"{'part':<9}{'':>3}{'rows':>7}{'plain@k':>8}{'ours@k':>8}{'told':>6}{'P':>7}{'R':>7}{'CPU s':>7}  stated precision, and the true one there"
    )
    for name_ in asked.parts:
        if name_ == "mturk":
            mturk()
            continue
        for seed_ in range(1, 1 + asked.seeds):
            part(PARTS[name_], seed_)
