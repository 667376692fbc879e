"""Which members are tried, in which order and for how long, and what is made of them: the ensemble, the best of each family, a small copy.

An answer stands after the first member; each further one may only better it. Which members are worth their time depends on the rows: the number
is an option, and by itself it grows with the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from ..core.errors import UnknownName, UnusableTarget, WordsError
from ..core.model import CrossFitted, Member, Model, averaged, members_of
from ..core.rows import MEDIA, Rows
from ..core.split import Split
from . import Options, learners
from ._columns import media_of
from ._cross import Clock, Part, Table, crossed, joined, losses, table_of
from ._distil import distilled
from ._encode import is_prose
from ._extra import lacking
from ._monotone import able
from ._shared import sharing
from ._tune import tuned
from .adapted import Adapted
from .ensemble import Ensemble, blended, selected

__all__ = ["fit_all"]

SMALL: Final = 2_000  # rows below which MEMBERS_SMALL are worth their time
MEMBERS_SMALL: Final = 4
MEMBERS: Final = 7
MEMBERS_NUMBER: Final = 6  # the same of a number, whose boosters are grown again
LOST: Final = 1.02  # times the loss of its twin from which a member with made features says that they lose
PACE: Final = 0.5  # at which the best booster of classes is grown once more
PACE_ROWS: Final = 20_000  # rows from which that is worth its time
CARRIES: Final = 0.25  # weight in the ensemble from which a booster of a number is grown again on all rows
FURTHER: Final = 2  # times the rounds that the furthest fold was grown
REGROWN_ROWS: Final = 3_000  # rows from which; with fewer they do so by themselves
SHARED: Final = 60_000_000  # cells of all folds' matrices up to which what members have in common is kept between them
ALONE: Final = "alone"  # the best of these rows alone, beside what an earlier model brings
PROSE: Final = ("text", "fused")  # families that read prose whole
FEW_CLASSES: Final = 5  # above which a linear model of a few hundred terms takes longer than one of all, and knows less
MANY_CLASSES: Final = 20  # above which trees that see how long a text is are of no use
LISTS: Final = ";|"  # what parts the items of a list in a cell
LISTED: Final = 0.5  # share of the levels that hold a list from which a target is one of lists


@dataclass(frozen=True)
class _Tried:
    """A member with its folds' models, what they say out of fold before calibration, and as a cross-fitted model."""

    member: Member
    family: str
    models: tuple[Model, ...]
    out: np.ndarray
    made: CrossFitted

    @property
    def loss(self) -> float:
        """The mean out-of-fold loss."""
        return float(np.nanmean(self.made.loss))


def fit_all(split: Split, options: Options, before: CrossFitted | None = None) -> list[CrossFitted]:
    """The ensemble, or the model that is better than it alone, then the best of each family, the lowest loss first; `before`: see `train.run`."""
    assert split.goal is not None
    _refuse_lists(split)
    table = table_of(split, options)
    begun = [member for member in _begun(before) if able(member, table.goal)]
    chosen = [*begun, *_chosen(table, options)]
    clock = Clock(options.minutes, len(chosen) * table.k)
    with sharing(keep=table.cells <= SHARED):
        tried = _tried(chosen, table, clock, options)
        if options.members is None and not clock.past():
            tried = _longer(tried, table, clock, options)
        if options.tune and not clock.past():
            tried += _searched(tried, table, clock, options)
        made = _ranked(tried, table, options)
        if begun:  # the same members without what was known before: what knowing it is worth
            made.append(replace(_ranked([t for t in tried if t.member not in begun], table, options)[0], name=ALONE))
        if options.distil and len(made) > 1 and not clock.past():
            made.append(distilled(made[0], table, options))
    clock.finish()
    return made


