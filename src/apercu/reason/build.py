"""Build: a graph from what is there: rows of tables, names that texts mention, and what a model is sure of; each fact with source and weight.

    rows = of_table(rows, schema, "orders.csv", key="order")      # (order 17, customer, Ann), line 17 of orders.csv, certain
    said = of_texts(texts, {"rival": ("T-Mobile",)}, "notes")     # (text 3, mentions, rival) and (rival, goes_with, "price")
    sure = of_predictions(things, levels, probability, "churn")   # (Ann, churn, "yes"), weight 0.97, source "model"

A row is called by its key, or by the source and its number. Numbers, prose and media make no facts; a level that nearly every row has says
nothing and makes none either. Two names *go together* where texts mention both more often than chance: Fisher's exact test on the numbers
of texts, one-sided, all pairs of names under one false-discovery rate (Benjamini and Hochberg 1995); the weight of such a fact is 1 minus
its q-value. Words are found as a rulebook's dictionaries find them. What it does *not* do: read a relation out of a sentence's grammar, or
know which column is a target: `leave` it out, or the graph gives it away to the model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from ..core._regex import searched
from ..core.graph import Graph, Triple
from ..core.rows import Coded, Rows
from ..core.schema import Schema
from ..core.statements import Lexicon
from ..stats.fdr import benjamini_hochberg

__all__ = ["MENTIONS", "TOGETHER", "mentioned", "of_predictions", "of_table", "of_texts"]

KINDS: Final = ("flag", "category", "entity", "place")  # prose, numbers and media name nothing by their whole value
MENTIONS: Final = "mentions"  # a text, a name
TOGETHER: Final = "goes_with"  # two names that texts mention together more often than chance
COMMON: Final = 0.95  # share of rows from which a level says nothing
MOST: Final = 5_000_000  # facts that are made of one source
NAMES: Final = 2_000  # names that texts mention, the most frequent first, among which pairs are sought
LEAST: Final = 3  # texts in which a pair must meet


def of_table(rows: Rows, schema: Schema, source: str, *, key: str = "", leave: Collection[str] = (), most: int = MOST) -> Graph:
    """(row, column, value) of every named column of n rows; at most `most` facts, whole columns only, those with fewest levels first.

    key: the column whose value names the row, a foreign key of another table; without one a row is called '<source> <number>'. leave:
    columns that make no facts.
    """
    columns = {
        c.name: rows.coded(c.name) for c in schema if c.storage == "text" and c.kind in KINDS and c.name not in {key, *leave} and c.name in rows
    }
    columns = {name: column for name, column in columns.items() if _tells(column)}
    names = rows.coded(key) if key else Coded(np.arange(rows.n, dtype=np.int32), tuple(f"{source} {i}" for i in range(1, rows.n + 1)))
    made = Graph()
    for name in sorted(columns, key=lambda n: (len(columns[n].levels), n)):
        there = np.flatnonzero((columns[name].codes >= 0) & (names.codes >= 0))
        if len(made) + len(there) > most:
            break
        said = Coded(np.zeros(len(there), np.int32), (name,)), Coded(columns[name].codes[there], columns[name].levels)
        origin = Coded(np.zeros(len(there), np.int32), (source,))
        made = made.joined(Graph.coded(Coded(names.codes[there], names.levels), *said, origin, np.ones(len(there)), there + 1))
    return made.distinct()


def of_texts(texts: Sequence[str | None], names: Mapping[str, Sequence[str]], source: str, *, q: float = 0.05, most: int = MOST) -> Graph:
    """(text, mentions, name) of n texts, and (name, goes_with, name) both ways for pairs that meet more often than chance.

    names: {name: the words or phrases that mean it}, such as the lexicons of a rulebook. q: false-discovery rate of the pairs.
    """
    found = mentioned(texts, names)
    triples = [Triple(f"{source} {i + 1}", MENTIONS, name, source, 1.0, i + 1) for name, those in found.items() for i in those.tolist()][:most]
    for left, right, weight in _together(found, len(texts), q):
        triples += [Triple(left, TOGETHER, right, source, weight), Triple(right, TOGETHER, left, source, weight)]
    return Graph.of(triples)


def of_predictions(things: Sequence[str | None], levels: Sequence[str], probability: np.ndarray, relation: str, *, least: float = 0.95) -> Graph:
    """(thing, relation, level) where the model's out-of-fold probability (n, k) of a level is at least `least`; the weight is that probability.

    Calibrated probabilities make honest weights; the source is called 'model'.
    """
    best = probability.argmax(1)
    sure = probability[np.arange(len(best)), best]
    rows = [i for i in np.flatnonzero(sure >= least).tolist() if things[i] is not None]
    return Graph.of(Triple(str(things[i]), relation, levels[int(best[i])], "model", float(sure[i]), i + 1) for i in rows).distinct()


def mentioned(texts: Sequence[str | None], names: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """{name: (m,) the places of the texts that mention one of its words}; names that no text mentions are left out."""
    found = {}
    for name, words in names.items():
        mentions = searched(Lexicon(name, tuple(words)).pattern)
        those = [i for i, text in enumerate(texts) if text and mentions(text)]
        if those:
            found[name] = np.array(those)
    return found


def _tells(column: Coded) -> bool:
    """Whether a column has two levels or more and none that nearly every row has."""
    counts = column.counts()
    return len(counts) > 1 and counts.max() < COMMON * counts.sum()


def _together(found: Mapping[str, np.ndarray], n: int, q: float) -> Iterator[tuple[str, str, float]]:
    """(name, name, weight) of the pairs that meet more often than chance."""
    from scipy.sparse import csr_array, triu
    from scipy.stats import hypergeom

    names = sorted(found, key=lambda name: (-len(found[name]), name))[:NAMES]
    if len(names) < 2:
        return
    sizes = np.array([len(found[name]) for name in names])
    texts = np.concatenate([found[name] for name in names])
    member = csr_array((np.ones(len(texts), np.int64), (np.repeat(np.arange(len(names)), sizes), texts)), (len(names), n))
    met = triu(member @ member.T, k=1).tocoo()
    left, right = (places[met.data >= LEAST] for places in met.coords)
    p = hypergeom.sf(met.data[met.data >= LEAST] - 1, n, sizes[left], sizes[right])
    every = len(names) * (len(names) - 1) // 2  # pairs that never meet were looked at as well
    levels = benjamini_hochberg(np.concatenate([p, np.ones(every - len(p))]))[: len(p)]
    for a, b, level in zip(left.tolist(), right.tolist(), levels.tolist(), strict=True):
        if level <= q:
            yield names[a], names[b], 1.0 - level
