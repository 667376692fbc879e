"""The compiled half: paths are measured right; what rows get of them is tested in test_trees."""

from __future__ import annotations

import numpy as np

from apercu.stats.leaves import Nodes, deepest
from apercu.stats.trees import Trees


def tree():
    """Feature 0, then on its left feature 1, then feature 0 again."""
    left, right = np.array([1, 2, 3, -1, -1, -1, -1], np.int32), np.array([6, 5, 4, -1, -1, -1, -1], np.int32)
    feature, threshold = np.array([0, 1, 0, 0, 0, 0, 0], np.int32), np.array([2.0, 0.0, 1.0, 0, 0, 0, 0])
    nothing = np.zeros(7, np.int32)
    cover = np.array([100.0, 60, 30, 10, 20, 30, 40])
    return Nodes(left, right, feature, threshold, nothing.astype(np.uint8), nothing, nothing, np.zeros(0, np.uint32), np.arange(7.0), cover)


def test_paths():
    nodes = tree()
    trees = Trees.of(nodes, np.zeros(1), np.zeros(1, np.int64), np.zeros(1), 2)
    assert deepest(nodes, trees.roots) == 3
    paths, expected, wide = trees._walked
    assert wide == 2 and paths.parent.tolist() == [-1, 0, 1, 2, 2, 1, 0] and paths.above.tolist() == [-1, -1, -1, 1, 1, -1, -1]
    assert paths.order[0] == 0 and sorted(paths.order.tolist()) == list(range(7))
    a, b = paths.start[3], paths.start[4]
    assert dict(zip(paths.feature[a:b].tolist(), paths.share[a:b].round(9).tolist(), strict=True)) == {0: 0.2, 1: 0.5}
    assert expected[0] == np.float64(3 * 0.1 + 4 * 0.2 + 5 * 0.3 + 6 * 0.4)


def test_nought_is_what_a_missing_value_counts_as():
    trees = Trees.of(tree(), np.zeros(1), np.zeros(1, np.int64), np.zeros(1), 2)
    assert trees.predict(np.array([[np.nan, np.nan], [0.0, 0.0], [1.5, -1.0], [9.0, 0.0]])).ravel().tolist() == [3.0, 3.0, 4.0, 6.0]