def _chosen(table: Table, options: Options) -> list[Member]:
    """The members to try, in order. Families asked for by name bring all theirs, or themselves."""
    found = learners()
    for name in options.learners:
        if name not in found:
            raise UnknownName("model family", name, found)
        if absent := _absent(found[name]):
            raise WordsError(lacking(absent[0], f"the model family {name!r}"))
        if table.goal.task not in found[name].tasks:
            raise WordsError(f"the model family {name!r} cannot learn a {table.goal.task} target; it knows {', '.join(found[name].tasks)}.")
        if not able(Member(name, found[name](), 0), table.goal):
            told = ", ".join(column for column, _ in table.goal.monotone)
            raise WordsError(f"the model family {name!r} cannot obey the direction that is said of {told}; leave one of both out.")
    rows = table.rows.take(np.flatnonzero(table.known))
    named = _by_recipe(options.recipe, found, rows)
    if named and not options.learners:
        return named
    members: list[Member] = []
    for name, family in found.items():
        left_out = table.goal.task not in family.tasks or (options.learners and name not in options.learners) or _absent(family)
        if not left_out and _readable(family, rows, table):
            members += _offered(family, rows, table, named=name in options.learners)
    members = members if options.learners else _spared(members, table, rows)
    members.sort(key=lambda member: (member.rank, member.name))
    most = options.members or (MEMBERS_SMALL if rows.n < SMALL else MEMBERS_NUMBER if table.goal.task == "numeric" else MEMBERS)
    if options.members is None:  # what reads prose, pictures and sequences comes besides
        most += sum(member.learner.name in PROSE or bool(getattr(member.learner, "media", ())) for member in members)
    if options.learners:  # one of each at least
        most = max(most, len(options.learners))
        if lost := set(options.learners) - {member.learner.name for member in members}:
            reads = {"bytes": "pictures", "list": "sequences"}
            wanted = " or ".join(reads[kind] for kind in MEDIA if kind in getattr(found[min(lost)], "media", ())) or "a column besides the target"
            raise WordsError(f"the model family {min(lost)!r} needs {wanted}, and no column here holds any; leave it out of --learners.")
        first = [next(m for m in members if m.learner.name == name) for name in options.learners]
        members = sorted([*first, *(m for m in members if m not in first)][:most], key=lambda member: (member.rank, member.name))
    members = members[:most]
    if options.minutes is not None:  # the cheapest first, so that there is an answer
        members.sort(key=lambda member: not member.cheap)
    return [*named, *members]


def _offered(family: type[Any], rows: Rows, table: Table, *, named: bool) -> list[Member]:
    """The members of a family, itself where it is named and has none; where rows lack a target, those besides that learn from these too."""
    own = members_of(family, table.goal, rows) or ((Member(family.name, family(), 0),) if named else ())
    if own and table.pool is not None and hasattr(family, "opened"):
        own = (*own, *family.opened(table.goal, rows, table.pool))
    return [member for member in own if able(member, table.goal)]


def _by_recipe(recipe: str, found: dict[str, type[Any]], rows: Rows) -> list[Member]:
    """The member of a recipe. Raises UnknownName, and WordsError where its family cannot be used here."""
    if not recipe:
        return []
    families = {name: family for family in found.values() for name in getattr(family, "recipes", ())}
    if recipe not in families:
        raise UnknownName("recipe", recipe, families)
    family = families[recipe]
    if absent := _absent(family):
        raise WordsError(lacking(absent[0], f"the recipe {recipe!r}"))
    if getattr(family, "media", ()) and not media_of(rows, family.media):
        raise WordsError(f"the recipe {recipe!r} reads pictures, and no column holds any; name a folder of pictures or a column of their files.")
    return [Member(recipe, family(recipe=recipe), 0)]


def _spared(members: list[Member], table: Table, rows: Rows) -> list[Member]:
    """The members without those that are not worth their time where prose says which of many classes a row has."""
    classes, names = len(table.goal.classes), {member.learner.name for member in members}
    if "text" not in names or classes <= FEW_CLASSES:
        return members
    prose = [name for name in table.columns if is_prose(rows, name)]
    alone = all(name in prose or any(name == f"{of}_length" for of in prose) for name in table.columns)
    kept = ("text",) if alone and classes > MANY_CLASSES else tuple(name for name in names if name != "linear")
    return [member for member in members if member.learner.name in kept]


