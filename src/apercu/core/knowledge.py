"""Knowledge: what a graph holds beyond its statements: clauses, what follows by those of experts, what was mined, and what is likely.

study.knowledge.predicted[0].supports[0].clause.text   # 'works_for(X, Z) & located_in(Z, Y) -> lives_in(X, Y) [0.62]'
study.knowledge.predicted[0].supports[0].facts         # (17, 402): places of works_for(Ann, Acme) and located_in(Acme, Oslo) in the graph
study.knowledge.predicted[0].replays(study.graph)      # the facts, put for the clause's body, give the predicted fact
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..words.numbers import percent
from ..words.spacing import glue
from .clause import DIFFERS, Clause, Variable
from .graph import Graph, Triple

__all__ = ["Inferred", "Knowledge", "Predicted", "Support"]


@dataclass(frozen=True)
class Support:
    """A clause, and the places of the graph's facts that stand for the atoms of its body, in their order."""

    clause: Clause
    facts: tuple[int, ...]

    def gives(self, graph: Graph, head: str, relation: str, tail: str) -> bool:
        """Whether the facts, put for the body, give the fact."""
        bound: dict[str, str] = {}
        plain = [atom for atom in self.clause.body if atom.relation != DIFFERS]
        if len(plain) != len(self.facts) or not all(0 <= i < len(graph) for i in self.facts):
            return False
        stated = [graph.triple(i)[:3] for i in self.facts]
        for atom, (left, name, right) in [*zip(plain, stated, strict=True), (self.clause.head, (head, relation, tail))]:
            if atom.negated or atom.relation != name:
                return False
            for term, thing in ((atom.left, left), (atom.right, right)):
                if (bound.setdefault(term.name, thing) if isinstance(term, Variable) else term) != thing:
                    return False
        apart = [(atom.left, atom.right) for atom in self.clause.body if atom.relation == DIFFERS]
        return all(len({bound[t.name] if isinstance(t, Variable) else t for t in pair}) == 2 for pair in apart)


@dataclass(frozen=True)
class Predicted:
    """A fact that the graph does not state. Without supports it rests on the embedding alone.

    probability: the share of facts among pairs like it that had been hidden from the model; that the graph is silent about the pair does not count.
    """

    head: str
    relation: str
    tail: str
    probability: float
    supports: tuple[Support, ...] = ()

    @property
    def by(self) -> str:
        """'rules' or 'embedding only'."""
        return "rules" if self.supports else "embedding only"

    def replays(self, graph: Graph) -> bool:
        """Whether every support gives the fact from facts of the graph, and there is one."""
        return bool(self.supports) and all(s.gives(graph, self.head, self.relation, self.tail) for s in self.supports)

    def say(self, lang: str = "en") -> str:
        """The fact with its probability and its best reason, as one sentence."""
        fact, sure = f"{self.relation}({self.head}, {self.tail})", percent(self.probability)
        opening = (
            glue(f"{fact}：被隐藏的同类事物对中有", f"{sure} 确为事实") if lang == "zh" else f"{fact}: {sure} of such pairs were facts when hidden"
        )
        if not self.supports:
            return f"{opening}；仅由嵌入得出，没有规则支持。" if lang == "zh" else f"{opening}; embedding only, no rule supports it."
        rule, others = self.supports[0].clause.text, len(self.supports) - 1
        if lang == "zh":
            return glue(f"{opening}；依据", f"{rule}{f'，另有 {others} 条规则' if others else ''}。")
        return f"{opening}; by {rule}{f' and {others} more rule' + 's' * (others > 1) if others else ''}."

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        supports = [{"clause": s.clause.to_json(), "facts": list(s.facts)} for s in self.supports]
        fact = {"head": self.head, "relation": self.relation, "tail": self.tail}
        return {**fact, "probability": self.probability, "by": self.by, "supports": supports}

    @staticmethod
    def from_json(tree: Mapping[str, Any]) -> Predicted:
        """Reads what `to_json` wrote."""
        supports = tuple(Support(Clause.from_json(s["clause"]), tuple(s["facts"])) for s in tree["supports"])
        return Predicted(tree["head"], tree["relation"], tree["tail"], tree["probability"], supports)


@dataclass(frozen=True)
class Inferred:
    """A fact that follows by the clauses of experts: how sure it is, and why, in each language: the whole tree down to the sources."""

    head: str
    relation: str
    tail: str
    confidence: float
    why: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        return {"head": self.head, "relation": self.relation, "tail": self.tail, "confidence": self.confidence, "why": dict(self.why)}


@dataclass(frozen=True)
class Knowledge:
    """clauses: of experts. followed: how many facts follow by them, of which `inferred` are the first. mined: clauses that held on facts kept from
    the search, the surest first. predicted: facts that are neither stated nor follow, the likeliest first.
    """

    clauses: tuple[Clause, ...] = ()
    followed: int = 0
    inferred: tuple[Inferred, ...] = ()
    mined: tuple[Clause, ...] = ()
    predicted: tuple[Predicted, ...] = ()

    def likely(self) -> Graph:
        """The predicted facts as a graph, their probabilities as weights."""
        return Graph.of(Triple(f.head, f.relation, f.tail, "predicted", f.probability) for f in self.predicted)

    def to_json(self) -> dict[str, Any]:
        """As the JSON of a study tells it."""
        parts = {name: [one.to_json() for one in getattr(self, name)] for name in ("clauses", "inferred", "mined", "predicted")}
        return {**parts, "followed": self.followed}
