"""Audit: what is wrong with the data or the model, with its evidence and its mend.

Each file looks for one kind of fault in predictions that are out of fold; a fault names rows of the source (the worst first) or a condition, and
says how much was measured. Doubtful is not wrong: the words never say more than the numbers do. Mends of a table (duplicates, blanks, types) are
clean's.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.fault import Fault
from ..core.model import CrossFitted
from ..core.options import option
from ..core.split import Split

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options:
    """What is looked for."""

    listed: int = option(50, "rows that one fault lists at most, the worst first", legal=(1, 1e6), unit="rows")
    far: float = option(5.0, "robust standard deviations from which a residual of a numeric target is doubtful", legal=(3.0, 100.0))


def run(split: Split, model: CrossFitted | None, options: Options | None = None) -> list[Fault]:
    """The faults found, those of the data's own columns first."""
    from . import labels, leaks

    options = options or Options()
    found = leaks.find(split)
    return found if model is None else [*found, *labels.find(split, model, options.listed, options.far)]
