"""What the page shows, as plain values: numbers already written as people read them, sentences in both languages.

`view(record)` is all that the template knows of a study; each part of it is made by one function below from one part of the study.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any, Final

import numpy as np

from ..core.kinds import KINDS
from ..words import LANGUAGES, phrases
from ..words.numbers import count, percent, plain
from . import charts, graphs, media, stretches
from .captions import METRICS, ROLES, STEPS, told
from .export import named

__all__ = ["view"]

Both = Mapping[str, str]

SHAPES: Final = 6  # columns whose shape is drawn
DRIVERS: Final = 12  # columns in the chart of effects
GROUPS: Final = 12  # groups in one shape
LINES: Final = 3  # sentences about shuffled columns
LISTED: Final = 200  # rows of a table on the page; the rest stand in study.json
FAULTY: Final = 20  # numbers of rows told of one fault
PRICED: Final = ("profit", "qini")  # curves that stand with the actions that they are about
DECIMALS: Final = 3  # of a score


def view(record: Any, shown: int = 30) -> dict[str, Any]:
    """The values of the page; `shown` is the most findings that are drawn."""
    return {
        "title": _title(record),
        "summary": _summary(record),
        "tiles": _tiles(record),
        "findings": [_finding(f) for f in record.findings[:shown]],
        "hidden": max(0, len(record.findings) - shown),
        "ledger": _ledger(record.ledger),
        "actions": [_action(a) for a in record.actions],
        "scores": _scores(record.scores),
        "score_chart": _score_chart(record.scores),
        "curves": [_curve(c) for c in record.curves if c.kind != "thresholds" and not (record.actions and c.kind in PRICED)],
        "gains": [_gain(c, record.actions) for c in record.curves if record.actions and c.kind in PRICED],
        "advice": _advice(record.curves),
        "drivers": _drivers(record.explanation),
        "highlights": media.highlighted(record),
        "galleries": media.galleries(record),
        "sights": media.sights(record),
        "faults": [_fault(f) | {"chart": stretches.stretched(f, record.split)} for f in record.faults],
        "rules": [_rule(v) for v in record.rules],
        "schema": _schema(record.data),
        "notes": _notes(record.notes),
        "more_columns": max(0, len(record.data.schema.columns) - LISTED),
        "more_notes": max(0, len(record.notes) - LISTED),
        "wall": _wall(record),
        "graph": graphs.told_of(record.graph, record.knowledge),
        "versions": [f"{name} {version}" for name, version in record.versions.items()],
        "seed": str(record.seed),
        "source": named(record.source),
    }


def _title(record: Any) -> Both:
    return told("title_open", source=named(record.source)) if record.goal is None else told("title_goal", target=record.goal.target)


def _summary(record: Any) -> Both:
    first = told("looked", rows=count(record.data.n), columns=count(_own_columns(record)), source=named(record.source))
    told_of = (first, _asked(record), _searched(record.ledger))
    gaps = {"en": ("", " "), "zh": ("", "")}
    return {lang: told_of[0][lang] + gaps[lang][0] + told_of[1][lang] + gaps[lang][1] + told_of[2][lang] for lang in LANGUAGES}


def _asked(record: Any) -> Both:
    goal = record.goal
    if goal is None:
        return told("asked_open")
    if goal.task == "multiclass":
        return told("asked_levels", target=goal.target, k=count(len(goal.classes)))
    base = _base(record)
    if goal.task == "numeric":
        return told("asked_number", target=goal.target, base=plain(base))
    return told("asked_level", target=goal.target, level=goal.wanted, base=percent(base))


def _searched(ledger: Any) -> Both:
    return told("searched", **_ledger(ledger)) if ledger.proposed or ledger.tested else told("none_searched")


def _base(record: Any) -> float:
    """The mean (or the wanted level's rate) over the rows that have a target."""
    if record.split is None:
        return math.nan
    y = record.goal.measured(record.split.rows)
    present = y[~np.isnan(y)]
    return float(present.mean()) if present.size else math.nan


def _own_columns(record: Any) -> int:
    return sum(not c.derived for c in record.data.schema)


def _ledger(ledger: Any) -> dict[str, str]:
    numbers = {"proposed": count(ledger.proposed), "tested": count(ledger.tested), "held": count(ledger.held), "opened": count(ledger.verify_opened)}
    return {**numbers, "q": f"{100 * ledger.q:g}%"}


def _tiles(record: Any) -> list[tuple[str, Any]]:
    """The figures at the top: (number, its words)."""
    tiles: list[tuple[str, Any]] = [
        (count(record.data.n), told("rows")),
        (count(_own_columns(record)), told("columns")),
        (count(len(record.findings)), told("findings")),
    ]
    first = next((s for s in record.scores if math.isfinite(s.value)), None)
    if first is not None:
        tiles.append((_score(first.value), _short(first.metric)))
    if record.actions:
        best = max(record.actions, key=lambda a: a.gain_low)
        tiles.append((plain(best.gain_low), {lang: told("tile_gain", unit=_unit(best.unit)[lang])[lang].strip() for lang in LANGUAGES}))
    return tiles


def _finding(f: Any) -> dict[str, Any]:
    e, c = f.evidence, f.claim
    words = {lang: phrases(lang) for lang in LANGUAGES}
    return {
        "rank": f.rank,
        "text": f.text,
        "novelty": f.novelty,
        "chart": f.chart,
        "effect": {lang: w.difference(e.effect, f.unit) for lang, w in words.items()},
        "level": "95%",  # after the selection of the findings; the level of each interval by itself stands in the JSON
        "interval": told("from_to", low=_side(e.low, f.unit), high=_side(e.high, f.unit)),
        "n": count(e.n),
        "q": _small(f.q),
        "p": _small(e.p),
        "half": told(e.half),
        "method": e.method,
        "pattern": c.pattern,
        "value": {lang: w.amount(e.value, f.unit) for lang, w in words.items()},
        "base": {lang: w.amount(e.base, f.unit) for lang, w in words.items()},
        "columns": list(c.columns()),
        "sql": f.sql,
    }


def _side(x: float, unit: str) -> str:
    """One end of an interval, its unit left to the effect before it."""
    words = phrases("en")
    return (
        (words.difference(x, unit).removesuffix(" points") if unit == "share" else words.difference(x, ""))
        if math.isfinite(x)
        else ("∞" if x > 0 else "−∞")
    )


def _small(x: float) -> str:
    return "< 0.001" if x < 0.001 else f"{x:.3f}"


def _action(a: Any) -> dict[str, Any]:
    unit = _unit(a.unit)

    def money(x: float) -> Both:
        return {lang: f"{plain(x)} {unit[lang]}".rstrip() for lang in LANGUAGES}

    sums = {"cost": money(a.cost), "gain": money(a.gain), "gain_low": money(a.gain_low), "gain_high": money(a.gain_high)}
    own = any(name.startswith("_") for name in a.who.columns())  # a column that apercu made: its name says nothing to a reader
    who = a.what if own else {lang: a.who.say(lang) for lang in LANGUAGES} if a.people else told("nobody")
    parts = {"text": a.text, "what": a.what, "who": who, "people": count(a.people), "because": list(a.because)}
    return {**parts, "trial": a.trial, "loses": a.gain_low < 0, **sums}


def _unit(unit: str) -> Both:
    if unit == "money":
        return {"en": "", "zh": ""}  # the user's own currency, which nobody told
    return told("outcomes") if unit in ("outcomes", "outcome") else {"en": unit, "zh": unit}


def _scores(scores: Iterable[Any]) -> dict[str, Any]:
    """A table: one line per metric, one cell per model; the models in the order in which they came, the best first."""
    kept = [s for s in scores if math.isfinite(s.value) and not s.metric.endswith(" difference")]  # told by a line of its own
    heads = list(dict.fromkeys((s.model, s.where) for s in kept))
    cells = {(s.metric, s.model, s.where): s for s in kept}
    lines = []
    for metric in dict.fromkeys(s.metric for s in kept):
        row = [cells.get((metric, *head)) for head in heads]
        lines.append((_words(METRICS, metric), [_cell(s) for s in row]))
    places = {where for _, where in heads}
    models = [model if len(places) == 1 else f"{model} ({where})" for model, where in heads]
    return {"models": models, "lines": lines, "paired": [_paired(s) for s in scores if s.metric.endswith(" difference") and math.isfinite(s.value)]}


def _paired(score: Any) -> Both:
    """How two models compare on the same rows, in words."""
    return {lang: score.say(lang) for lang in LANGUAGES}


def _advice(curves: Iterable[Any]) -> list[Both]:
    """Where to decide: the sentences that the curves themselves bring."""
    return [{"en": en, "zh": zh} for c in curves if c.kind == "thresholds" for en, zh in zip(c.columns["en"], c.columns["zh"], strict=True)]


def _cell(score: Any) -> tuple[str, str]:
    if score is None or not math.isfinite(score.value):
        return "–", ""
    return _score(score.value), f"{_score(score.low)} – {_score(score.high)}" if math.isfinite(score.low) and math.isfinite(score.high) else ""


def _score(x: float) -> str:
    return f"{x:.{DECIMALS}f}" if abs(x) < 10 else plain(x)


def _score_chart(scores: Iterable[Any]) -> dict[str, Any] | None:
    """The first metric of every model with its interval; nothing where there is one model only."""
    kept = [s for s in scores if math.isfinite(s.value)]
    same = [s for s in kept if s.metric == kept[0].metric and s.where == kept[0].where]
    if len(same) < 2:
        return None
    values = [{"model": s.model, "value": s.value, "low": s.low, "high": s.high} for s in same]
    short = _short(same[0].metric)
    words = {lang: told("scores_chart", metric=short[lang])[lang] for lang in LANGUAGES}
    return {"words": words, "chart": charts.dots(values, "model", "value")}


def _curve(curve: Any) -> dict[str, Any]:
    known = ("roc", "precision-recall", "lift", "calibration", "confusion", "residuals", "profit", "learning", "map")
    words = told(curve.kind) if curve.kind in known else told("curve", kind=curve.kind)
    return {"words": words, "chart": charts.of_curve(curve)}


def _gain(curve: Any, actions: Iterable[Any]) -> dict[str, Any]:
    """What acting upon more and more rows brings; of profit, with the place of the offer that goes by a probability."""
    if curve.kind == "qini":
        return {"words": told("qini", treatment=curve.columns["treatment"][0]), "chart": charts.of_curve(curve), "marked": None}
    cuts = [float(t.value) for a in actions for t in a.who.terms if t.op == ">" and t.expression.columns() == ("_predicted",)]
    steps = list(zip(curve.columns["threshold"], curve.columns["share"], strict=True))
    share = max((share for cut, share in steps if cut > cuts[0]), default=0.0) if cuts else None  # of the rows above it
    marked = None if share is None else told("profit_at", p=percent(cuts[0]))
    return {"words": told("profit"), "chart": charts.of_curve(curve, share), "marked": marked}


def _drivers(explanation: Any) -> dict[str, Any] | None:
    if explanation is None or not explanation.effects:
        return None
    unit = told("log-odds") if explanation.unit == "log-odds" else dict.fromkeys(LANGUAGES, explanation.unit)
    lead = {lang: told("drivers_lead", unit=unit[lang])[lang] for lang in LANGUAGES}
    effects = explanation.effects[:DRIVERS]
    sizes = [{"column": e.column, "size": e.size, "low": e.low, "high": e.high} for e in effects]
    drawn = {curve.column: curve for curve in explanation.curves}
    shapes = [_driver(e, drawn.get(e.column), share=explanation.unit == "log-odds") for e in effects[:SHAPES] if e.shape.groups or e.column in drawn]
    listed = [(e.column, plain(e.size), f"{plain(e.low)} – {plain(e.high)}") for e in effects]
    bars = charts.bars(sizes, "column", "size")
    return {"lead": lead, "level": explanation.level, "chart": bars, "shapes": shapes, "listed": listed, "more": _more(explanation)}


def _driver(effect: Any, curve: Any, *, share: bool) -> dict[str, Any]:
    """The chart of one column with its sentence: its curve, or, where the model was not asked for one, its contributions by group."""
    head = {"words": effect.text or told("shape_chart", column=effect.column), "column": effect.column}
    if curve is None:
        return {**head, "chart": _shape(effect.shape)}
    scale = 100.0 if share else 1.0  # differences of shares in points, as the sentence says them
    line = zip(curve.at, curve.value, curve.low, curve.high, strict=True)
    values = [{"group": at, "value": scale * v, "low": scale * low, "high": scale * high} for at, v, low, high in line]
    if any(isinstance(at, str) for at in curve.at):
        return {**head, "chart": charts.dots(values, "group", "value", zero=True)}
    chart = charts.line(values, "group", "value", low="low", high="high")
    for layer in chart["layer"]:
        layer["encoding"]["x"]["title"] = layer["encoding"]["y"]["title"] = None
    return {**head, "chart": chart}


def _more(explanation: Any) -> dict[str, Any]:
    """What other ways of looking say: shuffled columns, pairs, the model in a few lines, typical rows."""
    weighed = explanation.importances[:DRIVERS]
    rises = [{"column": " + ".join(i.columns), "rise": i.loss, "low": i.low, "high": i.high} for i in weighed]
    surrogate = explanation.surrogate
    return {
        "agreement": explanation.text,
        "shuffled": charts.bars(rises, "column", "rise") if rises else None,
        "shuffled_text": [i.text for i in weighed if i.low > 0 and i.text][:LINES],
        "pairs": [pair.text for pair in explanation.together],
        "surrogate": None if surrogate is None else surrogate.text,
        "branches": [] if surrogate is None else [branch.text for branch in surrogate.branches],
        "prototypes": [case.text for case in explanation.prototypes],
    }


def _shape(shape: Any) -> dict[str, Any]:
    columns = zip(shape.groups, shape.value, shape.low, shape.high, strict=True)
    values = [{"group": g, "value": v, "low": low, "high": high} for g, v, low, high in columns][:GROUPS]
    return charts.dots(values, "group", "value", zero=True)


def _fault(f: Any) -> dict[str, Any]:
    where = None if f.where is None else {lang: f.where.say(lang) for lang in LANGUAGES}
    evidence = [(name, plain(float(x))) for name, x in f.evidence.items() if x is not None and math.isfinite(float(x))]
    rows = [count(int(r)) for r in f.rows[:FAULTY]]
    told = {"kind": f.kind, "text": f.text, "mend": f.mend, "where": where, "evidence": evidence, "rows": rows}
    return {**told, "more": max(0, len(f.rows) - FAULTY), "id": quote(f.id), "applies": f.change is not None}


def _rule(v: Any) -> dict[str, Any]:
    verdict = told("against_rule" if v.verdict == "against" else v.verdict) if v.verdict in ("holds", "weaker", "against", "silent") else v.verdict
    stated = "–" if v.rule.stated is None else percent(v.rule.stated)
    observed = f"{percent(v.observed)} ({percent(v.low)} – {percent(v.high)})" if math.isfinite(v.observed) else "–"
    return {"text": v.rule.text or v.rule.when.say(), "stated": stated, "observed": observed, "n": count(v.n), "verdict": verdict, "mark": v.verdict}


def _schema(data: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": c.name,
            "kind": {"en": KINDS[c.kind].en, "zh": KINDS[c.kind].zh},
            "role": _words(ROLES, c.role),
            "mark": c.role,
            "unit": c.unit,
            "missing": f"{count(c.missing)} ({percent(c.missing / data.n)})" if c.missing and data.n else "0",
            "distinct": count(c.distinct),
            "why": told("derived") if c.derived else c.why,
            "derived": c.derived,
        }
        for c in data.schema.columns[:LISTED]
    ]


