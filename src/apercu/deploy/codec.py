"""Core values into JSON and back, equal to what they were: a closed table of frozen dataclasses, so that reading can run no code.

>>> decoded(encoded(finding.Ledger(40, 12, 8))) == finding.Ledger(40, 12, 8)
True
>>> encoded((1, float("inf")))
{'#': 'tuple', 'of': [1, {'#': 'float', 'of': 'inf'}]}

Only the types that core declares can come out of `decoded`; any other name is refused. Tables, models and engines do not pass here: they
are files (store).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

import numpy as np

from ..core import action, clause, dataset, explanation, fault, finding, goal, graph, knowledge, measure, rule, schema, score
from ..core.condition import Condition, Term
from ..core.expression import Expression, from_json
from ..core.statements import Veto
from .export import safe

__all__ = ["TYPES", "decoded", "encoded"]

MARK: Final = "#"


def _types(*modules: ModuleType) -> dict[str, type[Any]]:
    found = (getattr(module, name) for module in modules for name in module.__all__)
    kept = {kind.__name__: kind for kind in found if isinstance(kind, type) and dataclasses.is_dataclass(kind)}
    return {name: kind for name, kind in sorted(kept.items()) if name not in ("Dataset", "Step")}


TYPES: Final = _types(action, clause, dataset, explanation, fault, finding, goal, graph, knowledge, measure, rule, schema, score) | {"Veto": Veto}


def encoded(value: Any) -> Any:
    """JSON of a core value. Raises TypeError for a type outside the table."""
    if isinstance(value, np.generic):
        return _marked("time", str(value)) if isinstance(value, np.datetime64) else encoded(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else _marked("float", repr(value))
    if value is None or isinstance(value, bool | int | str):
        return safe(value)
    if isinstance(value, Condition):
        return _marked("condition", safe(value.to_json()))
    if isinstance(value, Term):
        return _marked("term", safe(value.to_json()))
    if isinstance(value, Expression):
        return _marked("expression", safe(value.to_json()))
    if isinstance(value, np.ndarray):
        return _marked("array", [value.dtype.str, encoded(value.tolist())])
    if isinstance(value, tuple):
        return _marked("tuple", [encoded(item) for item in value])
    if isinstance(value, list):
        return [encoded(item) for item in value]
    if isinstance(value, Mapping):
        plain = all(isinstance(key, str) and key != MARK for key in value)
        return {k: encoded(v) for k, v in value.items()} if plain else _marked("map", [[encoded(k), encoded(v)] for k, v in value.items()])
    if TYPES.get(type(value).__name__) is type(value):
        return _marked(type(value).__name__, {f.name: encoded(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init})
    raise TypeError(f"a {type(value).__name__} is not a type that a study may keep")


def decoded(tree: Any) -> Any:
    """What `encoded` was given. Raises ValueError, TypeError or KeyError for JSON that `encoded` did not write."""
    if isinstance(tree, list):
        return [decoded(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if MARK not in tree:
        return {key: decoded(item) for key, item in tree.items()}
    mark, of = tree[MARK], tree["of"]
    match mark:
        case "float":
            return float(of)
        case "time":
            return np.datetime64(of)
        case "condition":
            return Condition.from_json(of)
        case "term":
            return Term.from_json(of)
        case "expression":
            return from_json(of)
        case "array":
            return np.array(decoded(of[1]), dtype=_plain_type(of[0]))
        case "tuple":
            return tuple(decoded(item) for item in of)
        case "map":
            return {decoded(key): decoded(item) for key, item in of}
    if mark not in TYPES:
        raise ValueError(f"{mark!r} is not a type that a study may keep")
    return TYPES[mark](**{name: decoded(item) for name, item in of.items()})


def _marked(mark: str, of: Any) -> dict[str, Any]:
    return {MARK: mark, "of": of}


def _plain_type(name: str) -> np.dtype[Any]:
    kind = np.dtype(name)
    if kind.kind not in "biufMU":
        raise ValueError(f"an array of {name!r} is not one that a study may keep")
    return kind
