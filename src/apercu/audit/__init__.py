"""Audit: what is wrong with the data or the model, with its evidence and its mend.

Each file looks for one kind of fault in predictions that are out of fold; a fault names rows of the source (the worst first) or a condition, and
says how much was measured. Doubtful is not wrong: the words never say more than the numbers do. Mends of a table (duplicates, blanks, types) are
clean's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..core.fault import Fault
from ..core.model import CrossFitted
from ..core.options import option
from ..core.split import Split
from ..core.statements import Range

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Options", "run"]


@dataclass(frozen=True)
class Options:
    """What is looked for."""

    listed: int = option(50, "rows that one fault lists at most, the worst first", legal=(1, 1e6), unit="rows")
    odd: float = option(0.05, "share of the rows told as odd that may be usual ones; 0 tells none", legal=(0.0, 0.5))
    net: bool = option(False, "also look for odd rows, and odd pictures, by an autoencoder (extra deep; takes a minute)")
    stretches: float = option(0.05, "share of the odd stretches told along a clock that may be usual ones; 0 tells none", legal=(0.0, 0.5))
    cells: bool = option(True, "look for cells that break what the table itself shows to hold (dependencies, spellings, formats), and for doubles")
    weak: float = option(0.05, "share of the slices told as weak that may be none", legal=(0.0, 0.5))
    far: float = option(5.0, "robust standard deviations from which a residual of a numeric target is doubtful", legal=(3.0, 100.0))


def run(
    split: Split, model: CrossFitted | None, options: Options | None = None, stated: Sequence[Range] = (), more: Sequence[np.ndarray] = ()
) -> list[Fault]:
    """The faults found, those of the data's own columns first. stated: what experts say that columns can hold; more: (n,) scores of odd rows by other
    detectors, in the order of split.rows (see anomalies.find).
    """
    from . import anomalies, bias, entities, labels, leaks, slices, values, windows
    from .ranges import ranges

    options = options or Options()
    found = [*ranges(split, stated, options.listed), *(leaks.find(split) if split.goal else ())]
    found += [*values.find(split, options.listed), *entities.find(split, options.listed)] if options.cells else []
    found += anomalies.find(split, options.odd, options.listed, more=more) if options.odd else []
    found += windows.find(split, options.stretches, options.listed) if options.stretches else []
    if model is None:
        return found
    found += labels.find(split, model, options.listed, options.far)
    return [*found, *slices.find(split, model, options.weak), *bias.find(split, model)]
