"""A small but whole study, made of core types only: nasty names, two languages, every part filled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from apercu.core.action import Action
from apercu.core.clause import parse_clause
from apercu.core.condition import Condition, Term
from apercu.core.dataset import Dataset, Note, Step
from apercu.core.explanation import (
    Agreement,
    Branch,
    Dependence,
    Effect,
    Explanation,
    Importance,
    Jointly,
    Prototype,
    Shape,
    Surrogate,
)
from apercu.core.expression import Column as Of
from apercu.core.expression import Days, NullWords, Number, Part, Trim
from apercu.core.fault import Fault
from apercu.core.finding import Claim, Evidence, Finding, Ledger
from apercu.core.goal import Goal
from apercu.core.graph import Graph, Triple
from apercu.core.knowledge import Inferred, Knowledge, Predicted, Support
from apercu.core.measure import Measure
from apercu.core.model import CrossFitted
from apercu.core.rows import Rows
from apercu.core.rule import Rule, Verdict
from apercu.core.schema import Column, Schema
from apercu.core.score import Curve, Score
from apercu.core.split import Split
from apercu.core.statements import Veto
from apercu.engine.duckdb import DuckDB
from apercu.words import phrases

EVIL = "</script><img src=x onerror=alert(1)>"
SQLISH = 'select; drop table "x" --'
WIDE = "客户等级"
ROWS = 2_600


class Shelf:
    """A model for tests: the rate of each level of one column."""

    name: ClassVar[str] = "shelf"
    tasks: ClassVar[tuple[str, ...]] = ("binary",)
    words: ClassVar[dict[str, str]] = {"en": "a shelf of rates", "zh": "比率表"}

    def __init__(self, column: str, rates: np.ndarray, levels: tuple[str, ...]) -> None:
        self.columns = (column,)
        self.rates, self.levels = rates, levels

    def predict(self, rows: Rows) -> np.ndarray:
        place = {level: i for i, level in enumerate(self.levels)}
        p = np.array([self.rates[place[v]] if v in place else 0.5 for v in rows[self.columns[0]]])
        return np.column_stack([1 - p, p])

    def contributions(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        p = self.predict(rows)[:, 1]
        return np.log(p / (1 - p))[:, None, None], np.zeros(1)

    def save(self, folder: Path) -> dict[str, Any]:
        np.save(folder / "rates.npy", self.rates, allow_pickle=False)
        return {"column": self.columns[0], "levels": list(self.levels)}

    @staticmethod
    def load(folder: Path, card: dict[str, Any]) -> Shelf:
        return Shelf(card["column"], np.load(folder / "rates.npy", allow_pickle=False), tuple(card["levels"]))


@dataclass(frozen=True)
class Options:
    """Stands for the options of a whole study."""

    effort: str = "normal"
    minutes: float = 10.0
    detail: dict[str, Any] = field(default_factory=lambda: {"q": 0.05, "depth": 3})


@dataclass(frozen=True)
class Record:
    """The plain fields of a study."""

    source: str
    goal: Goal | None
    data: Dataset
    split: Split | None
    model: CrossFitted | None
    models: tuple[CrossFitted, ...]
    scores: tuple[Score, ...]
    curves: tuple[Curve, ...]
    explanation: Explanation | None
    faults: tuple[Fault, ...]
    graph: Graph
    rules: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    ledger: Ledger
    actions: tuple[Action, ...]
    notes: tuple[Note, ...]
    options: Any
    seed: int
    versions: dict[str, str]
    vetoes: tuple[Veto, ...] = ()
    knowledge: Knowledge = field(default_factory=Knowledge)


def table(n: int = ROWS, seed: int = 7) -> dict[str, np.ndarray]:
    """(n,) columns with a planted truth: short monthly contracts churn."""
    rng = np.random.default_rng(seed)
    contract = rng.choice(["Month-to-month", "One year", "Two year"], n, p=[0.55, 0.25, 0.2]).astype(object)
    tenure = rng.integers(0, 72, n).astype(float)
    level = rng.choice(["普通", "黄金", "白金"], n).astype(object)
    level[rng.random(n) < 0.03] = None
    charges = np.round(rng.normal(65, 30, n).clip(18, 120), 2)
    charges[rng.random(n) < 0.02] = np.nan
    logit = -1.9 + 1.5 * (contract == "Month-to-month") - 0.03 * (tenure - 30) + 0.9 * (charges > 80)
    churn = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "Yes", "No").astype(object)
    joined = np.datetime64("2024-01-01T00:00", "us") + rng.integers(0, 700, n).astype("timedelta64[D]")
    return {
        "customerID": np.array([f"C{i:05d}" for i in range(n)], dtype=object), "Contract": contract, "tenure": tenure, "charges": charges,
        WIDE: level, EVIL: rng.choice(["<b>a</b>", "b & c"], n).astype(object), SQLISH: rng.normal(size=n), "joined": joined, "Churn": churn,
    }  # fmt: skip


def schema(columns: dict[str, np.ndarray]) -> Schema:
    kinds = {"customerID": ("entity", "id", "text"), "Contract": ("category", "feature", "text"), "tenure": ("number", "feature", "number"),
             "charges": ("money", "feature", "number"), WIDE: ("category", "feature", "text"), EVIL: ("flag", "feature", "text"),
             SQLISH: ("number", "feature", "number"), "joined": ("time", "feature", "time"), "Churn": ("flag", "target", "text")}  # fmt: skip
    made = []
    for name, (kind, role, storage) in kinds.items():
        x = columns[name]
        missing = sum(v is None or v != v for v in x.tolist())
        distinct = len(set(x.tolist()))
        made.append(Column(name, kind, role, storage, "EUR" if kind == "money" else "", int(missing), distinct, f"{distinct} distinct values"))
    return Schema(tuple(made))


def dataset(engine: DuckDB | None = None) -> Dataset:
    """The table in an engine, after one mend and one derived column."""
    engine = engine or DuckDB()
    columns = table()
    shape = schema(columns)
    data = Dataset(shape, engine, engine.adopt(columns), "customers.csv", ROWS)
    month = Part(Of("joined"), "month")
    return data.applied(Step({"month of joined": month}), (Column("month of joined", "number", "feature", "number", derived=month.to_sql()),))


def conditions() -> tuple[Condition, ...]:
    monthly = Term("Contract", "is", "Month-to-month")
    return (
        Condition((monthly, Term("tenure", "<=", 12))),
        Condition((monthly, Term("charges", ">", 80))),
        Condition((Term("Contract", "in", ("One year", "Two year")),)),
        Condition((Term(WIDE, "is", "白金"), monthly)),
        Condition((Term(EVIL, "is", "<b>a</b>"), monthly)),
        Condition((Term("tenure", "between", (40, 60)), Term(SQLISH, "<=", 0.5))),
        Condition((Term(Part(Of("joined"), "month"), "<=", 6), monthly)),
        Condition((Term(WIDE, "missing"),)),
    )


def finding(rank: int, where: Condition, split: Split) -> Finding:
    """A finding measured on the half that judges, with its SQL."""
    rows, goal = split.verify.rows, split.goal
    y, inside = goal.measured(rows), where.holds(rows)
    value, base, n = float(y[inside].mean()), float(y[~inside].mean()), int(inside.sum())
    half_width = 1.96 * float(np.sqrt(value * (1 - value) / n + base * (1 - base) / (~inside).sum()))
    effect = value - base
    evidence = Evidence(
        effect, effect - half_width, effect + half_width, 0.001 * rank, n, "Fisher's exact test", "verify", value, base, extra={"lift": value / base}
    )
    claim = Claim(
        "segment",
        where,
        Measure("Churn", Of("Churn"), "Yes"),
        "high" if effect > 0 else "low",
        12.5 - rank,
        (Condition(),),
        detail=(("depth", len(where.terms)), ("cuts", (1.5, 2.5))),
    )
    text = {lang: _sentence(lang, where, evidence) for lang in ("en", "zh")}
    inner = f"\"Churn\" = 'Yes' AND ({where.to_sql()})"
    sql = (
        f"SELECT value - base AS effect, value, base, n FROM (SELECT avg((\"Churn\" = 'Yes')::INT) FILTER ({where.to_sql()}) AS value,\n"
        f"  avg((\"Churn\" = 'Yes')::INT) FILTER (({where.to_sql()}) IS NOT TRUE) AS base, count(*) FILTER ({where.to_sql()}) AS n\n"
        f"  FROM data WHERE _half = 'verify')  -- {inner[:20]}"
    )
    novelty = ("new", "known", "against")[rank % 3]
    return Finding(claim, evidence, min(1.0, 0.002 * rank), rank, text, sql, _chart(where, value, base, n), "share", novelty)


def _sentence(lang: str, where: Condition, e: Evidence) -> str:
    words = phrases(lang)
    told = words.interval(e.low, e.high, "share"), words.difference(e.effect, "share"), words.amount(e.value, "share"), words.amount(e.base, "share")
    if lang == "en":
        return f"Where {where.say()}, {told[2]} have Churn “Yes”, against {told[3]} elsewhere: {told[1]} ({told[0]})."
    return f"当{where.say('zh')}时,Churn 为“Yes”的比例为 {told[2]},其余为 {told[3]}:{told[1]}({told[0]})。"


def _chart(where: Condition, value: float, base: float, n: int) -> dict[str, Any]:
    """As the patterns of discover make them."""
    values = [{"group": where.say(), "value": value, "n": n, "role": "segment"}]
    values += [{"group": parent.say(), "value": base + 0.02 * i, "n": 3 * n, "role": "wider"} for i, parent in enumerate(where.parents())]
    colour = {"field": "role", "type": "nominal", "legend": None, "scale": {"domain": ["segment", "wider"], "range": ["#c8553d", "#9db4c0"]}}
    y = {"field": "group", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 260}}
    x = {"field": "value", "type": "quantitative", "title": "Churn = Yes", "axis": {"format": ".0%"}}
    head = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "data": {"values": values}, "height": {"step": 22}}
    return {**head, "mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": {"y": y, "x": x, "color": colour}}


def models(split: Split) -> tuple[CrossFitted, ...]:
    """Two cross-fitted shelves, the better first."""
    made = []
    for column in ("Contract", WIDE):
        coded, y = split.rows.coded(column), split.goal.measured(split.rows)
        folds, out = [], np.full((split.rows.n, 2), np.nan)
        for k in range(split.folds.max() + 1):
            train = (split.folds != k) & (coded.codes >= 0)
            rates = np.array([y[train & (coded.codes == i)].mean() for i in range(len(coded.levels))])
            folds.append(Shelf(column, rates, coded.levels))
            out[split.folds == k] = folds[-1].predict(split.rows.take(split.folds == k))
        loss = np.array([float(np.mean(-np.log(out[split.folds == k, 1]))) for k in range(len(folds))])
        made.append(CrossFitted("shelf", split.goal, (column,), tuple(folds), out, loss, 1.1, -0.05, -0.2))
    return tuple(made)


def _scores() -> tuple[Score, ...]:
    rows = [
        ("auc", 0.741, 0.712, 0.769),
        ("average precision", 0.52, 0.47, 0.56),
        ("log loss", 0.47, 0.45, 0.49),
        ("accuracy", 0.78, 0.76, 0.79),
        ("f1", float("nan"), float("nan"), float("nan")),
    ]
    return tuple(
        Score(model, metric, v - d, lo - d, hi - d, ROWS) for model, d in (("boosting", 0.0), ("linear", 0.013)) for metric, v, lo, hi in rows
    )


def _curves() -> tuple[Curve, ...]:
    x = np.linspace(0, 1, 21)
    return (
        Curve("roc", {"fpr": x.tolist(), "tpr": (x**0.4).tolist()}),
        Curve("precision-recall", {"recall": x.tolist(), "precision": (1 - 0.7 * x).tolist()}),
        Curve("calibration", {"predicted": x[1::2].tolist(), "observed": (x[1::2] ** 1.1).tolist(), "n": [260] * 10}),
        Curve(
            "profit",
            {
                "share": x.tolist(),
                "profit": (x - x**2).tolist(),
                "low": (x - x**2 - 0.1).tolist(),
                "high": (x - x**2 + 0.1).tolist(),
                "threshold": (1 - x).tolist(),
            },
        ),
        Curve(
            "qini",
            {
                "share": x.tolist(),
                "gained": (40 * x**0.5).tolist(),
                "low": (30 * x**0.5).tolist(),
                "high": (50 * x**0.5).tolist(),
                "by lot": (40 * x).tolist(),
                "treatment": [EVIL] * 21,
            },
        ),
        Curve("confusion", {"actual": ["No", "No", "Yes", "Yes"], "predicted": ["No", "Yes", "No", "Yes"], "n": [1700, 190, 330, 380]}),
    )


def _explanation() -> Explanation:
    def shape(*groups: str) -> Shape:
        k = len(groups)
        value = tuple(0.9 - 1.4 * i / k for i in range(k))
        return Shape(groups, value, tuple(v - 0.1 for v in value), tuple(v + 0.12 for v in value), (300,) * k)

    def both(en: str, zh: str) -> dict[str, str]:
        return {"en": en, "zh": zh}

    effects = (
        Effect(
            "Contract",
            0.81,
            0.77,
            0.86,
            shape("Month-to-month", "One year", "Two year"),
            both("Contract moves predictions most.", "Contract 影响最大。"),
        ),
        Effect("tenure", 0.62, 0.58, 0.66, shape("0 to 5", "6 to 12", "13 to 24", "25 to 48", "49 to 71")),
        Effect("charges", 0.33, 0.30, 0.37, shape("18 to 40", "41 to 65", "66 to 90", "above 90")),
        Effect(WIDE, 0.12, 0.08, 0.15, shape("普通", "白金", "黄金", "缺失")),
        Effect(EVIL, 0.02, 0.0, 0.04, shape("<b>a</b>", "b & c")),
    )
    curves = (
        Dependence("Contract", "partial", ("Month-to-month", "One year"), (0.1, -0.12), (0.08, -0.15), (0.12, -0.1), 0.11, 400),
        Dependence("tenure", "accumulated", (0.0, 20.0, 71.0), (0.15, 0.01, -0.1), (0.12, -0.01, -0.13), (0.18, 0.03, -0.08), 0.07, 400),
    )
    monthly = Condition((Term("Contract", "is", "Month-to-month"), Term(EVIL, "is", "<b>a</b>")))
    said = both("Where it holds, the predicted share is about 61.0%.", "当其成立时，预测比例约为 61.0%。")
    return Explanation(
        "boosting", "log-odds", ROWS, effects, "", curves,
        (Jointly(("tenure", WIDE), 0.23, 0.1, 0.4, 0.2, both(f"tenure and {WIDE} act together.", f"tenure 与 {WIDE} 共同起作用。")),),
        (Importance(("tenure", "charges"), 0.05, 0.03, 0.08, 0.41, both("Shuffling both raises the loss.", "打乱二者使损失上升。")),),
        Surrogate((Branch(monthly, 0.61, 300, said),), 0.8, 0.75, 0.85, 0.9, 1_000, both("One line imitates the model.", "一行模仿该模型。")),
        (Prototype("Yes", 17, 0.7, 0.6, (("tenure", 2.0), (EVIL, "<b>a</b>"), (WIDE, None)), both(f"Row 17: {EVIL}.", f"第 17 行：{EVIL}。")),),
        (Agreement(("contribution", "permutation"), 0.9, 12),), both("The methods agree.", "各方法一致。"),
    )  # fmt: skip


def _faults() -> tuple[Fault, ...]:
    where = Condition((Term(WIDE, "is", "白金"), Term("tenure", "<=", 3)))
    return (
        Fault("labels", "label", {"en": "12 rows have a label that all models contradict.", "zh": "有 12 行的标签与所有模型相矛盾。"},
              {"en": "Look at these rows again.", "zh": "请复核这些行。"}, {"rows": 12.0, "expected": np.float64(9.5)}, rows=(17, 503, 99)),
        Fault("slice", "slice", {"en": f"The model errs most where {where.say()}.", "zh": f"模型在{where.say('zh')}处错误最多。"},
              {"en": "Gather more such rows.", "zh": "收集更多此类数据。"}, {"loss": float("nan")}, where=where),
    )  # fmt: skip


def _rules() -> tuple[Verdict, ...]:
    text = f'when `{EVIL}` = "b & c" then Churn = "Yes" [0.6]'
    return (
        Verdict(
            Rule(conditions()[0], "Churn", "Yes", 0.45, "expert", 'when Contract = "Month-to-month" and tenure <= 12 then Churn = "Yes" [0.45]', 1),
            0.47,
            0.42,
            0.52,
            400,
            0.27,
            "holds",
        ),
        Verdict(Rule(conditions()[4], "Churn", "Yes", None, "expert", text, 2), 0.26, 0.22, 0.30, 700, 0.27, "against"),
    )


def _actions(findings: tuple[Finding, ...]) -> tuple[Action, ...]:
    where = conditions()[0]
    text = {"en": f"Offer a yearly contract where {where.say()}.", "zh": f"向{where.say('zh')}的客户提供年度合同。"}
    what = {"en": "a yearly contract", "zh": "年度合同"}
    return (Action(where, what, 260, 2_600.0, 8_100.0, 4_150.5, 12_300.0, "EUR", (findings[0].rank, findings[1].rank), text),)


def _notes() -> tuple[Note, ...]:
    mend = Number(NullWords(Trim(Of("charges")), ("", "?")))
    return (
        Note("clean", "charges", {"en": "blank words became missing", "zh": "空白词改为缺失"}, 52, mend.to_sql(), "null-words"),
        Note(
            "derive",
            "month of joined",
            {"en": "month taken from joined", "zh": "由 joined 取出月份"},
            ROWS,
            Days(Of("joined"), Of("joined")).to_sql(),
            "part",
        ),
        Note("collect", EVIL, {"en": f"a nasty name {EVIL}", "zh": f"可疑列名 {EVIL}"}),
    )


def record(*, held: int = 8, graph: bool = True) -> Record:
    """The whole study; `held` findings outlive the proof."""
    goal = Goal("Churn", "binary", ("No", "Yes"), "Yes", value=300.0, cost=10.0)
    split = Split.make(dataset(), goal, seed=3)
    fitted = models(split)
    found = tuple(finding(i, where, split) for i, where in enumerate(conditions()[:held], 1))
    facts = Graph.of((Triple("C00001", "knows", "C00002", "crm", 0.9), Triple("客户", "属于", EVIL))) if graph else Graph()
    return Record(
        source="customers.csv", goal=goal, data=split.data, split=split, model=fitted[0], models=fitted, scores=_scores(), curves=_curves(),
        explanation=_explanation(), faults=_faults(), graph=facts, rules=_rules(), findings=found, ledger=Ledger(40, 15, held, 0.05, 1),
        actions=_actions(found) if held > 1 else (), notes=_notes(), options=Options(), seed=3, versions={"apercu": "0.1.0", "python": "3.11"},
        vetoes=(Veto("sms", conditions()[4], 3), Veto("", conditions()[7])), knowledge=_knowledge() if graph else Knowledge(),
    )  # fmt: skip


def _knowledge() -> Knowledge:
    clause, mined = parse_clause("knows(X, Y) -> 属于(Y, X) [0.9]"), parse_clause(f'属于(X, "{EVIL}") -> knows(X, "C00001")')
    told = {"en": f"inferred, as {EVIL} says", "zh": f"推出，据 {EVIL}"}
    likely = (Predicted("客户", "knows", "C00001", 0.4, (Support(mined, (1,)),)), Predicted("C00002", "knows", EVIL, 0.1))
    return Knowledge((clause,), 1, (Inferred("C00002", "属于", "C00001", 0.81, told),), (mined,), likely)


def bare(whole: Record) -> Record:
    """The same data without a target: nothing was learned, nothing claimed."""
    empty: dict[str, Any] = dict.fromkeys(("goal", "split", "model", "explanation"))
    none: dict[str, Any] = dict.fromkeys(("models", "scores", "curves", "faults", "rules", "findings", "actions", "vetoes"), ())
    return replace(whole, **empty, **none, graph=Graph(), knowledge=Knowledge(), ledger=Ledger())
