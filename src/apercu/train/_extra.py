"""Packages that are not always there: brought when they are needed, and missed with a sentence that says how to get them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..core.errors import WordsError

__all__ = ["brought", "lacking"]

EXTRAS = {
    "catboost": "boost",
    "xgboost": "boost",
    "optuna": "tune",
    "torch": "deep",
    "statsforecast": "series",
    "tabicl": "context",
    "onnxruntime": "deep",
    "PIL": "deep",
}


def brought(package: str) -> Any:
    """The package. Raises WordsError where it is not installed."""
    if find_spec(package) is None:
        raise WordsError(lacking(package))
    return import_module(package)


def lacking(package: str, what: str = "this model") -> str:
    """The sentence that says which extra brings a package."""
    return f"{what} needs the package {package}, which is not installed; install it with: pip install 'apercu[{EXTRAS.get(package, package)}]'"
