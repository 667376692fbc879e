"""Blanks between Chinese and Latin writing, none beside punctuation; what is quoted stays as it is."""

from __future__ import annotations

import pytest

from apercu.words.spacing import glue


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        (("tenure", "不超过", "20"), "tenure 不超过 20"),
        (("合同", "为", "“月付 A”"), "合同为“月付 A”"),
        (("占", "54.6%", "，其余"), "占 54.6%，其余"),
        (("", "a", ""), "a"),
    ],
)
def test_blanks_stand_where_the_writing_changes(pieces, wanted):
    assert glue(*pieces) == wanted
