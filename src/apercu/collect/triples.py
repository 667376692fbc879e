"""Triples: a file of facts becomes a Graph. One fact a line: head, relation, tail and, if there is a fourth field, its weight (0 to 1).

    graph, notes = read_graph("companies.tsv")      # Triple(head='Acme', relation='subsidiary', tail='Bolt', source='companies.tsv', place=1), ...

Tabs, commas, semicolons, bars or blanks stand between the fields, and a field with one of them in it stands in double quotes. A first line
`head relation tail` is a header, and may name the fields in another order; further fields are passed over then. Lines that are no fact are
left out and a note counts them and shows the first. The file is read by DuckDB, line by line out of core, and names are numbered in the
order of their first mention, so that memory holds each name once. What it does *not* do: line breaks within a field; RDF (`rdf`).
"""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from ..core.dataset import Dataset, Note
from ..core.engine import Engine
from ..core.errors import EmptyTable, UnreadableSource
from ..core.expression import literal
from ..core.graph import Graph
from ..core.rows import Coded
from ..core.schema import Column, Schema
from .archives import DAMAGE, OPENERS, expanded, is_packed
from .encodings import encoding_of, transcoded
from .files import found
from .loaded import told

__all__ = ["is_triples", "read_graph", "read_triples", "tabled"]

HEADERS: Final = (
    {"head", "subject", "source", "from", "h", "s", "头实体", "主体", "主语", "头"},
    {"relation", "predicate", "edge", "relationship", "link", "r", "p", "关系", "谓词", "谓语"},
    {"tail", "object", "target", "to", "t", "o", "尾实体", "客体", "宾语", "尾"},
    {"weight", "confidence", "score", "probability", "w", "权重", "置信度", "概率"},
)
DELIMITERS: Final = ("\t", "|", ";", ",", " ")  # in the order that settles a tie
RDF: Final = (".ttl", ".nt", ".nq", ".trig", ".n3", ".jsonld", ".rdf", ".owl")
HEAD: Final = 1 << 20  # bytes by which a file is known
LOOKED: Final = 2_000  # lines by which it is known
SHOWN: Final = 3  # lines that are no fact, as far as they are shown
WIDEST: Final = 60  # characters of such a line
MEMORY: Final = "2GB"  # what DuckDB may hold before it writes to the temporary folder
REGULAR: Final = 0.95  # share of lines with three or four fields from which a file may be one of facts
KINDS: Final = 0.05  # most relations there are, as a share of the lines
FEW: Final = 20  # relations that are few in any file
SHARED: Final = 0.05  # least share of the lines' tails that are heads as well, where no header says what they are
FIELDS: Final = 5  # fields of a line that are told apart the quick way
NAMES: Final[tuple[str, ...]] = ("head", "relation", "tail")
BLANK: Final = "' \t\r'"  # SQL: what is no part of a name at its ends
ALONE: Final = "\x1f"  # occurs in no text: each line is one value
WORDS: Final = 6.0  # words of a name, on average, from which it is prose


class _Form(NamedTuple):
    """How a file's lines are laid out: the delimiter, the places of head, relation, tail and weight (-1: none), and whether line 1 is a header."""

    delimiter: str
    places: tuple[int, int, int, int]
    header: bool


def read_triples(path: str | Path, *, encoding: str = "auto") -> Graph:
    """The facts of a file, in its order. As `read_graph`, without the notes."""
    return read_graph(path, encoding=encoding)[0]


def read_graph(path: str | Path, *, encoding: str = "auto") -> tuple[Graph, list[Note]]:
    """The facts of a file, and what was left out. RDF is known by its suffix.

    Raises UnreadableSource where no line is a fact, EmptyTable where there is none, and WordsError where RDF needs a package.
    """
    file = found(Path(path).expanduser())
    with tempfile.TemporaryDirectory(prefix="apercu-") as folder:
        plain = expanded(file, Path(folder))[0] if is_packed(file) else file
        if plain.stat().st_size == 0:
            raise EmptyTable(f"{file.name} is empty; expected lines of head, relation, tail.")
        if _suffix(file) in RDF:
            from .rdf import read_rdf

            return read_rdf(plain, file.name, _suffix(file))
        text = transcoded(plain, encoding_of(plain, encoding), Path(folder) / "text")
        return _read(text, file.name, Path(folder))


