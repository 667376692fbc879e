r"""Rulebook: everything that an expert wrote into one rules file, line by line, each line of one kind.

    dict "competitor": "联通", "T-Mobile", switch to                       词典 "竞争对手"：“联通”、“电信”
    dict "rude": file "rude.txt"                                          词典 "脏话"：文件 "rude.txt"
    template "price complaint": "{expensive|贵} ... {bill|账单}"           模板 "价格投诉"：“{贵|太贵} ... {账单|话费}”
    when complaint ~ dict("competitor") then churn = "yes" [0.6]          当 投诉 ~ 词典("竞争对手") 则 流失 = "是" [0.6]
    monotone: churn rises with complaints_90d                             单调：流失 随 投诉次数 上升
    range: 0 <= age <= 120                                                范围：0 <= 年龄 <= 120
    never offer "sms_blast" when segment = "vip"                          绝不 提供 "短信群发" 当 客群 = "vip"
    same: "CA" = "California" in state                                    相同："CA" = "California" 于 state
    subsidiary(X, Y) & subsidiary(Y, Z) -> subsidiary(X, Z) [1]           子公司(X, Y) 且 子公司(Y, Z) 则 子公司(X, Z) [1]

Names of lists and templates may be used above the line that makes them. `read_rulebook` and `Rulebook.text` are each other's inverse.

>>> book = read_rulebook('monotone: churn falls with tenure\nwhen note ~ dict("late") then churn = "yes"\ndict "late": late, too late')
>>> [kind for _, kind, _ in book.lines()]
['monotone', 'when', 'dict']
>>> book.rules[0].when.say("zh")
'note 提到“late”中的词'
>>> read_rulebook("monotone: churn rises wiht tenure")
Traceback (most recent call last):
    ...
apercu.core.errors.RuleError: line 1, column 23: expected 'with', got 'wiht'; did you mean 'with'?

What it does *not* do: judge rules (teach), run clauses (reason), or change data (clean, audit and advise take their own lines).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, NoReturn

from ._conditions import Known, column, condition, levels, value
from ._phrases import PhraseError
from ._reader import Reader
from ._tokens import Token
from .clause import Clause, parse_clause
from .condition import Condition, Term
from .errors import RuleError, nearest
from .goal import Goal
from .rule import Rule, folder_of, lines_of, rule_of
from .schema import Schema
from .statements import Lexicon, Range, Same, Shape, Template, Veto

__all__ = ["KINDS", "Rulebook", "read_rulebook"]

Words = Callable[[str], tuple[str, ...]]  # the words of a file
Statement = Rule | Shape | Range | Veto | Same | Lexicon | Template | Clause

KINDS: Final = {
    "when": ("rules", "当"), "monotone": ("shapes", "单调"), "range": ("ranges", "范围"), "never": ("vetoes", "绝不"),
    "same": ("sames", "相同"), "dict": ("lexicons", "词典"), "template": ("templates", "模板"), "clause": ("clauses", "推理"),
}  # what a line begins with: (the field of a Rulebook that it goes to, in Chinese)  # fmt: skip
HEADS: Final = {
    **{word: word for word in KINDS if word != "clause"}, **{told: word for word, (_, told) in KINDS.items() if word != "clause"},
    **{"如果": "when", "词表": "dict", "永不": "never", "从不": "never", "同义": "same"},
}  # fmt: skip
WORDS: Final = {
    **{"offer": "offer", "提供": "offer", "推荐": "offer", "推送": "offer", "file": "file", "文件": "file"},
    **{"rises": "rises", "上升": "rises", "升高": "rises", "增加": "rises", "falls": "falls", "下降": "falls", "降低": "falls", "减少": "falls"},
    **{"with": "with", "随": "with", "in": "in", "属于": "in", "于": "in", "在": "in"},
}  # words that are reserved only where they are expected
FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
FORMS: Final = "one of when, monotone:, range:, never, same:, dict, template, or a(X, Y) -> b(X, Y)"
MOST: Final = 20_000  # words of a list
BYTES: Final = 5_000_000  # of its file


@dataclass(frozen=True)
class Rulebook:
    """The lines of a rules file by kind, each kind in the file's order."""

    rules: tuple[Rule, ...] = ()
    shapes: tuple[Shape, ...] = ()
    ranges: tuple[Range, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    sames: tuple[Same, ...] = ()
    lexicons: tuple[Lexicon, ...] = ()
    templates: tuple[Template, ...] = ()
    clauses: tuple[Clause, ...] = ()

    def __len__(self) -> int:
        return sum(len(getattr(self, f.name)) for f in fields(self))

    def statements(self) -> Iterator[tuple[str, Statement]]:
        """(kind, statement), in the order of the lines that they came from."""
        told = [(kind, one) for kind, (name, _) in KINDS.items() for one in getattr(self, name)]
        return iter(sorted(told, key=lambda pair: pair[1].line))

    def lines(self) -> list[tuple[int, str, str]]:
        """[(line, kind, canonical text)] in the order of the lines."""
        return [(one.line, kind, one.text) for kind, one in self.statements()]

    @property
    def text(self) -> str:
        """Every line in its canonical form; with `folder` of the same word files, `read_rulebook` reads it back."""
        return "".join(f"{text}\n" for _, _, text in self.lines())

    def monotone(self, goal: Goal) -> tuple[tuple[str, int], ...]:
        """((column, direction), ...) of the goal's wanted level, or of the number: what `Goal.monotone` holds.

        A shape of the other one of two levels is turned round; one of another level of several says nothing of the wanted one.
        """
        made = {}
        for shape in self.shapes:
            own = not shape.level or shape.level == goal.wanted
            if shape.target == goal.target and (own or goal.task == "binary"):
                made[shape.column] = shape.direction if own else -shape.direction
        return tuple(made.items())

    def to_json(self) -> dict[str, Any]:
        """The text and the words that came from files; `Rulebook.from_json` reads them back."""
        lines = [[line, text] for line, _, text in self.lines()]
        return {"lines": lines, "files": {lexicon.file: list(lexicon.words) for lexicon in self.lexicons if lexicon.file}}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Rulebook:
        """Reads what `to_json` wrote."""
        files = {name: tuple(words) for name, words in tree["files"].items()}
        return _Book([(line, text) for line, text in tree["lines"]], Known(), files.__getitem__).read()


def read_rulebook(source: Path | str, schema: Schema | None = None, goal: Goal | None = None, *, folder: Path | str | None = None) -> Rulebook:
    """The lines of a UTF-8 file, or of a text (a str in which they stand). Blank lines and comments are passed over.

    With a schema, names must be columns, and values become what the column holds; with a goal, targets and levels must be the goal's. folder:
    where word files lie, by default the folder of the rules file. Raises RuleError with line, column and what was expected there;
    UnreadableSource when there is no such file.
    """
    home = folder_of(source) if folder is None else Path(folder)
    return _Book(lines_of(source), Known(schema, goal), _words_in(home)).read()


@dataclass
class _Book:
    """The lines while they are read: lists and templates first, since other lines name them."""

    lines: list[tuple[int, str]]
    known: Known
    words: Words
    named: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self) -> Rulebook:
        heads = [(number, line, _kind(line, number)) for number, line in self.lines]
        found: dict[str, list[Any]] = {name: [] for name, _ in KINDS.values()}
        for lists in (True, False):
            for number, line, kind in heads:
                if (kind in ("dict", "template")) == lists:
                    found[KINDS[kind][0]].append(self.statement(Reader(line, number), kind) if kind != "clause" else parse_clause(line, number))
            self.known = Known(self.known.schema, self.known.goal, self.named)
        book = Rulebook(**{name: tuple(made) for name, made in found.items()})
        _agree(book)
        return book

    def statement(self, reader: Reader, kind: str) -> Any:
        """The statement of a line whose kind is known."""
        if kind == "when":
            return rule_of(reader, self.known)
        reader.place += 1
        read = {"monotone": self.shape, "range": self.range, "never": self.veto, "same": self.same, "dict": self.lexicon, "template": self.template}
        made = read[kind](reader)
        reader.end()
        return made

    def lexicon(self, reader: Reader) -> Lexicon:
        """The line dict "name": word, "word", ... or dict "name": file "words.txt"."""
        name = self.new_name(reader, "dict")
        reader.sign(":")
        start, file = reader.next(), ""
        if WORDS.get(start.raw.casefold()) == "file" and reader.next(1).kind == "text":
            reader.place += 1
            start = reader.take("text", "the name of a file in double quotes")
            file = start.value
            try:
                words = self.words(file)
            except ValueError as error:
                reader.fail(start, "a UTF-8 file of words, one a line, in the folder of the rules file", f": {error}")
        else:
            words = tuple(dict.fromkeys(reader.listed(lambda: _phrase(reader))))
        if len(words) > MOST:
            reader.fail(start, f"at most {MOST:,} words", f": there are {len(words):,}")
        made = Lexicon(name, words, file, reader.line)
        self.named["dict", name] = _pattern(reader, start, made)
        return made

    def template(self, reader: Reader) -> Template:
        """The line template "name": "{a|b} ... {c|d}"."""
        name = self.new_name(reader, "template")
        reader.sign(":")
        token = reader.take("text", 'words in double quotes, such as "{expensive|dear} ... {price|bill}"')
        made = Template(name, token.value, reader.line)
        self.named["template", name] = _pattern(reader, token, made)
        return made

    def new_name(self, reader: Reader, kind: str) -> str:
        token = reader.take("text", "a name in double quotes")
        if not token.value.strip() or (kind, token.value) in self.named:
            reader.fail(token, "a name that no other line has given" if token.value.strip() else "a name")
        return token.value

    def shape(self, reader: Reader) -> Shape:
        """The line monotone: TARGET [= LEVEL] rises|falls with COLUMN, or in Chinese: 单调：TARGET 随 COLUMN 上升."""
        reader.sign(":")
        token, goal, level = reader.next(), self.known.goal, ""
        target = column(reader, self.known, "the name of the target")
        if goal and target != goal.target:
            reader.fail(token, f"the target {goal.target!r}")
        if reader.skips("sign", "=") or reader.skips("key", "is"):
            held = reader.take(("text", "number"), "a level of the target in double quotes")
            level = held.value
            if goal and level not in goal.classes:
                close = nearest(level, goal.classes)
                reader.fail(held, f"a level of {target} ({', '.join(goal.classes[:12])})", f"; did you mean {close!r}?" if close else "")
        chinese = reader.word(WORDS, "rises", "falls", "with")
        told = "" if chinese == "with" else chinese
        if told:
            reader.word(WORDS, "with")
        token = reader.next()
        name = column(reader, self.known)
        if self.known.storage(name) not in ("", "number") or name == target:
            what = "that is not the target" if name == target else f"that holds numbers; {name} holds {self.known.storage(name)}"
            reader.fail(token, f"a column {what}")
        told = told or reader.word(WORDS, "rises", "falls")
        return Shape(target, name, 1 if told == "rises" else -1, level, reader.line)

    def range(self, reader: Reader) -> Range:
        """The line range: LOW <= COLUMN <= HIGH, COLUMN >= LOW, COLUMN between LOW and HIGH, or COLUMN in (...)."""
        reader.sign(":")
        begun, low = reader.place, None
        if reader.next().kind in ("number", "text"):
            reader.place += 1
            low = FLIPPED[reader.operator(*FLIPPED)]
        name = column(reader, self.known)
        if low is None:
            op = reader.operator(*FLIPPED, "in", "between")
            if op == "in":
                return Range(Condition((Term(name, "in", levels(reader, self.known, name)),)), reader.line)
            terms = [Term(name, ">=" if op == "between" else op, value(reader, self.known, name))]
            if op == "between":
                reader.key("and")
                terms.append(Term(name, "<=", value(reader, self.known, name)))
        else:
            ended, reader.place = reader.place, begun
            terms = [Term(name, low, value(reader, self.known, name))]
            reader.place = ended
            if reader.next().kind != "end":
                same = ("<", "<=") if low[0] == ">" else (">", ">=")
                terms.append(Term(name, reader.operator(*same), value(reader, self.known, name)))
        ordered = sorted(terms, key=lambda term: term.op[0] == "<")
        if len(terms) == 2 and not _ascends(ordered[0].value, ordered[1].value):
            reader.fail(reader.tokens[reader.place - 1], f"an upper end that is not below the lower end {ordered[0].value!r}")
        return Range(Condition(tuple(ordered)), reader.line)

    def veto(self, reader: Reader) -> Veto:
        """The line never offer ["NAME"] when CONDITION."""
        reader.word(WORDS, "offer")
        offer = reader.take("text", "").value if reader.next().kind == "text" else ""
        reader.key("when")
        return Veto(offer, condition(reader, self.known), reader.line)

    def same(self, reader: Reader) -> Same:
        """The line same: "writing" = "writing" = "name" in COLUMN."""
        reader.sign(":")
        first = reader.next()
        names = [reader.take("text", "a level in double quotes").value]
        reader.operator("=", "is")
        names.append(reader.take("text", "a level in double quotes").value)
        while reader.skips("sign", "=") or reader.skips("key", "is"):
            names.append(reader.take("text", "a level in double quotes").value)
        reader.word(WORDS, "in")
        token = reader.next()
        name = column(reader, self.known)
        if self.known.storage(name) not in ("", "text"):
            reader.fail(token, f"a column that holds text; {name} holds {self.known.storage(name)}")
        if len(set(names)) < len(names):
            reader.fail(first, "different writings of one level")
        return Same(name, tuple(names[:-1]), names[-1], reader.line)


