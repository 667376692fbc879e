"""What is asked of a study, or of a table, besides the trip: each function is handed what it needs and calls the verb that answers.

    ahead(study.data, "sales", horizon=12)             # a forecast
    addressees(study, rank=1).csv()                    # whom the first action is for

`study` is a Study, which stands above and has methods for some of these; the command line and programs may call all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import collect, explain
from .core.dataset import Dataset
from .core.errors import UnknownName, WordsError
from .core.explanation import Reason
from .core.forecast import Forecast
from .core.survival import SurvivalAnalysis

if TYPE_CHECKING:
    from .advise.addressees import Addressees
    from .advise.whatif import WhatIf
    from .train.latent import LatentMap
    from .train.recommend import Recommender

__all__ = ["addressees", "ahead", "lasting", "placed", "predicted", "read_like", "takers", "whatif"]

SAME: Final = ("header", "names", "delimiter", "gather", "along", "window", "remaining", "cap")  # ways of reading that new sources share


def read_like(study: Any, source: Any) -> Dataset:
    """A new source, read as the study's own was: its header, names and delimiter are the same."""
    told = study.options["collect"] if isinstance(study.options, Mapping) else dataclasses.asdict(study.options.collect)
    kept: dict[str, Any] = {name: tuple(told[name]) if name == "names" else told[name] for name in SAME if name in told}
    plain = isinstance(source, str | Path)
    return collect.run(source, study.data.engine, collect.Options(**kept) if plain else collect.Options())[0]


def predicted(study: Any, source: Any, row: int = 1) -> tuple[dict[str, Any], list[Reason]]:
    """(the prediction of one row (from 1) of a new source, what moved it)."""
    predictor = study.predictor
    one = predictor.row(read_like(study, source), row)
    return predictor.told(one)[0], explain.row(predictor.model, one, 0)


def addressees(study: Any, rank: int = 1, source: Any = None) -> Addressees:
    """Whom the action of a rank (from 1) addresses: rows of the study's table, or of a new source, the highest score first, with SQL."""
    from .advise.addressees import listed, scored

    if not 1 <= rank <= len(study.actions):
        raise WordsError(f"there is no action {rank}; the study has {len(study.actions)}.")
    assert study.split is not None and study.goal is not None
    fresh = None if source is None else study.predictor.prepared(read_like(study, source))[0]
    ids = [c.name for c in study.data.schema.with_role("id")]
    scores = scored(study.model, study.split, fresh)
    return listed(study.actions[rank - 1], study.split.rows if fresh is None else fresh, scores, ids)


def whatif(study: Any, actionable: Sequence[str], row: int = 1, *, source: Any = None, to: float | None = None) -> WhatIf:
    """The fewest changes of `actionable` columns of one row (from 1) after which the model says what is wished; see advise/whatif."""
    from .advise.whatif import asked

    predictor = study.predictor
    assert study.split is not None
    if source is not None:
        return asked(predictor.model, study.split, predictor.row(read_like(study, source), row), actionable, to)
    found = np.flatnonzero(study.split.rows["_row"] == row)
    if not len(found):
        raise WordsError(f"the table has no row {row}.")
    return asked(predictor.model, study.split, study.split.rows.take(found[:1]), actionable, to)


def placed(study: Any) -> LatentMap:
    """Where each row of a study lies among the others, and how odd it is (an autoencoder; extra `deep`)."""
    from .train.latent import mapped

    assert study.split is not None
    return mapped(study.split)


def ahead(
    data: Dataset,
    target: str | None,
    time: str | None = None,
    *,
    by: Sequence[str] = (),
    horizon: int | None = None,
    known: Sequence[str] = (),
    how: Mapping[str, Any] = MappingProxyType({}),
) -> Forecast:
    """As `Study.forecast`, of any table."""
    from .train.series import Options as Series
    from .train.series import forecast

    if target is None or (time := time or _clock(data)) is None:
        raise WordsError("a forecast needs a number and a clock; name the columns, as target and time.")
    for name in (target, time, *by, *known):
        data.schema.column(name)
    own = [field.name for field in dataclasses.fields(Series)]
    if unknown := next((name for name in how if name not in own), None):
        raise UnknownName("option of a forecast", unknown, own)
    return forecast(data, target, time, tuple(by), horizon, tuple(known), Series(**how))


def takers(data: Dataset, user: str, item: str, *, rating: str | None = None, time: str | None = None) -> Recommender:
    """As `Study.recommender`, of any table."""
    from .train.recommend import fit

    for name in (user, item, *(name for name in (rating, time) if name is not None)):
        data.schema.column(name)
    return fit(data, user, item, rating, time or _clock(data))


def lasting(
    data: Dataset, duration: str, event: str | None, *, happened: str = "", columns: Sequence[str] = (), horizon: float | None = None
) -> SurvivalAnalysis:
    """As `Study.survival`, of any table."""
    from .train.survival_analysis import analysed

    if event is None:
        raise WordsError("survival needs the column that says whether it has happened; name it as event.")
    return analysed(data, duration, event, happened=happened, columns=columns, horizon=horizon)


def _clock(data: Dataset) -> str | None:
    """The column that is the table's clock."""
    return next((column.name for column in data.schema.with_role("time")), None)
