"""The map of rows: groups lie apart, the odd row is the oddest, pictures and sequences are seen, the report draws it."""

from __future__ import annotations

import numpy as np
import pytest

import apercu
from apercu import train
from apercu.cli import main
from apercu.core.pictures import netpbm
from apercu.core.rows import Packed
from apercu.train.latent import mapped

pytest.importorskip("torch")


def groups(n=240, seed=1):
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, n)
    columns = {f"x{k}": rng.normal(0, 0.3, n) + 4 * kind * (-1) ** k for k in range(4)}
    columns["x0"][17] = 40.0
    return {**columns, "kind": np.where(kind > 0, "a", "b").astype(object)}, kind


def test_groups_lie_apart_and_the_odd_row_is_told(make_split):
    table, _ = groups()
    found = mapped(make_split(table, "kind"))
    places = np.column_stack([found.x, found.y])
    own = np.array(found.label) == "a"
    inner = max(float(places[own].std(axis=0).max()), float(places[~own].std(axis=0).max()))
    assert np.linalg.norm(places[own].mean(axis=0) - places[~own].mean(axis=0)) > 2 * inner
    assert found.rows[found.oddness.argmax()] == 18
    assert set(found.curve().columns) == {"x", "y", "level"}


def test_pictures_and_sequences_are_seen(make_split):
    rng = np.random.default_rng(2)
    kind = rng.integers(0, 2, 120)
    pixels = (rng.integers(0, 50, (120, 6, 6)) + 150 * kind[:, None, None]).astype(np.uint8)
    pulse = [np.sin(np.arange(20) / (2 + 3 * k)) + rng.normal(0, 0.1, 20) for k in kind]
    found = mapped(make_split({"photo": Packed.of(netpbm(one) for one in pixels), "pulse": Packed.of(pulse), "y": rng.normal(size=120)}, "y"))
    apart = [np.linalg.norm(np.diff([[c[kind[found.rows - 1] == k].mean() for c in (found.x, found.y)] for k in (0, 1)], axis=0))]
    assert apart[0] > max(found.x.std(), found.y.std()) and len({*found.label}) == 5


def test_the_report_draws_it(tmp_path):
    table, _ = groups(160)
    table["kind"] = np.random.default_rng(3).permutation(table["kind"])
    study = apercu.run(table, "kind", options=apercu.Options(train=train.Options(learners=("linear",), members=1)))
    folder = study.save(tmp_path / "a.study")
    with pytest.raises(SystemExit) as end:
        main(["map", str(folder), "--out", str(tmp_path / "places.csv")])
    assert end.value.code == 0 and (tmp_path / "places.csv").read_text().startswith("row,x,y,oddness\n")
    assert "A map of the rows" in (folder / "page.html").read_text(encoding="utf-8") and "数据地图" in apercu.Study.load(folder).page()
