"""Clusters: groups by rules and what sets them apart; nothing of tables that have none."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from apercu import clean, collect, derive, discover
from apercu.core.split import Split
from apercu.discover._about import About
from apercu.discover._measures import measured
from apercu.discover.cluster import Cluster
from apercu.engine.duckdb import DuckDB

pandas = pytest.importorskip("pandas")


def split_of(table):
    """A table without a target behind its wall, by the same doors as any other."""
    data, _ = collect.run(table, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    data, _ = derive.run(data, None, derive.Options())
    return Split.make(data, None)


def search_of(split):
    return measured(split.search if split.how != "permutation" else split.whole, About())


def held(table):
    """(claim, evidence) of the claims that the judging rows uphold."""
    split = split_of(table)
    tried = [(claim, Cluster().verify(claim, split.verify)) for claim in Cluster().propose(search_of(split))]
    return [(claim, e) for claim, e in tried if e.p * max(claim.looks, 1) <= 0.05]


def test_known_tables_fall_into_their_kinds():
    datasets = pytest.importorskip("sklearn.datasets")
    iris = datasets.load_iris(as_frame=True)
    flowers = iris.data.assign(species=iris.target_names[iris.target])
    found = held(flowers)
    assert {claim.where.say() for claim, _ in found} == {f"species is “{name}”" for name in iris.target_names}
    wine = datasets.load_wine(as_frame=True)
    found = held(wine.data)
    assert len(found) == 3 and all(claim.told("groups") == 3 and e.extra["agreement"] > 0.8 for claim, e in found)
    for claim, _ in found:
        rows = {name: wine.data[name].to_numpy(float) for name in wine.data}
        inside = claim.where.holds({c.replace(" ", "_"): v for c, v in rows.items()})
        assert max(np.bincount(wine.target[inside])) / inside.sum() > 0.75


def test_real_customers(shared_data):
    path = shared_data / "segmentation" / "customer_personality" / "marketing_campaign.csv.gz"
    found = held(pandas.read_csv(path, sep=";"))
    assert len(found) >= 2 and all(0.05 < e.extra["share"] < 0.6 for _, e in found)
    assert {m.name for claim, _ in found for m in (claim.measure, *claim.told("others"))} >= {"Income", "Kidhome"}


@pytest.mark.parametrize("n", [400, 4000])
@pytest.mark.parametrize("draw", ["apart", "together", "skewed", "levels"])
def test_tables_without_groups_give_none(n, draw):
    rng = np.random.default_rng(5)
    trait, own = rng.normal(size=(n, 1)), rng.normal(size=(n, 8))
    x = {"apart": own, "together": trait + own, "skewed": np.exp(trait + own), "levels": np.round(2 * (trait + own))}[draw]
    table = pandas.DataFrame(x, columns=[f"x{i}" for i in range(8)])
    for i in range(4):
        table[f"k{i}"] = rng.choice(["a", "b", "c"], n)
    table["sex"] = np.where(trait[:, 0] + rng.normal(size=n) > 0, "f", "m") if draw == "together" else rng.choice(["f", "m"], n)
    assert not list(Cluster().propose(search_of(split_of(table))))


def test_groups_that_unseen_rows_do_not_have_are_not_told():
    example = Cluster().example()
    split = split_of(pandas.DataFrame(dict(example.columns)))
    claim = next(iter(Cluster().propose(search_of(split))))
    rng = np.random.default_rng(6)
    rows = split.verify.rows
    mixed = rows.plus({name: rng.permutation(rows[name]) for name in ("visits", "basket", "age", "years")})
    from dataclasses import replace

    assert Cluster().verify(claim, split.verify).p < 1e-6
    assert Cluster().verify(claim, replace(split.verify, rows=mixed)).p == 1.0


def test_the_sentences_say_rule_profile_and_agreement():
    split = split_of(pandas.DataFrame(dict(Cluster().example().columns)))
    claims = list(Cluster().propose(search_of(split)))
    assert len(claims) == 2  # the third group lies between the others, so that no measure of its own sets it apart
    e = Cluster().verify(claims[0], split.verify)
    said, spoken = Cluster().say(claims[0], e, "en"), Cluster().say(claims[0], e, "zh")
    assert said.startswith("Rows fall into 3 groups; one of them (") and "It differs besides in" in said and "(agreement" in said
    assert spoken.startswith("这些行自然分成 3 群") and "一致度" in spoken
    chart = Cluster().chart(claims[0], e, split.verify)
    assert chart["encoding"]["x"]["title"] == "Δ / σ" and len(chart["data"]["values"]) == 1 + len(claims[0].told("others"))


def test_a_claim_can_be_kept():
    from apercu.deploy.codec import decoded, encoded

    split = split_of(pandas.DataFrame(dict(Cluster().example().columns)))
    claim = next(iter(Cluster().propose(search_of(split))))
    again = decoded(json.loads(json.dumps(encoded(claim))))
    assert again == claim and Cluster().verify(again, split.verify) == Cluster().verify(claim, split.verify)


@pytest.mark.slow
def test_it_is_quick():
    rng = np.random.default_rng(7)
    label = rng.integers(0, 4, 5000)
    x = rng.normal(size=(5000, 20)) + 3 * rng.normal(size=(4, 20))[label]
    search = search_of(split_of(pandas.DataFrame(x, columns=[f"x{i}" for i in range(20)])))
    list(Cluster().propose(search))
    started = time.process_time()
    assert list(Cluster().propose(search))
    assert time.process_time() - started < 2.0  # about half a second where nobody else works


def test_it_comes_out_of_the_whole_search(monkeypatch):
    kinds = {name: kind for name, kind in discover.patterns().items() if name in ("cluster", "segment")}
    monkeypatch.setattr(discover, "patterns", lambda: kinds)
    findings, _ = discover.run(split_of(pandas.DataFrame(dict(Cluster().example().columns))))
    assert "cluster" in {f.claim.pattern for f in findings}
