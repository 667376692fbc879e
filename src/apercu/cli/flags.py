"""Flags from fields: a command's flags are made from the dataclasses of options that its function takes, so no flag is written twice.

    @command(app, "clean", "apercu clean customers.csv")
    def _clean(source: SOURCES, options: clean.Options) -> None: ...

Every field (meaning, unit, legal values: core/options) becomes one flag; a field that is itself such a dataclass becomes a panel of them.
What was not given stays what the dataclass says. What it does not do: positional arguments; those stay parameters of the function.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.markup import escape

from ..core.errors import Stopped, WordsError
from ..core.options import Field, checked, fields_of, pairs

__all__ = ["Flag", "command", "flags_of"]

ENDLESS: Final = 1e9  # a limit from which on it is not told


class Flag(NamedTuple):
    """One flag: the way to its field, what is known of it, and the type of what follows it."""

    way: tuple[str, ...]
    name: str
    field: Field
    type: Any
    panel: str

    @property
    def parameter(self) -> str:
        """The name under which typer hands it over."""
        return "__".join(self.way)


def flags_of(kind: type, way: tuple[str, ...], taken: set[str], panel: str = "Options", outer: tuple[str, ...] = ()) -> Iterator[Flag]:
    """The flags of a dataclass of options. A field that is itself such a dataclass is a verb: its flags stand in a panel of its name.

    A field that the outer class has as well is handed down by the study and has no flag of its own; a name that another verb has
    already is spelled with its verb in front.
    """
    hints = typing.get_type_hints(kind)
    known = {f.name: f for f in fields_of(kind) if f.name not in outer}
    inner = [name for name in known if dataclasses.is_dataclass(hints[name])]
    plain = tuple(name for name in known if name not in inner)
    for name in plain:
        flag = name if name not in taken else f"{way[-1]}_{name}"
        taken.add(flag)
        yield Flag((*way, name), flag.replace("_", "-"), known[name], _bare(hints[name]), panel)
    for name in inner:
        yield from flags_of(hints[name], (*way, name), taken, name, plain)


def _bare(hint: Any) -> Any:
    """The type behind `X | None`."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(a for a in typing.get_args(hint) if a is not type(None))
    return hint


def _parameter(flag: Flag) -> inspect.Parameter:
    """The flag as typer reads it. Its default is None, 'not given', so that options set elsewhere stay."""
    kind = flag.type
    origin = typing.get_origin(kind) or kind
    legal = flag.field.legal
    choices = legal is not None and all(isinstance(v, str) for v in legal)
    many = inspect.isclass(origin) and issubclass(origin, Sequence | Mapping) and origin is not str
    annotation = list[str] if many else (origin if origin in (int, float, bool, Path) else str)
    metavar = "|".join(legal) if choices else ("COLUMN=WORD" if many and issubclass(origin, Mapping) else None)  # type: ignore[arg-type]
    declared = f"--{flag.name}/--no-{flag.name}" if kind is bool else f"--{flag.name}"
    info = typer.Option(declared, help=escape(_help(flag.field, choices)), metavar=metavar, show_default=False, rich_help_panel=flag.panel)
    return inspect.Parameter(flag.parameter, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation | None, info])


def _help(field: Field, choices: bool) -> str:
    """Meaning, unit, legal values and default, in one line."""
    default = field.default
    told = [field.unit] if field.unit else []
    if field.legal and not choices:
        low, high = field.legal
        told.append(f"{_short(low)} or more" if high >= ENDLESS else f"{_short(low)} to {_short(high)}")
    if default not in (None, "", ()) and default != {}:
        told.append(f"default {('on' if default else 'off') if isinstance(default, bool) else _short(default)}")
    return f"{field.meaning} [{', '.join(told)}]" if told else field.meaning


def _short(value: Any) -> str:
    if isinstance(value, int | float):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"
    return str(value)


def _built(kind: type, way: tuple[str, ...], flags: Sequence[Flag], given: Mapping[str, Any]) -> Any:
    """The options, with what was given in place of the defaults. Raises WordsError where a value is not legal."""
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for flag in flags:
        got = given.get(flag.parameter)
        if flag.way[:-1] == way and got is not None and got != []:
            values[flag.way[-1]] = _read(flag, got)
    for f in dataclasses.fields(kind):
        if dataclasses.is_dataclass(hints[f.name]) and any(flag.way[: len(way) + 1] == (*way, f.name) for flag in flags):
            values[f.name] = _built(hints[f.name], (*way, f.name), flags, given)
    return checked(kind(**values))


def _read(flag: Flag, got: Any) -> Any:
    """What followed a flag, as its field wants it."""
    origin = typing.get_origin(flag.type) or flag.type
    if inspect.isclass(origin) and issubclass(origin, Mapping):
        return pairs(got, flag.name)
    if not isinstance(got, list):
        return got
    inside = next((a for a in typing.get_args(flag.type) if a in (int, float)), str)
    words = [word for part in got for word in part.split(",")] if inside is not str else got
    try:
        return tuple(inside(word) for word in words)
    except ValueError:
        raise WordsError(f"--{flag.name} expects numbers; got {' '.join(got)!r}.") from None


def command(app: typer.Typer, name: str, *examples: str, panel: str = "Commands") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers a function as a command. Each parameter that is a dataclass of options becomes that many flags."""

    def registered(work: Callable[..., None]) -> Callable[..., None]:
        hints = typing.get_type_hints(work, include_extras=True)
        own = inspect.signature(work).parameters.values()
        plain = [p.replace(annotation=hints[p.name]) for p in own if not dataclasses.is_dataclass(hints[p.name])]
        groups = {n: kind for n, kind in hints.items() if dataclasses.is_dataclass(kind)}
        taken = {p.name for p in plain}
        flags = [flag for n, kind in groups.items() for flag in flags_of(kind, (n,), taken)]

        def called(**given: Any) -> None:
            options = {n: _built(kind, (n,), flags, given) for n, kind in groups.items()}
            try:
                work(**{p.name: given[p.name] for p in plain}, **options)
                sys.stdout.flush()
            except KeyboardInterrupt:
                raise Stopped("stopped; nothing was written.") from None
            except BrokenPipeError:  # the reader has seen enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in plain] + [_parameter(flag) for flag in flags]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {p.name: p.annotation for p in parameters}
        words = inspect.getdoc(work) or ""
        shown = "\n".join(f"  {escape(example)}" for example in examples)
        app.command(name, help=f"{escape(words)}\n\n\b\nExamples:\n{shown}" if examples else escape(words), rich_help_panel=panel)(called)
        return work

    return registered
