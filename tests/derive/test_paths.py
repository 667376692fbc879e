"""What a graph says of a column's values becomes a column of its own; findings speak of it, and new rows get it as well."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu import derive
from apercu.core.dataset import Dataset
from apercu.core.expression import Column as Of
from apercu.core.expression import Lookup
from apercu.core.graph import Graph, Triple
from apercu.core.schema import Column, Schema
from apercu.derive.paths import MOST, propose
from apercu.engine.duckdb import DuckDB

ITEMS = {"milk": "dairy", "cheese": "dairy", "apple": "fruit", "pear": "fruit", "soap": "cleaning", "mop": "cleaning"}
PARENTS = {"dairy": "food", "fruit": "food", "cleaning": "household"}


def graph(*more: Triple) -> Graph:
    facts = [Triple(item, "category", category) for item, category in ITEMS.items()]
    return Graph.of((*facts, *(Triple(category, "parent", parent) for category, parent in PARENTS.items()), *more))


def sales(n: int = 600, items: list[str] | None = None, kind: str = "category") -> Dataset:
    rng = np.random.default_rng(0)
    columns = {"item": rng.choice(items or list(ITEMS), n).astype(object), "amount": rng.normal(size=n)}
    engine = DuckDB()
    schema = Schema((Column("item", kind), Column("amount", "number", "target", "number")))
    return Dataset(schema, engine, engine.adopt(columns), "sales", n)


def test_paths_of_one_and_two_relations():
    made = propose(sales(), graph())
    assert list(made) == ["item_category", "item_category_parent"]
    parent = made["item_category_parent"]
    assert isinstance(parent, Lookup) and parent.path == ("category", "parent")
    assert dict(zip(parent.keys, parent.told, strict=True)) == {item: PARENTS[category] for item, category in ITEMS.items()}


def test_the_derived_columns_are_text_that_is_shown_and_replayed():
    data, notes = derive.run(sales(), None, derive.Options(), graph())
    category, parent = data.schema.column("item_category"), data.schema.column("item_category_parent")
    assert (category.kind, category.storage, category.role, category.distinct) == ("category", "text", "feature", 3)
    assert parent.kind == "flag" and parent.missing == 0
    told = next(n for n in notes if n.column == "item_category_parent")
    assert told.say("en") == "derived: parent of category of item" and told.say("zh") == "派生列：item 的 category 的 parent"
    rows = data.rows(("item", "item_category_parent"))
    assert all(PARENTS[ITEMS[item]] == above for item, above in zip(rows["item"], rows["item_category_parent"], strict=True))


def test_nothing_is_derived_without_a_graph_or_against_the_user():
    assert "item_category" not in derive.run(sales(), None, derive.Options())[0].schema
    assert "item_category" not in derive.run(sales(), None, derive.Options(), Graph())[0].schema
    assert "item_category" not in derive.run(sales(), None, derive.Options(paths=False), graph())[0].schema
    assert propose(sales(), graph(), target="item") == {}


def test_a_relation_with_several_objects_is_no_function():
    bought = [Triple(item, "bought_with", other) for item in ITEMS for other in ("milk", "pear", "mop") if other != item]
    assert list(propose(sales(), graph(*bought))) == ["item_category", "item_category_parent"]


def test_one_thing_of_two_categories_is_left_missing():
    wide = {f"item{i}": f"kind{i % 4}" for i in range(40)}
    facts = [*(Triple(item, "category", kind) for item, kind in wide.items()), Triple("item7", "category", "kind0")]
    made = propose(sales(800, list(wide)), Graph.of(tuple(facts)))
    assert "item7" not in made["item_category"].keys and len(made["item_category"].keys) == 39


def test_doubtful_facts_are_not_followed():
    doubtful = Graph.of(tuple(Triple(item, "category", category, weight=0.2) for item, category in ITEMS.items()))
    assert propose(sales(), doubtful) == {}


def test_labels_one_value_for_all_and_the_same_groups_again_make_no_column():
    labels = [Triple(item, "label", item.upper()) for item in ITEMS]
    one = [Triple(item, "is_a", "thing") for item in ITEMS]
    again = [Triple(category, "code", category[:2]) for category in PARENTS]
    assert list(propose(sales(), graph(*labels, *one, *again))) == ["item_category", "item_category_parent"]


def test_a_graph_that_knows_few_rows_makes_no_column():
    strange = [f"thing{i}" for i in range(30)]
    assert propose(sales(items=[*strange, "milk", "soap", "apple", "pear"]), graph()) == {}


def test_the_keys_hold_things_that_only_new_rows_will_name():
    made = propose(sales(items=["milk", "cheese", "soap", "mop"]), graph())
    assert "pear" not in made["item_category"].keys, "fruit is no category of this table"
    assert set(made["item_category"].keys) == {"milk", "cheese", "soap", "mop"}
    assert "mop" in propose(sales(items=["milk", "cheese", "apple", "pear", "soap"]), graph())["item_category"].keys


def test_at_most_so_many_columns():
    many = [Triple(item, f"r{k:02d}", f"v{hash((i, k)) % 2}") for k in range(60) for i, item in enumerate(f"i{j:02d}" for j in range(40))]
    assert len(propose(sales(items=[f"i{j:02d}" for j in range(40)]), Graph.of(tuple(many)))) <= MOST


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Sales whose amount is higher for food, two steps away in the graph, and higher still for nothing else."""
    rng = np.random.default_rng(4)
    n = 6000
    things = [f"item{i:03d}" for i in range(120)]
    category = {thing: f"category{i % 12:02d}" for i, thing in enumerate(things)}
    parent = {f"category{k:02d}": ("food", "household", "garden")[k % 3] for k in range(12)}
    item = rng.choice(things, n)
    food = np.array([parent[category[thing]] == "food" for thing in item])
    folder = tmp_path_factory.mktemp("sales")
    table = {"item": item, "shop": rng.choice(["north", "south"], n), "amount": np.round(50 + 10 * rng.normal(size=n) + 8 * food, 2)}
    lines = [",".join(table), *(",".join(map(str, row)) for row in zip(*table.values(), strict=True))]
    (folder / "sales.csv").write_text("\n".join(lines) + "\n")
    facts = [(thing, "category", above) for thing, above in category.items()] + [(below, "parent", above) for below, above in parent.items()]
    (folder / "facts.tsv").write_text("\n".join("\t".join(fact) for fact in facts) + "\n")
    return folder