def _begun(before: CrossFitted | None) -> list[Member]:
    """The members that begin from an earlier model: adapted from outside, and each net of it that can go on from its weights."""
    if before is None:
        return []
    members = [Member(Adapted.name, Adapted(before), 0, cheap=True)]
    parts = {model.name: model for fold in before.folds[:1] for model in getattr(fold, "models", (fold,))}
    for name, family in learners().items():
        if name in parts and hasattr(family, "started"):
            members.append(Member(f"{name} tuned", family.started(parts[name]), 1))
    return members


def _readable(family: type[Any], rows: Rows, table: Table) -> bool:
    """Whether the table has columns that the family reads; one that reads mixtures reads any."""
    media = media_of(rows.only(table.columns), MEDIA)
    if getattr(family, "mixed", False):
        return True
    return bool(media_of(rows, family.media)) if getattr(family, "media", ()) else len(media) < len(table.columns)


def _absent(family: type[Any]) -> tuple[str, str] | None:
    """(package, extra) that a family lacks here, or None."""
    needs: tuple[str, str] | None = getattr(family, "needs", None)
    return needs if needs is not None and find_spec(needs[0]) is None else None


def _tried(chosen: Sequence[Member], table: Table, clock: Clock, options: Options) -> list[_Tried]:
    tried: list[_Tried] = []
    for member in chosen:
        if _lost(member, tried):
            clock.tick(table.k)
            continue
        models = crossed(member, table, clock, always=not tried)
        if models is None:
            continue
        made = _try(member, models, table, options)
        tried.append(made)
        best = min(tried, key=lambda t: t.loss)
        clock.best = f"{best.member.name} with a loss of {best.loss:.4g}"
    return tried


def _lost(member: Member, tried: Sequence[_Tried]) -> bool:
    """Whether made features lose here: an earlier member with them did clearly worse than its twin of the same family and scale without."""

    def kind(one: Member) -> tuple[bool, object]:
        return bool(getattr(one.learner, "made", False)), getattr(one.learner, "log", None)

    if not kind(member)[0]:
        return False
    for made in (t for t in tried if kind(t.member)[0]):
        twins = [t.loss for t in tried if t.family == made.family and kind(t.member) == (False, kind(made.member)[1])]
        if twins and made.loss > LOST * min(twins):
            return True
    return False


def _try(member: Member, models: Sequence[Model], table: Table, options: Options) -> _Tried:
    raw = joined(member.name, models, table, calibrate=False)
    made = joined(member.name, models, table, raw.out_of_fold, calibrate=True) if options.calibrate else raw
    return _Tried(member, member.learner.name, tuple(models), raw.out_of_fold, made)


def _longer(tried: list[_Tried], table: Table, clock: Clock, options: Options) -> list[_Tried]:
    """What more time in the best boosters is worth: all rows for a number, smaller steps for classes; nothing where rows are few."""
    n = int(table.known.sum())
    if table.goal.task == "numeric":
        return _regrown(tried, table, clock, options) if n >= REGROWN_ROWS else tried
    best = min(tried, key=lambda t: t.loss)
    learner: Any = best.member.learner
    if n < PACE_ROWS or not hasattr(learner, "pace") or table.goal.task == "multiclass":
        return tried
    member = Member(f"{best.member.name} slow", replace(learner, pace=PACE), best.member.rank)
    clock.total += table.k
    models = crossed(member, table, clock)
    return tried if models is None else [*tried, _try(member, models, table, options)]


