"""Tables, texts and models make facts that know where they come from; names that meet by chance do not go together."""

from __future__ import annotations

import numpy as np

from apercu.core.graph import Triple
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.reason.build import MENTIONS, TOGETHER, mentioned, of_predictions, of_table, of_texts

COLUMNS = {
    "order": ["o1", "o2", "o3", None],
    "customer": ["Ann", "Bo", "Ann", "Bo"],
    "land": ["no"] * 4,
    "price": [1.0, 2.0, 3.0, 4.0],
    "paid": ["y", None, "n", "n"],
}
KINDS = {"order": "entity", "customer": "entity", "land": "category", "price": "number", "paid": "flag"}
SCHEMA = Schema(tuple(Column(n, k, storage="number" if k == "number" else "text") for n, k in KINDS.items()))


def test_rows_state_what_their_columns_say():
    graph = of_table(Rows.of(COLUMNS), SCHEMA, "orders.csv", key="order")
    assert set(graph.triples) == {
        Triple("o1", "customer", "Ann", "orders.csv", 1.0, 1),
        Triple("o2", "customer", "Bo", "orders.csv", 1.0, 2),
        Triple("o3", "customer", "Ann", "orders.csv", 1.0, 3),
        Triple("o1", "paid", "y", "orders.csv", 1.0, 1),
        Triple("o3", "paid", "n", "orders.csv", 1.0, 3),
    }


def test_rows_without_a_key_are_called_by_their_number_and_facts_are_bounded():
    graph = of_table(Rows.of(COLUMNS), SCHEMA, "orders.csv", leave=("paid", "order"))
    assert {t.head for t in graph.triples} == {f"orders.csv {i}" for i in range(1, 5)}
    assert len(of_table(Rows.of(COLUMNS), SCHEMA, "orders.csv", key="order", most=4)) == 3  # of the columns in order, those that fit whole
    assert len(of_table(Rows.of({n: [] for n in COLUMNS}), SCHEMA, "none.csv", key="order")) == 0


def test_names_are_found_in_both_languages():
    texts = ["They said T-Mobile is cheap", "mobile phone", None, "我要转到联通", "t-mobile again"]
    found = mentioned(texts, {"rival": ("T-Mobile", "联通"), "phone": ("phone",), "nobody": ("xyz",)})
    assert {name: places.tolist() for name, places in found.items()} == {"rival": [0, 3, 4], "phone": [1]}


def test_names_that_meet_more_often_than_chance_go_together():
    generator = np.random.default_rng(1)
    words = ["price", "bill", *(f"word{i}" for i in range(20))]
    texts = []
    for _ in range(300):
        said = [w for w in words[2:] if generator.random() < 0.2]
        if generator.random() < 0.3:
            said += [w for w in ("price", "bill") if generator.random() < 0.8]
        texts.append(" ".join(said))
    graph = of_texts(texts, {w: (w,) for w in words}, "notes")
    together = [t for t in graph.triples if t.relation == TOGETHER]
    assert {(t.head, t.tail) for t in together} == {("price", "bill"), ("bill", "price")}
    assert min(t.weight for t in together) > 0.95
    first = next(t for t in graph.triples if t.relation == MENTIONS)
    assert first.head == f"notes {first.place}" and first.tail in texts[first.place - 1].split()


def test_few_names_make_no_pairs():
    assert [t.relation for t in of_texts(["a b", "a"], {"a": ("a",)}, "notes").triples] == [MENTIONS, MENTIONS]
    assert not of_texts([], {"a": ("a",)}, "notes")


def test_a_model_says_only_what_it_is_sure_of():
    probability = np.array([[0.97, 0.03], [0.6, 0.4], [0.01, 0.99], [0.0, 1.0]])
    graph = of_predictions(["Ann", "Bo", "Cy", None], ("no", "yes"), probability, "churn")
    assert tuple(graph.triples) == (Triple("Ann", "churn", "no", "model", 0.97, 1), Triple("Cy", "churn", "yes", "model", 0.99, 3))
