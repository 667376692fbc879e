"""A study as plain JSON: the contract of docs/json.md and study.schema.json, one version for file, standard output and REST.

>>> safe({"value": float("nan"), "levels": ("a", np.int64(2))})
{'value': None, 'levels': ['a', 2]}

What is written is plain: no NaN, no NumPy number, no tuple; what cannot be a JSON number becomes null. It is made for readers; the
folder of a study (store) keeps beside it what is needed to reopen it.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import numpy as np

from ..words import LANGUAGES

__all__ = ["VERSION", "dumps", "named", "safe", "to_json"]

VERSION: Final = 1
LOGIN: Final = re.compile(r"(\w://)[^/\s]*@|([?&](?:password|passwd|pwd|sslpassword)=)[^&\s]*", re.IGNORECASE)


def to_json(record: Any) -> dict[str, Any]:
    """The study as JSON values. `record` has the plain fields of a Study."""
    explained = record.explanation
    parts = {
        "version": VERSION,
        "apercu": record.versions.get("apercu", ""),
        "source": named(record.source),
        "seed": record.seed,
        "rows": record.data.n,
        "split": _split(record.split),
        "goal": None if record.goal is None else record.goal.to_json(),
        "schema": _each(record.data.schema),
        "notes": _each(record.notes),
        "scores": _each(record.scores),
        "curves": _each(record.curves),
        "effects": [] if explained is None else explained.to_json(),
        "explanation": None if explained is None else explained.parts_json(),
        "findings": _each(record.findings),
        "ledger": record.ledger.to_json(),
        "faults": _each(record.faults),
        "rules": _each(record.rules),
        "actions": _each(record.actions),
        "vetoes": [_veto(veto) for veto in getattr(record, "vetoes", ())],
        "knowledge": record.knowledge.to_json(),
        "versions": dict(record.versions),
    }
    return safe(parts)


def dumps(record: Any, *, indent: int | None = None) -> str:
    """The study as JSON text."""
    return json.dumps(to_json(record), ensure_ascii=False, allow_nan=False, indent=indent)


def named(source: str) -> str:
    """A source as it may be told to others: a database's address without its user and password.

    >>> named("postgresql://ann:secret@db/sales")
    'postgresql://db/sales'
    """
    return LOGIN.sub(r"\1\2", source)


def safe(value: Any) -> Any:
    """The same value made of dict, list, str, int, float, bool and None only. Raises TypeError for what has no plain form."""
    if value is None or (isinstance(value, bool | int) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {safe(str(key)): safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [safe(item) for item in items]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.ndarray):
        return [safe(item) for item in value] if value.dtype.kind == "M" else safe(value.tolist())
    if isinstance(value, np.generic):
        return safe(value.item())
    if isinstance(value, datetime | date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: safe(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"a {type(value).__name__} has no plain form in JSON")


def _each(parts: Any) -> list[Any]:
    return [part.to_json() for part in parts]


def _veto(veto: Any) -> dict[str, Any]:
    return {"text": veto.text, "where": veto.when.to_json(), "says": {lang: veto.say(lang) for lang in LANGUAGES}}


def _split(split: Any) -> dict[str, Any]:
    if split is None:
        return {"search": 0, "verify": 0, "how": None}
    return {"search": int(np.count_nonzero(split.half & 1)), "verify": int(np.count_nonzero(split.half & 2)), "how": split.how}
