"""The whole explanation: every part from one sample, the sentences, and how far the methods agree."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from ..core.explanation import Agreement, Dependence, Effect, Explanation, Importance
from ..core.model import CrossFitted
from ..core.split import Split
from ..stats.association import ranks
from . import sentences as say
from ._sample import Sample
from .cases import prototypes
from .curves import curves
from .effects import effects
from .highlights import highlights
from .importance import alike, importances
from .surrogate import surrogate
from .together import together

if TYPE_CHECKING:
    from . import Options

__all__ = ["agreements", "explained"]

RANKED: Final = 4  # columns below which rankings are not compared
IDLE: Final = 1e-9  # size of an effect below which a column is not asked about


def explained(model: CrossFitted, split: Split, options: Options) -> Explanation:
    """Everything that the options ask for."""
    sample = Sample.of(model, split, int(options.rows))
    goal = model.goal
    found = effects(sample, int(options.columns), int(options.resamples))
    names = tuple(effect.column for effect in found if effect.size > IDLE)
    few = sample.first(int(options.asked))
    drawn = curves(few, names[: int(options.curves)]) if options.asked and names else ()
    by = {curve.column: curve for curve in drawn}
    told = tuple(replace(e, text=say.of_effect(e.column, i, by.get(e.column), goal, sample.unit)) for i, e in enumerate(found, 1))
    weighed: tuple[Importance, ...] = ()
    pairs = ()
    if options.asked and names:
        groups = alike(sample, names[: int(options.shuffled)])
        weighed = tuple(replace(i, text=say.of_importance(i, goal.task)) for i in importances(few, groups, repeats=int(options.repeats)))
        pairs = tuple(replace(p, text=say.of_pair(p)) for p in together(sample, names))
    tree = surrogate(sample, names)
    if tree is not None:
        branches = tuple(replace(b, text=say.of_branch(b, goal, sample.unit)) for b in tree.branches)
        tree = replace(tree, branches=branches, text=say.of_surrogate(tree))
    cases = tuple(replace(p, text=say.of_prototype(p, goal, sample.unit)) for p in prototypes(sample))
    agreed = agreements(found, weighed, drawn)
    shown = highlights(sample, {c.name: c.kind for c in split.data.schema}) if options.asked else ()
    unit = "log-odds" if goal.task != "numeric" else sample.unit
    level = goal.wanted if goal.task == "multiclass" else ""
    return Explanation(model.name, unit, sample.n, told, level, drawn, pairs, weighed, tree, cases, agreed, say.of_agreements(agreed), shown)


def agreements(effects: tuple[Effect, ...], importances: tuple[Importance, ...], curves: tuple[Dependence, ...]) -> tuple[Agreement, ...]:
    """Spearman's correlation of what each two methods say of the same groups of columns."""
    size, spread = {e.column: e.size for e in effects}, {c.column: c.size for c in curves}
    sizes: dict[str, dict[tuple[str, ...], float]] = {
        "contribution": {i.columns: sum(size.get(name, 0.0) for name in i.columns) for i in importances},
        "permutation": {i.columns: i.loss for i in importances},
        "curve": {i.columns: sum(spread[name] for name in i.columns) for i in importances if all(name in spread for name in i.columns)},
    }
    found = []
    for first, second in combinations(sizes, 2):
        both = [key for key in sizes[first] if key in sizes[second]]
        if len(both) >= RANKED:
            a, b = (ranks(np.array([sizes[method][key] for key in both])) for method in (first, second))
            if a.std() > 0 and b.std() > 0:
                found.append(Agreement((first, second), float(np.corrcoef(a, b)[0, 1]), len(both)))
    return tuple(found)