def is_triples(source: Any) -> bool:
    """Whether a source is a file of facts and no table: RDF by its suffix, a header that says so, or lines that look it.

    Without a header: three fields (and a weight) in nearly every line, no numbers among them, few relations, none of them only in the first line, and
    tails that are heads of other facts too.
    """
    if not isinstance(source, str | Path) or "://" in str(source):
        return False
    path = Path(source).expanduser()
    if not path.is_file():
        return False
    if _suffix(path) in RDF:
        return True
    if path.suffix.lower() not in ("", ".tsv", ".csv", ".txt", ".tab", ".del", ".triples", ".gz", ".bz2", ".xz"):
        return False
    try:
        lines = _glance(path)
    except (UnreadableSource, *DAMAGE):
        return False
    if len(lines) < 2:
        return False
    form = _form(lines)
    cells = [row for row in _split(lines, form.delimiter) if row]
    if form.header:
        return True
    regular = [[cell.strip() for cell in row] for row in cells if len(row) == 3 or (len(row) == 4 and _weight(row[3].strip()) is not None)]
    named = [row[:3] for row in regular if all(row[:3])]
    return len(named) >= REGULAR * len(cells) and _looks_it(named)


def tabled(graph: Graph, source: str, engine: Engine) -> Dataset:
    """The facts themselves as a table of head, relation, tail and weight, so that a study of a graph alone has its rows."""
    codes: dict[str, np.ndarray] = dict(zip(NAMES, graph.facts.T, strict=True))
    names = {"head": graph.entities, "relation": graph.relations, "tail": graph.entities}
    table = engine.adopt({**{n: Coded(codes[n], names[n]) for n in codes}, "weight": np.round(graph.weight.astype(np.float64), 6)})
    kinds = {"head": "entity", "relation": "category", "tail": "entity"}
    columns = [Column(n, kind, storage="text", distinct=len(np.unique(codes[n]))) for n, kind in kinds.items()]
    schema = Schema((*columns, Column("weight", "number", distinct=len(np.unique(graph.weight)))))
    return Dataset(schema, engine, table, source, len(graph), graph=graph)


# --- how a file is laid out ---------------------------------------------------------------------------------------------------------


def _suffix(path: Path) -> str:
    return (path.with_suffix("") if path.suffix.lower() in (".gz", ".bz2", ".xz") else path).suffix.lower()


def _glance(path: Path) -> list[str]:
    """The first lines of a file, compressed or not, without expanding or decoding all of it."""
    with path.open("rb") as file:
        magic = file.read(6)
    opener = next((opener for mark, opener in OPENERS.items() if magic.startswith(mark)), None)
    with opener(path) if opener else path.open("rb") as file:
        head, more = file.read(HEAD), bool(file.read(1))
    if b"\0" in head:
        return []
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut = more and error.start >= len(head) - 4
        text = head.decode("utf-8-sig" if cut else "gb18030", errors="ignore")
    lines = text.splitlines()
    return (lines[:-1] if more else lines)[:LOOKED]


