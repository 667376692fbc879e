"""Sequences: files of whole series, and long tables (one row a moment) as one row a thing, or one row a window, with columns of sequences.

    rows = read(Path("GunPoint_TRAIN.ts.gz"))               # one row a series: `series` or `dim_0`, `dim_1`, ..., and `class` or `value`
    rows = gathered(readings, "engine", "cycle")            # one row an engine: each number that changes is a sequence in the order of cycles
    rows = windows(readings, "engine", "cycle", Window(30))     # one row a cycle: the 30 cycles up to it, and how many remained

Files are those of the UEA & UCR archive: `.ts` (several channels, unequal lengths, timestamps, missing as ?) and `.tsv` (label first; what is NaN at
the end was not there), plain or as .gz. What it does not do: guess which column is the id, resample moments that are unevenly spaced, or look ahead:
a window ends at its own moment, and only `remaining` knows what came later.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import numpy as np

from ..core.errors import UnreadableSource, WordsError
from ..core.rows import Coded, Packed, Rows, encoded

__all__ = ["ENDINGS", "Window", "gathered", "is_series", "measured", "read", "windows"]

ENDINGS: Final = (".ts", ".tsv")  # of files of series, each also with .gz
STAMPED: Final = re.compile(r"\(([^()]*),([^(),]*)\)")  # (moment,value)
FIELDS: Final = 15  # numbers of a line from which it is taken for a series; a table without a header is rarely so wide
GONE: Final = ("", "?", "nan", "na", "none")


@dataclass(frozen=True)
class Window:
    """Which windows of a long table become rows: `length` moments, one every so many, those of at least `least` moments. remaining: name of a column
    of how many moments still came, at most `cap`; '' for none. last: only each thing's last window.
    """

    length: int = 30
    every: int = 1
    least: int = 1
    remaining: str = ""
    cap: float | None = None
    last: bool = False


def is_series(path: Path) -> bool:
    """Whether a file holds whole series: a `.ts`, or a `.tsv` whose first line is no header but a label and at least FIELDS numbers."""
    name = path.name.lower().removesuffix(".gz")
    if not name.endswith(ENDINGS):
        return False
    try:
        with gzip.open(path, "rt", errors="replace") if path.name.lower().endswith(".gz") else path.open(errors="replace") as file:
            head = file.readline(1 << 20)
            if name.endswith(".ts"):
                return head.lstrip("\ufeff").startswith(("@", "#"))
            fields = head.rstrip("\n").split("\t")
            return len(fields) > FIELDS and all(_is_number(field) for field in fields)
    except (OSError, EOFError):
        return False


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read(path: Path) -> Rows:
    """The series of a `.ts` or `.tsv` file, one a row. Raises UnreadableSource that names the line."""
    name = path.name.lower().removesuffix(".gz")
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8", errors="replace")
            if path.name.lower().endswith(".gz")
            else path.open(encoding="utf-8", errors="replace") as file
        ):
            return _ts(file, path) if name.endswith(".ts") else _tsv(file, path)
    except (OSError, EOFError) as error:
        raise UnreadableSource(f"{path.name} cannot be read as series: {error}.") from error


def _ts(file: TextIO, path: Path) -> Rows:
    series: list[list[np.ndarray | None]] = []
    labels: list[str] = []
    head: dict[str, str] = {}
    for number, line in _lines(file):
        if "data" not in head:
            word, _, rest = line[1:].partition(" ")
            if not line.startswith("@"):
                raise UnreadableSource(f"{path.name}: line {number} stands before @data and is no @ line: {line[:60]!r}.")
            head[word.lower()] = rest.strip().lower()
            continue
        parts = line.split(":") if head.get("timestamps") != "true" else re.split(r":(?=\(|[^():]*$)", line)
        labelled = _labelled(head)
        if labelled:
            labels.append(parts.pop().strip())
        if series and len(parts) != len(series[0]):
            raise UnreadableSource(f"{path.name}: line {number} has {len(parts)} channels; the lines before it have {len(series[0])}.")
        series.append([_numbers(part, path, number) for part in parts])
    return _made(series, labels, path, number=head.get("targetlabel", "").startswith("true"))


def _labelled(head: Mapping[str, str]) -> bool:
    return head.get("classlabel", "").startswith("true") or head.get("targetlabel", "").startswith("true")


def _tsv(file: TextIO, path: Path) -> Rows:
    series: list[list[np.ndarray | None]] = []
    labels: list[str] = []
    for number, line in _lines(file):
        label, tab, rest = line.partition("\t")
        if not tab:
            raise UnreadableSource(f"{path.name}: line {number} has no tab; expected a label, then values, with tabs between.")
        labels.append(label.strip())
        values = _numbers(rest.replace("\t", ","), path, number)
        known = np.flatnonzero(~np.isnan(values)) if values is not None else np.zeros(0, dtype=np.int64)
        series.append([values[: known[-1] + 1] if values is not None and len(known) else None])
    return _made(series, labels, path, number=False)


def _lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """(number, line) of those that say something."""
    for number, line in enumerate(file, 1):
        if (told := line.strip(" \r\n\ufeff")) and not told.startswith("#"):
            yield number, told


def _numbers(part: str, path: Path, number: int) -> np.ndarray | None:
    """The numbers of one channel; None where there is none. Of pairs of moment and value, the values."""
    words = [pair[1] for pair in STAMPED.findall(part)] if "(" in part else part.split(",")
    try:
        values = np.array([np.nan if (w := word.strip()).lower() in GONE else float(w) for word in words], dtype=np.float64)
    except ValueError as error:
        raise UnreadableSource(f"{path.name}: line {number} holds something that is no number: {error}.") from error
    return None if np.isnan(values).all() else values


def _made(series: list[list[np.ndarray | None]], labels: list[str], path: Path, *, number: bool) -> Rows:
    if not series:
        raise UnreadableSource(f"{path.name} holds no series.")
    wide = len(series[0])
    names = ["series"] if wide == 1 else [f"dim_{i}" for i in range(wide)]
    columns: dict[str, np.ndarray | Coded | Packed] = {name: _packed([row[i] for row in series]) for i, name in enumerate(names)}
    if labels and number:
        read = _numbers(",".join(labels), path, 0)
        columns["value"] = np.full(len(series), np.nan) if read is None else read
    elif labels:
        columns["class"] = encoded(np.array([None if label.lower() in GONE else label for label in labels], dtype=object))
    return Rows(columns, len(series))


def measured(rows: Rows) -> Rows:
    """The same rows with texts that spell numbers throughout (a text file's) as numbers: only these become sequences."""
    made: dict[str, np.ndarray | Coded | Packed] = {}
    for name in rows:
        if rows.storage(name) == "text":
            column = rows.coded(name)
            if column.levels and all(_is_number(level) for level in column.levels):
                made[name] = np.array([*(float(level) for level in column.levels), np.nan])[column.codes]
    return rows.plus(made) if made else rows


def gathered(rows: Rows, entity: str, time: str | None = None) -> Rows:
    """One row for each value of `entity`, in the order of these: numbers that change within one become sequences in the order of `time` (of the rows,
    where none is named); numbers, moments and texts that do not stay as they are, of texts that do, the last.

    >>> long = Rows.of({"engine": ["a", "b", "a"], "cycle": [2, 1, 1], "heat": [5.0, 7.0, 4.0]})
    >>> gathered(long, "engine", "cycle").packed("heat")[0]
    array([4., 5.])
    """
    order, starts = _ordered(rows, entity, time)
    ends = np.append(starts[1:], len(order))
    made: dict[str, np.ndarray | Coded | Packed] = {}
    for name in (n for n in rows if n != time):
        if rows.storage(name) == "number" and name != entity:
            values = rows[name][order]
            made[name] = (
                _last(values, starts, ends) if _constant(values, starts, ends) else _packed([values[a:b] for a, b in zip(starts, ends, strict=True)])
            )
        elif rows.storage(name) == "text":
            column = rows.coded(name)
            made[name] = Coded(column.codes[order][ends - 1], column.levels)
        else:
            made[name] = (
                (Packed(rows.packed(name)[order][ends - 1], rows.storage(name)))
                if rows.storage(name) in ("bytes", "list")
                else rows[name][order][ends - 1]
            )
    return Rows(made, len(starts))


def windows(rows: Rows, entity: str, time: str, window: Window | None = None) -> Rows:
    """One row for each window: the id, the time at its end, each number as the sequence of its moments, each text as it is at the end.

    Windows at a thing's beginning are shorter. Raises WordsError where no window is as long as the least that is asked for.
    """
    window = window or Window()
    if window.length < 1 or window.every < 1:
        raise WordsError(f"a window needs a length and a step of at least 1; got {window.length} and {window.every}.")
    order, starts = _ordered(rows, entity, time)
    ends = np.append(starts[1:], len(order))
    at, first, left = [], [], []
    for a, b in zip(starts, ends, strict=True):
        own = np.arange(b - 1, a - 1, -window.every)[::-1] if not window.last else np.array([b - 1])
        own = own[own - a + 1 >= window.least]
        at.append(own)
        first.append(np.maximum(own - window.length + 1, a))
        left.append(b - 1 - own)
    ending, begun, remained = (np.concatenate(parts) for parts in (at, first, left))
    if not len(ending):
        raise WordsError(f"no {entity} has the {window.least} moments that the shortest window must have.")
    made: dict[str, np.ndarray | Coded | Packed] = {}
    for name in rows:
        kind = rows.storage(name)
        if kind == "number" and name not in (entity, time):
            values = rows[name][order]
            made[name] = _packed([values[a : b + 1] for a, b in zip(begun, ending, strict=True)])
        elif kind == "text":
            column = rows.coded(name)
            made[name] = Coded(column.codes[order][ending], column.levels)
        elif kind in ("number", "time"):
            made[name] = rows[name][order][ending]
    if window.remaining:
        made[window.remaining] = np.minimum(remained, np.inf if window.cap is None else window.cap).astype(np.float64)
    return Rows(made, len(ending))


def _ordered(rows: Rows, entity: str, time: str | None) -> tuple[np.ndarray, np.ndarray]:
    """(order (n,), starts): rows by id, within one by time; where each id begins. Rows without an id are left out."""
    kind = rows.storage(entity)
    if kind in ("bytes", "list"):
        raise WordsError(f"the id {entity!r} must be a text, a number or a moment; it holds {kind}.")
    values = rows.coded(entity).codes if kind == "text" else rows[entity]
    gone = values < 0 if kind == "text" else np.isnat(values) if kind == "time" else np.isnan(values)
    moments = np.arange(rows.n) if time is None else rows.coded(time).codes if rows.storage(time) == "text" else rows[time]
    order = np.lexsort((moments, values))
    order = order[~gone[order]]
    own = values[order]
    starts = np.flatnonzero(np.append(True, own[1:] != own[:-1])) if len(own) else np.zeros(0, dtype=np.int64)
    return order, starts


def _constant(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> bool:
    """Whether a number is the same throughout each id."""
    return all(len(np.unique(values[a:b][~np.isnan(values[a:b])])) <= 1 for a, b in zip(starts, ends, strict=True))


def _last(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(ids,) the last value that is not missing."""
    return np.array([known[-1] if len(known := values[a:b][~np.isnan(values[a:b])]) else np.nan for a, b in zip(starts, ends, strict=True)])


def _packed(items: list[np.ndarray | None]) -> Packed:
    made = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        made[i] = item
    return Packed(made, "list")
