"""Delimited text (CSV, TSV and their kin): how a file is laid out, and the file as a table of text.

    layout_of(head_of(path), Options())      # Layout(delimiter=';', quote='"', header=True, skip=0, names=('age', 'job'))

Everything is read as text, so that clean can propose each cast as an Expression that is counted and shown. The layout is told from the
first lines: the delimiter is the one that gives the same number of fields, two or more, in most lines; the first line is a header unless
it holds a number, or a value that its column holds again. A file whose lines do not all have the same number of fields is rewritten with
the short ones padded, and a note counts them: no row is ever dropped. What it does *not* do: fixed-width columns.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..core.dataset import Note
from ..core.engine import Engine
from ..core.errors import EmptyTable, UnreadableSource, WordsError
from .loaded import Loaded, fitted, renamed, told

__all__ = ["Layout", "head_of", "layout_of", "read_delimited"]

DELIMITERS: Final = ("\t", "|", ";", ",", " ")  # in the order that settles a tie
ALONE: Final = "\x1f"  # occurs in no text: each line is one value
NAMED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "blank": " "}
HEAD: Final = 1 << 16  # bytes looked at first
HEAD_LIMIT: Final = 1 << 24  # bytes looked at where lines are long
HEAD_LINES: Final = 30
CONSISTENT: Final = 0.9  # share of lines with the same number of fields that makes a delimiter certain
LONGEST_NAME: Final = 120  # characters; a longer first line is prose
COUNTED: Final = 5  # columns called 0, 1, 2, ... that are no chance
LONGEST_FIELD: Final = 1 << 27
NUMBER: Final = re.compile(r"\s*[+-]?[$€£¥]?\s*(\d[\d,. ]*|[.]\d+)([eE][+-]?\d+)?\s*%?\s*")


@dataclass(frozen=True)
class Layout:
    """How a delimited file is laid out. `skip` lines stand before the header (or the first row); `blanks`: runs of blanks delimit."""

    delimiter: str
    quote: str
    header: bool
    skip: int
    names: tuple[str, ...]
    blanks: bool = False
    preamble: str = ""


def head_of(path: Path) -> tuple[str, bool]:
    """The first whole lines of a UTF-8 file, and whether they are the whole file."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        while head.count(b"\n") + head.count(b"\r") < HEAD_LINES and len(head) < HEAD_LIMIT and (more := file.read(len(head) or 1)):
            head += more
        whole = not file.read(1)
    text = head.decode("utf-8", errors="ignore").removeprefix("\ufeff")
    return text, whole


def layout_of(head: tuple[str, bool], source: str, options: Any) -> Layout:
    """The layout of a text by its first lines and the options header, delimiter and names. Raises EmptyTable where nothing stands there."""
    text, whole = head
    if not text.strip():
        raise EmptyTable(f"{source} is empty; expected a table with a header and rows.")
    quote = _quote(text)
    said = NAMED.get(options.delimiter, options.delimiter)
    if said != "auto" and not said:
        raise WordsError("--delimiter must be one or more characters, such as ';' or 'tab'.")
    delimiter = said if said != "auto" else _delimiter(text, quote, whole)
    blanks = delimiter == " "
    lines = _parsed(_single_blanks(text) if blanks else text, delimiter, quote, whole)
    if not lines:
        raise EmptyTable(f"{source} holds no line with a value; expected a table with a header and rows.")
    usual = Counter(map(len, lines)).most_common(1)[0][0]
    skip, preamble = _preamble(text, lines, usual)
    lines = lines[len(preamble) :]
    header = _is_header(lines, usual) if options.header == "auto" else options.header == "yes"
    names = list(lines[0]) if header else []
    if header and len(names) == usual - 1:
        names = ["", *names]  # as R writes a table whose rows have names
    names += [""] * (usual - len(names))
    return Layout(delimiter, quote, header, skip, _given(tuple(names), options, source), blanks, " / ".join(" ".join(p) for p in preamble)[:60])


def read_delimited(path: Path, source: str, engine: Engine, options: Any, folder: Path) -> Loaded:
    """The table of a UTF-8 file, every column as text. `folder` takes a rewritten copy where one is needed."""
    layout = told_layout = layout_of(head_of(path), source, options)
    names = fitted(layout.names)
    touched = 0
    try:
        if layout.blanks:
            raise UnreadableSource("runs of blanks need a rewritten copy")
        table = engine.read(path, "csv", _settings(layout, names))
    except UnreadableSource:
        plain, layout, touched = _rewritten(path, layout, folder / "rewritten.csv")
        if len(layout.names) > len(names):
            names = fitted(layout.names)
        table = engine.read(plain, "csv", _settings(layout, names))
    return Loaded(table, source, tuple(_notes(told_layout, names, options, source) + _padded(touched, len(names), source)))


