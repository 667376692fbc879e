"""Collect: a source becomes a Dataset. Files, database addresses, frames, folders, and several of these joined.

    data, notes = run("customers.csv.gz", DuckDB(), Options())
    data, notes = run(["orders.csv", "customers.csv"], DuckDB(), Options(on=("customer_id",)))

Columns of text files stay text here: each cast is proposed by clean, where it is counted and can be switched off. A file without a header
gets the names column_1, column_2, ...; those names, or the plain number of a column, then name the target: `--target column_15`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..core.dataset import Dataset, Note
from ..core.engine import Engine
from ..core.errors import UnreadableSource, WordsError
from ..core.options import checked, option
from ..core.schema import Column, Schema

if TYPE_CHECKING:
    from .loaded import Loaded

__all__ = ["Options", "run"]

LOOSE: Final = {
    "number": "number",
    "time": "time",
    "text": "category",
    "bytes": "image",
    "list": "series",
}  # kinds until clean has looked at the values


@dataclass(frozen=True)
class Options:
    """How a source is read."""

    header: str = option("auto", "whether the first line of a text file names its columns", legal=("auto", "yes", "no"))
    names: tuple[str, ...] = option((), "names of the columns, in order (or one word with commas between them)")
    delimiter: str = option("auto", "what stands between the fields of a text file, such as ';' or 'tab'")
    encoding: str = option("auto", "encoding of a text file, such as utf-8, gb18030 or latin-1")
    table: str = option("", "table of a database, or list of records in a JSON document")
    query: str = option("", "SQL query to a database, instead of a table")
    member: str = option("", "file inside an archive that holds several")
    sheet: str = option("", "sheet of a workbook")
    gather: str = option("", "column whose rows are moments of one thing (an engine, a patient): each thing becomes a row of sequences")
    along: str = option("", "with --gather: the column that orders the moments of a thing")
    window: int = option(0, "with --gather: a row for each moment instead, with the so many moments up to it", legal=(0, 100_000), unit="moments")
    remaining: str = option("", "with --window: name of a column to make, of how many moments still came")
    cap: float | None = option(None, "with --remaining: the most that is told, since nothing tells what is far off", legal=(1.0, 1e9), unit="moments")
    triples: bool = option(False, "the source is a file of facts (head, relation, tail) even if it does not look it")
    on: tuple[str, ...] = option((), "keys that join several tables: a name they share, or left=right")


def run(source: Any, engine: Engine, options: Options) -> tuple[Dataset, list[Note]]:
    """The Dataset of a source, and every decision made on the way.

    source: a path, a database address, a directory, a frame (pandas, Polars, Arrow, records, a mapping of arrays), or a list of these,
    which are joined to the first. The schema is provisional: clean decides on kinds and roles.
    Raises UnreadableSource, EmptyTable, UnknownName and WordsError.
    """
    import tempfile

    checked(options)
    with tempfile.TemporaryDirectory(prefix="apercu-") as folder:
        loaded = _gathered(_loaded(source, engine, options, Path(folder)), engine, options)
    storages = engine.columns(loaded.table)
    schema = Schema(tuple(Column(name, LOOSE.get(storage, "category"), storage=storage) for name, storage in storages.items()))
    notes = [Note(n.step, n.column, n.what, n.rows, n.expression, f"collect-{k}") for k, n in enumerate(loaded.notes, 1)]
    return Dataset(schema, engine, loaded.table, loaded.source, engine.count(loaded.table)), notes


def _gathered(loaded: Loaded, engine: Engine, options: Options) -> Loaded:
    """A long table as one row a thing, or a window; unchanged where nothing is to be gathered."""
    for name, needs in (("along", "gather"), ("window", "gather"), ("remaining", "window"), ("cap", "remaining")):
        if getattr(options, name) and not getattr(options, needs):
            raise WordsError(f"--{name} needs --{needs} as well; see `apercu run --help`.")
    if not options.gather:
        return loaded
    from .loaded import told
    from .sequences import Window, gathered, measured, windows

    long = measured(engine.rows(loaded.table, tuple(engine.columns(loaded.table))))
    for name in (options.gather, *([options.along] if options.along else [])):
        long.storage(name)  # a name that no column has is refused with the nearest that one has
    if options.window and not options.along:
        raise WordsError("--window needs --along, the column that orders the moments of a thing.")
    if options.window:
        rows = windows(long, options.gather, options.along, Window(options.window, remaining=options.remaining, cap=options.cap))
    else:
        rows = gathered(long, options.gather, options.along or None)
    table = engine.adopt({name: rows.column(name) for name in rows})
    en = f"{long.n:,} moments gathered into {rows.n:,} rows of sequences by {options.gather}"
    zh = f"{long.n:,} 个时刻按“{options.gather}”汇成 {rows.n:,} 行序列"
    return replace(loaded, table=table, notes=(*loaded.notes, told(options.gather, en, zh, rows=rows.n)))


def _loaded(source: Any, engine: Engine, options: Options, folder: Path) -> Loaded:
    from .frames import is_frame

    if isinstance(source, list | tuple) and source and not is_frame(source):
        return _together(source, engine, options, folder)
    if isinstance(source, str | Path):
        return _named(source, engine, options, folder)
    if is_frame(source):
        from .frames import read_frame

        return read_frame(source, engine)
    if hasattr(source, "collect") and hasattr(source, "lazy"):
        raise WordsError("the source is a lazy frame; call .collect() on it first.")
    raise WordsError(f"expected a path, an address, a frame or a list of these as the source, got {type(source).__name__}.")


def _named(source: str | Path, engine: Engine, options: Options, folder: Path) -> Loaded:
    from .files import found, read_file
    from .pictures import with_pictures
    from .sql import is_address, read_address

    if isinstance(source, str) and is_address(source):
        return read_address(source, engine, options, folder)
    path = Path(source).expanduser()
    if path.parent.suffix.lower() == ".npz" and path.parent.is_file():
        from .arrays import read_arrays

        return read_arrays(path.parent, path.name, engine)
    path = found(path)
    if path.is_dir():
        return _directory(path, engine, options, folder)
    return with_pictures(read_file(path, engine, options, folder), path.parent, engine)


def _directory(path: Path, engine: Engine, options: Options, folder: Path) -> Loaded:
    """The tables of a directory, joined where they are several; or its tree of pictures or texts."""
    from .arrays import idx_in, read_idx
    from .files import read_file
    from .folders import tables_in
    from .pictures import with_pictures
    from .trees import files_in, read_tree

    if (idx := idx_in(path)) is not None:
        return read_idx(idx, engine)
    try:
        tables = tables_in(path)
    except UnreadableSource:
        if not files_in(path)[1]:
            raise
        return read_tree(path, engine)
    loaded = _together(tables, engine, options, folder) if len(tables) > 1 else read_file(tables[0], engine, options, folder)
    return with_pictures(loaded, path, engine)


def _together(sources: Sequence[Any], engine: Engine, options: Options, folder: Path) -> Loaded:
    from .joins import joined

    parts = []
    for k, each in enumerate(sources):
        own = folder / f"source{k}"
        own.mkdir()
        parts.append(_loaded(each, engine, options, own))
    whole = parts[0]
    for right in parts[1:]:
        whole = joined(whole, right, engine, options.on)
    return whole
