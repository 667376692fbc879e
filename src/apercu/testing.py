"""The common checks of parts, shipped to whoever writes one: a pattern, a learner or an engine that passes is at home in apercu.

    from apercu.testing import check_pattern
    check_pattern(MyPattern())

Each check is one promise; what is broken is said by an AssertionError in words. apercu's own parts pass the same doors (tests/checks).
What they do not show: that a part is useful. A planted truth found and noise left alone is where that begins.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from .core.condition import EVERYONE, Condition, Term
from .core.dataset import Dataset
from .core.engine import Engine
from .core.expression import Column as Of
from .core.expression import Ratio
from .core.finding import Claim, Evidence
from .core.goal import TASKS, Goal
from .core.model import Learner, Model
from .core.pattern import SCOPES, Example, Pattern
from .core.pictures import netpbm
from .core.rows import MEDIA, Packed, Rows
from .core.schema import Column, Schema
from .core.split import Search, Split, Verify

__all__ = ["check_engine", "check_learner", "check_pattern"]

LANGUAGES: Final = ("en", "zh")
SAME_ROWS: Final = 0.8  # share of rows (Jaccard) from which a claim speaks of the planted group
SHUFFLES: Final = 20
UNLUCKY: Final = 4  # shuffles of 20 in which p may fall to 0.05: more happen by chance in 3 of 1,000 parts
CLOSE: Final = 1e-6


# ---------------------------------------------------------------- patterns


def check_pattern(pattern: Pattern) -> None:
    """An insight kind finds its own example, says nothing of noise, does not care about order or names, and survives poor tables.

    Raises AssertionError that says which promise is broken.
    """
    assert pattern.name and pattern.name.isidentifier(), f"a pattern needs a name that is one word; got {pattern.name!r}"
    assert set(LANGUAGES) <= set(pattern.title), f"{pattern.name}.title must be English and Chinese; got {dict(pattern.title)}"
    assert pattern.scope in SCOPES, f"{pattern.name}.scope must be one of {', '.join(SCOPES)}; got {pattern.scope!r}"
    example = pattern.example()
    split = _split(example.columns, example.target, alike=example.alike)
    claim, evidence = _finds_its_example(pattern, example, split)
    _speaks(pattern, claim, evidence, split)
    _counts_alike(pattern, claim, evidence, split)
    _ignores_order(pattern, example)
    if pattern.scope != "open":  # a description of noise is true of it
        _leaves_noise_alone(pattern, example)
    _survives(pattern, example, claim)


def _finds_its_example(pattern: Pattern, example: Example, split: Split) -> tuple[Claim, Evidence]:
    search, verify = _ready(split.search), split.verify
    claims = sorted(pattern.propose(search), key=lambda claim: -claim.strength)
    assert claims, f"{pattern.name} proposes nothing on its own example"
    assert all(claim.pattern == pattern.name for claim in claims), f"every claim of {pattern.name} must carry its name"
    planted = example.truth.holds(verify.rows)
    for claim in claims:
        named = set(example.about) <= set(claim.columns()) and _names(claim, planted, verify)
        evidence = pattern.verify(claim, verify) if named else None
        if evidence is not None and evidence.p * len(claims) <= 0.05:
            flat = claim.direction == "flat"
            assert flat or not evidence.low <= 0.0 <= evidence.high, f"{pattern.name}: p = {evidence.p:.2g}, but the interval holds 0"
            assert evidence.half == verify.half, f"{pattern.name}.verify must say which half it saw"
            assert 0.0 <= evidence.reach <= 1.0, f"{pattern.name}: the reach must lie in 0..1; got {evidence.reach}"
            if hasattr(pattern, "divide"):
                _divides(pattern, claim, search)
            return claim, evidence
    told = "; ".join(claim.where.say() for claim in claims[:3])
    raise AssertionError(f"{pattern.name} does not find its own example, {example.truth.say()}; its strongest claims: {told}")


def _divides(pattern: Pattern, claim: Claim, search: Search) -> None:
    groups = np.asarray(pattern.divide(claim, search))  # type: ignore[attr-defined]
    assert groups.shape == (search.rows.n,), f"{pattern.name}.divide must be (n,), one group or value per row; got {groups.shape}"
    assert groups.dtype in (np.uint8, np.float64), f"{pattern.name}.divide must be uint8 groups or float64 values; got {groups.dtype}"
    assert len(np.unique(groups)) > 1, f"{pattern.name}.divide must part the rows of a claim from others"


def _names(claim: Claim, planted: np.ndarray, verify: Verify) -> bool:
    """Does the claim speak of the planted rows, on either side where it sets two groups apart that share no row?"""
    inside = claim.where.holds(verify.rows)
    others = [other.holds(verify.rows) for other in claim.against]
    groups = [inside, *(other for other in others if not (other & inside).any())]
    return any(np.count_nonzero(g & planted) >= SAME_ROWS * max(np.count_nonzero(g | planted), 1) for g in groups)


def _ready(search: Search) -> Search:
    """The search with measures, chosen among the columns where there is no target."""
    from .discover._about import About
    from .discover._measures import measured

    return measured(search, About())


def _speaks(pattern: Pattern, claim: Claim, evidence: Evidence, split: Split) -> None:
    said = {lang: pattern.say(claim, evidence, lang) for lang in LANGUAGES}
    assert all(text.strip() for text in said.values()), f"{pattern.name}.say must speak English and Chinese; got {said}"
    assert said["en"] != said["zh"], f"{pattern.name}.say says the same in both languages"
    assert said["en"].rstrip()[-1] in ".!" and said["zh"].rstrip()[-1] in "。！", f"{pattern.name}.say must end its sentences; got {said}"
    chart = pattern.chart(claim, evidence, split.verify)
    assert json.dumps(chart, allow_nan=False) and "url" not in chart.get("data", {}), "a chart is JSON with its data inside"


def _counts_alike(pattern: Pattern, claim: Claim, evidence: Evidence, split: Split) -> None:
    """The SQL, run on the rows that judged, gives the numbers of the evidence."""
    from .engine.duckdb import DuckDB

    engine, verify = DuckDB(), split.verify
    columns = {name: verify.rows[name] for name in verify.rows if not name.startswith("_")}
    table = engine.adopt({**columns, "_half": np.full(verify.rows.n, verify.half, dtype=object)})
    asked = engine.ask(table, pattern.sql(claim, verify.half))
    assert len(asked) == 1, f"{pattern.name}.sql must give one row; got {len(asked)}"
    wanted = (evidence.effect, evidence.value, evidence.base, float(evidence.n))
    got = [float(v) for v in asked[0][:4]]
    assert np.allclose(got, wanted, rtol=CLOSE, atol=1e-9), f"{pattern.name}.sql gives {got}, the evidence {wanted}"


def _ignores_order(pattern: Pattern, example: Example) -> None:
    first = _proposals(pattern, example.columns, example.target, example.alike)
    order = np.random.default_rng(1).permutation(_length(example.columns))
    shuffled = {name: column[order] for name, column in example.columns.items()}
    assert _proposals(pattern, shuffled, example.target, example.alike) == first, f"{pattern.name}: the order of rows changes what is proposed"
    mirrored = dict(reversed(example.columns.items()))
    assert _proposals(pattern, mirrored, example.target, example.alike) == first, f"{pattern.name}: the order of columns changes what is proposed"
    renamed = {name if name == example.target else f"{name} ü'\"": column for name, column in example.columns.items()}
    protected = tuple(f"{name} ü'\"" for name in example.alike)
    assert len(_proposals(pattern, renamed, example.target, protected)) == len(first), f"{pattern.name}: the names of columns change what is proposed"


def _proposals(pattern: Pattern, columns: Mapping[str, np.ndarray], target: str, alike: tuple[str, ...] = ()) -> set[tuple[str, str, str, float]]:
    """What is proposed of a table, every row searched."""
    claims = pattern.propose(_searched(columns, target, alike))
    return {(" AND ".join(sorted(t.to_sql() for t in c.where.terms)), c.measure.to_sql(), c.direction, float(f"{c.strength:.6g}")) for c in claims}


def _leaves_noise_alone(pattern: Pattern, example: Example) -> None:
    """The strongest claim about a shuffled target (without one: about columns shuffled each by itself) is as good as none."""
    low = 0
    for seed in range(SHUFFLES):
        generator = np.random.default_rng(seed)
        shuffled = [example.target] if example.target else list(example.columns)
        noise = {**example.columns, **{name: generator.permutation(example.columns[name]) for name in shuffled}}
        split = _split(noise, example.target, alike=example.alike)
        strongest = max(pattern.propose(_ready(split.search)), key=lambda claim: claim.strength, default=None)
        low += strongest is not None and pattern.verify(strongest, split.verify).p <= 0.05
    told = f"{pattern.name}: on {low} of {SHUFFLES} shuffled tables its strongest claim holds at p <= 0.05"
    assert low <= UNLUCKY, f"{told}; its p-values are not valid"


def _survives(pattern: Pattern, example: Example, claim: Claim) -> None:
    whole = _searched(example.columns, example.target, example.alike)
    for n in (0, 1, 2, 30):
        few = whole.rows.take(np.arange(n))
        list(pattern.propose(Search(few, whole.schema, whole.measures, goal=whole.goal)))
        evidence = pattern.verify(claim, Verify(few, whole.schema, goal=whole.goal))
        assert n > 2 or evidence.p >= 0.05, f"{pattern.name}: p = {evidence.p:.2g} from {n} rows"
    n = _length(example.columns)
    target = {example.target: example.columns[example.target]} if example.target else {}
    poor = {"nothing": np.full(n, None, dtype=object), "same": np.full(n, "a", dtype=object), "zero": np.zeros(n), "void": np.full(n, np.nan)}
    list(pattern.propose(_searched({**poor, **target}, example.target)))
    holes = np.random.default_rng(0).random(n) < 0.2
    pierced = {name: column if name == example.target else _pierced(column, holes) for name, column in example.columns.items()}
    list(pattern.propose(_searched(pierced, example.target, example.alike)))


def _length(columns: Mapping[str, np.ndarray]) -> int:
    return len(next(iter(columns.values())))


def _pierced(column: np.ndarray, holes: np.ndarray) -> np.ndarray:
    if column.dtype.kind == "M":
        return np.where(holes, np.datetime64("NaT"), column)
    return np.where(holes, None, column) if column.dtype == object else np.where(holes, np.nan, column)


def _schema(rows: Rows, target: str) -> Schema:
    kinds = {"number": "number", "time": "time", "text": "category"}
    columns = []
    for name in (n for n in rows if not n.startswith("_")):
        stored = rows.storage(name)
        kind = "flag" if stored == "text" and len(rows.coded(name).levels) == 2 else kinds[stored]
        values = rows[name]
        gone = int(
            np.count_nonzero([v is None for v in values] if values.dtype == object else np.isnat(values) if stored == "time" else np.isnan(values))
        )
        distinct = (
            len(rows.coded(name).levels) if stored == "text" else len(np.unique(values[~np.isnat(values) if stored == "time" else ~np.isnan(values)]))
        )
        columns.append(Column(name, kind, "target" if name == target else "feature", stored, missing=gone, distinct=distinct))
    return Schema(tuple(columns))


def _goal(rows: Rows, schema: Schema, target: str, alike: tuple[str, ...] = ()) -> Goal | None:
    if not target:
        return None
    column = rows[target]
    gone = np.array([v is None for v in column], dtype=bool) if column.dtype == object else np.isnan(column)
    values, counts = np.unique(column[~gone], return_counts=True)
    return Goal.guess(schema, target, sorted(zip(values.tolist(), counts.tolist(), strict=True), key=lambda pair: -pair[1]), alike=alike)


def _searched(columns: Mapping[str, np.ndarray], target: str, alike: tuple[str, ...] = ()) -> Search:
    rows = Rows.of(columns)
    schema = _schema(rows, target)
    goal = _goal(rows, schema, target, alike)
    return _ready(Search(rows, schema, goal.measures() if goal else (), goal=goal))


def _split(columns: Mapping[str, np.ndarray], target: str, seed: int = 0, alike: tuple[str, ...] = ()) -> Split:
    """The wall through a table in memory; halves however small it is. A number per row keeps rows apart that look alike."""
    from .engine.duckdb import DuckDB

    rows, engine = Rows.of(columns), DuckDB()
    schema = _schema(rows, target)
    table = engine.adopt({**{name: rows[name] for name in rows}, "row number": np.arange(rows.n, dtype=np.float64)})
    numbered = schema.plus((Column("row number", "number", "id", "number"),))
    return Split.make(Dataset(numbered, engine, table, "example", rows.n), _goal(rows, schema, target, alike), seed, small=0)


# ---------------------------------------------------------------- learners


def check_learner(learner: Learner) -> None:
    """A model family learns, gives probabilities, explains each prediction as a sum, repeats itself, survives new values, and can be kept.

    Raises AssertionError that says which promise is broken.
    """
    assert learner.name and learner.name.isidentifier(), f"a learner needs a name that is one word; got {learner.name!r}"
    assert learner.tasks and set(learner.tasks) <= set(TASKS), f"{learner.name}.tasks must name some of {TASKS}; got {learner.tasks}"
    assert set(LANGUAGES) <= set(learner.words), f"{learner.name}.words must be English and Chinese; got {dict(learner.words)}"
    for task in learner.tasks:
        rows, goal = _lesson(task, getattr(learner, "media", ()))
        fresh = rows.take(np.arange(800, rows.n))
        model = learner.fit(rows.take(np.arange(600)), goal, rows.take(np.arange(600, 800)))
        again = learner.fit(rows.take(np.arange(600)), goal, rows.take(np.arange(600, 800)))
        name = f"{learner.name} ({task})"
        assert isinstance(model, Model), f"{name}: fit must return a Model"
        predicted = model.predict(fresh)
        assert np.array_equal(predicted, again.predict(fresh)), f"{name}: the same rows give another model"
        _predicts(name, predicted, fresh, goal)
        _adds_up(name, model, predicted, fresh, goal)
        _meets_strangers(name, model, fresh)
        _is_kept(name, learner, model, fresh)


def _lesson(task: str, media: tuple[str, ...] = ()) -> tuple[Rows, Goal]:
    """1,200 rows in which two columns of four matter, with values missing and a rare level; the one as a picture or sequence for who reads these."""
    generator, n = np.random.default_rng(3), 1_200
    amount, noise = generator.normal(size=n), generator.normal(size=n)
    plan = generator.choice(["month", "year", "rare"], n, p=[0.6, 0.38, 0.02]).astype(object)
    signal = 1.5 * amount + np.where(plan == "month", 1.2, -0.8)
    holes = generator.random(n) < 0.1
    columns = {"amount": np.where(holes, np.nan, amount), "noise": noise, "plan": plan, "same": np.full(n, "a", dtype=object)}
    if "bytes" in media:
        grey = np.clip(120 + 40 * amount[:, None, None] + generator.normal(0, 10, (n, 8, 8)), 0, 255).astype(np.uint8)
        columns["photo"] = [None if gone else netpbm(one) for one, gone in zip(grey, holes, strict=True)]
    if "list" in media:
        columns["pulse"] = [None if gone else a + generator.normal(0, 0.3, 16) for a, gone in zip(amount, holes, strict=True)]
    if task == "numeric":
        return Rows.of({**columns, "y": 100.0 + 10.0 * signal + generator.normal(size=n)}), Goal("y", "numeric")
    chance = signal + generator.logistic(size=n)
    if task == "binary":
        return Rows.of({**columns, "y": np.where(chance > 0, "yes", "no").astype(object)}), Goal("y", "binary", ("no", "yes"), "yes")
    level = np.array(["a", "b", "c"], dtype=object)[np.digitize(chance, (-0.7, 1.2))]
    return Rows.of({**columns, "y": level}), Goal("y", "multiclass", ("a", "b", "c"), "a")


def _predicts(name: str, predicted: np.ndarray, rows: Rows, goal: Goal) -> None:
    truth = goal.coded(rows)
    assert np.isfinite(predicted).all(), f"{name}: predictions must be finite"
    if goal.task == "numeric":
        assert predicted.shape == (rows.n,), f"{name}: predictions of numbers must be (n,); got {predicted.shape}"
        left = float(np.mean((truth - predicted) ** 2) / np.var(truth))
        assert left < 0.7, f"{name}: leaves {left:.0%} of the variance of a lesson that is nearly without noise"
        return
    assert predicted.shape == (rows.n, len(goal.classes)), f"{name}: probabilities must be (n, {len(goal.classes)}); got {predicted.shape}"
    assert (predicted >= 0).all() and np.allclose(predicted.sum(axis=1), 1.0), f"{name}: probabilities must sum to 1"
    loss = float(-np.log(np.clip(predicted[np.arange(rows.n), truth.astype(int)], 1e-9, 1)).mean())
    shares = np.bincount(truth.astype(int)) / rows.n
    constant = float(-(shares * np.log(shares)).sum())
    assert loss < 0.95 * constant, f"{name}: log loss {loss:.3f} is no better than knowing nothing, {constant:.3f}"


def _adds_up(name: str, model: Model, predicted: np.ndarray, rows: Rows, goal: Goal) -> None:
    parts, base = model.contributions(rows)
    outputs = len(goal.classes) if goal.task == "multiclass" else 1
    shape = (rows.n, len(model.columns), outputs)
    assert parts.shape == shape, f"{name}: contributions must be {shape}; got {parts.shape}"
    total = parts.sum(axis=1) + base
    if goal.task == "numeric":
        wanted, got = predicted, total[:, 0]
    elif goal.task == "binary":
        wanted, got = predicted[:, 1], 1.0 / (1.0 + np.exp(-total[:, 0]))
    else:
        raised = np.exp(total - total.max(axis=1, keepdims=True))
        wanted, got = predicted, raised / raised.sum(axis=1, keepdims=True)
    off = np.abs(wanted - got).max()
    assert np.allclose(wanted, got, rtol=1e-4, atol=1e-4), f"{name}: contributions do not add up to the prediction (off by {off:.2g})"


def _meets_strangers(name: str, model: Model, rows: Rows) -> None:
    order = np.random.default_rng(0).permutation(rows.n)
    assert np.allclose(model.predict(rows.take(order)), model.predict(rows)[order], atol=1e-9), f"{name}: a prediction depends on the other rows"
    words = {"plan": np.array(["never seen", None], dtype=object), "same": np.array(["b", "a"], dtype=object)}
    strange = Rows.of({"amount": [np.nan, 1e6], "noise": [0.0, np.nan], **words})
    strange = strange.plus({n: Packed(np.full(2, None, dtype=object), rows.storage(n)) for n in rows if rows.storage(n) in MEDIA})
    assert np.isfinite(model.predict(strange)).all(), f"{name}: new levels or missing values break it"
    assert len(model.predict(rows.take(np.arange(0)))) == 0, f"{name}: no rows must give no predictions"


def _is_kept(name: str, learner: Learner, model: Model, rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        card = json.loads(json.dumps(model.save(folder), allow_nan=False))
        files = [path.name for path in folder.rglob("*")]
        assert not any(f.endswith((".pkl", ".pickle", ".joblib")) for f in files), f"{name}: keeps a pickle: {files}"
        opened = learner.load(folder, card)
        assert np.allclose(opened.predict(rows), model.predict(rows), atol=1e-9), f"{name}: predicts otherwise once saved and opened"
        same = np.allclose(opened.contributions(rows)[0], model.contributions(rows)[0], atol=1e-9)
        assert same, f"{name}: explains otherwise once saved and opened"


# ---------------------------------------------------------------- engines


def check_engine(make: Callable[[], Engine]) -> None:
    """An engine answers its questions about a small table with awkward names and values. `make` gives a fresh engine.

    Raises AssertionError that says which question is answered wrongly.
    """
    engine = make()
    who, text = 'select "; drop', "城市 'x'"
    number = np.array([3.0, 1.0, np.nan, 2.0, 1.0])
    table = engine.adopt({who: number, text: np.array(["北京", "o'k", None, "b", "b"], dtype=object)})
    assert engine.columns(table) == {who: "number", text: "text"}, f"columns: {engine.columns(table)}"
    assert engine.count(table) == 5 and engine.count(table, Condition((Term(who, "<=", 2.0),))) == 3, "count"
    assert engine.count(table, Condition((Term(text, "missing"),))) == 1 and engine.count(table, EVERYONE) == 5, "count where missing"
    assert [(v, n) for v, n in engine.distinct(table, text, 2)] == [("b", 2), ("o'k", 1)], f"distinct: {engine.distinct(table, text, 2)}"
    ends = engine.quantiles(table, who, [0.0, 1.0])
    assert ends == [1.0, 3.0], f"quantiles: {ends}"
    rows = engine.rows(table, (text, who))
    assert list(rows[text]) == ["北京", "o'k", None, "b", "b"], "rows keep their order and texts"
    assert np.array_equal(rows[who], number, equal_nan=True), "rows keep their order and numbers"
    assert engine.rows(table, (who,), 2).n == 2, "rows up to a limit"
    _derives(engine, table, who, text, rows)
    _joins_and_keys(make, engine, table, who, text)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "t.parquet"
        engine.write(table, path)
        back = engine.rows(engine.read(path, "parquet", {}), (text, who))
        assert list(back[text]) == list(rows[text]) and np.array_equal(back[who], number, equal_nan=True), "what is written is read back"


def _derives(engine: Engine, table: str, who: str, text: str, rows: Rows) -> None:
    ratio, where = Ratio(Of(who), Of(who)), Condition((Term(text, "in", ("b", "o'k")),))
    made = engine.rows(engine.select(table, {"r": ratio, who: Of(who)}, where), ("r", who))
    mask = where.holds(rows)
    assert np.array_equal(made["r"], ratio.values(rows)[mask], equal_nan=True), "select equals the array interpreter"
    assert np.array_equal(made[who], rows[who][mask]), "select keeps the rows where a condition holds, in order"
    doubled = engine.rows(engine.attach(table, {"double": rows[who] * 2}), ("double", who))
    assert np.array_equal(doubled["double"], doubled[who] * 2, equal_nan=True), "attach keeps rows beside each other"
    assert engine.ask(table, "SELECT count(*) FROM data")[0][0] == rows.n, "ask calls the table data"


def _joins_and_keys(make: Callable[[], Engine], engine: Engine, table: str, who: str, text: str) -> None:
    right = engine.adopt({"key": np.array(["b"], dtype=object), "size": np.array([7.0])})
    joined = engine.join(table, right, [(text, "key")])
    assert engine.count(joined) == 5 and "key" not in engine.columns(joined), "a left join keeps every row and drops the right key"
    size = np.sort(engine.rows(joined, ("size",))["size"])
    assert np.array_equal(size, [7.0, 7.0, np.nan, np.nan, np.nan], equal_nan=True), "a row without a partner gets missing values"
    rows = engine.rows(table, (who, text))
    turned = rows.take(np.arange(rows.n)[::-1])
    other = make()
    keys = engine.rows(engine.keyed(table, [who, text]), ("_key", "_row", who))
    again = other.rows(other.keyed(other.adopt({n: turned[n] for n in turned}), [who, text]), ("_key", "_row", who))
    assert np.array_equal(keys["_key"], again["_key"]), "keys depend on the content of a row, not on its place"
    assert np.array_equal(keys[who], again[who], equal_nan=True) and sorted(keys["_row"]) == [1, 2, 3, 4, 5], "keyed rows stand in the order of keys"
