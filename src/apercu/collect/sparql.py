"""SPARQL over a graph, by way of pyoxigraph (extra `rdf`): for whoever knows it better than the questions of `reason.ask`.

    asked(graph, "SELECT ?who WHERE { ?who :works_for :Acme }")       # (("who",), [("Ann",), ("Bo",)])

The empty prefix stands for the graph's own names, each percent-encoded (`:Acme%20Ltd`, or in full <urn:apercu:Acme%20Ltd>); a name that is an address
already is that address. Answers are the names again. What it does *not* do: change the graph, fetch anything (SERVICE is refused), tell reasons.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote, unquote

from ..core.errors import WordsError
from ..core.graph import Graph

__all__ = ["asked", "is_sparql"]

OWN: Final = "urn:apercu:"
PREFIX: Final = f"PREFIX : <{OWN}>\n"
ADDRESS: Final = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>\"{}|\\^`]+$")
FORM: Final = re.compile(r"^\s*(PREFIX|BASE|SELECT|ASK)\b", re.IGNORECASE)
SERVICE: Final = re.compile(r"\bSERVICE\b", re.IGNORECASE)


def is_sparql(text: str) -> bool:
    """Whether a question is SPARQL: it begins with SELECT, ASK, PREFIX or BASE.

    >>> is_sparql("select ?x where { ?x :owns :Bolt }"), is_sparql("owns(?, Bolt)")
    (True, False)
    """
    return FORM.match(text) is not None


def asked(graph: Graph, query: str) -> tuple[tuple[str, ...], list[tuple[str | None, ...]]]:
    """(the names of the variables, one row per answer) of a SELECT; of an ASK the one row ('true',) or ('false',).

    Raises WordsError without pyoxigraph, for a query that cannot be read, for one of another form, and for SERVICE.
    """
    try:
        import pyoxigraph  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise WordsError("SPARQL needs a package: pip install 'apercu[rdf]'; or ask in the form works_for(?, \"Acme\").") from error
    if SERVICE.search(query):
        raise WordsError("SERVICE would ask another machine, and nothing is fetched here; leave it out of the query.")
    store = pyoxigraph.Store()
    nodes = [pyoxigraph.NamedNode(_address(name)) for name in graph.entities]
    relations = [pyoxigraph.NamedNode(_address(name)) for name in graph.relations]
    store.extend(pyoxigraph.Quad(nodes[h], relations[r], nodes[t]) for h, r, t in graph.distinct().facts.tolist())
    try:
        found = store.query(query if re.search(r"PREFIX\s+:\s", query, re.IGNORECASE) else PREFIX + query)
    except (SyntaxError, ValueError) as error:
        raise WordsError(f"the query cannot be read: {error}.") from error
    if type(found).__name__ == "QueryBoolean":
        return ("answer",), [(str(bool(found)).lower(),)]
    if type(found).__name__ != "QuerySolutions":
        raise WordsError("expected a SELECT or an ASK; other forms of SPARQL make graphs and are not answered.")
    names = tuple(variable.value for variable in found.variables)
    return names, [tuple(_name(row[name]) for name in names) for row in found]


def _address(name: str) -> str:
    return name if ADDRESS.match(name) else OWN + quote(name, safe="")


def _name(node: Any) -> str | None:
    """The name of an answer; None where a variable is open."""
    if node is None:
        return None
    return unquote(node.value.removeprefix(OWN)) if type(node).__name__ == "NamedNode" and node.value.startswith(OWN) else node.value
