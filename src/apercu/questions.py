"""What is asked of a study, or of a table, besides the trip: each function is handed what it needs and calls the verb that answers.

    ahead(study.data, "sales", horizon=12)             # a forecast
    addressees(study, rank=1).csv()                    # whom the first action is for
    mended(study, ["values:city"])                     # the table after a fault's mend, and what it changed

`study` is a Study, which stands above and has methods for some of these; the command line and programs may call all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from . import advise, audit, collect, discover, evaluate, explain, train
from .core.dataset import Dataset
from .core.errors import UnknownName, WordsError
from .core.explanation import Reason
from .core.fault import Fault
from .core.finding import Claim, Evidence
from .core.forecast import Forecast
from .core.model import CrossFitted
from .core.progress import remark
from .core.rows import Rows
from .core.split import Split, Verify
from .core.survival import SurvivalAnalysis
from .replay import Replay

if TYPE_CHECKING:
    from .advise.addressees import Addressees
    from .advise.monitor import Monitoring
    from .advise.whatif import WhatIf
    from .audit.apply import Edit
    from .audit.mend import Gain
    from .audit.reweighing import Retrained
    from .evaluate.imbalance import Balance
    from .train.latent import LatentMap
    from .train.recommend import Recommender

__all__ = [
    "addressees", "ahead", "balanced", "confirmed", "drifted", "faults_of", "gained", "lasting", "mended", "monitored", "placed",
    "predicted", "read_like", "reweighed", "rows_of", "takers", "whatif",
]  # fmt: skip

T = TypeVar("T")
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
    """Whom the action of a rank (from 1) addresses: rows of the study's table, or of a new source, the highest score first, with SQL.

    Rows that a veto of the study's rules names are left out, and counted.
    """
    from .advise.addressees import listed, scored
    from .advise.uplift import EFFECT
    from .advise.vetoes import allowed

    if not 1 <= rank <= len(study.actions):
        raise WordsError(f"there is no action {rank}; the study has {len(study.actions)}.")
    assert study.split is not None and study.goal is not None
    fresh = None if source is None else study.predictor.prepared(read_like(study, source))[0]
    ids = [c.name for c in study.data.schema.with_role("id")]
    action = study.actions[rank - 1]
    effects = None if any(name.startswith(EFFECT) for name in action.who.columns()) else ()  # learned anew only where they are asked for
    scores = scored(study.model, study.split, fresh, train.regression, effects)
    return listed(action, study.split.rows if fresh is None else fresh, scores, ids, allowed(study.vetoes) if study.vetoes else None)


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


def faults_of(study: Any, ids: Sequence[str]) -> list[Fault]:
    """The faults of these ids, in their order; the name of a kind stands for all of it. Raises UnknownName for one that is not there."""
    found: dict[str, Fault] = {}
    for word in ids:
        own = [fault for fault in study.faults if word in (fault.id, fault.kind)]
        if not own:
            raise UnknownName("fault", word, [fault.id for fault in study.faults])
        found |= {fault.id: fault for fault in own}
    return list(found.values())


def mended(study: Any, ids: Sequence[str]) -> tuple[Rows, list[Edit]]:
    """(the study's table after the mends of some faults, with its number in the source, `_row`; what they changed). The study stays as it is.

    Columns that the study derived are left out: they are made anew by the next run. Raises UnknownName as `faults_of` does, WordsError for a fault
    whose mend is a person's.
    """
    from .audit.apply import applied

    changes = []
    for fault in faults_of(study, ids):
        if fault.change is None:
            raise WordsError(f"the mend of {fault.id!r} cannot be applied to the table; it is a person's: {fault.mend['en']}")
        changes.append(fault.change)
    own = [column.name for column in study.data.schema if not column.derived]
    rows = study.data.rows((*own, "_row"))
    return applied(rows.take(np.argsort(rows["_row"], kind="stable")), changes)


def gained(study: Any, ids: Sequence[str]) -> Gain:
    """What training anew without the rows of some faults brings, measured on all rows, these too; the models are the study's own, or their like.

    Raises UnknownName as `faults_of` does, WordsError where the study has no model, or hardly a row would be left to learn from.
    """
    from .audit.mend import gained as measured

    bare = _model_of(study)
    rows = {row for fault in faults_of(study, ids) for row in rows_of(study, fault)}
    if not rows:
        raise WordsError(f"{', '.join(ids)} names no rows that could be left out.")
    options = _options_of(study, "train", train.Options)

    def fit(split: Split) -> CrossFitted:
        return train.run(split, options)[0]

    return measured(study.split, bare, sorted(rows), fit)


def reweighed(study: Any, ids: Sequence[str]) -> list[Retrained]:
    """What training anew under weights that make groups and outcome independent brings, for each column that faults of unequal treatment name.

    Raises UnknownName as `faults_of` does, WordsError where none of the faults is about unequal treatment, or the study has no model.
    """
    from .audit.reweighing import retrained

    bare, split, options = _model_of(study), study.split, _options_of(study, "train", train.Options)
    names = dict.fromkeys(f.where.columns()[0] for f in faults_of(study, ids) if f.kind == "bias" and f.where is not None)
    if not names:
        raise WordsError(f"{', '.join(ids)} names no unequal treatment; name a fault of the kind bias.")
    return [retrained(split, bare, name, lambda part: train.run(part, options)[0]) for name in names]


def balanced(study: Any) -> Balance:
    """Whether balancing a rare class would pay: class weights, under-sampling and SMOTE beside rows as they are. Fits the best family four times.

    Raises WordsError in a study whose target has not two classes, or without a model of a known family.
    """
    own = next((model for model in study.models if model.folds and model.folds[0].name in train.learners()), None)
    if own is None or study.split is None:
        raise WordsError("ways of balancing are compared with a model of a known family; run the study again with a target of two classes.")
    options = dataclasses.replace(_options_of(study, "train", train.Options), learners=(own.folds[0].name,), members=1, recipe="")
    return evaluate.balanced(study.split, lambda split: train.run(split, options)[0])


def confirmed(study: Any, odd: Sequence[int] = (), usual: Sequence[int] = ()) -> list[Fault]:
    """The odd rows anew, once a person has confirmed some (numbers in the source) as odd or as usual; [] where nothing is odd any more.

    Raises WordsError for a row that is not there, or that is said to be both, and in a table too small to say what is odd.
    """
    from .audit.anomalies import find

    if study.split is None:
        raise WordsError("this study has no table whose rows could be odd.")
    options = _options_of(study, "audit", audit.Options)
    more = tuple(train.oddness(study.split)) if options.net else ()
    found = find(study.split, options.odd or audit.Options.odd, options.listed, more=more, odd=odd, usual=usual)
    if odd and not found:
        raise WordsError("odd rows are looked for in tables of at least 200 rows and two columns of numbers; this one is smaller.")
    return found


def rows_of(study: Any, fault: Fault) -> list[int]:
    """The numbers in the source of all rows of a fault, the worst first where that is known, and not only those that it lists."""
    if fault.where is not None and study.split is not None:
        rows = study.split.rows
        return [int(row) for row in rows["_row"][fault.where.holds(rows)]]
    more = fault.change.rows if fault.change is not None else ()
    return list(dict.fromkeys((*fault.rows, *more)))


def drifted(study: Any, source: Any) -> list[Fault]:
    """How a new source differs from the study's table, column by column, and what accuracy is to be expected on it; [] where it is alike."""
    from .audit.drift import find

    return find(study.split, study.model, _replayed(study, source)[0])


def monitored(study: Any, source: Any) -> Monitoring:
    """Whether it goes as planned: the conditions of the study's actions and findings, counted anew on a new source.

    Where the new rows know the target, outcomes and effects are measured too; what cannot be measured on them says so.
    """
    from .advise.addressees import scored
    from .advise.monitor import monitored as checked
    from .advise.uplift import EFFECT

    (rows, there), split = _replayed(study, source), study.split
    scores: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = {}, {}
    if split.goal is not None:
        wanted = any(name.startswith(EFFECT) for action in study.actions for name in action.who.columns())
        effects = advise.studied(split, train.regression) if wanted else ()
        scores = tuple(scored(study.model, split, fresh, train.regression, effects) for fresh in (None, rows))  # type: ignore[assignment]
    kinds = discover.patterns()

    def judge(claim: Claim, verify: Verify) -> Evidence | None:
        return kinds[claim.pattern].verify(claim, verify) if claim.pattern in kinds else None

    return checked(study.actions, study.findings, split, rows.only(there), scores, judge)  # what is absent is not measured as missing


def _replayed(study: Any, source: Any) -> tuple[Rows, list[str]]:
    """(a new source as the study's table has it, the columns that it truly has).

    Raises WordsError where they share no column, or the study has no table.
    """
    if study.split is None:
        raise WordsError("this study has no table that new rows could be compared with.")
    raw = read_like(study, source)
    replay = Replay(study.data)
    if not set(replay.raw) & set(raw.schema.names):
        raise WordsError(f"{raw.source} has none of the study's columns ({', '.join(list(replay.raw)[:5])}); name another source.")
    rows, warnings = replay.rows(raw.rows(), study.predictor.columns if study.model is not None else ())
    for warning in warnings:
        remark("audit", warning)
    own = set(raw.schema.names)
    return rows, [name for name in rows if set(replay.sources(name)) <= own]


def _model_of(study: Any) -> CrossFitted:
    """The study's best model without experts' rules. Raises WordsError where there is none."""
    bare = next((model for model in study.models if not hasattr(model, "rules")), None)
    if bare is None or study.split is None:
        raise WordsError("this study has no model that could be trained anew; run it with a target.")
    return bare


def _options_of(study: Any, verb: str, kind: type[T]) -> T:
    """The options of a verb, of a study that was run or of one that was opened (plain values)."""
    told = study.options[verb] if isinstance(study.options, Mapping) else getattr(study.options, verb)
    if not isinstance(told, Mapping):
        return told
    names = {f.name for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items() if name in names}
    return kind(**known)


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
