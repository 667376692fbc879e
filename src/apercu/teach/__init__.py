"""Teach: what experts know joins a model, and the data say of each rule whether it holds.

    lesson = run(model, rules, split, Options(), fit)
    lesson.model, lesson.verdicts, lesson.notes, lesson.faults

Rules are judged on rows that no search saw and join the model only where that lowers its cross-fitted loss, so a wrong rule costs nothing. Where many
rows have no label they label these, and a model learns from them (few).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..core.dataset import Note
from ..core.fault import Fault
from ..core.model import CrossFitted
from ..core.options import option
from ..core.rule import Rule, Verdict
from ..core.split import Split
from .few import Fit

__all__ = ["Lesson", "Options", "run"]


@dataclass(frozen=True)
class Options:
    """How much an expert's word counts."""

    trust: float = option(20.0, "how many rows of data a rule's stated probability counts for", legal=(0.0, 1_000_000.0), unit="rows")
    least: int = option(20, "rows below which the data are silent about a rule", legal=(1, 1_000_000), unit="rows")
    unlabelled: bool = option(True, "let rules label rows that have no label, where there are at least as many as have one, and learn from them")


@dataclass(frozen=True)
class Lesson:
    """The model, taught the rules if that helps; a verdict on each rule, in their order; what was done; what is wrong among the rules."""

    model: CrossFitted
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[Note, ...] = ()
    faults: tuple[Fault, ...] = ()


def run(model: CrossFitted | None, rules: Sequence[Rule], split: Split, options: Options = Options(), fit: Fit | None = None) -> Lesson:
    """Teaches a model the rules. fit: trains on a split, for rows that rules label; without it none are. model: None where no row has a label.

    Raises RuleError for a rule about another target, about a level that it does not have, or about a number; WordsError where there is no label and
    rules cannot give any.
    """
    if not rules:
        assert model is not None
        return Lesson(model)
    from .disputes import disputes
    from .verdicts import judged

    verdicts = judged(rules, split, options.least)
    lesson = _taught(model, verdicts, split, options, fit if options.unlabelled else None)
    return replace(lesson, verdicts=tuple(verdicts), faults=(*disputes(rules, split, options.least), *lesson.faults))


def _taught(model: CrossFitted | None, verdicts: Sequence[Verdict], split: Split, options: Options, fit: Fit | None) -> Lesson:
    """The model of labels, rules, and rows that rules labelled, whichever predicts labelled rows best.

    A rule that the labels contradict labels no row.
    """
    from .few import DECISIVE, Case
    from .notes import doubts, gained, unverified
    from .rules import taught as joined

    assert split.goal is not None
    known = {name for name, _ in split.goal.monotone}  # a rule is a step, which could go against what is known of its column
    experts = [verdict.rule for verdict in verdicts if verdict.verdict != "against"] or [verdict.rule for verdict in verdicts]
    kept = tuple({rule.text: rule for rule in experts if not known.intersection(rule.when.columns())}.values())
    made = None if model is None else joined(model, kept, split, options.trust)
    case = None if fit is None else Case.of(model, kept, split, options.trust)
    if case is None or fit is None:
        assert made is not None
        return Lesson(made)
    faults = tuple(doubts(kept, case.votes, case.label_model.balance, split, options.trust, options.least))
    few, loss = case.grown(model, split, fit)
    if made is None:
        return Lesson(few, notes=(unverified(split, len(kept)),), faults=faults)
    assert model is not None
    rival = made if len(case.truth) >= DECISIVE else model  # rules chosen by the loss of few labels look better than they are
    used = case.helps(few.out_of_fold[case.known], rival.out_of_fold[case.known])
    note = gained(split, len(case.truth), len(kept), (case.loss(rival.out_of_fold[case.known]), loss), used)
    return Lesson(few if used else made, notes=(note,), faults=faults)
