"""Spacing of Chinese: one blank between a Chinese character and a Latin letter or digit, none beside punctuation or quotation marks.

>>> glue("当", "tenure 不超过 20", "且", "plan 为“a”", "时，")
'当 tenure 不超过 20 且 plan 为“a”时，'
"""

from __future__ import annotations

import re

__all__ = ["glue"]

WIDE = re.compile("[\u3400-\u9fff]")
TIGHT = re.compile(r"[\s“”‘’（）《》、，。；：！？]")


def glue(*pieces: str) -> str:
    """The pieces one after another, with a blank where the writing changes between Chinese and Latin; the pieces themselves stay as they are."""
    out = ""
    for piece in pieces:
        if out and piece and not TIGHT.match(out[-1]) and not TIGHT.match(piece[0]) and bool(WIDE.match(out[-1])) != bool(WIDE.match(piece[0])):
            out += " "
        out += piece
    return out