def _padded(touched: int, width: int, source: str) -> list[Note]:
    if not touched:
        return []
    en = f"{touched:,} lines of {source} had fewer or more fields than the rest; short ones were filled with missing values up to {width}"
    return [told("", en, f"{source} 中有 {touched:,} 行的字段数与其余不同；短行以缺失值补齐到 {width} 个字段", rows=touched)]


def _given(names: tuple[str, ...], options: Any, source: str) -> tuple[str, ...]:
    """The names that the user gave, or those of the file."""
    said = [name.strip() for word in options.names for name in word.split(",")]
    if said and len(said) != len(names):
        raise WordsError(f"--names gives {len(said)} names, but {source} has {len(names)} columns.")
    return tuple(said) or names


def _notes(layout: Layout, names: list[str], options: Any, source: str) -> list[Note]:
    notes = []
    if layout.preamble:
        en = f"{layout.skip} lines before the table were passed over: {layout.preamble}"
        notes.append(told("", en, f"跳过了表格之前的 {layout.skip} 行：{layout.preamble}"))
    if not layout.header and not options.names:
        last = {"en": f" to {names[-1]}", "zh": f" 至 {names[-1]}"} if len(names) > 1 else {"en": "", "zh": ""}
        en = f"{source} has no header, so its columns are called {names[0]}{last['en']}; --names or --header yes says otherwise"
        notes.append(told("", en, f"{source} 没有表头，列名取 {names[0]}{last['zh']}；可用 --names 或 --header yes 更改"))
    return notes if not layout.header or options.names else notes + renamed([*layout.names, *[""] * (len(names) - len(layout.names))], names)


def _settings(layout: Layout, names: list[str]) -> dict[str, Any]:
    return {
        "auto_detect": False,
        "columns": dict.fromkeys(names, "VARCHAR"),
        "delim": layout.delimiter,
        "quote": layout.quote,
        "escape": layout.quote,
        "header": layout.header,
        "skip": layout.skip,
        "nullstr": "",
    }


# --- the layout ---------------------------------------------------------------------------------------------------------------------


def _quote(text: str) -> str:
    """The double quote, unless fields stand in single quotes."""
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|$)", text, re.MULTILINE))
    return "'" if single > 2 * text.count('"') and single > text.count("\n") else '"'


def _delimiter(text: str, quote: str, whole: bool) -> str:
    scores = {}
    for delimiter in DELIMITERS:
        lines = _parsed(_single_blanks(text) if delimiter == " " else text, delimiter, quote, whole)
        counts = Counter(map(len, lines))
        usual, hits = max(counts.items(), key=lambda item: (item[1], item[0])) if counts else (1, 0)
        if usual >= 2:
            scores[delimiter] = hits / len(lines)
    certain = [d for d in DELIMITERS if scores.get(d, 0) >= CONSISTENT]
    if certain and (certain[0] != " " or _all_short(text)):
        return ", " if certain[0] == "," and _spaced(text, quote, whole) else certain[0]
    if _is_prose(text):
        return ALONE
    likely = max((d for d in DELIMITERS[:-1] if d in scores), key=lambda d: scores[d], default=",")
    return likely if scores.get(likely, 0) > 0.25 or text.count(likely) > text.count("\n") else ","


def _is_prose(text: str) -> bool:
    """Whether the lines are sentences, one value each: many words, and a blank after nearly every comma."""
    lines = [line for line in text.splitlines() if line.strip()]
    commas = text.count(",")
    return text.count(" ") > 5 * len(lines) and text.count(", ") + text.count(" ,") > 0.8 * commas and not text.count("\t")


def _spaced(text: str, quote: str, whole: bool) -> bool:
    """Whether a blank follows each comma, so that both together delimit."""
    rest = [cell for line in _parsed(text, ",", quote, whole) for cell in line[1:]]
    return sum(cell.startswith(" ") for cell in rest) > 0.98 * len(rest)


def _all_short(text: str) -> bool:
    """Whether the words of the first lines look like values (numbers, codes) and not like prose."""
    words = text.split()[:2_000]
    return sum(bool(NUMBER.fullmatch(word)) for word in words) > 0.5 * len(words)


def _single_blanks(text: str) -> str:
    return "\n".join(re.sub(r"[ \t]+", " ", line.strip()) for line in text.splitlines())


