"""Types: what text stands for. A number (with thousands marks, a currency, a unit, a decimal comma), a moment in time, or text.

    number_in("price", ["$1,200.50", "$80"])      # Reading(marks=('$', ','), unit='$')
    format_in(["5/13/2011", "4/1/2011"])          # ['%m/%d/%Y']: a 13 can be no month

A column becomes a number or a time only if at least `SURE` of its values can be read so; between `NEARLY` and that, a note says what
stands in the way. What has leading zeros, or more than 15 digits, or a name that speaks of codes (zip, phone), stays text.
Day-first and month-first dates are told apart by values above 12, over the whole column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..core.expression import Column, Expression, Number, Time
from ..core.kinds import CODE_LEVELS, CODED_NAME
from .look import Look

__all__ = ["CODES", "NEARLY", "SURE", "Reading", "formats_in", "is_code", "number_in"]

SURE: Final = 0.99  # share of present values that must be readable
NEARLY: Final = 0.9  # share above which the rest is worth a note
ID_LEVELS: Final = 50  # at most so many distinct whole numbers are codes where the name says "id"
CODES: Final = re.compile(
    r"(?i)(^|[_\W])(zip|zip[_ ]?code|postal|postcode|phone|fax|tel|mobile|ssn|isbn|ean|barcode)|zipcode|phonenumber|邮编|邮政编码|电话|手机|身份证"
)
ID_NAME: Final = re.compile(r"((^|[_\W])(?i:id|uid|uuid|guid)|[a-z](ID|Id)|编号|学号|工号|卡号|单号|账号)$")
NOMINAL: Final = re.compile(
    r"(?i)(^|[_.\W])(education|marriage|marital|race|ethnic(ity)?|gender|sex|religion|occupation|job|season|weather(sit)?|weekday|"
    r"day_?of_?week|colou?r|district|channel|brand|product|department|status|学历|婚姻|性别|民族|职业|季节|地区)($|[_.\W])"
)
PACKED_DAYS: Final = 12  # distinct values of eight digits, all of them days, that are no chance
CURRENCIES: Final = ("US$", "R$", "$", "€", "£", "¥", "￥", "₹", "USD", "EUR", "GBP", "RMB", "CNY", "Rs.", "Rs", "元", "円")
UNITS: Final = (
    "%", "％", "ounces", "ounce", "oz.", "oz", "kg", "lbs", "lb", "km/h", "mph", "km", "cm", "mm",
    "ml", "kWh", "kW", "GB", "MB", "KB", "°C", "°F", "℃",
    "years", "year", "yrs", "months", "days", "day", "hours", "hrs",
    "hr", "minutes", "mins", "min", "sec", "岁", "天", "年", "小时", "分钟", "公里", "公斤", "千克", "人", "次",
)  # fmt: skip
PLAIN: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
GROUPED: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
GROUPED_DOTS: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?")
COMMA: Final = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
CLOCKS: Final = (
    "", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", "T%H:%M:%SZ", " %H:%M:%S.%f", "T%H:%M:%S.%f", "T%H:%M:%S.%fZ",
    " %H:%M:%S.%n", " %I:%M %p", " %I:%M:%S %p",
)  # fmt: skip
DAYS: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%d/%m/%y", "%m/%d/%y",
    "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y", "%d.%m.%y",
)  # fmt: skip
MONTHS: Final = ("%Y年%m月", "%b %Y", "%b-%Y", "%Y %b", "%Y-%b", "%YM%m", "%Y-%m", "%Y/%m", "%m/%Y", "%Y Q%q", "%YQ%q", "%Y-Q%q", "Q%q %Y", "Q%q-%Y")
YEARS: Final = ("1500", "2200")  # between which digits that a month stands beside are a year, and no code or measure
PACKED: Final = "%Y%m%d"
DATE_SHAPE: Final = re.compile(r"\s*((\d{1,4}[-/.年 ]|[A-Z][a-z]{2} |[A-Z][a-z]{2}-)\S.{2,28}|\d{4}[-/M]\d\d?|\d{4}[ -]?Q\d|Q\d[ -]\d{4})")


@dataclass(frozen=True)
class Reading:
    """How numbers are read from text: the marks that come off, the decimal sign and the unit that the marks speak of."""

    decimal: str = "."
    marks: tuple[str, ...] = ()
    unit: str = ""

    def of(self, inner: Expression) -> Expression:
        """The Expression that reads them."""
        return Number(inner, self.decimal, self.marks)


def is_code(look: Look, present: int) -> bool:
    """Whether whole numbers are codes by their name: they name things, and sums or means of them say nothing."""
    if not look.whole or look.low is None or look.high is None:
        return False
    few = 2 < look.distinct <= CODE_LEVELS
    counted = look.low in (0, 1) and look.high - look.low + 1 == look.distinct
    named = few and (bool(CODED_NAME.search(look.name)) or (counted and bool(NOMINAL.search(look.name))))
    return named or bool(CODES.search(look.name)) or (bool(ID_NAME.search(look.name)) and 2 * look.distinct <= present and look.distinct < ID_LEVELS)


def number_in(values: Iterable[tuple[str, int]]) -> tuple[Reading, int, list[str]]:
    """(how to read the numbers, rows that can be read so, the values that cannot). values: (text, rows) of values that are no plain numbers."""
    found = [(value.strip(), n) for value, n in values]
    marks, unit = _marks([value for value, _ in found])
    bare = [(_bare(value, marks), value, n) for value, n in found]
    best = max((Reading(), Reading(",", ()), Reading(".", (",",)), Reading(",", (".",))), key=lambda r: sum(n for b, _, n in bare if _fits(b, r)))
    if best.decimal == "," and all(GROUPED.fullmatch(b) or PLAIN.fullmatch(b) or not _fits(b, best) for b, _, _ in bare):
        best = Reading(".", (",",))  # 1,234 alone is read as a thousand
    read = sum(n for b, _, n in bare if _fits(b, best))
    wrong = [value for b, value, _ in bare if not _fits(b, best)]
    return Reading(best.decimal, (*marks, *best.marks), unit), read, wrong


def _marks(values: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The currency and unit marks in the values, longest first, and the one to show."""
    known = {mark.casefold() for mark in (*CURRENCIES, *UNITS)}
    used: dict[str, int] = {}
    for value in values:
        start = re.match(r"[+-]?\s*([^\d.,+\-\s][^\d+\-]*?)\s*[\d.]", value)
        end = re.search(r"\d[.,]?\s*([^\d\s.,].*)$", value)
        for mark in (start.group(1) if start else "", end.group(1).strip() if end else ""):
            if mark.casefold() in known:
                used[mark] = used.get(mark, 0) + 1
    marks = tuple(sorted(used, key=lambda m: (-len(m), m)))
    return marks, max(used, key=lambda m: (used[m], m)) if used else ""