def _regrown(tried: list[_Tried], table: Table, clock: Clock, options: Options) -> list[_Tried]:
    """The boosters that carry the ensemble, each grown again on all rows of its folds, those included that were watched; in place of the first.

    What a row says of a number is worth more than the time that it takes. Where a fold's few watched rows end its growth is much chance, and to
    grow too far costs little, so every fold is grown further than the furthest, and what is worse for it is not taken. The weightiest goes first.
    """
    whole = table._replace(parts=tuple(_unwatched(part, table) for part in table.parts))
    made, done = list(tried), set[int]()
    while True:
        weights = _weights(made, table)
        able = [i for i in np.argsort(-weights) if weights[i] >= CARRIES and i not in done and hasattr(made[i].member.learner, "rounds")]
        if not able:
            return made
        at = int(able[0])
        done.add(at)
        member: Any = made[at].member
        rounds = max(1, *(FURTHER * getattr(model, "rounds", 0) for model in made[at].models))
        clock.total += table.k
        models = crossed(replace(member, learner=replace(member.learner, rounds=rounds)), whole, clock)
        again = None if models is None else _try(member, models, table, options)
        if again is not None and again.loss < made[at].loss:
            made[at] = again


def _unwatched(part: Part, table: Table) -> Part:
    at = np.sort(np.concatenate([part.inner_at, part.watch_at]))
    return part._replace(
        inner=table.rows.only(tuple(part.inner)).take(at), inner_at=at, watch=part.watch.take(np.arange(0)), watch_at=part.watch_at[:0]
    )


def _weights(tried: Sequence[_Tried], table: Table) -> np.ndarray:
    """(members,) by greedy selection on the rows with a known target."""
    known = table.known
    return selected([t.out[known] for t in tried], table.target[known], None if table.weights is None else table.weights[known])


def _searched(tried: list[_Tried], table: Table, clock: Clock, options: Options) -> list[_Tried]:
    """Random settings of the best two families, each as a member of its own, while time lasts."""
    best = sorted(tried, key=lambda t: t.loss)
    found = []
    for member in tuned([t.member for t in best], table, clock, options.tune):
        models = crossed(member, table, clock)
        if models is not None:
            found.append(_try(member, models, table, options))
    return found


def _ranked(tried: list[_Tried], table: Table, options: Options) -> list[CrossFitted]:
    """[the ensemble, unless one alone is as good; then the best of each family]."""
    tried = sorted(tried, key=lambda t: t.loss)
    families = list({t.family: t.made for t in reversed(tried)}.values())[::-1]
    made = sorted(families, key=lambda m: float(np.nanmean(m.loss)))
    known = table.known
    if len(tried) > 1:
        weights = _weights(tried, table)
        used = [i for i, weight in enumerate(weights) if weight > 0]
        if len(used) > 1:
            models = [blended([t.models[fold] for t in tried], weights, table.goal) for fold in range(table.k)]
            out = np.full(tried[0].out.shape, np.nan)
            out[known] = averaged([tried[i].out[known] for i in used], [weights[i] for i in used])
            whole = joined(Ensemble.name, models, table, out, calibrate=options.calibrate)
            if np.nanmean(whole.loss) < np.nanmean(made[0].loss):
                made = [whole, *made]
    return _simplest(made, table) if options.simplest else made


def _simplest(made: list[CrossFitted], table: Table) -> list[CrossFitted]:
    """The same models with the simplest first whose loss is within one standard error of the best; linear before trees, one before many."""

    def size(model: CrossFitted) -> int:
        return 0 if model.name == "linear" else len(made) if model.name == Ensemble.name else 1

    best = losses(table, made[0].out_of_fold)
    for model in sorted(made, key=size):
        more = (losses(table, model.out_of_fold) - best)[table.known]
        if more.mean() <= more.std() / np.sqrt(len(more)):
            return [model, *(m for m in made if m is not model)]
    return made


def _refuse_lists(split: Split) -> None:
    """Raises UnusableTarget where the classes are lists of labels."""
    goal = split.goal
    assert goal is not None
    if goal.task != "multiclass":
        return
    for mark in LISTS:
        lists = [level for level in goal.classes if mark in level]
        items = {item.strip() for level in goal.classes for item in level.split(mark)}
        if len(lists) >= LISTED * len(goal.classes) and len(items) < len(goal.classes):
            raise UnusableTarget(
                f"the target {goal.target!r} holds lists such as {lists[0]!r}: several labels a row (multilabel) cannot be learned yet. "
                f"Make one yes-or-no column of each label, and name one of these as the target."
            )
