"""A picture of what a graph says of one thing: the thing in the middle, what it is related to around it, and the words of each relation between.

    around("Acme", [Edge("Acme", "owns", "Bolt"), Edge("Bolt", "lies_in", "Oslo", "inferred")])

Facts that were stated are whole lines, those that rules imply are dashed, those that are only predicted are dotted. Neighbours of one relation
stand side by side, those of relations that the thing is the tail of come last. Places are those of an ellipse, so that the same facts always make
the same picture. Up to half of the places go to what is not stated. What it does *not* do: show more than MOST neighbours, or a second step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

__all__ = ["Edge", "around"]

MOST: Final = 12  # neighbours that still have room for their names
WIDTH, HEIGHT = 720.0, 400.0
RADII: Final = (250.0, 150.0)  # of the ellipse that neighbours stand on
ALONG: Final = 0.58  # of the way to a neighbour, where its relation is written
SHOWN: Final = 24  # characters of a name
ORDER: Final = ("stated", "inferred", "predicted")  # how sure, surest first; as the style sheet names the lines


class Edge(NamedTuple):
    """One fact of the picture; mark: one of 'stated', 'inferred', 'predicted'."""

    head: str
    relation: str
    tail: str
    mark: str = "stated"


def around(thing: str, edges: Iterable[Edge], most: int = MOST) -> dict[str, Any] | None:
    """{'thing', 'width', 'height', 'spokes', 'more'} as the page draws it; None where no fact speaks of the thing.

    A spoke is a neighbour with the relation that leads to it; where several lead to the same, their words are joined.
    """
    together: dict[tuple[str, bool], list[Edge]] = {}
    for edge in sorted(edges):
        if thing in (edge.head, edge.tail) and edge.head != edge.tail:
            out = edge.head == thing
            together.setdefault((edge.tail if out else edge.head, out), []).append(edge)
    if not together:
        return None
    found = list(together.items())
    new = [item for item in found if all(edge.mark != "stated" for edge in item[1])]
    shown = sorted([*new[: most // 2], *(item for item in found if item not in new), *new[most // 2 :]][:most], key=_order)
    spokes = [_spoke(other, out, own, k, len(shown)) for k, ((other, out), own) in enumerate(shown)]
    middle = {"x": WIDTH / 2, "y": HEIGHT / 2}
    return {"thing": _cut(thing), "whole": thing, "width": WIDTH, "height": HEIGHT, "spokes": spokes, "more": len(found) - len(shown), **middle}


def _order(item: tuple[tuple[str, bool], list[Edge]]) -> tuple[bool, str, int, str]:
    (other, out), own = item
    return (not out, own[0].relation, min(ORDER.index(edge.mark) for edge in own), other)


def _spoke(other: str, out: bool, own: Sequence[Edge], k: int, n: int) -> dict[str, Any]:
    turn = 2 * math.pi * (k + 0.5) / n - math.pi / 2
    across, up = math.cos(turn), math.sin(turn)
    x, y = WIDTH / 2 + RADII[0] * across, HEIGHT / 2 + RADII[1] * up
    side = "start" if across > 0.3 else "end" if across < -0.3 else "middle"
    words = ", ".join(dict.fromkeys(edge.relation for edge in own))
    return {
        "other": _cut(other), "whole": other, "relation": _cut(words), "mark": min((edge.mark for edge in own), key=ORDER.index), "out": out,
        "x": round(x, 1), "y": round(y, 1), "side": side, "name_x": round(x + 9 * (across > 0.3) - 9 * (across < -0.3), 1),
        "name_y": round(y + 4 + (14 if up > 0 else -14) * (side == "middle"), 1),
        "word_x": round(WIDTH / 2 + ALONG * RADII[0] * across, 1), "word_y": round(HEIGHT / 2 + ALONG * RADII[1] * up, 1),
    }  # fmt: skip


def _cut(name: str) -> str:
    return name if len(name) <= SHOWN else name[: SHOWN - 1] + "…"
