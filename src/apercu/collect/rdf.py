"""RDF: Turtle, N-Triples, N-Quads, TriG, N3, RDF/XML and JSON-LD become a Graph, by way of pyoxigraph (extra `rdf`).

    graph, notes = read_rdf(Path("firms.ttl"), "firms.ttl", ".ttl")

A thing is called by what its address says after the last slash or hash (`short`), as Acme of http://e.org/Acme, since rules and readers
want `owns(Acme, Bolt)`; where two addresses end alike, both keep their whole length. Literals are named by their text, without language
and type. What it does *not* do: named graphs (their statements are read as the others), reified statements, inference by schema (write
clauses for it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ..core.dataset import Note
from ..core.errors import EmptyTable, UnreadableSource, WordsError
from ..core.graph import Graph, Triple
from .loaded import told

__all__ = ["read_rdf", "short"]

FORMATS: Final = {
    ".ttl": "TURTLE",
    ".nt": "N_TRIPLES",
    ".nq": "N_QUADS",
    ".trig": "TRIG",
    ".n3": "N3",
    ".jsonld": "JSON_LD",
    ".rdf": "RDF_XML",
    ".owl": "RDF_XML",
}
TAIL: Final = re.compile(r"[^/#]+$")  # what an address says after its last slash or hash


def read_rdf(path: Path, source: str, suffix: str) -> tuple[Graph, list[Note]]:
    """The statements of a file in one of the FORMATS. Raises WordsError without pyoxigraph, UnreadableSource, EmptyTable."""
    try:
        import pyoxigraph  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise WordsError(f"{source} is RDF, which needs a package: pip install 'apercu[rdf]'.") from error
    form = getattr(pyoxigraph.RdfFormat, FORMATS[suffix])
    base = f"file:///{source}"
    try:
        statements = [_told(quad) for quad in pyoxigraph.parse(path=str(path), format=form, base_iri=base) if _is_plain(quad)]
    except (SyntaxError, ValueError, OSError) as error:
        raise UnreadableSource(f"{source} cannot be read as {form.name}: {error}") from error
    if not statements:
        raise EmptyTable(f"{source} holds no statement.")
    names = short({address for statement in statements for address, is_address in statement if is_address})
    graph = Graph.of(_triples(statements, names, source))
    shortened = sum(name != address for address, name in names.items())
    return graph, _notes(shortened, len(names), source)


def short(addresses: Iterable[str]) -> dict[str, str]:
    """{address: what it says after its last slash or hash}; addresses that would be called the same keep their whole length."""
    tails: dict[str, list[str]] = {}
    for address in addresses:
        found = TAIL.search(address)
        tails.setdefault(found.group() if found else address, []).append(address)
    return {address: tail if len(those) == 1 else address for tail, those in tails.items() for address in those}


def _is_plain(quad: Any) -> bool:
    """Whether subject, predicate and object are an address, a blank node or a literal, not a statement themselves."""
    return all(hasattr(part, "value") for part in (quad.subject, quad.predicate, quad.object))


def _told(quad: Any) -> tuple[tuple[str, bool], ...]:
    """(text, is it an address) of subject, predicate and object."""
    parts = quad.subject, quad.predicate, quad.object
    kinds = [type(part).__name__ for part in parts]
    return tuple((f"_:{part.value}" if kind == "BlankNode" else part.value, kind == "NamedNode") for part, kind in zip(parts, kinds, strict=True))


def _triples(statements: Iterable[tuple[tuple[str, bool], ...]], names: dict[str, str], source: str) -> Iterator[Triple]:
    for place, statement in enumerate(statements, 1):
        head, relation, tail = (names[text] if is_address else text for text, is_address in statement)
        if head and tail:
            yield Triple(head, relation, tail, source, 1.0, place)


def _notes(shortened: int, addresses: int, source: str) -> list[Note]:
    if not shortened:
        return []
    en = f"{shortened:,} of the {addresses:,} addresses in {source} are called by what stands after their last slash or hash"
    return [told("", en, f"{source} 的 {addresses:,} 个地址中，有 {shortened:,} 个取最后一个斜杠或井号之后的部分为名", rows=shortened)]
