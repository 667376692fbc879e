"""Flags are made from fields: names, types, defaults, legal values, and what is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import pytest
import typer

from apercu.cli.flags import command, flags_of
from apercu.core.errors import Stopped, UnknownName, WordsError
from apercu.core.options import option


@dataclass(frozen=True)
class Search:
    q: float = option(0.05, "rate of [false] findings", legal=(0.0, 0.5))
    seed: int = option(0, "handed down")
    depth: int = option(3, "conditions", legal=(1, 3), unit="conditions")


@dataclass(frozen=True)
class Train:
    depth: int | None = option(None, "depth of trees")
    learners: tuple[str, ...] = option((), "families")
    cuts: tuple[float, ...] = option((), "cuts")
    kinds: Mapping[str, str] = option({}, "kinds of columns")
    calibrate: bool = option(True, "calibrate")


@dataclass(frozen=True)
class All:
    effort: str = option("normal", "how hard", legal=("quick", "normal"))
    seed: int = option(0, "the seed")
    search: Search = field(default_factory=Search)
    train: Train = field(default_factory=Train)


@pytest.fixture
def call():
    """Calls a command of one group of options and gives what its function got."""
    app = typer.Typer()
    got = []

    @app.callback()
    def root() -> None: ...

    @command(app, "go", "app go x.csv --q 0.1")
    def go(source: Annotated[list[str], typer.Argument()], options: All) -> None:
        """Goes."""
        if source == ["stop"]:
            raise KeyboardInterrupt
        got.append(options)

    def called(*words: str) -> All:
        app(args=["go", *words], standalone_mode=False)
        return got.pop()

    return called


def test_each_field_has_one_flag_and_inner_names_give_way():
    names = {".".join(flag.way): flag.name for flag in flags_of(All, (), set())}
    assert names == {
        "effort": "effort", "seed": "seed", "search.q": "q", "search.depth": "depth",
        "train.depth": "train-depth", "train.learners": "learners", "train.cuts": "cuts", "train.kinds": "kinds", "train.calibrate": "calibrate",
    }  # fmt: skip


def test_what_is_not_given_stays(call):
    assert call("x") == All()


def test_what_is_given_arrives_with_its_type(call):
    got = call(
        "x", "--q", "0.1", "--train-depth", "7", "--learners", "linear", "--learners", "boosting", "--no-calibrate",
        "--kinds", "a=b=number", "--cuts", "1,2.5", "--effort", "quick",
    )  # fmt: skip
    assert got.search == Search(q=0.1)
    assert got.train == Train(7, ("linear", "boosting"), (1.0, 2.5), {"a=b": "number"}, calibrate=False)
    assert got.effort == "quick"


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("--q", "0.9"), WordsError, "--q must be a number from 0 to 0.5; got 0.9"),
        (("--effort", "quik"), UnknownName, "did you mean 'quick'"),
        (("--kinds", "age"), WordsError, "expects column=value"),
        (("--cuts", "1,b"), WordsError, "--cuts expects numbers"),
    ],
)
def test_illegal_values_are_refused_in_words(call, words, error, says):
    with pytest.raises(error, match=says):
        call("x", *words)


def test_an_interrupt_says_that_nothing_was_written(call):
    with pytest.raises(Stopped, match="nothing was written"):
        call("stop")
