"""Recommendation: an item offered to a person, and what speaks for it: which of the person's own items, or that many take it.

>>> told = Recommendation("Alien", 4.2, (Because("item", "Aliens", 0.6), Because("popular", "", 0.4)))
>>> told.say("en")
'“Alien”: 60.0% of what speaks for it comes from “Aliens” and 40.0% from what many people choose.'
>>> told.say("zh")
'“Alien”：推荐理由中 60.0% 来自“Aliens”，40.0% 来自热门程度。'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ..words.numbers import percent
from ..words.spacing import glue

__all__ = ["SOURCES", "Because", "Recommendation"]

WORTH: Final = 0.001  # least share of a reason that a sentence names; less is written 0.0%, or 0.1% at most

SOURCES: Final = {
    "item": {"en": "“{name}”", "zh": "“{name}”"},
    "popular": {"en": "what many people choose", "zh": "热门程度"},
    "alike": {"en": "what people alike choose", "zh": "相似人群的选择"},
    "habit": {"en": "what was chosen before", "zh": "以往的重复选择"},
}
NOTES: Final = {
    "": {"en": "", "zh": ""},
    "unknown": {"en": "The person is not known, so this is what many choose.", "zh": "该用户未知，因此推荐大众的选择。"},
    "new": {"en": "Nothing that the person chose is known, so this is what many choose.", "zh": "尚无该用户的选择记录，因此推荐大众的选择。"},
}


@dataclass(frozen=True)
class Because:
    """One thing that speaks for an item: `kind` is a key of SOURCES, `name` the own item (else ''), `share` its part of all that speaks for it."""

    kind: str
    name: str
    share: float

    def say(self, lang: str = "en") -> str:
        """What it is, in words."""
        return SOURCES[self.kind][lang].replace("{name}", self.name)


@dataclass(frozen=True)
class Recommendation:
    """An item, its score (comparable within one person's list only), and the reasons, largest first; `note` is a key: '', 'unknown' or 'new'."""

    item: str
    score: float
    reasons: tuple[Because, ...] = ()
    note: str = ""

    def say(self, lang: str = "en") -> str:
        """One sentence, with a second where nothing is known of the person; a reason below WORTH is not worth a word."""
        english = lang == "en"
        reasons = [reason for reason in self.reasons if reason.share >= WORTH]
        if not reasons:
            told = f"“{self.item}”" + (" is offered." if english else "：推荐。")
        elif english:
            first, *rest = [f"{percent(b.share)}{' of what speaks for it comes' if i == 0 else ''} from {b.say()}" for i, b in enumerate(reasons)]
            told = f"“{self.item}”: {', '.join([first, *rest[:-1]])}{f' and {rest[-1]}' if rest else ''}."
        else:
            parts = "，".join(glue(percent(b.share), "来自", b.say("zh")) for b in reasons)
            told = f"“{self.item}”：" + glue("推荐理由中", f"{parts}。")
        note = NOTES[self.note][lang]
        return f"{told}{' ' if english and note else ''}{note}"

    def to_json(self) -> dict[str, Any]:
        """The fields, with the sentence in both languages."""
        return {**asdict(self), "reasons": [asdict(b) for b in self.reasons], "text": {"en": self.say("en"), "zh": self.say("zh")}}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Recommendation:
        """Reads what `to_json` wrote."""
        return Recommendation(tree["item"], tree["score"], tuple(Because(**b) for b in tree["reasons"]), tree["note"])
