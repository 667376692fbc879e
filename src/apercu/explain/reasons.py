"""The reasons behind one prediction: each column's part, and a sentence that says the strongest.

>>> parts = [Reason("tenure", 2.0, 0.9), Reason("Contract", "Two year", -0.4)]
>>> sentence(parts, "en")
'raised by tenure = 2 (+0.9); lowered by Contract = “Two year” (−0.4)'
>>> sentence(parts, "zh")
'推高：tenure = 2（+0.9）；拉低：Contract = “Two year”（−0.4）'
"""

from __future__ import annotations

import math

import numpy as np

from ..core.explanation import Reason
from ..core.model import CrossFitted
from ..core.pictures import decoded
from ..core.rows import MEDIA, Rows
from ..words import phrases
from ..words.numbers import plain, signed

__all__ = ["reasons", "sentence", "shown", "wanted_part"]

SAID = 3  # columns named on either side of a sentence
WORDS = {
    "en": {"up": "raised by ", "down": "lowered by ", "left": " (", "right": ")", "comma": ", ", "stop": "; "},
    "zh": {"up": "推高：", "down": "拉低：", "left": "（", "right": "）", "comma": "、", "stop": "；"},
}
MISSING = {"en": "missing", "zh": "缺失"}
NOTHING = {"en": "nothing stands out", "zh": "没有突出的原因"}


def reasons(model: CrossFitted, rows: Rows, index: int) -> list[Reason]:
    """Every column's part in the prediction of one row, in log-odds of the wanted level or in the target's unit, the strongest first."""
    if not -rows.n <= index < rows.n:
        raise IndexError(f"expected a row from 0 to {rows.n - 1}, got {index}")
    one = rows.take(np.array([index % rows.n]))
    own = wanted_part(model, *model.contributions(one))[0]
    seen = model.seen(one)
    found = [Reason(name, shown(seen, name), float(part)) for name, part in zip(model.columns, own, strict=True)]
    return sorted(found, key=lambda reason: -abs(reason.contribution))


def wanted_part(model: CrossFitted, parts: np.ndarray, base: np.ndarray) -> np.ndarray:
    """(n, d) of contributions (n, d, k') from base (k',) or (n, k'): towards the wanted level, calibrated; of several classes, less their mean."""
    goal = model.goal
    if goal.task == "numeric":
        return parts[:, :, 0]
    if goal.task == "binary":
        return model.slope(parts, base)[:, None] * (parts[:, :, 0] if goal.classes.index(goal.wanted) == 1 else -parts[:, :, 0])
    place = goal.classes.index(goal.wanted)
    return model.scale * (parts[:, :, place] - parts.mean(axis=2))


def sentence(found: list[Reason], lang: str = "en") -> str:
    """The strongest reasons on either side, in words."""
    words = WORDS[lang]
    up = [r for r in found if r.contribution > 0][:SAID]
    down = [r for r in found if r.contribution < 0][:SAID]
    sides = [words[key] + words["comma"].join(_told(r, lang) for r in side) for key, side in (("up", up), ("down", down)) if side]
    return words["stop"].join(sides) if sides else NOTHING[lang]


def _told(reason: Reason, lang: str) -> str:
    words = WORDS[lang]
    value = MISSING[lang] if reason.value is None else phrases(lang).quote(reason.value)
    return f"{reason.column} = {value}{words['left']}{signed(float(f'{reason.contribution:.2g}'))}{words['right']}"


def shown(rows: Rows, name: str) -> str | float | None:
    """The first row's value of a column as plain JSON: text, a number, a moment as ISO text, or None where it is missing."""
    value = rows[name][0]
    if value is not None and rows.storage(name) in MEDIA:
        return _whole(value)
    if value is None or (isinstance(value, np.datetime64) and np.isnat(value)):
        return None
    if isinstance(value, np.datetime64):
        return str(value.astype("datetime64[s]"))
    if isinstance(value, str):
        return value
    return None if math.isnan(value) else float(value)


def _whole(item: bytes | np.ndarray) -> str:
    """A picture by its size, a sequence by its ends and length."""
    if isinstance(item, bytes):
        pixels = decoded(item)
        return "?" if pixels is None else f"{pixels.shape[1]} × {pixels.shape[0]}"
    ends = [plain(float(x)) for x in item[[0, -1]]] if len(item) else []
    return f"{', …, '.join(ends)} ({len(item)})"