def _bare(value: str, marks: Sequence[str]) -> str:
    for mark in marks:
        value = value.replace(mark, "")
    return value.replace(" ", "")


def _fits(bare: str, reading: Reading) -> bool:
    if reading.decimal == ",":
        grouped = bool(reading.marks and GROUPED_DOTS.fullmatch(bare))
        return grouped or bool(COMMA.fullmatch(bare)) or bare.lstrip("+-").isdigit()
    return bool(PLAIN.fullmatch(bare)) or bool(reading.marks and GROUPED.fullmatch(bare))


def formats_in(values: Sequence[str], *, packed: bool) -> list[str]:
    """The formats of time that read at least SURE of the values, likeliest first. `packed`: all values are eight digits."""
    if packed:
        return [PACKED] if len(values) >= PACKED_DAYS and _share(values, PACKED) >= SURE else []
    some = [v.strip() for v in values]
    if not some or sum(bool(DATE_SHAPE.fullmatch(v)) for v in some) < NEARLY * len(some):
        return []
    months = MONTHS if _years_and_months(some) else ()
    days = [day for day in (*DAYS, *months) if any(_fits_day(v, day) for v in some[:5])]
    formats = [day + clock for day in days for clock in CLOCKS]
    return [f for f in formats if _share(some, f) >= SURE]


def _years_and_months(values: Sequence[str]) -> bool:
    """Whether all numbers of four digits may be years, and not all values are spans from one year to the next (2010-11)."""
    years = [year for value in values for year in re.findall(r"(?<!\d)\d{4}(?!\d)", value)]
    spans = (re.fullmatch(r"(\d{4})[-/](\d\d)", value) for value in values)
    spanned = all(span and (int(span[1]) + 1) % 100 == int(span[2]) for span in spans)
    return all(YEARS[0] <= year <= YEARS[1] for year in years) and not spanned


def _fits_day(value: str, day: str) -> bool:
    """A quick look, so that few formats are tried in full."""
    signs = re.sub(r"%[a-zA-Z]", "", day)
    return all(sign in value for sign in signs) and (("%b" in day) == bool(re.search("[A-Za-z]{3}", value.replace("T", "").replace("Z", ""))))


def _share(values: Sequence[str], format: str) -> float:
    read = Time(Column("v"), format).values({"v": np.array(list(values), dtype=object)})
    return float(np.mean(~np.isnat(read))) if len(values) else 0.0
