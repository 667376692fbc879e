"""Chinese words are parted as a person would; runs that begin within a word are no words; without jieba nothing is parted."""

from __future__ import annotations

import pytest

from apercu.core import segments
from apercu.core.segments import spans, whole

TEXT = "我要申请退款，room 101很脏"


def test_words_stand_where_they_are():
    pytest.importorskip("jieba")
    found = spans(TEXT)
    words = [TEXT[a:b] for a, b in found]
    assert "退款" in words and "申请" in words and "room" not in words
    assert "".join(words) == "我要申请退款很脏" and found == sorted(found)
    assert spans("") == spans("no Chinese") == []


def test_what_begins_within_a_word_is_no_word():
    pytest.importorskip("jieba")
    texts = [TEXT, "他们申请退款了", "退款很快", "申请退款"]
    assert whole(["退款", "申请退款", "请退款", "申请退"], texts) == [True, True, False, False]
    assert whole(["没有的词"], texts) == [True]  # nothing speaks against it


def test_nothing_is_written_beside(tmp_path, monkeypatch):
    pytest.importorskip("jieba")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    segments._cutter.cache_clear()
    assert spans("房间很干净") and not list(tmp_path.iterdir())


def test_without_jieba_nothing_is_parted(monkeypatch):
    monkeypatch.setattr(segments, "find_spec", lambda name: None)
    assert spans(TEXT) is None and whole(["请退"], [TEXT]) == [True]
