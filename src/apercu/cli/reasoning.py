"""`apercu reason`: what follows from a graph by rules, and questions to it, each answer with its reasons. Nothing is computed here.

apercu reason firms.tsv --rules firms.rules --out inferred.csv
apercu reason churn.study 'works_for(?, "Acme")'
apercu reason firms.tsv 'SELECT ?who WHERE { ?who :works_for :Acme }'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from .. import reason
from ..collect.sparql import asked as sparql
from ..collect.sparql import is_sparql
from ..core.clause import Clause
from ..core.errors import WordsError
from ..core.graph import Graph
from ..core.options import option
from ..core.rulebook import read_rulebook
from ..study import Study
from .app import Lang, app
from .files import form, put
from .flags import command
from .tell import Terminal, progress

__all__ = ["Asked", "answer"]

KINDS: Final = {
    "known": {"en": "Stated", "zh": "已陈述"},
    "inferred": {"en": "Inferred", "zh": "由规则推出"},
    "predicted": {"en": "Predicted", "zh": "预测"},
}
NOTHING: Final = {"en": "Nothing that is stated, inferred or predicted answers this.", "zh": "已陈述、推出或预测的事实中没有答案。"}
HEADER: Final = ("head", "relation", "tail", "confidence", "rule", "premises")


@dataclasses.dataclass(frozen=True)
class Asked:
    """What is inferred, and how much of it is told."""

    rules: str | None = option(None, "a rules file; its lines a(X, Y) & b(Y, Z) -> c(X, Z) infer new facts")
    without: tuple[str, ...] = option((), "a source of the graph to take back, with all that only it supported; repeat it")
    k: int = option(20, "how many answers or rules are told", legal=(1, 10_000))
    why: bool = option(True, "tell the reasons under each answer")


@command(
    app,
    "reason",
    "apercu reason firms.tsv --rules firms.rules --out inferred.csv",
    "apercu reason churn.study 'works_for(?, \"Acme\")' --lang zh",
    panel="Answers",
)
def _reason(
    source: Annotated[str, typer.Argument(metavar="GRAPH", help="a file of facts (head, relation, tail), or a saved study that has a graph")],
    asked: Asked,
    lang: Lang,
    options: reason.Options,
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="statements with gaps, such as 'works_for(?, \"Acme\")', or SPARQL")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="file to write answers or inferred facts to: .csv or .json; - is standard output, as CSV")] = None,
) -> None:
    """What follows from a graph by rules, or the answers to a question about it: stated, inferred and predicted apart, each with its reasons."""
    answer(source, question, asked, lang.lang, options, out)


def answer(source: str | Path, question: str | None, asked: Asked, lang: str, options: reason.Options, out: Path | None = None) -> None:
    """Tells, and writes to `out`, what `apercu reason` is asked for; asked: rules, without, k and why, as its flags."""
    from ..reason.retract import without

    if out is not None:
        form(out)
    with progress(lang):
        graph, clauses, predicted = _known(Path(source), asked.rules)
        closure = reason.inferred(graph, clauses, options)
        for name in asked.without:
            closure = without(closure, name)
    if question is not None and is_sparql(question):
        _queried(closure.whole, question, lang, out)
    elif question is None:
        _inferred(closure, asked.k, lang, out)
    else:
        _answered(closure, question, predicted, (asked, lang, out))


def _known(source: Path, rules: str | None) -> tuple[Graph, tuple[Clause, ...], Graph | None]:
    """(the graph, the clauses, the predicted facts) of a study or a file; clauses of a rules file come on top."""
    stated = read_rulebook(Path(rules)).clauses if rules else ()
    if (source / "study.json").is_file():
        study = Study.load(source)
        if not study.graph:
            raise WordsError(f"{source} has no graph; run it again with --graph, a file of facts (head, relation, tail).")
        return study.graph, (*study.knowledge.clauses, *stated), study.knowledge.likely()
    from ..collect.triples import read_triples

    return read_triples(source), stated, None


def _answered(closure: Any, question: str, predicted: Graph | None, how: tuple[Asked, str, Path | None]) -> None:
    from ..reason.ask import asked as answers

    asked, lang, out = how
    found = answers(closure, question, predicted, asked.k)
    gaps = list(found[0].gaps) if found else []
    rows = [[*one.gaps.values(), one.kind, one.confidence] for one in found]
    if put(out, [one.to_json() for one in found], [*gaps, "kind", "confidence"], rows):
        return
    if not found:
        typer.echo(NOTHING[lang])
    for kind, words in KINDS.items():
        those = [one for one in found if one.kind == kind]
        if those:
            typer.echo(f"{words[lang]} ({len(those):,})" if lang == "en" else f"{words[lang]}（{len(those):,}）")
        for one in those:
            typer.echo(f"- {one.say(lang)}")
            for tree in one.why if asked.why else ():
                typer.echo("\n".join(f"    {line}" for line in tree.say(lang).splitlines()))
    if out is not None:
        Terminal(lang).line("wrote", path=out, n=len(found))


def _queried(graph: Graph, query: str, lang: str, out: Path | None) -> None:
    """The answers to SPARQL, stated and inferred facts together."""
    names, rows = sparql(graph, query)
    if put(out, [dict(zip(names, row, strict=True)) for row in rows], list(names), [list(row) for row in rows]):
        return
    for row in rows:
        typer.echo(", ".join("" if value is None else value for value in row))
    if not rows:
        typer.echo(NOTHING[lang])
    if out is not None:
        Terminal(lang).line("wrote", path=out, n=len(rows))


def _inferred(closure: Any, k: int, lang: str, out: Path | None) -> None:
    from ..reason.summary import followed, summed

    if out is not None and put(out, *_written(closure)):
        return
    shown = Terminal(lang)
    if closure.known:
        shown.say(summed(closure.known, len(closure.graph) - len(closure.known)).what)
    for note in followed(closure, k):
        shown.say(note.what)
    if out is not None:
        shown.line("wrote", path=out, n=len(closure))


def _written(closure: Any) -> tuple[list[dict[str, Any]], Sequence[str], list[list[Any]]]:
    """(the inferred facts as JSON, the header, the rows), each with its rule and the facts that it rests on."""
    whole = list(closure.whole.triples)
    new = whole[len(closure.known) :]
    trees, rows = [], []
    for fact, rests in zip(new, closure.premises.tolist(), strict=True):
        premises = [whole[number][:3] for number in rests if number >= 0]
        trees.append(dict(zip(HEADER, (*fact[:3], fact.weight, fact.source, [list(p) for p in premises]), strict=True)))
        rows.append([*fact[:3], fact.weight, fact.source, " & ".join(f"{r}({h}, {t})" for h, r, t in premises)])
    return trees, HEADER, rows
