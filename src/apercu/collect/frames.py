"""Frames: tables that are in memory already, of pandas, Polars, Arrow or anything that offers an Arrow stream, and plain Python records.

    read_frame(pandas.DataFrame({"age": [30, 41]}), engine)
    read_frame([{"age": 30}, {"age": 41, "city": "Oslo"}], engine)
    read_frame({"age": np.array([30, 41])}, engine)

None of those libraries is imported here: the engine reads what they hold through the Arrow C stream or pandas' own arrays. A pandas index
that has a name becomes a column. What it does *not* do: lazy frames (call `.collect()`), objects that are no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.engine import Engine
from ..core.errors import EmptyTable, UnreadableSource
from ..core.rows import Packed, is_packed
from .files import settled
from .loaded import Loaded

__all__ = ["is_frame", "read_frame"]


def is_frame(source: Any) -> bool:
    """Whether a source is a table in memory."""
    if hasattr(source, "__arrow_c_stream__") or _is_pandas(source) or isinstance(source, Mapping):
        return True
    return isinstance(source, Sequence) and not isinstance(source, str) and bool(source) and all(isinstance(r, Mapping) for r in source)


def read_frame(source: Any, engine: Engine) -> Loaded:
    """The table of a frame. Raises UnreadableSource and EmptyTable."""
    frame: Any
    kind = type(source).__module__.partition(".")[0]
    name = f"a {kind} frame" if kind not in ("builtins", "collections") else "records in memory"
    if _is_pandas(source):
        frame, titles = _flat(source)
    elif isinstance(source, Mapping):
        frame = _arrays(source)
        titles = list(frame)
    elif isinstance(source, Sequence) and not hasattr(source, "__arrow_c_stream__"):
        names = dict.fromkeys(str(key) for record in source for key in record)
        frame, titles = _arrays({name: [record.get(name) for record in source] for name in names}), list(names)
    else:
        frame, titles = source, _titles(source)
    if titles is not None and not titles:
        raise EmptyTable(f"{name} has no columns.")
    loaded = settled(engine.adopt(frame), name, engine, titles)
    if not engine.count(loaded.table):
        raise EmptyTable(f"{name} has {len(engine.columns(loaded.table))} columns but no rows.")
    return loaded


def _is_pandas(source: Any) -> bool:
    return hasattr(source, "iloc") and hasattr(source, "columns") and hasattr(source, "index")


def _titles(frame: Any) -> list[str] | None:
    """The frame's own names, which an engine may have had to change."""
    names = getattr(frame, "column_names", None) or getattr(frame, "columns", None)
    return [str(name) for name in names] if isinstance(names, list) and all(isinstance(n, str) for n in names) else None


def _flat(frame: Any) -> tuple[Any, list[str]]:
    """(a pandas frame whose named index is a column, under names that no engine confuses; its own names)."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names = [" ".join(map(str, name)).strip() if isinstance(name, tuple) else str(name) for name in frame.columns]
    plain = frame.copy(deep=False)
    plain.columns = [f"{i}:{name}" for i, name in enumerate(names)]
    return plain, names


def _arrays(columns: Mapping[Any, Iterable[Any]]) -> dict[str, np.ndarray]:
    """Columns as arrays of one length: truth values and all that is neither number nor moment as text."""
    made = {str(name): _array(values) for name, values in columns.items()}
    lengths = {len(array) for array in made.values()}
    if len(lengths) > 1:
        said = ", ".join(f"{name} {len(array)}" for name, array in list(made.items())[:5])
        raise UnreadableSource(f"the columns must have the same number of rows; they have {said}.")
    return made


def _array(values: Iterable[Any]) -> np.ndarray:
    if not isinstance(values, np.ndarray) or values.dtype == object:
        values = list(values)
        if any(is_packed(value) for value in values):
            return Packed.of(values).items
    array = values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
    if array.ndim != 1:
        raise UnreadableSource(f"a column must be one-dimensional; got an array of shape {array.shape}.")
    if array.dtype.kind in "iufM":
        return array
    gone = [v is None or _is_nan(v) for v in array]
    present = [v for v, missing in zip(array, gone, strict=True) if not missing]
    if present and all(isinstance(v, int | float | np.integer | np.floating) and not isinstance(v, bool | np.bool_) for v in present):
        return np.array([np.nan if missing else float(v) for v, missing in zip(array, gone, strict=True)], dtype=np.float64)
    from .excel import column_of

    return column_of([None if missing else v.item() if isinstance(v, np.generic) else v for v, missing in zip(array, gone, strict=True)])


def _is_nan(value: Any) -> bool:
    return isinstance(value, float | np.floating) and bool(np.isnan(value))