def _kind(line: str, number: int) -> str:
    """What kind of line this is. Raises RuleError where it is none."""
    reader = Reader(line, number, relations=True)
    first, second = reader.next(), reader.next(1)
    kind = HEADS.get(first.raw.casefold(), "")
    applied = first.kind == "name" and second[:2] == ("sign", "(")
    if kind and first.kind in ("word", "key") and not applied:
        return kind
    negated = first[:2] == ("key", "not")
    differs = second[:2] == ("sign", "!=")
    if applied or negated or differs or any(token[:2] == ("sign", "->") for token in reader.tokens):
        return "clause"
    close = nearest(first.raw, HEADS)
    return reader.fail(first, FORMS, f"; did you mean {close!r}?" if close else "")


def _phrase(reader: Reader) -> str:
    """A word or phrase of a list: in double quotes, or bare up to the next comma."""
    first = reader.next()
    if first.kind == "text":
        reader.place += 1
        return first.value
    last = first
    while reader.next().kind not in ("end", "text", "name") and reader.next()[:2] != ("sign", ","):
        last = reader.next()
        reader.place += 1
    if last is first and reader.next() is first:
        reader.fail(first, "a word or phrase")
    return reader.text[first.column - 1 : last.column - 1 + len(last.raw)]


def _pattern(reader: Reader, token: Token, made: Lexicon | Template) -> str:
    try:
        return made.pattern
    except PhraseError as error:
        at = Token("other", token.raw, token.raw, token.column + (1 + error.place if isinstance(made, Template) else 0))
        return reader.fail(at, "words that can be found", f": {error.told}")


