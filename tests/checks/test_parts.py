"""The common checks over every part that the registry finds: a new file is tried with no further line."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from apercu import testing, train

HOUSE = Path(__file__).parents[2] / "src" / "apercu"


def names(folder: str) -> list[str]:
    """The parts of a folder: its files without a leading underscore."""
    return sorted(path.stem for path in (HOUSE / folder).glob("*.py") if not path.name.startswith("_"))


def part(folder: str, name: str, needs: tuple[str, ...]) -> type:
    """The one class of a part's file."""
    module = import_module(f"apercu.{folder}.{name}")
    own = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__ and all(hasattr(c, n) for n in needs)]
    assert len(own) == 1, f"apercu/{folder}/{name}.py must hold one part; got {own}"
    return own[0]


@pytest.mark.parametrize("name", names("discover"))
def test_patterns(name):
    testing.check_pattern(part("discover", name, ("name", "scope", "propose", "verify"))())


NETS = ("cnn", "mlp", "net", "rnn", "transformer")  # take longest to learn the lessons


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow if name in NETS else ()) for name in sorted(train.learners())])
def test_learners(name):
    learner = train.learners()[name]
    if (needs := getattr(learner, "needs", None)) and find_spec(needs[0]) is None:
        pytest.skip(f"needs {needs[0]}")
    if name == "context":
        pytest.skip("needs a file of weights")
    if name == "adapted":
        pytest.skip("needs an earlier study")
    testing.check_learner(learner())


@pytest.mark.parametrize("name", names("engine"))
def test_engines(name):
    testing.check_engine(part("engine", name, ("name", "read", "ask", "rows")))
