"""Errors: one tree, four exit codes, and messages that name the nearest right thing."""

from __future__ import annotations

import inspect

import pytest

from apercu.core import errors
from apercu.core.errors import ApercuError, InputError, RuleError, Stopped, UnknownName, UnreadableSource, WordsError, nearest

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]


def test_exit_codes_follow_the_tree():
    told = {ApercuError: 1, WordsError: 2, UnknownName: 2, RuleError: 2, InputError: 3, UnreadableSource: 3, Stopped: 4}
    assert {c: c.exit_code for c in told} == told
    assert all(issubclass(c, ApercuError) for c in CLASSES)


def test_the_head_of_the_file_draws_every_error_with_its_code():
    drawn = errors.__doc__ or ""
    for c in CLASSES:
        line = next(line for line in drawn.splitlines() if c.__name__ in line)
        assert f" {c.exit_code} " in line


@pytest.mark.parametrize(
    ("got", "known", "told"),
    [
        ("churm", ["churn", "tenure"], "there is no column 'churm'; did you mean 'churn'? The columns are: churn, tenure."),
        ("CHURN", ["churn"], "did you mean 'churn'?"),
        ("zzz", ["churn"], "there is no column 'zzz'. The columns are: churn."),
        ("a", [], "there is no column 'a'."),
        ("x", [f"c{i}" for i in range(15)], "c11 and 3 more."),
    ],
)
def test_unknown_names_propose_the_nearest(got, known, told):
    assert told in str(UnknownName("column", got, known))


@pytest.mark.parametrize(
    ("what", "plural"), [("model family", "model families"), ("value of --effort", "values of --effort"), ("level of y", "levels of y")]
)
def test_other_things_have_their_plural(what, plural):
    assert f"The {plural} are: a." in str(UnknownName(what, "zzz", ["a"]))


def test_nearest():
    assert nearest("tenur", ["Tenure", "x"]) == "Tenure"
    assert nearest("qqq", ["Tenure"]) is None
    assert UnknownName("column", "churm", ["churn"]).nearest == "churn"
