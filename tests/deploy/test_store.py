"""A study folder: equal when reopened, whole or not at all, and never trusted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from apercu.core.errors import UnusableStudy, WordsError
from apercu.core.graph import Triple
from apercu.deploy import export, store
from apercu.engine.duckdb import DuckDB

from .record import EVIL, SQLISH, Record, Shelf, bare, record

LEARNERS = {"shelf": Shelf}


@pytest.fixture(scope="module")
def whole() -> Record:
    return record()


@pytest.fixture(scope="module")
def saved(whole: Record, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store.save(whole, tmp_path_factory.mktemp("kept") / "churn.study", page="<!doctype html>")


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved, tmp_path / "churn.study")


def test_a_reopened_study_is_equal(whole: Record, saved: Path) -> None:
    again = Record(**store.load(saved, DuckDB(), LEARNERS))
    for name in ("source", "goal", "curves", "explanation", "rules", "findings", "ledger", "actions", "vetoes", "notes", "seed", "versions", "graph"):
        assert getattr(again, name) == getattr(whole, name), name
    assert [veto.text for veto in again.vetoes] == [veto.text for veto in whole.vetoes] != []
    assert [f.say("zh") for f in again.findings] == [f.say("zh") for f in whole.findings]
    assert export.to_json(again) == export.to_json(whole)
    assert repr(again.scores) == repr(whole.scores)
    assert repr(again.faults) == repr(replace(whole.faults[0], evidence={"rows": 12.0, "expected": 9.5})).join(["(", f", {whole.faults[1]!r})"])
    assert again.options == {"effort": "normal", "minutes": 10.0, "detail": {"q": 0.05, "depth": 3}}


def test_the_table_the_wall_and_the_models_come_back(whole: Record, saved: Path) -> None:
    again = Record(**store.load(saved, DuckDB(), LEARNERS))
    assert again.data.schema == whole.data.schema
    assert again.data.steps == whole.data.steps
    for name in whole.split.rows:
        np.testing.assert_array_equal(again.split.rows[name], whole.split.rows[name], err_msg=name)
    np.testing.assert_array_equal(again.split.half, whole.split.half)
    np.testing.assert_array_equal(again.split.folds, whole.split.folds)
    assert (again.split.how, again.split.seed) == (whole.split.how, whole.split.seed)
    assert again.model is again.models[0]
    assert len(again.models) == 2
    np.testing.assert_array_equal(again.model.predict(again.split.rows), whole.model.predict(whole.split.rows))
    np.testing.assert_array_equal(again.models[1].out_of_fold, whole.models[1].out_of_fold)


def test_each_findings_sql_gives_its_number_on_the_parquet_file(whole: Record, saved: Path) -> None:
    engine = DuckDB()
    data = engine.read(saved / "data.parquet", "parquet", {})
    for f in whole.findings:
        effect, value, base, n = engine.ask(data, f.sql)[0]
        assert (effect, value, base, n) == pytest.approx((f.evidence.effect, f.evidence.value, f.evidence.base, f.evidence.n))
    names = engine.columns(data)
    assert {"_row", "_half", "_fold", "_predicted", EVIL, SQLISH, "month of joined"} <= set(names)
    assert sorted(r[0] for r in engine.ask(data, "SELECT _row FROM data")) == list(range(1, whole.data.n + 1))
    assert engine.ask(data, "SELECT min(_predicted) >= 0 AND max(_predicted) <= 1 FROM data")[0][0]


def test_a_study_without_target_comes_back(whole: Record, tmp_path: Path) -> None:
    folder = store.save(bare(whole), tmp_path / "bare.study")
    again = Record(**store.load(folder, DuckDB(), {}))
    assert again.split is None
    assert again.model is None
    assert again.data.n == whole.data.n


def test_measures_without_a_goal_keep_their_wall(whole: Record, tmp_path: Path) -> None:
    folder = store.save(replace(whole, goal=None, model=None, models=()), tmp_path / "open.study")
    again = Record(**store.load(folder, DuckDB(), {}))
    assert again.goal is None
    assert again.split.goal == whole.split.goal
    assert again.findings == whole.findings


def test_a_model_that_is_not_listed_is_kept_too(whole: Record, tmp_path: Path) -> None:
    taught = replace(whole.models[0], scale=1.5)
    folder = store.save(replace(whole, model=taught), tmp_path / "taught.study")
    again = Record(**store.load(folder, DuckDB(), LEARNERS))
    assert again.model.scale == 1.5
    assert len(again.models) == 2


def test_nothing_is_pickled(saved: Path) -> None:
    names = {p.suffix for p in saved.rglob("*") if p.is_file()}
    assert names <= {".json", ".parquet", ".npy", ".html"}
    for array in saved.rglob("*.npy"):
        np.load(array, allow_pickle=False)


def test_a_run_that_dies_midway_leaves_nothing(whole: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(self: Shelf, folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Shelf, "save", die)
    with pytest.raises(KeyboardInterrupt):
        store.save(whole, tmp_path / "churn.study")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_dies_midway_leaves_the_old_study(whole: Record, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    monkeypatch.setattr(store, "_write_models", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.save(whole, copy, overwrite=True)
    assert {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()} == before
    assert [p.name for p in copy.parent.iterdir()] == ["churn.study"]


def test_the_old_study_comes_back_when_the_last_rename_fails(whole: Record, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, calls = Path.rename, []

    def second_fails(self: Path, target: Path) -> Path:
        calls.append(self.name)
        if len(calls) == 2:
            raise OSError("full")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(WordsError, match="cannot be written"):
        store.save(whole, copy, overwrite=True)
    assert Record(**store.load(copy, DuckDB(), LEARNERS)).findings == whole.findings
    assert [p.name for p in copy.parent.iterdir()] == ["churn.study"]


def test_a_killed_process_leaves_no_study(tmp_path: Path) -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from deploy.record import Shelf, record\nfrom apercu.deploy import store\n"
        "Shelf.save = lambda self, folder: os._exit(9)\nstore.save(record(), sys.argv[2])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(Path(__file__).parents[1]), str(tmp_path / "churn.study")], check=False)
    assert done.returncode == 9
    assert not (tmp_path / "churn.study").exists()


def test_overwriting_is_asked_for_and_only_a_study_is_overwritten(whole: Record, copy: Path, tmp_path: Path) -> None:
    with pytest.raises(WordsError, match="already holds a study"):
        store.save(whole, copy)
    store.save(replace(whole, seed=99), copy, overwrite=True)
    assert store.load(copy, DuckDB(), LEARNERS)["seed"] == 99
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(WordsError, match="not a study"):
        store.save(whole, other, overwrite=True)
    (copy / "my notes.txt").write_text("mine")
    with pytest.raises(WordsError, match=r"my notes\.txt"):
        store.save(whole, copy, overwrite=True)
    with pytest.raises(WordsError, match="is a file"):
        store.save(whole, other / "thesis.txt", overwrite=True)
    (tmp_path / "link").symlink_to(other)
    with pytest.raises(WordsError, match="is a link"):
        store.save(whole, tmp_path / "link", overwrite=True)
    assert (other / "thesis.txt").read_text() == "years of work"


def test_an_empty_folder_is_taken(whole: Record, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    store.save(whole, tmp_path / "empty")
    assert (tmp_path / "empty" / "study.json").is_file()


def _link(folder: Path) -> None:
    outside = folder.parent / "outside.html"
    (folder / "page.html").rename(outside)
    (folder / "page.html").symlink_to(outside)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda f: (f / "data.parquet").write_bytes(b"PAR1"), "was changed"),
        (lambda f: (f / "models/0/oof.npy").unlink(), "lacks its file models/0/oof.npy"),
        (lambda f: (f / "study.json").write_text("{"), "damaged"),
        (lambda f: (f / "study.json").write_text("[]"), "damaged"),
        (lambda f: (f / "study.json").write_text("[" * 100_000), "damaged"),
        (lambda f: (f / "study.json").unlink(), "has no study.json"),
        (lambda f: _change(f, lambda h: h.update(seed=4)), "was changed"),
        (lambda f: _change(f, lambda h: h["folder"].update(version=99)), "newer apercu"),
        (lambda f: _change(f, lambda h: h["folder"].update(format="other")), "says it is 'other'"),
        (lambda f: _change(f, lambda h: h["folder"]["files"].update({"../../etc/passwd": "0"}), seal=True), "outside itself"),
        (lambda f: _change(f, lambda h: h["folder"]["files"].update({"/etc/passwd": "0"}), seal=True), "outside itself"),
        (lambda f: _change(f, lambda h: h["record"].pop("goal"), seal=True), "cannot be read as a study"),
        (lambda f: _change(f, lambda h: h["record"].update(goal={"#": "os.system", "of": {}}), seal=True), "cannot be read as a study"),
        (_link, "lacks its file page.html"),
    ],
)
def test_damage_is_told_in_one_line(copy: Path, harm: object, sentence: str) -> None:
    harm(copy)
    with pytest.raises(UnusableStudy, match=sentence) as told:
        store.load(copy, DuckDB(), LEARNERS)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400


def test_a_place_that_is_no_study(tmp_path: Path, copy: Path) -> None:
    with pytest.raises(UnusableStudy, match="does not exist"):
        store.load(tmp_path / "nowhere", DuckDB(), LEARNERS)
    with pytest.raises(UnusableStudy, match="is a file"):
        store.load(copy / "page.html", DuckDB(), LEARNERS)
    with pytest.raises(UnusableStudy, match="model family 'shelf'"):
        store.load(copy, DuckDB(), {})


def test_a_folder_that_cannot_be_written_gets_a_sentence(whole: Record, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WordsError, match="cannot be written"):
        store.save(whole, tmp_path / "file" / "churn.study")


def _change(folder: Path, change: object, *, seal: bool = False) -> None:
    head = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    change(head)
    if seal:
        head["folder"].pop("seal")
        head["folder"]["seal"] = store._seal(head)
    (folder / "study.json").write_text(json.dumps(head), encoding="utf-8")


def test_a_file_laid_into_a_study_is_not_read(copy: Path) -> None:
    (copy / "notes.txt").write_text("ours", encoding="utf-8")
    store.load(copy, DuckDB(), LEARNERS)
    (copy / "models" / "0" / "rules.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnusableStudy, match="laid there after"):
        store.load(copy, DuckDB(), LEARNERS)


def test_a_model_of_an_earlier_version_knew_no_bend(saved: Path) -> None:
    card = json.loads((saved / "study.json").read_text(encoding="utf-8"))["record"]["models"][0]
    folder = saved / "models" / "0"
    again = store._read_model(folder, card, LEARNERS, None)
    assert (again.scale, again.shift, again.bend) == (1.1, -0.05, -0.2)
    assert store._read_model(folder, {name: value for name, value in card.items() if name != "bend"}, LEARNERS, None).bend == 0.0


def test_the_graph_of_an_earlier_version_told_no_places(tmp_path: Path) -> None:
    engine = DuckDB()
    columns = {name: np.array(list(text), dtype=object) for name, text in (("head", "ab"), ("relation", "rr"), ("tail", "bc"), ("source", "xy"))}
    engine.write(engine.adopt({**columns, "weight": np.array([0.9, 1.0])}), tmp_path / "graph.parquet")
    assert tuple(store._read_graph(tmp_path, engine).triples) == (Triple("a", "r", "b", "x", 0.9), Triple("b", "r", "c", "y"))
