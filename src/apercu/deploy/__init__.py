"""Deploy: a study leaves the house as a folder, as JSON, as one page that opens offline, and as a server.

    save(study, "churn.study")
    page(study, "churn.html")
    to_json(study)["findings"][0]["text"]["zh"]
    serve(study, port=8000)

Each door opens its own room only when it is walked through: neither the charts nor the web server are loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.engine import Engine
from ..core.model import CrossFitted, Learner
from ..core.options import option

Finish = Callable[[CrossFitted, Path], CrossFitted]

__all__ = ["Options", "load", "page", "save", "serve", "to_json"]


@dataclass(frozen=True)
class Options:
    """How a study is shown."""

    shown: int = option(30, "findings drawn on the page, the best first", legal=(0, 500), unit="findings")


def save(record: Any, folder: str | Path, *, overwrite: bool = False, page: str | None = None) -> Path:
    """Writes the study into a folder, whole or not at all; `page` is kept in it as page.html. Raises WordsError; see store.save."""
    from . import store

    return store.save(record, folder, overwrite=overwrite, page=page)


def load(folder: str | Path, engine: Engine, learners: Mapping[str, type[Learner]], finish: Finish | None = None) -> dict[str, Any]:
    """The fields of a saved study by name, its table in `engine`; `finish` adds what a model has beside its folds. Raises UnusableStudy."""
    from . import store

    return store.load(folder, engine, learners, finish)


def page(record: Any, path: str | Path | None = None, lang: str = "en", *, shown: int | None = None) -> str:
    """The study as one HTML page in English and Chinese, which opens in `lang`; written to `path` when one is given."""
    from . import report

    return report.page(record, path, lang, shown=shown)


def to_json(record: Any) -> dict[str, Any]:
    """The study as JSON values (docs/json.md)."""
    from . import export

    return export.to_json(record)


def serve(study: Any, host: str = "127.0.0.1", port: int = 8000, token: str | None = None) -> None:
    """Answers requests until stopped. Raises WordsError without a token on any address but loopback, or when the port is taken."""
    from . import rest

    rest.serve(study, host, port, token)
