"""Words, phrases, ids and Chinese words of a text column, each with the rows that hold it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from apercu.core.expression import Column as Of
from apercu.core.expression import Word
from apercu.core.rows import Rows
from apercu.core.schema import Column, Schema
from apercu.discover._vocabulary import ids, least_texts, prose, texts, vocabulary


def of(*written):
    return Rows.of({"t": np.array(written, dtype=object)})


def test_words_are_found_whole_and_small_ones_left_out():
    words = vocabulary(of(*["The printer is on fire"] * 20, *["Printers, my dear"] * 15, None), "t")
    assert {"printer", "fire", "printers"} & set(words.terms) and not {"the", "is", "on"} & set(words.terms)
    assert words.known.tolist() == [True] * 35 + [False]


def test_every_word_holds_where_its_expression_holds():
    rng = np.random.default_rng(0)
    parts = ["Printer546", "paper jam", "no  paper", "INV-2041", "the café", "送餐很快", "wifi,", "Wi-Fi", "slow (very)"]
    written = [" ".join(rng.choice(parts, 3)) for _ in range(300)]
    rows = of(*written)
    words = vocabulary(rows, "t")
    assert {"Printer546", "INV-2041", "paper jam"} <= set(words.terms)
    for term, held in zip(words.terms, words.held, strict=True):
        assert np.array_equal(held, Word(Of("t"), term).values(rows) == 1), term


def test_words_that_always_stand_together_are_one_phrase():
    rng = np.random.default_rng(1)
    written = [f"{rng.choice(['red', 'blue'])} paper jam" if i % 3 else "all is well" for i in range(300)]
    terms = vocabulary(of(*written), "t").terms
    assert "paper jam" in terms and "paper" not in terms and "jam" not in terms


def test_rare_words_are_not_looked_at():
    assert least_texts(100) == 10 and least_texts(10_000) == 200
    assert not vocabulary(of(*[f"word{chr(97 + i % 26)}x" for i in range(100)]), "t").terms


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Printer546 in Room-12", ["Printer546", "Room-12"]),
        ("INC0000012 / 4711", ["INC0000012"]),
        ("call 0049123456", ["0049123456"]),
        ("20% by Q2 2024", []),
        ("at 12:30 on 2024-01-05", []),
        ("abc123def", []),
    ],
)
def test_ids(text, named):
    assert ids(text) == named


def schema_of(rows, kind, role="feature"):
    return Schema((Column("t", kind, role),))


def test_which_columns_hold_texts():
    sentences = of(*[f"The {thing} in room {i} is broken" for i in range(4) for thing in ("desk", "lamp", "door", "lock")] * 20)
    names = of(*["New York", "Los Angeles", "Rome"] * 50)
    assert texts(schema_of(sentences, "category"), sentences) and not texts(schema_of(names, "category"), names)
    assert not texts(schema_of(sentences, "category", "id"), sentences)
    same = of(*["There was an issue"] * 50)
    assert prose(schema_of(same, "category", "constant"), same) and not texts(schema_of(same, "category", "constant"), same)


def test_no_rows_no_words():
    assert vocabulary(of("a text", None).take(np.zeros(0, dtype=int)), "t").terms == ()
    assert vocabulary(of(None, None), "t").terms == ()


def test_chinese_words():
    rng = np.random.default_rng(2)
    written = ["".join(rng.choice(["味道", "送餐", "好", "慢", "快", "差", "热"], 6)) for _ in range(200)]
    terms = vocabulary(of(*written), "t").terms
    assert {"味道", "送餐"} <= set(terms)


def test_what_begins_within_a_chinese_word_is_left_out_where_words_can_be_told(monkeypatch):
    from apercu.core import segments

    rng = np.random.default_rng(3)
    ends = ["甲", "乙", "丙", "丁", "戊", "己"]
    starts = [chr(0x5000 + i) for i in range(50)]  # each in too few texts for a word of its own
    written = of(*[f"{rng.choice(ends)}{starts[i % 50] + '常好' if i % 2 else '味道'}{rng.choice(ends)}" for i in range(200)])
    monkeypatch.setattr(segments, "spans", lambda text: [m.span() for m in re.finditer("[\u5000-\u5040]常|味道|.", text)])
    monkeypatch.setattr(segments, "able", lambda: True)
    parted = set(vocabulary(written, "t").terms)
    monkeypatch.setattr(segments, "able", lambda: False)
    assert "味道" in parted and "常好" not in parted and "常好" in vocabulary(written, "t").terms
