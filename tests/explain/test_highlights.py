"""What covering a part costs: a model that looks at one place is found to look there, in pictures, texts and sequences."""

from __future__ import annotations

import numpy as np
import pytest

from apercu import explain
from apercu.core.errors import UnknownName
from apercu.core.goal import Goal
from apercu.core.model import CrossFitted
from apercu.core.pictures import decoded, netpbm
from apercu.core.rows import Rows


class Looks:
    """Says yes by what `score` makes of a cell."""

    name, columns = "looks", ("cell",)

    def __init__(self, score):
        self.score = score

    def predict(self, rows):
        odds = np.array([self.score(cell) for cell in rows["cell"]])
        p = 1 / (1 + np.exp(-odds))
        return np.column_stack([1 - p, p])


def asked(score, cell, **more):
    model = CrossFitted("looks", Goal("y", "binary", ("no", "yes"), "yes"), ("cell",), (Looks(score),), np.zeros((1, 2)), np.zeros(1))
    return explain.highlight(model, Rows.of({"cell": [cell], "_row": [7], **more}), 0, "cell")


def test_the_corner_that_counts_is_found():
    pixels = np.zeros((16, 16), np.uint8)
    pixels[:4, :4] = 255
    found = asked(lambda file: decoded(file)[:4, :4].mean() / 50 - 2, netpbm(pixels))
    grid = np.array(found.values).reshape(8, 8)
    assert (found.form, found.words, found.row, found.level) == ("picture", ("8x8",), 7, "yes")
    assert np.unravel_index(grid.argmax(), grid.shape) < (2, 2) and grid[:2, :2].min() > 1 and abs(grid[3:, 3:]).max() < 1e-9


def test_the_word_that_counts_is_found_in_both_languages():
    found = asked(lambda text: 3.0 * ("late" in text.split()), "the parcel came late again")
    assert dict(zip(found.words, found.values, strict=True)) == pytest.approx({"the": 0, "parcel": 0, "came": 0, "late": 3, "again": 0}, abs=1e-9)
    found = asked(lambda text: 2.0 * ("退款" in text), "我要申请退款，谢谢")
    told = dict(zip(found.words, found.values, strict=True))
    assert max(told, key=told.get) in ("退款", "请退", "款") and sum(v > 1 for v in told.values()) <= 2


def test_chinese_is_covered_by_words_or_by_runs_of_signs(monkeypatch):
    monkeypatch.setattr("apercu.core.segments.find_spec", lambda name: None)
    runs = asked(lambda text: 2.0 * ("申请" in text), "我要申请退款 OK 谢谢")
    assert runs.words == ("我要", "申请", "退款", "OK", "谢谢")
    monkeypatch.undo()
    pytest.importorskip("jieba")
    words = asked(lambda text: 2.0 * ("服务员" in text), "这服务员态度差 OK 再见")
    told = dict(zip(words.words, words.values, strict=True))
    assert told["服务员"] == pytest.approx(2.0) and told["OK"] == 0 and list(told).index("OK") == len(told) - 2


def test_a_word_that_speaks_against_is_negative():
    found = asked(lambda text: 2.0 - 1.5 * ("but" in text), "good but slow")
    assert dict(zip(found.words, found.values, strict=True))["but"] == pytest.approx(-1.5)


def test_the_stretch_that_counts_is_found():
    values = np.zeros(32)
    values[12:14] = 5.0
    found = asked(lambda cell: cell[12:14].mean(), values)
    assert found.form == "sequence" and found.words[int(np.argmax(found.values))] == "13–14" and max(found.values) > 4
    holes = values.copy()
    holes[3] = np.nan
    assert asked(lambda cell: np.nanmean(cell[12:14]), holes).values[6] > 4


def test_long_texts_are_covered_in_runs_and_odd_cells_are_none():
    assert len(asked(lambda text: len(text) / 999, "word " * 500).words) <= 80
    for cell in ("one", b"P5 broken", np.array([1.0, 2.0])):
        assert asked(lambda _: 0.0, cell) is None
    with pytest.raises(UnknownName):
        explain.highlight(None, Rows.of({"cell": ["x"]}), 0, "cel")
    with pytest.raises(IndexError):
        explain.highlight(None, Rows.of({"cell": ["x"]}), 3, "cell")