def test_a_study_speaks_of_the_parent_category(files, tmp_path):
    study = apercu.run(files / "sales.csv", "amount", graph=files / "facts.tsv")
    lookup = next(t for f in study.findings for t in f.claim.where.terms if isinstance(t.expression, Lookup))
    assert lookup.expression.of == Of("item") and lookup.expression.path == ("category", "parent")
    finding = next(f for f in study.findings if lookup in f.claim.where.terms)
    assert "parent of category of item is “food”" in finding.say("en") and "item 的 category 的 parent 为“food”" in finding.say("zh")
    assert finding.evidence.effect == pytest.approx(8, abs=1.5)
    halves = np.array([{1: "search", 2: "verify", 3: "all"}[int(h)] for h in study.split.half], dtype=object)
    engine = study.split.data.engine
    answer = engine.ask(engine.attach(study.split.data.table, {"_half": halves}), finding.sql)[0]
    assert answer[:3] == pytest.approx((finding.evidence.effect, finding.evidence.value, finding.evidence.base), rel=1e-6)
    study.save(tmp_path / "s.study")
    again = apercu.Study.load(tmp_path / "s.study")
    assert again.findings[0].claim == study.findings[0].claim
    food, other = again.predict([{"item": "item000", "shop": "north"}, {"item": "item001", "shop": "north"}])
    assert food["prediction"] > other["prediction"] + 4


def test_a_study_without_a_target_speaks_of_it_too(files):
    study = apercu.run(files / "sales.csv", graph=files / "facts.tsv")
    assert "item_category_parent" in study.data.schema
    assert any("parent of category of item" in finding.say("en") for finding in study.findings)
