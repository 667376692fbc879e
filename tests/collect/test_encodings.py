"""Encodings are told from few bytes."""

from __future__ import annotations

import pytest

from apercu.collect.encodings import encoding_of, transcoded
from apercu.core.errors import UnreadableSource, WordsError

CHINESE = "姓名,城市,消费\n张三,北京,120\n李四,上海,80\n"
FRENCH = "prénom,ville,âge\nHélène,Orléans,34\nFrançois,Besançon,51\nZoé,Nîmes,27\n"


@pytest.mark.parametrize(
    "text, encoding",
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (FRENCH, "latin-1"),
        (FRENCH, "utf-16-le"),
    ],
)
def test_a_small_file_comes_out_whole(tmp_path, text, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    out = transcoded(path, encoding_of(path), tmp_path / "out")
    assert out.read_text(encoding="utf-8") == text


def test_one_late_byte_is_seen(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"name,n\n" + b"abc,1\n" * 300_000 + "Hélène,2\n".encode("latin-1"))
    assert encoding_of(path) in ("cp1252", "latin_1")


def test_what_the_user_says_is_used_and_checked(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(CHINESE.encode("gbk"))
    assert encoding_of(path, "GBK") == "gbk"
    with pytest.raises(WordsError, match="no encoding 'klingon'"):
        encoding_of(path, "klingon")
    with pytest.raises(UnreadableSource, match="is not valid utf-8"):
        transcoded(path, "utf-8-sig", tmp_path / "out")
