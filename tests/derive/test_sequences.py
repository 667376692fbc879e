"""Facts of sequences: all for a few columns, three for each further channel."""

from __future__ import annotations

from apercu.core.facts import SEQUENCES
from apercu.core.schema import Column
from apercu.derive.sequences import propose


def test_few_columns_tell_all_and_many_tell_little():
    def columns(k):
        return tuple(Column(f"c{i}", "series", storage="list") for i in range(k))

    assert len(propose(columns(2))) == 2 * len(SEQUENCES)
    assert len(propose(columns(5))) == len(SEQUENCES) + 4 * 3
    assert propose((Column("x", "number", storage="number"),)) == {}