def _parsed(text: str, delimiter: str, quote: str, whole: bool) -> list[list[str]]:
    """The fields of the first lines; blank lines left out, and the last one where it may be cut."""
    with _long_fields():
        try:
            split = [line for line in _fields(text.splitlines(keepends=True), delimiter, quote) if line]
        except csv.Error:
            split = [line.split(delimiter) for line in text.splitlines() if line]
    return split if whole or len(split) < 2 else split[:-1]


def _fields(lines: Any, delimiter: str, quote: str) -> Iterator[list[str]]:
    """The rows of an iterable of lines; a delimiter of several characters stands between plain fields."""
    if len(delimiter) == 1:
        yield from csv.reader(lines, delimiter=delimiter, quotechar=quote)
    elif delimiter == ", ":
        yield from csv.reader(lines, delimiter=",", quotechar=quote, skipinitialspace=True)
    else:
        yield from (line.rstrip("\r\n").split(delimiter) for line in lines)


@contextmanager
def _long_fields() -> Iterator[None]:
    """Python's csv module with room for long texts, and its own limit back afterwards."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _preamble(text: str, lines: list[list[str]], usual: int) -> tuple[int, list[list[str]]]:
    """(physical lines before the table, the ones of them that say something)."""
    said = 0
    while said < min(10, len(lines) - 1) and usual >= 3 and len(lines[said]) <= usual // 3:
        said += 1
    blank = seen = 0
    for line in text.splitlines():
        if line.strip() and seen == said:
            break
        seen, blank = (seen + 1, blank) if line.strip() else (seen, blank + 1)
    return said + blank, lines[:said]


def _is_header(lines: list[list[str]], usual: int) -> bool:
    """Whether the first line names the columns."""
    first, rows = [cell.strip() for cell in lines[0]], lines[1:]
    named = [cell for cell in first if cell]
    if len(first) not in (usual, usual - 1) or len(named) + (not first[0]) < max(1, 0.8 * len(first)) or max(map(len, named)) > LONGEST_NAME:
        return False
    columns = [[row[i].strip() for row in rows if i < len(row) and row[i].strip()] for i in range(len(first))]
    numbers = [i for i, cell in enumerate(first) if NUMBER.fullmatch(cell)]
    if numbers and not _are_series(first, numbers, columns):
        return False
    if any(columns[i] and all(map(NUMBER.fullmatch, columns[i])) for i in range(len(first)) if i not in numbers):
        return True
    again = sum(cell in set(column) for cell, column in zip(first, columns, strict=True) if cell)
    return again == 0 and len({c.casefold() for c in named}) > 0.8 * len(named)


def _are_series(first: list[str], numbers: list[int], columns: list[list[str]]) -> bool:
    """Whether the numbers in the first line are names: years, or 0, 1, 2, ... , and not what stands below them."""
    if not all(first[i].isdigit() for i in numbers):
        return False
    series = [int(first[i]) for i in numbers]
    years = all(1900 <= year <= 2100 for year in series) and sorted(set(series)) == series
    counted = series == list(range(series[0], series[0] + len(series))) and series[0] in (0, 1) and len(series) >= COUNTED
    if not years and not counted:
        return False
    return all(sum(value == first[i] for value in columns[i]) <= 0.2 * len(columns[i]) for i in numbers)


# --- files that need rewriting ------------------------------------------------------------------------------------------------------


def _rewritten(path: Path, layout: Layout, out: Path) -> tuple[Path, Layout, int]:
    """A regular copy of an irregular file: (its path, its layout, lines that had another number of fields)."""
    width = len(layout.names)
    longest, touched = width, 0
    with _long_fields():
        for row in _rows(path, layout):
            longest, touched = max(longest, len(row)), touched + (len(row) != width)
        with out.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            for row in _rows(path, layout):
                writer.writerow(row + [""] * (longest - len(row)))
    names = (*layout.names, *[""] * (longest - width))
    return out, replace(layout, delimiter=",", quote='"', header=False, skip=0, names=names, blanks=False), touched


def _rows(path: Path, layout: Layout) -> Iterator[list[str]]:
    """The data rows of a file, without preamble, header and blank lines."""
    with path.open("r", encoding="utf-8-sig", newline="") as file:
        for _ in range(layout.skip):
            next(file)
        lines = (re.sub(r"[ \t]+", " ", line.strip()) for line in file) if layout.blanks else file
        rows = (row for row in _fields(lines, layout.delimiter, layout.quote) if row)
        if layout.header:
            next(rows, None)
        try:
            yield from rows
        except csv.Error as error:
            raise UnreadableSource(f"{path.name} cannot be read as delimited text: {error}.") from error
