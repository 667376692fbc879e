"""A study adapted to new rows: it says what knowing the earlier one is worth, and predicts, saves and explains like any other."""

from __future__ import annotations

import json

import numpy as np
import pytest

import apercu
from apercu import train
from apercu.cli import main
from apercu.core.errors import WordsError


def shop(n, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    age, visits, noise = rng.normal(40, 12, n), rng.poisson(4, n).astype(float), rng.normal(size=n)
    plan = rng.choice(np.array(["basic", "plus"], dtype=object), n)
    odds = 0.12 * (age - 40) - 0.5 * (visits - 4) + 1.5 * (plan == "plus") + noise + shift
    return {"age": age, "visits": visits, "plan": plan, "left": np.where(odds > 0.8, "yes", "no").astype(object)}


@pytest.fixture(scope="module")
def adapted():
    options = apercu.Options(train=train.Options(learners=("linear",), members=1))
    first = apercu.run(shop(1_500, 1), "left", options=options)
    return first, first.adapt(shop(60, 2, 1.0), options)


def test_it_says_what_knowing_is_worth(adapted):
    _, second = adapted
    assert second.data.n == 60 and second.model.name in ("adapted", "ensemble")
    worth = [s for s in second.scores if s.model == f"{second.model.name} − alone" and s.metric == "auc difference"]
    assert len(worth) == 1 and worth[0].low <= worth[0].value <= worth[0].high
    auc = {s.model: s.value for s in second.scores if s.metric == "auc"}
    assert auc[second.model.name] > auc["alone"]


def test_it_is_a_study_like_any_other(adapted, tmp_path):
    _, second = adapted
    later = {name: column[:5] for name, column in shop(50, 3).items()}
    told = second.predict(later)
    again = apercu.Study.load(second.save(tmp_path / "second.study"))
    assert again.predict(later) == told and again.explain(later)[0].column in ("age", "visits", "plan")


def test_rows_without_the_target_are_refused(adapted):
    first, _ = adapted
    rows = shop(50, 4)
    del rows["left"]
    with pytest.raises(WordsError, match="no column 'left'"):
        first.adapt(rows)


def test_rows_without_a_label_are_asked_about(adapted, tmp_path):
    first, _ = adapted
    fresh = shop(40, 8)
    del fresh["left"]
    asked = first.ask(5, fresh)
    assert len({one.row for one in asked}) == 5 and asked[0].worth >= asked[-1].worth
    with pytest.raises(WordsError, match="every row has a value"):
        first.ask(5)
    first.save(tmp_path / "a.study", page=False)
    (tmp_path / "new.csv").write_text("age,visits,plan\n" + "\n".join(f"{a},{v},{p}" for a, v, p in zip(*fresh.values(), strict=True)))
    with pytest.raises(SystemExit) as end:
        main(["ask", str(tmp_path / "a.study"), str(tmp_path / "new.csv"), "--n", "5", "--out", str(tmp_path / "ask.json")])
    assert end.value.code == 0 and [one["row"] for one in json.loads((tmp_path / "ask.json").read_text())] == [one.row for one in asked]


def test_missing_labels_of_the_table_itself_are_asked_about():
    table = shop(300, 9)
    table["left"][::3] = None
    study = apercu.run(table, "left", options=apercu.Options(train=train.Options(learners=("linear",), members=1)))
    rows = [one.row for one in study.ask(4)]
    assert all((row - 1) % 3 == 0 for row in rows) and len(rows) == 4
