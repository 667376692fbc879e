"""Embedded examples: a churn table made by a seeded recipe, whose truths are known, and two real tables that scikit-learn ships.

    example = demo("churn")
    study = run(example.columns, example.target, goal=example.goal)

`truths` are the conditions that the recipe planted, so that what is found can be printed beside what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from .core.condition import Condition, Term
from .core.errors import UnknownName

__all__ = ["DEMOS", "Demo", "Truth", "demo"]


@dataclass(frozen=True)
class Truth:
    """A planted fact: where it holds, what it does to the target (in both languages), and by how much (share of rows)."""

    where: Condition
    words: Mapping[str, str]
    effect: float


@dataclass(frozen=True)
class Demo:
    """An example: its columns, the target, the goal's known fields, what it is in words, and the truths planted in it."""

    name: str
    columns: Mapping[str, np.ndarray]
    target: str
    words: Mapping[str, str]
    goal: Mapping[str, Any] = field(default_factory=dict)
    truths: tuple[Truth, ...] = ()


def demo(name: str = "churn") -> Demo:
    """The example of that name. Raises UnknownName with the nearest one."""
    if name not in DEMOS:
        raise UnknownName("demo", name, DEMOS)
    return DEMOS[name]()


def _churn(n: int = 6_000, seed: int = 20) -> Demo:
    """Customers of a telephone company. Three facts are planted; plan colour, shoe size and the like say nothing."""
    rng = np.random.default_rng(seed)
    contract = rng.choice(["monthly", "one year", "two years"], n, p=[0.55, 0.25, 0.2])
    internet = rng.choice(["fiber", "dsl", "none"], n, p=[0.45, 0.35, 0.2])
    tenure = np.clip(rng.exponential(28, n).round(), 1, 72)
    calls = rng.poisson(1.2, n).astype(float)
    fee = (20 + 45 * (internet == "fiber") + 20 * (internet == "dsl") + rng.normal(0, 6, n)).round(2)
    facts = (
        ((contract == "monthly") & (internet == "fiber"), 0.25),
        (calls > 3, 0.30),
        (tenure <= 6, 0.15),
    )
    risk = 0.10 + sum(effect * mask for mask, effect in facts)
    churned = np.where(rng.random(n) < np.clip(risk, 0.02, 0.95), "yes", "no")
    columns: dict[str, Any] = {
        "customer_id": np.array([f"C{i:05d}" for i in rng.permutation(n)], dtype=object),
        "contract": contract,
        "internet": internet,
        "tenure_months": tenure,
        "support_calls": calls,
        "monthly_fee": np.array([f"${x:,.2f}" for x in fee], dtype=object),
        "region": rng.choice(["north", "south", "east", "west"], n),
        "paperless": rng.choice(["Yes", "No", "yes "], n, p=[0.5, 0.45, 0.05]),
        "plan_colour": rng.choice(["red", "green", "blue"], n),
        "shoe_size": rng.integers(36, 47, n).astype(float),
        "churned": churned,
    }
    truths = (
        Truth(
            Condition((Term("contract", "is", "monthly"), Term("internet", "is", "fiber"))),
            {"en": "monthly contract together with fiber internet: 25 points more churn", "zh": "按月合约且使用光纤：流失率高 25 个百分点"},
            0.25,
        ),
        Truth(
            Condition((Term("support_calls", ">", 3),)),
            {"en": "more than 3 support calls: 30 points more churn", "zh": "客服来电超过 3 次：流失率高 30 个百分点"},
            0.30,
        ),
        Truth(
            Condition((Term("tenure_months", "<=", 6),)),
            {"en": "at most 6 months of tenure: 15 points more churn", "zh": "在网不超过 6 个月：流失率高 15 个百分点"},
            0.15,
        ),
    )
    words = {
        "en": "6,000 customers of a telephone company, made by a recipe with three planted truths",
        "zh": "6,000 名电信客户，由固定配方生成，内含三条已知事实",
    }
    plain = {name: np.asarray(column, dtype=object) if column.dtype.kind == "U" else column for name, column in columns.items()}
    return Demo("churn", plain, "churned", words, {"wanted": "yes", "value": 300.0, "cost": 10.0}, truths)


def _diagnosis() -> Demo:
    """569 breast masses, 30 measurements of their cell nuclei (Wolberg, Street & Mangasarian 1993), as scikit-learn ships them."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    columns: dict[str, np.ndarray] = {str(name): data.data[:, i].astype(float) for i, name in enumerate(data.feature_names)}
    columns["diagnosis"] = np.array(["malignant" if t == 0 else "benign" for t in data.target], dtype=object)
    words = {"en": "569 breast masses, 30 measurements each (Wisconsin diagnostic set)", "zh": "569 例乳腺肿块，每例 30 项测量（威斯康星诊断数据）"}
    return Demo("diagnosis", columns, "diagnosis", words, {"wanted": "malignant"})


def _digits() -> Demo:
    """1,797 handwritten digits of 8 x 8 grey values 0 to 16 (Alpaydin & Kaynak 1998), as scikit-learn ships them."""
    from sklearn.datasets import load_digits

    data = load_digits()
    columns: dict[str, np.ndarray] = {f"row{i // 8 + 1}_col{i % 8 + 1}": data.data[:, i].astype(float) for i in range(64)}
    columns["digit"] = np.array([f"digit {t}" for t in data.target], dtype=object)
    words = {"en": "1,797 handwritten digits of 8 x 8 pixels", "zh": "1,797 个 8 x 8 像素的手写数字"}
    return Demo("digits", columns, "digit", words)


DEMOS: Final[Mapping[str, Callable[[], Demo]]] = {"churn": _churn, "diagnosis": _diagnosis, "digits": _digits}
