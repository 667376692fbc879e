"""Duplicates: rows that are copies of another in every column. Reported with their count; removed only at the user's word.

    copies(data)      # 31 rows are copies of an earlier one

Copies are no error by themselves (two customers may be alike), and the split keeps copies of a row on one side of the wall. What it does
*not* do: near-duplicates.
"""

from __future__ import annotations

from dataclasses import replace

from ..core.dataset import Dataset, Note
from ..core.expression import Column, quoted

__all__ = ["copies", "without_copies"]


def copies(data: Dataset) -> int:
    """How many rows are copies of another (each but the first)."""
    names = ", ".join(quoted(name) for name in data.schema.names)
    return data.n - int(data.engine.ask(data.table, f"SELECT count(DISTINCT hash({names})) FROM data")[0][0])


def without_copies(data: Dataset, *, drop: bool) -> tuple[Dataset, list[Note]]:
    """The data (without copies where `drop` says so) and a note on them."""
    n = copies(data)
    if not n:
        return data, []
    if not drop:
        en = f"{n:,} rows are exact copies of another; they were kept (--drop-duplicates removes them)"
        return data, [Note("clean", "", {"en": en, "zh": f"{n:,} 行与其他行完全相同；已保留（可用 --drop-duplicates 删除）"}, n)]
    table = data.engine.select(data.table, {name: Column(name) for name in data.engine.columns(data.table)}, unique=True)
    note = Note("clean", "", {"en": f"{n:,} exact copies of other rows were removed", "zh": f"删除了 {n:,} 行完全重复的行"}, n, "SELECT DISTINCT *")
    return replace(data, table=table, n=data.engine.count(table)), [note]
