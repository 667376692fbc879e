"""Mends: what each column needs, as one Expression per column and one Note per decision.

    mends_of(data, looks, Options(), kinds={})      # [Mend('TotalCharges', Number(NullWords(Trim(Column))), notes=...), ...]

Blanks come off first, then words that mean "missing", then writings of one level, then text becomes a number or a time. A mend that is
switched off, by its name or by its note's id, is left out and those after it work on what is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..core.dataset import Dataset, Note
from ..core.errors import WordsError
from ..core.expression import Column, Expression, Levels, NullWords, Number, Text, Time, Trim, quoted
from ..core.kinds import KINDS
from .levels import merges
from .look import Look, asked
from .missing import AMONG_NUMBERS, words_of
from .types import NEARLY, SURE, formats_in, is_code, number_in

__all__ = ["Mend", "mends_of", "summed"]

Said = tuple[str, str]  # a text in English and in Chinese
BLANKS: Final = " \t\r\n\u00a0\u3000"
SHOWN: Final = 3  # examples in a note
COLUMNS: Final = 8  # names in a note


@dataclass
class Mend:
    """What is done to one column.

    plain: it is only read as numbers, which all such columns share one note for. lost: cells that are told to become missing.
    """

    name: str
    expression: Expression
    notes: list[Note] = field(default_factory=list)
    plain: bool = False
    unit: str = ""
    lost: int = 0

    def tell(self, mend: str, said: Said, rows: int = 0, *, did: bool = True) -> None:
        """Adds a note; `mend` is the name under which it can be switched off."""
        sql = self.expression.to_sql() if did else ""
        self.notes.append(Note("clean", self.name, {"en": said[0], "zh": said[1]}, rows, sql, mend))


def mends_of(data: Dataset, looks: Mapping[str, Look], options: Any, kinds: Mapping[str, str], gone: Collection[tuple[str, str]] = ()) -> list[Mend]:
    """A mend of every column that needs one (or a word about it).

    kinds: {column: kind} that the user has said. gone: (column, mend) pairs to leave out; ("", "types") are all plain numbers together.
    """
    mends = []
    for column in data.schema:
        said = kinds.get(column.name, "")
        mend = Mend(column.name, Column(column.name))
        own = replace(options, off=(*options.off, *(what for name, what in gone if name == column.name)))
        if column.storage == "text":
            _text(data, looks[column.name], mend, said, own)
        elif column.storage == "number":
            _number(looks[column.name], mend, said, own)
        elif said and "time" not in KINDS[said].storages:
            raise WordsError(f"--kind {column.name}={said}: the column holds moments in time; its kind can only be time.")
        if mend.plain and ("", "types") in gone:
            continue
        if mend.notes or mend.expression != Column(column.name):
            mends.append(mend)
    return mends


def summed(mends: list[Mend]) -> list[Note]:
    """The one note of all columns that are read as numbers with nothing lost."""
    plain = [mend.name for mend in mends if mend.plain]
    if not plain:
        return []
    shown = ", ".join(plain[:COLUMNS]) + (f" (+{len(plain) - COLUMNS})" if len(plain) > COLUMNS else "")
    one = len(plain) == 1
    en = f"{len(plain)} {'column' if one else 'columns'} of text {'holds' if one else 'hold'} numbers only, read as such: {shown}"
    zh = f"{len(plain)} 列文本全为数值，按数值读取：{shown}"
    return [Note("clean", "", {"en": en, "zh": zh}, 0, mends[[m.plain for m in mends].index(True)].expression.to_sql(), "types")]


def _number(look: Look, mend: Mend, said: str, options: Any) -> None:
    asked_text = bool(said) and "number" not in KINDS[said].storages
    code = said == "category" or (not said and "types" not in options.off and is_code(look, look.present))
    if said == "time":
        raise WordsError(f"--kind {look.name}=time: the column holds numbers, which name no moment; give dates as text such as 2024-01-05.")
    if asked_text or code:
        mend.expression = Text(mend.expression)
        why = ("as you said", "按您所说") if said else ("they are codes by their name", "从列名看是编码")
        mend.tell("types", (f"its numbers are treated as levels: {why[0]}", f"其数值按类别处理：{why[1]}"), look.present)


def _text(data: Dataset, look: Look, mend: Mend, said: str, options: Any) -> None:
    off = set(options.off)
    gone = words_of(data, look, among_numbers=_is_measured(look)) if look.present > look.numbers else []
    lost = sum(n for _, n in gone)
    values = _bare_values(look, {word for word, _ in gone})
    if "trim" not in off and look.blanks:
        mend.expression = Trim(mend.expression)
        if look.blanks > sum(n for word, n in gone if not word):  # cells of blanks alone are told of as missing
            mend.tell("trim", ("blanks at the ends were taken off", "去掉了首尾空白"), look.blanks)
    if "missing" not in off and gone and _may_be_missing(look, lost):
        mend.expression = NullWords(mend.expression, tuple(word for word, _ in gone))
        shown = _listed([word or "blank" for word, _ in gone])
        zh = _listed([word or "空白" for word, _ in gone])
        mend.tell("missing", (f"{shown} counts as missing", f"{zh} 视为缺失"), lost)
        mend.lost = lost
    else:
        lost, values = 0, _bare_values(look, set())
    if said and "text" in KINDS[said].storages and said not in ("flag", "entity", "place", "series"):
        _merged(look, values, mend, off)
        return
    if ("types" in off and not said) or not (
        _as_time(data, look, values, mend, (said, options), lost) or _as_number(data, look, values, mend, said, lost)
    ):
        _merged(look, values, mend, off)


def _is_measured(look: Look) -> bool:
    """Whether all but the words that may mean "missing" are numbers, bare or with marks, or begin as dates do."""
    rest = [(value, n) for value, n in look.odd if value.strip(BLANKS).casefold() not in AMONG_NUMBERS]
    if not rest:
        return look.numbers > 0
    odd = sum(n for _, n in rest)
    if look.numbers and look.numbers + odd * look.complete >= NEARLY * look.present and odd <= (1 - NEARLY) * look.present:
        return True
    return number_in(rest)[1] >= SURE * odd or bool(formats_in([value for value, _ in rest[:200]], packed=False))


def _may_be_missing(look: Look, lost: int) -> bool:
    return lost < look.present or look.present == look.rows


def _merged(look: Look, values: list[tuple[str, int]], mend: Mend, off: set[str]) -> None:
    renamed = () if "levels" in off or look.numbers > 0.5 * look.present else merges(look, values)
    if renamed:
        rows = sum(n for value, n in values if value in dict(renamed))
        mend.expression = Levels(mend.expression, renamed)
        shown = _listed([f"{old!r} → {new!r}" for old, new in renamed])
        mend.tell("levels", (f"writings of one level were joined: {shown}", f"合并了同一类别的不同写法：{shown}"), rows)


# --- numbers ------------------------------------------------------------------------------------------------------------------------


def _as_number(data: Dataset, look: Look, values: list[tuple[str, int]], mend: Mend, said: str, lost: int) -> bool:
    present = look.present - lost
    wanted = said in ("number", "money")
    if present <= 0 or (not wanted and (look.padded or is_code(look, present))):
        return False
    odd = sum(n for _, n in values)
    if not odd:
        if look.numbers < present and not wanted:
            return False
        mend.expression, mend.plain = Number(mend.expression), lost == 0
        if lost:
            mend.tell("types", ("read as numbers", "按数值读取"), present)
        return True
    reading, read, wrong = number_in(values)
    share = (look.numbers + (read if look.complete else 0)) / present
    if not look.complete and read >= SURE * odd:
        candidate = reading.of(mend.expression)
        share = asked(data, [[f"count({candidate.to_sql()})"]])[0][0] / present
    if share < SURE and not wanted:
        if share >= NEARLY:
            examples = _listed([repr(v) for v in wrong])
            en = f"{share:.1%} of its values are numbers, but not {examples}; --kind {look.name}=number reads it so"
            mend.tell("", (en, f"{share:.1%} 的值是数值，但 {examples} 不是；可用 --kind {look.name}=number 指定"), did=False)
        return False
    before = mend.expression
    mend.expression, mend.unit = reading.of(before), reading.unit
    marks = _listed([repr(m) for m in reading.marks])
    comma = " with a decimal comma" if reading.decimal == "," else ""
    said_en = f"read as numbers{comma}" + (f", without {marks}" if marks else "")
    said_zh = f"按数值读取{'（逗号为小数点）' if comma else ''}" + (f"，去掉 {marks}" if marks else "")
    left = round((1 - share) * present)
    if left:
        mend.lost += left
        examples = _listed([repr(v) for v in wrong])
        said_en, said_zh = (
            f"{said_en}; {left:,} values that are none, such as {examples}, count as missing",
            f"{said_zh}；{left:,} 个非数值（如 {examples}）视为缺失",
        )
    mend.tell("types", (said_en, said_zh), read if reading.marks or comma else present)
    return True


# --- moments ------------------------------------------------------------------------------------------------------------------------


def _as_time(data: Dataset, look: Look, values: list[tuple[str, int]], mend: Mend, asked_for: tuple[str, Any], lost: int) -> bool:
    said, options = asked_for
    present = look.present - lost
    packed = look.numbers == present and look.whole and look.low is not None and look.high is not None
    packed = packed and 19_000_101 <= look.low <= look.high <= 21_001_231  # type: ignore[operator]
    if present <= 0 or said in ("number", "money") or not (packed or (values and look.numbers < 0.01 * present)):
        return _refused(look, said)
    texts = [value for value, _ in values[:200]]
    if packed:
        found = data.engine.ask(data.table, f"SELECT DISTINCT {quoted(look.name)} AS v FROM data WHERE v IS NOT NULL ORDER BY v LIMIT 200")
        texts = [row[0].strip() for row in found]
    formats = formats_in(texts, packed=packed)
    counts = [row[0] for row in asked(data, [[f"count({Time(mend.expression, f).to_sql()})"] for f in formats])]
    if not counts or max(counts) < SURE * present:
        return _refused(look, said)
    best = [f for f, n in zip(formats, counts, strict=True) if n == max(counts)]
    chosen, doubt = _day_or_month(best, options.day_first)
    mend.expression = Time(mend.expression, chosen)
    left = present - max(counts)
    mend.lost += left
    more_en = f"; {left:,} values that are none count as missing" if left else ""
    more_zh = f"；{left:,} 个非日期值视为缺失" if left else ""
    if doubt:
        more_en += "; day and month could be the other way round (--day-first says which)"
        more_zh += "；日与月可能相反（可用 --day-first 指定）"
    mend.tell("types", (f"read as moments of the form {chosen}{more_en}", f"按 {chosen} 格式的时间读取{more_zh}"), max(counts))
    return True


def _refused(look: Look, said: str) -> bool:
    if said == "time":
        raise WordsError(f"--kind {look.name}=time: its values have no form of a date that is known, such as 2024-01-05 or 5/1/2024 13:45.")
    return False


def _day_or_month(formats: list[str], day_first: str) -> tuple[str, bool]:
    """The format to use, and whether it could have been the other one."""
    days = [f for f in formats if f.startswith("%d") and "%m" in f]
    months = [f for f in formats if f.startswith("%m")]
    if not (days and months):
        return formats[0], False
    if day_first != "auto":
        return (days if day_first == "yes" else months)[0], False
    return (months[0] if "/" in months[0] else days[0]), True


def _bare_values(look: Look, gone: set[str]) -> list[tuple[str, int]]:
    bare = ((value.strip(BLANKS), n) for value, n in look.odd)
    return [(value, n) for value, n in bare if value not in gone]


def _listed(words: list[str]) -> str:
    more = f" (+{len(words) - SHOWN})" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more