def _notes(notes: Iterable[Any]) -> list[dict[str, Any]]:
    listed = list(notes)[:LISTED]
    return [
        {"step": _words(STEPS, n.step), "column": n.column, "what": n.what, "rows": count(n.rows) if n.rows else "", "expression": n.expression}
        for n in listed
    ]


def _wall(record: Any) -> list[Both]:
    """How it was proved, one plain sentence a step."""
    if record.split is None:
        ledger = _ledger(record.ledger)
        steps = ("wall_pair", "step_propose", "step_test_pair", "step_fdr", "step_repeat") if record.ledger.tested else ("none_searched",)
        return [told(step, **ledger) for step in steps]
    half, ledger, how = record.split.half, _ledger(record.ledger), record.split.how
    rows = {"search": count(int(np.count_nonzero(half & 1))), "verify": count(int(np.count_nonzero(half & 2)))}
    test = told("step_test_all", **ledger) if how == "permutation" else told("step_test", **ledger)
    return [told(f"wall_{how}", **rows), told("step_propose", **ledger), test, told("step_fdr", **ledger), told("step_repeat")]


def _short(metric: str) -> Both:
    """A metric's words without what stands in brackets."""
    words = _words(METRICS, metric)
    return {lang: re.split(r" ?[（(]", text)[0] for lang, text in words.items()}


def _words(table: Mapping[str, tuple[str, str]], key: str) -> Both:
    en, zh = table.get(key, table.get(key.lower().replace("_", " ").replace("-", " "), (key, key)))
    return {"en": en, "zh": zh}
