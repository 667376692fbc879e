"""A file of facts alone makes a study that is shown, saved and opened like any other."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import apercu
from apercu.core.errors import WordsError
from apercu.core.graph import Graph, Triple

FACTS = "".join(f"e{i}\tnext\te{i + 1}\n" for i in range(50)) + "odd\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("facts") / "facts.tsv"
    path.write_text(FACTS)
    return path


def test_facts_are_told_from_a_table(file, tmp_path):
    study = apercu.run(file, rules="next(X, Y) & next(Y, Z) -> next(X, Z)")
    assert (len(study.graph), study.data.n, study.goal, study.findings) == (50, 50, None, ())
    assert [n.say()[:12] for n in study.notes][:3] == ["1 line of fa", "50 facts abo", "1,225 facts "]
    tree = study.to_json()
    assert tree["rows"] == 50 and json.dumps(tree)
    study.save(tmp_path / "facts.study")
    again = apercu.Study.load(tmp_path / "facts.study")
    assert again.graph == study.graph and again.to_json() == tree
    for lang in ("en", "zh"):
        assert "e1" in again.page(lang=lang)
    with pytest.raises(WordsError, match="no model"):
        study.predict(file)


def test_a_graph_in_memory_and_facts_that_do_not_look_it(file, tmp_path):
    study = apercu.run(None, graph=Graph.of([Triple("a", "r", "b")]))
    assert study.source == "facts" and study.notes[0].say().startswith("1 fact about 2 entities")
    (tmp_path / "numbers.csv").write_text("1,7,2\n2,7,3\n")
    options = apercu.Options()
    told = apercu.run(tmp_path / "numbers.csv", options=replace(options, collect=replace(options.collect, triples=True)))
    assert len(told.graph) == 2
    with pytest.raises(WordsError, match="nothing to study"):
        apercu.run(None)
    with pytest.raises(WordsError, match="leave out --target"):
        apercu.run(None, "churned", graph=Graph.of([Triple("a", "r", "b")]))


def test_what_follows_what_is_likely_and_what_was_found(tmp_path):
    rng = np.random.default_rng(0)
    facts = []
    for k in range(300):
        facts += [Triple(f"p{k}", "works_for", f"f{k % 20}"), Triple(f"f{k % 20}", "lies_in", f"t{k % 5}")]
        facts += [Triple(f"p{k}", "lives_in", f"t{k % 5 if rng.random() < 0.9 else rng.integers(5)}")] * (k % 10 > 0)
    study = apercu.run(
        None,
        graph=Graph.of(facts),
        rules="lies_in(X, Y) -> within(X, Y) [0.9]\nworks_for(X, Y) -> lies_in(X, Y)",
        options=apercu.Options(effort="quick"),
    )
    assert study.knowledge.followed == 20 + 300 + 300 and len(study.knowledge.inferred) == 15
    likely = [f for f in study.knowledge.predicted if f.relation == "lives_in"]
    assert sum(f.tail == f"t{int(f.head[1:]) % 5}" for f in likely) > 0.7 * len(likely) > 5
    assert all(f.replays(study.graph) for f in study.knowledge.predicted)
    assert any(" -> lives_in(" in f.claim.told("clause") for f in study.findings)
    assert any(n.id == "clause" and "the rule says 100.0%" in n.say() and "95% interval 0.0% to" in n.say() for n in study.notes)
    answers = study.ask('within(?, "t1")')
    assert {a.gaps[next(iter(a.gaps))] for a in answers} >= {"f1", "f6"} and answers[0].why[0].sources() == ("",)
    again = apercu.Study.load(study.save(tmp_path / "firms.study"))
    assert again.knowledge == study.knowledge and [a.say() for a in again.ask('within(?, "t1")')] == [a.say() for a in answers]
    with pytest.raises(WordsError, match="no graph"):
        replace(study, graph=Graph()).ask("a(?, b)")


def test_real_facts(shared_data):
    study = apercu.run(shared_data / "kg/umls/train.txt", options=apercu.Options(effort="quick"))
    assert len(study.graph) == 5_216 and "135 entities in 46 relations" in study.notes[0].say()