def _words_in(folder: Path | None) -> Words:
    """Reads files of words, one a line, in one folder and nowhere else."""

    def read(name: str) -> tuple[str, ...]:
        if folder is None:
            raise ValueError("rules that are given as a text have no folder; save them as a file, or list the words here")
        home = folder.resolve()
        path = (home / name).resolve()
        if not path.is_relative_to(home) or path == home:
            raise ValueError(f"it lies outside the folder {folder}")
        try:
            if path.stat().st_size > BYTES:
                raise ValueError(f"it is larger than {BYTES / 1e6:.0f} MB")
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise ValueError(f"byte {error.start + 1} of it is not UTF-8") from error
        except OSError as error:
            raise ValueError(f"it cannot be read ({error.strerror})") from error
        words = tuple(dict.fromkeys(word for line in lines if (word := line.strip())))
        if not words:
            raise ValueError("no word stands in it")
        return words

    return read


def _ascends(low: Any, high: Any) -> bool:
    return isinstance(low, str) == isinstance(high, str) and low <= high


def _agree(book: Rulebook) -> None:
    """Raises RuleError where one line takes back what another says."""
    shapes: dict[tuple[str, str, str], Shape] = {}
    for shape in book.shapes:
        other = shapes.setdefault((shape.target, shape.level, shape.column), shape)
        if other.direction != shape.direction:
            _refuse(shape.line, f"{shape.target} cannot rise and fall with {shape.column}; line {other.line} says the opposite")
    renamed: dict[tuple[str, str], Same] = {}
    for same in book.sames:
        for writing in same.writings:
            other = renamed.setdefault((same.column, writing), same)
            if other.name != same.name:
                _refuse(same.line, f"{writing!r} in {same.column} cannot be both {other.name!r} (line {other.line}) and {same.name!r}")
    for same in book.sames:
        if other := renamed.get((same.column, same.name)):
            _refuse(same.line, f"{same.name!r} in {same.column} is a name here and another writing of {other.name!r} in line {other.line}")


def _refuse(line: int, told: str) -> NoReturn:
    raise RuleError(f"line {line}, column 1: {told}.", line, 1)
