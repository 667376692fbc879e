"""What a kept recommender holds: no more than JSON and plain arrays, and nothing half-written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from apercu.core.errors import UnusableStudy
from apercu.train import recommend
from apercu.train._kept import opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    drawn = np.random.default_rng(0)
    made = recommend.fit({"a": drawn.integers(0, 30, 400), "b": drawn.integers(0, 20, 400)}, "a", "b")
    return made.save(tmp_path_factory.mktemp("kept") / "inner" / "r")


def test_two_plain_files(folder):
    assert sorted(p.name for p in folder.iterdir()) == ["recommender.json", "recommender.npz"]
    json.loads((folder / "recommender.json").read_text(encoding="utf-8"))
    with np.load(folder / "recommender.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "biuf" for name in arrays.files)
    assert [p.name for p in folder.parent.iterdir()] == ["r"]


def test_all_fields_come_back(folder):
    fields = opened(folder)
    assert recommend.Recommender(**fields).recommend("3") == recommend.load(folder).recommend(3)


@pytest.mark.parametrize("gone", ["members", "items", "weights"])
def test_a_missing_part_is_said(folder, tmp_path, gone):
    tree = json.loads((folder / "recommender.json").read_text(encoding="utf-8"))
    del tree[gone]
    (tmp_path / "recommender.json").write_text(json.dumps(tree))
    (tmp_path / "recommender.npz").write_bytes((folder / "recommender.npz").read_bytes())
    with pytest.raises(UnusableStudy, match=gone):
        opened(tmp_path)
