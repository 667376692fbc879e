"""The door of the command line: help, version, the nearest flag, and an exit code for each way to fail."""

from __future__ import annotations

import subprocess
import sys

import pytest

from apercu import __version__, cli
from apercu.core.errors import ApercuError, RuleError, Stopped, UnreadableSource


def call(capsys, *words):
    """(exit code, standard output, standard error)."""
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    heard = capsys.readouterr()
    return left.value.code, heard.out, heard.err


def test_without_arguments_there_is_help(capsys):
    code, out, err = call(capsys)
    assert (
        code == 0
        and not err
        and all(name in out for name in ("run", "demo", "show", "page", "serve", "predict", "explain", "collect", "clean", "parts"))
    )


def test_version(capsys):
    assert call(capsys, "--version") == (0, f"apercu {__version__}\n", "")


@pytest.mark.parametrize("name", [command.name for command in cli.app.registered_commands])
def test_every_command_has_help_with_an_example(capsys, name):
    code, out, _ = call(capsys, name, "--help")
    assert code == 0 and f"apercu {name}" in out.partition("Examples:")[2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("rn",), "Did you mean 'run'"),
        (("run", "x.csv", "--targt", "y"), "--target"),
        (("run",), "Missing argument"),
        (("run", "x.csv", "--seed", "one"), "--seed"),
        (("demo", "churm"), "did you mean 'churn'"),
    ],
)
def test_words_that_are_off_leave_with_2_and_the_nearest(capsys, words, says):
    code, out, err = call(capsys, *words)
    assert code == 2 and says in err and not out and len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (RuleError("line 3: no 'then'."), 2, "line 3: no 'then'."),
        (UnreadableSource("x.csv is not a table."), 3, "x.csv is not a table."),
        (Stopped("the time is over."), 4, "the time is over."),
        (ApercuError("ours."), 1, "ours."),
        (KeyboardInterrupt(), 4, "stopped; nothing was written."),
        (RuntimeError("Query interrupted"), 4, "stopped; nothing was written."),
        (PermissionError(13, "Permission denied", "a.study"), 3, "a.study: Permission denied."),
        (MemoryError(), 3, "not enough memory"),
        (ZeroDivisionError("a\nb"), 1, "our own fault: ZeroDivisionError: a b"),
    ],
)
def test_each_failure_has_its_code_and_no_traceback(capsys, monkeypatch, error, code, says):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr("apercu.cli.commands._show_parts", broken)
    got, out, err = call(capsys, "parts")
    assert got == code and says in err and not out and "Traceback" not in err and len(err.strip().splitlines()) == 1


def test_debug_shows_where(capsys, monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr("apercu.cli.commands._show_parts", broken)
    assert "in broken" in call(capsys, "parts", "--debug")[2]
    monkeypatch.setenv("APERCU_DEBUG", "1")
    assert "in broken" in call(capsys, "parts")[2]


def test_python_m_apercu_is_the_same():
    done = subprocess.run([sys.executable, "-m", "apercu", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"apercu {__version__}\n"


def test_a_stop_while_the_words_are_read_leaves_with_4_too(capsys, monkeypatch):
    monkeypatch.setattr("apercu.cli.app", lambda **_: 130)
    assert call(capsys, "parts") == (4, "", "apercu: stopped; nothing was written.\n")
