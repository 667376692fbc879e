"""The search for settings: random draws from published spaces, seeded, each tried on the first fold before it may become a member.

The spaces are those of pytabkit's hyperparameter optimisation of trees ("Better by Default", Holzmüller, Grinsztajn & Steinwart 2024), cut to the
ranges that pay for their time. With the extra `tune` installed optuna draws (TPE); without it the draws are random, which is nearly as good for
so few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from ..core.model import Member
from ._cross import Clock, Table, losses

__all__ = ["tuned"]

FAMILIES: Final = 2
SPACES: Final[Mapping[str, Mapping[str, tuple[float, float, str]]]] = {
    "boosting": {
        "learning_rate": (0.02, 0.1, "log"), "num_leaves": (8, 256, "whole log"), "bagging_fraction": (0.6, 1.0, ""),
        "feature_fraction": (0.5, 1.0, ""), "min_data_in_leaf": (3, 100, "whole log"), "lambda_l2": (1e-3, 20.0, "log"),
    },
    "xgboost": {
        "eta": (0.02, 0.1, "log"), "max_depth": (3, 11, "whole"), "subsample": (0.6, 1.0, ""), "colsample_bytree": (0.5, 1.0, ""),
        "min_child_weight": (1e-1, 100.0, "log"), "lambda": (1e-2, 20.0, "log"),
    },
    "catboost": {
        "learning_rate": (0.03, 0.12, "log"), "depth": (4, 9, "whole"), "l2_leaf_reg": (1e-3, 10.0, "log"), "subsample": (0.6, 1.0, ""),
        "random_strength": (1e-2, 10.0, "log"),
    },
}  # fmt: skip


def tuned(tried: Sequence[Member], table: Table, clock: Clock, draws: int) -> list[Member]:
    """The best drawn settings of the best families, at most one new member each. tried: the members so far, the best first."""
    best: dict[str, Member] = {}
    for member in tried:
        if member.learner.name in SPACES:
            best.setdefault(member.learner.name, member)
    found = []
    for name, member in list(best.items())[:FAMILIES]:
        made = _searched(name, member, table, clock, max(1, draws // FAMILIES))
        found += [made] if made is not None else []
    return found


def _searched(name: str, member: Member, table: Table, clock: Clock, draws: int) -> Member | None:
    """The member with the settings whose first fold does best; None where the member's own are better, or no time is left."""
    part = table.parts[0]

    def loss(settings: Mapping[str, float] | None) -> float:
        learner: Any = member.learner
        tried = learner if settings is None else replace(learner, settings=tuple(settings.items()))
        out = np.full((len(table.target), *((len(table.goal.classes),) if table.goal.task != "numeric" else ())), np.nan)
        out[part.own_at] = tried.fit(part.inner, table.goal, part.watch).predict(part.own)
        return float(np.nanmean(losses(table._replace(target=np.where(np.isnan(out.reshape(len(out), -1)[:, 0]), np.nan, table.target)), out)))

    clock.tries(f"settings of {member.name}")
    least, chosen = loss(None), None
    for draw in _draws(name, draws):
        if clock.past():
            break
        settings, told = draw()
        got = loss(settings)
        told(got)
        if got < least:
            least, chosen = got, settings
    if chosen is None:
        return None
    found: Any = replace(member.learner, settings=tuple(chosen.items()))  # type: ignore[type-var]
    return Member(f"{name} tuned", found, member.rank)


def _draws(name: str, draws: int) -> list[Callable[[], tuple[dict[str, float], Callable[[float], None]]]]:
    """So many functions, each of which draws settings and takes what they reached."""
    space = SPACES[name]
    if find_spec("optuna") is not None:
        return _optuna(space, draws)
    generator = np.random.default_rng(7)

    def drawn() -> tuple[dict[str, float], Callable[[float], None]]:
        return {key: _value(low, high, how, float(generator.random())) for key, (low, high, how) in space.items()}, lambda _: None

    return [drawn] * draws


def _value(low: float, high: float, how: str, share: float) -> float:
    """The value at a share of the way from low to high, on the scale that `how` says."""
    value = low * (high / low) ** share if "log" in how else low + (high - low) * share
    return round(value) if "whole" in how else value


def _optuna(space: Mapping[str, tuple[float, float, str]], draws: int) -> list[Callable[[], tuple[dict[str, float], Callable[[float], None]]]]:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=7, n_startup_trials=min(8, draws)))

    def drawn() -> tuple[dict[str, float], Callable[[float], None]]:
        trial = study.ask()
        settings: dict[str, float] = {}
        for key, (low, high, how) in space.items():
            logarithm = "log" in how
            whole = "whole" in how
            settings[key] = (
                trial.suggest_int(key, int(low), int(high), log=logarithm) if whole else trial.suggest_float(key, low, high, log=logarithm)
            )

        def told(loss: float) -> None:
            study.tell(trial, loss)

        return settings, told

    return [drawn] * draws