def _split(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    for line in lines:
        if '"' in line:
            try:
                yield next(csv.reader([line], delimiter=delimiter, strict=True), [])
            except csv.Error:
                yield line.split(delimiter)
        else:
            yield line.split(delimiter) if line else []


def _form(lines: Sequence[str]) -> _Form:
    """The delimiter that makes most lines three or four fields, and what a header says."""
    fitting = {d: sum(len(row) in (3, 4) for row in _split(lines, d)) for d in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda d: fitting[d])
    for other in DELIMITERS:
        first = [cell.strip().casefold() for cell in next(_split(lines[:1], other), [])]
        at = [next((i for i, cell in enumerate(first) if cell in names), -1) for names in HEADERS]
        if min(at[:3]) >= 0 and len(set(at[:3])) == 3:
            return _Form(other, (at[0], at[1], at[2], at[3]), True)
    return _Form(delimiter, (0, 1, 2, 3), False)


def _looks_it(rows: Sequence[Sequence[str]]) -> bool:
    heads, relations, tails = zip(*rows, strict=True)
    kinds = Counter(relations)
    if len(kinds) > max(FEW, KINDS * len(rows)) or kinds[relations[0]] < 2 or any(map(_is_number, (*heads, *kinds, *tails))):
        return False
    if any(sum(len(name.split()) for name in names) >= WORDS * len(names) for names in (heads, tails)):
        return False
    known = set(heads)
    return sum(tail in known for tail in tails) >= SHARED * len(tails)


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


# --- reading ------------------------------------------------------------------------------------------------------------------------


def _read(path: Path, source: str, folder: Path) -> tuple[Graph, list[Note]]:
    import duckdb

    form = _form(_glance(path))
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    connection.execute(f"SET temp_directory = {literal(str(folder / 'spilled'))}")
    try:
        _load(connection, path, form)
        _quoted(connection, form)
        _refuse(connection, source)
        notes = _left_out(connection, source)
        return _graph(connection, source), notes
    except duckdb.Error as error:
        raise UnreadableSource(f"{source} cannot be read as lines of head, relation, tail: {str(error).splitlines()[0]}") from error
    finally:
        connection.close()


def _load(connection: Any, path: Path, form: _Form) -> None:
    """The table `lines`: every line that is not empty, as `_query` tells it; the quick way where it can be shown to number lines rightly."""
    edge = form.delimiter.encode()
    padding = (b" " + edge, edge + b" ", b" \n", b"\n ", b"\r", b"\t" if edge != b"\t" else b" \r")
    lines, quotes, padded, last = 0, False, False, b""
    with path.open("rb") as file:
        while block := file.read(HEAD):
            lines, quotes = lines + block.count(b"\n"), quotes or b'"' in block
            block = last + block if last else block
            padded = padded or any(pad in block for pad in padding)
            last = block[-1:]
    if not quotes and not padded and max(form.places) < FIELDS - 1:
        connection.execute(f"CREATE TABLE lines AS {_query(path, form, quick=True)}")
        if connection.execute("SELECT count(*) FROM lines").fetchone()[0] == lines + (last != b"\n") - form.header:
            return
        connection.execute("DROP TABLE lines")  # the reader passed over empty lines
    connection.execute(f"CREATE TABLE lines AS {_query(path, form, quick=False)}")


def _query(path: Path, form: _Form, *, quick: bool) -> str:
    """SQL: every line with its number; its fields where it is a fact, else the line itself, in `odd`.

    quick: the reader parts the fields, which is several times as quick, but passes over empty lines without counting them, and keeps the
    blanks around names.
    """
    head, relation, tail, weight = form.places
    cells = [f"c{i}" for i in range(FIELDS)] if quick else ["line"]
    types = ", ".join(f"'{cell}': 'VARCHAR'" for cell in cells)
    reader = f"read_csv({literal(str(path))}, columns = {{{types}}}, "
    reader += f"delim = {literal(form.delimiter if quick else ALONE)}, quote = '', escape = '', header = false, auto_detect = false, "
    reader += "null_padding = true, strict_mode = false, max_line_size = 16000000"
    reader += ", nullstr = '\x1e')" if quick else ")"  # the quick way knows a field that is empty from one that is not there
    rows = f"SELECT row_number() OVER () AS place, {', '.join(cells)} FROM {reader}"
    if quick:
        width = f"c{max(head, relation, tail) if form.header else 2} IS NOT NULL" + ("" if form.header else " AND c4 IS NULL")
        line = f"concat_ws({literal(form.delimiter)}, {', '.join(cells)})"
    else:
        rows = f"SELECT *, string_split(line, {literal(form.delimiter)}) AS f FROM ({rows}) WHERE trim(line, {BLANK}) <> ''"
        width = "NOT contains(line, '\"') AND " + (f"len(f) > {max(head, relation, tail)}" if form.header else "len(f) IN (3, 4)")
        line = "line"
    cell = ("c{0}" if quick else f"trim(f[{{0}} + 1], {BLANK})").format
    names = {name: cell(i) for name, i in zip(NAMES, (head, relation, tail), strict=True)}
    told = "NULL" if weight < 0 else cell(weight)
    sure = f"CASE WHEN coalesce({told}, '') = '' THEN 1.0::FLOAT ELSE TRY_CAST({told} AS FLOAT) END"
    named = " AND ".join(f"{name} <> ''" for name in names.values())
    fact = f"{width} AND {named} AND {sure} BETWEEN 0 AND 1"
    columns = ", ".join(f"CASE WHEN ok THEN {name} END AS {called}" for called, name in names.items())
    kept = f"SELECT *, coalesce({fact}, false) AS ok FROM ({rows})" + (" WHERE place > 1" if form.header else "")
    return f"SELECT place::INT AS place, {columns}, CASE WHEN ok THEN {sure} END AS weight, CASE WHEN NOT ok THEN {line} END AS odd FROM ({kept})"


def _quoted(connection: Any, form: _Form) -> None:
    """Lines with quotes, which SQL's plain split cannot read, field by field."""
    head, relation, tail, weight = form.places
    facts: dict[str, list[Any]] = {name: [] for name in ("place", "head", "relation", "tail", "weight")}
    for place, line in connection.execute("SELECT place, odd FROM lines WHERE contains(odd, '\"')").fetchall():
        row = [cell.strip() for cell in next(_split([line], form.delimiter))]
        if len(row) not in (3, 4) and not (form.header and len(row) > max(form.places)):
            continue
        sure = _weight(row[weight]) if 0 <= weight < len(row) else 1.0
        names = row[head], row[relation], row[tail]
        if all(names) and sure is not None:
            for name, value in zip(facts, (place, *names, sure), strict=True):
                facts[name].append(value)
    if facts["place"]:
        arrays = {
            name: np.array(values, dtype=np.int32 if name == "place" else np.float32 if name == "weight" else object)
            for name, values in facts.items()
        }
        connection.register("quoted", arrays)
        connection.execute("CREATE TABLE unquoted AS SELECT * FROM quoted")
        connection.execute("DELETE FROM lines WHERE place IN (SELECT place FROM unquoted)")
        connection.execute("INSERT INTO lines SELECT place, head, relation, tail, weight, NULL FROM unquoted")
        connection.unregister("quoted")


def _weight(text: str) -> float | None:
    """A weight, 1 where none is told, None for what is none."""
    try:
        sure = float(text) if text else 1.0
    except ValueError:
        return None
    return sure if 0.0 <= sure <= 1.0 else None


def _refuse(connection: Any, source: str) -> None:
    facts, place, line = connection.execute("SELECT count(*) - count(odd), min_by(place, place), min_by(odd, place) FROM lines").fetchone()
    if place is None:
        raise EmptyTable(f"{source} holds no fact; expected lines of head, relation, tail.")
    if not facts:
        raise UnreadableSource(
            f"line {place} of {source} must be head, relation, tail and perhaps a weight from 0 to 1, and no other line is; got {line[:WIDEST]!r}."
        )


def _left_out(connection: Any, source: str) -> list[Note]:
    n = connection.execute("SELECT count(odd) FROM lines").fetchone()[0]
    if not n:
        return []
    first = connection.execute(f"SELECT place, odd FROM lines WHERE odd IS NOT NULL ORDER BY place LIMIT {SHOWN}").fetchall()
    shown = [(place, line[:WIDEST] + ("…" if len(line) > WIDEST else "")) for place, line in first]
    en = "; ".join(f"line {place}: {line}" for place, line in shown) + (" …" if n > SHOWN else "")
    zh = "；".join(f"第 {place} 行：{line}" for place, line in shown) + (" …" if n > SHOWN else "")
    lines = "1 line of {s} is" if n == 1 else f"{n:,} lines of {{s}} are"
    text = f"{lines.format(s=source)} no head, relation, tail and weight from 0 to 1, and left out ({en})"
    return [told("", text, f"{source} 中有 {n:,} 行不是“头实体、关系、尾实体（及 0 到 1 的权重）”，已略去（{zh}）", rows=n)]


def _graph(connection: Any, source: str) -> Graph:
    """The facts, numbered within the database: names go out once each, facts as whole numbers."""
    numbered = "SELECT name, (row_number() OVER (ORDER BY first) - 1)::INT AS id FROM (SELECT name, min(place) AS first FROM ({}) GROUP BY name)"
    both = "SELECT head AS name, 2 * place::BIGINT AS place FROM lines UNION ALL SELECT tail, 2 * place::BIGINT + 1 FROM lines"
    connection.execute("DELETE FROM lines WHERE odd IS NOT NULL")
    connection.execute(f"CREATE TABLE things AS {numbered.format(both)}")
    connection.execute(f"CREATE TABLE kinds AS {numbered.format('SELECT relation AS name, place FROM lines')}")
    things, kinds = (
        tuple(connection.execute(f"SELECT name FROM {table} ORDER BY id").fetchnumpy()["name"].tolist()) for table in ("things", "kinds")
    )
    coded = connection.execute(
        "SELECT place, a.id AS head, k.id AS relation, b.id AS tail, weight FROM lines JOIN things a ON head = a.name "
        "JOIN things b ON tail = b.name JOIN kinds k ON relation = k.name"
    ).fetchnumpy()
    columns = {name: np.ma.getdata(column) for name, column in coded.items()}
    order = np.argsort(columns["place"], kind="stable")
    facts = np.stack([columns[name][order] for name in NAMES], 1)
    return Graph(things, kinds, (source,), facts, columns["weight"][order], np.empty(0, np.int32), columns["place"][order])
