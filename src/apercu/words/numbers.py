"""Numbers as people read them: four digits that count, thousands apart, shares in per cent.

>>> plain(1234567.8), plain(0.012346), plain(3.0)
('1,234,568', '0.01235', '3')
>>> percent(0.4271), percent(0.00042), points(0.1234)
('42.7%', '0.042%', '+12.3')
>>> money(41238.4), money(-12.5)
('41,238', '−12.50')
"""

from __future__ import annotations

import math
from typing import Final

__all__ = ["confidence", "count", "cut", "money", "percent", "plain", "points", "signed"]

LEAST: Final = 0.001  # per cent: of shares below it no digit means anything to a reader


def plain(x: float) -> str:
    """A number with at most four significant digits after the thousands; whole numbers stay whole."""
    if not math.isfinite(x):
        return "–"
    if x == int(x) and abs(x) < 1e15:
        return f"{int(x):,}"
    size = math.floor(math.log10(abs(x)))
    if size >= 15 or size < -6:
        return f"{x:.3e}"
    decimals = max(0, 3 - size)
    text = f"{x:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(x: float) -> str:
    """As `plain`, with its sign: +3.2, −0.5."""
    text = plain(abs(x))
    return text if text in ("0", "–") else ("+" if x > 0 else "−") + text


def percent(share: float) -> str:
    """A share of one in per cent, one decimal; small shares keep two digits that count, those below LEAST none."""
    if not math.isfinite(share):
        return "–"
    value = 100 * share + 0.0  # no minus before a zero
    if 0 < value < LEAST:
        return f"<{LEAST}%"
    if value != 0 and abs(value) < 0.1:
        return f"{value:.2g}%"
    return f"{value:.1f}%"


def points(share: float) -> str:
    """A difference of shares in percentage points, signed; the unit's word is the language's."""
    text = f"{abs(100 * share):.1f}"
    return text if text == "0.0" else ("+" if share > 0 else "−") + text


def confidence(level: float) -> str:
    """The level of an interval, with as many nines as it has: 95%, 98.75%, 99.9996%."""
    missed = 100 * (1 - level)
    if missed <= 0:
        return "100%"
    return f"{100 * level:.{max(2, -math.floor(math.log10(missed)))}f}".rstrip("0").rstrip(".") + "%"


def count(n: int) -> str:
    """A count with its thousands apart."""
    return f"{n:,}"


def money(amount: float) -> str:
    """An amount of money: whole from a hundred up, with two decimals below; the currency is the reader's."""
    if not math.isfinite(amount):
        return "–"
    size = abs(amount)
    text = f"{size:,.0f}" if size >= 99.995 or size == int(size) else f"{size:,.2f}"
    return text if amount >= 0 or not any(digit in text for digit in "123456789") else "−" + text


def cut(x: float) -> str:
    """A number that a column is compared with: as `plain`, but whole numbers below 10,000 without a separator, for many of them are years."""
    return f"{int(x)}" if x == int(x) and abs(x) < 10_000 else plain(x)
