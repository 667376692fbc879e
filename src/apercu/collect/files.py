"""Files: delimited text, Parquet, JSON and JSON lines, Excel, database files, and any of these compressed.

    read_file(Path("orders.csv.gz"), engine, Options(), folder)

What a file is, its first bytes tell; its suffix decides only between texts (JSON or delimited). A path that does not exist is answered
with the nearest name in its directory.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ..core.dataset import Note
from ..core.engine import Engine
from ..core.errors import EmptyTable, UnknownName, UnreadableSource, nearest
from ..core.expression import Column
from .archives import expanded, is_packed
from .delimited import read_delimited
from .encodings import encoding_of, transcoded
from .loaded import Loaded, fitted, renamed, told

__all__ = ["found", "read_file", "settled"]

SQLITE_MAGIC: Final = b"SQLite format 3\x00"
DUCKDB_MAGIC: Final = (8, b"DUCK")
WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
JSON_SUFFIXES: Final = (".json", ".jsonl", ".ndjson", ".geojson")
LARGEST_JSON: Final = 1 << 28  # bytes of one JSON document that is opened to look for its list of records


def found(path: Path) -> Path:
    """The path, once it exists. Raises UnreadableSource with the nearest name in its directory."""
    if path.exists():
        return path
    folder = path.parent
    if not folder.is_dir():
        raise UnreadableSource(f"there is no directory {str(folder)!r}; check the path {str(path)!r}.")
    close = nearest(path.name, [entry.name for entry in folder.iterdir()])
    hint = f"; did you mean {close!r}?" if close else "."
    raise UnreadableSource(f"there is no file {path.name!r} in {str(folder)!r}{hint}")


def read_file(path: Path, engine: Engine, options: Any, folder: Path) -> Loaded:
    """The table of one file. `folder` is a temporary one for expanded and transcoded copies. Raises UnreadableSource or EmptyTable."""
    from .arrays import is_idx, read_arrays, read_idx
    from .sequences import is_series, read

    source, notes = path.name, []
    if path.suffix.lower() == ".npz":
        return read_arrays(path, options.member, engine)
    if is_idx(path):
        return read_idx(path, engine)
    if is_series(path):
        rows = read(path)
        return settled(engine.adopt({name: rows.column(name) for name in rows}), source, engine)
    try:
        for _ in range(3):  # a zip of a gz is read too
            if not path.stat().st_size:
                raise EmptyTable(f"{source} is empty; expected a table with a header and rows.")
            if not is_packed(path):
                break
            inside = folder / f"level{_}"
            inside.mkdir()
            path, more = expanded(path, inside, options.member)
            notes += more
    except PermissionError as error:
        raise UnreadableSource(f"{source} may not be read by this user ({error.strerror}).") from error
    loaded = _plain(path, source, engine, options, folder)
    if not engine.count(loaded.table):
        raise EmptyTable(f"{source} has {len(engine.columns(loaded.table))} columns but no rows; expected a table with rows below its header.")
    return Loaded(loaded.table, source, (*notes, *loaded.notes))


def _plain(path: Path, source: str, engine: Engine, options: Any, folder: Path) -> Loaded:
    with path.open("rb") as file:
        head = file.read(64)
    start, magic = DUCKDB_MAGIC
    if head.startswith(b"PAR1"):
        return settled(engine.read(path, "parquet", {}), source, engine)
    if head.startswith(SQLITE_MAGIC) or head[start : start + 4] == magic:
        from .sql import read_database

        return read_database(path, source, engine, options, folder)
    if head.startswith(WORKBOOKS):
        from .excel import read_excel

        return read_excel(path, source, engine, options)
    encoding = encoding_of(path, options.encoding)
    text = transcoded(path, encoding, folder / "text")
    notes = [] if encoding in ("utf-8", "utf-8-sig") else [told("", f"read as {encoding} text", f"按 {encoding} 编码读取")]
    read = _json if _is_json(path, text) else read_delimited
    loaded = read(text, source, engine, options, folder)
    return Loaded(loaded.table, source, (*notes, *loaded.notes))


def settled(table: str, source: str, engine: Engine, titles: list[str] | None = None) -> Loaded:
    """A table of a typed source, its names made fit, with a note for each column whose values had to be turned into text or days.

    `titles` are the source's own names, where the table had to be read under others (a database may give one name twice).
    """
    names = list(engine.columns(table))
    if not names:
        raise EmptyTable(f"{source} has no columns.")
    titles = names if titles is None else titles
    fit = fitted(titles)
    notes = renamed(titles, fit)
    for name, kind in zip(fit, engine.types(table).values(), strict=False):
        notes += _about(name, kind)
    if fit != names:
        table = engine.select(table, {new: Column(old) for old, new in zip(names, fit, strict=True)})
    return Loaded(table, source, tuple(notes))


def _about(name: str, kind: str) -> list[Note]:
    if kind.endswith("+inf"):
        return [told(name, "infinite values count as missing", "无穷大的值视为缺失")]
    if kind.endswith("too large for a number"):
        return [told(name, "whole numbers of more than 15 digits are kept as text", "超过 15 位的整数保留为文本")]
    if kind == "INTERVAL":
        return [told(name, "durations are read as days", "时长按天数读取")]
    if kind == "SEQUENCE":
        return [told(name, "sequences of numbers are read as such", "数字序列按序列读取")]
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return [told(name, f"nested values ({kind[:40]}) are read as their JSON text", f"嵌套的值（{kind[:40]}）按其 JSON 文本读取")]
    return []


# --- JSON ---------------------------------------------------------------------------------------------------------------------------


def _is_json(path: Path, text: Path) -> bool:
    if path.suffix.lower() in JSON_SUFFIXES:
        return True
    with text.open("r", encoding="utf-8") as file:
        start = file.read(1 << 12).lstrip("\ufeff \t\r\n")
    return start.startswith(("[{", "[\n", "[ {", '{"', "{\n"))


def _json(text: Path, source: str, engine: Engine, options: Any, folder: Path) -> Loaded:
    """JSON lines or a list of records; in one document, the list of records under `table` or the longest one."""
    records = _records_inside(text, source, options.table)
    notes = []
    if records is not None:
        text, key, others = _written(records, folder)
        if others:
            en, zh = f"read the records under {key!r}; --table chooses another of: {others}", f"读取“{key}”下的记录；可用 --table 另选：{others}"
            notes.append(told("", en, zh))
    table = engine.read(text, "json", {"maximum_object_size": 1 << 28, "sample_size": -1})
    loaded = settled(table, source, engine)
    return Loaded(loaded.table, source, (*notes, *loaded.notes))


def _records_inside(text: Path, source: str, key: str) -> tuple[str, list[Any], str] | None:
    """(key, records, other keys) of a document {"key": [records]}, or None where the text is a list or lines."""
    if text.stat().st_size > LARGEST_JSON:
        return None
    try:
        document = json.loads(text.read_text(encoding="utf-8-sig"))
    except ValueError:
        return None  # JSON lines, or no JSON: the engine says which
    if not isinstance(document, dict):
        return None
    lists = {k: v for k, v in document.items() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v)}
    if key and key not in lists:
        raise UnknownName(f"list of records in {source}", key, lists)
    if not lists:
        return None
    chosen = key or max(lists, key=lambda k: len(lists[k]))
    return chosen, lists[chosen], ", ".join(k for k in lists if k != chosen)


def _written(records: tuple[str, list[Any], str], folder: Path) -> tuple[Path, str, str]:
    key, rows, others = records
    out = folder / "records.jsonl"
    out.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return out, key, others
