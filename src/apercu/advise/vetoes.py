"""Vetoes: rows to which an expert says an offer must never be made. They are taken out of every offer after it was scored, and the report says so.

    actions, notes = stopped(actions, book.vetoes, split, model)
    listed(actions[0], rows, scores, allowed=allowed(book.vetoes))       # the addressees of `addressees`, without them

An offer of apercu bears no name (it is "the offer" of the goal), so a veto against one by name holds for all of them: it is better to leave out
too many than one too few. Gains are counted anew for those who remain, at the rate per case that was measured before; an offer that nobody
remains of is not made. What it does *not* do: score again, or look for others to address instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from ..core.action import Action
from ..core.dataset import Note
from ..core.model import CrossFitted
from ..core.rows import Rows
from ..core.split import Split
from ..core.statements import Veto
from ..words.numbers import count, money
from ..words.spacing import glue
from .addressees import scored
from .uplift import Uplift

__all__ = ["allowed", "stopped"]


def allowed(vetoes: Sequence[Veto]) -> Callable[[Rows], np.ndarray]:
    """The function that gives (n,) bool: the rows of a table that no veto names."""
    return partial(_allowed, tuple(vetoes))


def stopped(
    actions: Sequence[Action], vetoes: Sequence[Veto], split: Split, model: CrossFitted | None, effects: Sequence[Uplift] | None = None
) -> tuple[list[Action], list[Note]]:
    """(the actions for those who remain, best first; one note per veto on what it stopped). effects: of treatments, learned anew where None."""
    if not vetoes:
        return list(actions), []
    rows = split.rows
    scores = scored(model, split, effects=effects)
    whole = rows.plus(dict(scores))
    free = _allowed(vetoes, rows)
    named = [veto.when.holds(rows) for veto in vetoes]
    kept, hit = [], np.zeros(len(vetoes), dtype=int)
    barred = np.zeros(rows.n, dtype=bool)
    for action in actions:
        inside = action.who.holds(whole)
        hit += [bool((inside & one).any()) for one in named]
        barred |= inside & ~free
        out = int(np.count_nonzero(inside & ~free))
        if not out:
            kept.append(action)
        elif remaining := int(np.count_nonzero(inside & free)):
            kept.append(_without(action, out, remaining))
    notes = [_note(veto, one, int(np.count_nonzero(one & barred)), int(n)) for veto, one, n in zip(vetoes, named, hit, strict=True)]
    return sorted(kept, key=lambda a: (a.gain_low <= 0, -a.gain, a.people)), notes


def _allowed(vetoes: Sequence[Veto], rows: Rows) -> np.ndarray:
    free = np.ones(rows.n, dtype=bool)
    for veto in vetoes:
        free &= ~veto.when.holds(rows)
    return free


def _without(action: Action, out: int, remaining: int) -> Action:
    """The action for those who remain, at the same gain for each."""
    share = remaining / (remaining + out)
    gain, low, high, cost = (share * x for x in (action.gain, action.gain_low, action.gain_high, action.cost))
    written = [money(x) if action.unit == "money" else count(round(x)) for x in (gain, low)]
    told: Mapping[str, str] = {
        "en": f"Of these, {count(out)} are left out because a veto names them; for the {count(remaining)} who remain it comes to {written[0]}, "
        f"{written[1]} at the pessimistic end.",
        "zh": f"其中 {count(out)} 个因禁令排除；对其余 {count(remaining)} 个对象，预期为 {written[0]}，悲观估计 {written[1]}。",
    }
    text = {lang: glue(action.text[lang], told[lang]) if lang == "zh" else f"{action.text[lang]} {told[lang]}" for lang in told}
    return replace(action, people=remaining, cost=cost, gain=gain, gain_low=low, gain_high=high, text=text)


def _note(veto: Veto, named: np.ndarray, out: int, offers: int) -> Note:
    where = int(np.count_nonzero(named))
    if out:
        en = f"{veto.say('en')} This took {count(out)} of these {count(where)} rows out of {offers} {'offer' if offers == 1 else 'offers'}."
        zh = f"{veto.say('zh')}据此从 {offers} 项提议中排除了这 {count(where)} 行中的 {count(out)} 行。"
    else:
        en, zh = f"{veto.say('en')} No offer addressed any of these {count(where)} rows.", f"{veto.say('zh')}没有提议涉及这 {count(where)} 行。"
    return Note("advise", veto.when.columns()[0], {"en": en, "zh": zh}, out, veto.when.to_sql())
