"""The command line, and the door through which every call leaves: with an exit code, and a line or two when something went wrong.

    apercu run customers.csv --target churned --lang zh
    apercu serve customers.study

Exit codes: 0 done; 2 the call's words are off; 3 the input cannot be used; 4 stopped with nothing lost; 1 our own fault.
Results go to standard output, progress and messages to standard error.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Final, NoReturn

import typer

from ..core.errors import ApercuError, InputError, Stopped, WordsError
from . import commands  # noqa: F401 (registers its commands; --help tells them in this order)

# isort: split
from . import answers  # noqa: F401

# isort: split
from . import decisions  # noqa: F401

# isort: split
from . import audits  # noqa: F401

# isort: split
from . import reasoning  # noqa: F401

# isort: split
from . import rules  # noqa: F401
from .app import app

__all__ = ["app", "main"]

STOPPED: Final = "stopped; nothing was written."
INTERRUPTED: Final = 130  # what typer makes of a Ctrl-C while it reads the words


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and leaves with its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words or os.environ.get("APERCU_DEBUG", "") not in ("", "0")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait actively burn the CPU of everybody else
    if not debug:
        warnings.simplefilter("ignore")
    sys.exit(_ended([word for word in words if word != "--debug"], debug))


def _ended(words: Sequence[str], debug: bool) -> int:
    """The exit code of a call; what went wrong is said on standard error in a line or two."""
    try:
        code = app(args=list(words), prog_name="apercu", standalone_mode=False)
        return _failed(STOPPED, Stopped.exit_code, debug=False) if code == INTERRUPTED else code if isinstance(code, int) else 0
    except ApercuError as error:
        return _failed(str(error), error.exit_code, debug)
    except (KeyboardInterrupt, typer.Abort):
        return _failed(STOPPED, Stopped.exit_code, debug=False)
    except MemoryError:
        return _failed("there is not enough memory; try --effort quick, fewer columns, or a sample of the rows.", InputError.exit_code, debug)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _failed(f"{where}{error.strerror or error}.", InputError.exit_code, debug)
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error of typer, whichever click it stands on
            path = getattr(getattr(error, "ctx", None), "command_path", "apercu")
            return _failed(f"{error.format_message().rstrip('.')}. See `{path} --help`.", WordsError.exit_code, debug=False)
        line = " ".join(str(error).split())[:300]
        if isinstance(error, RuntimeError) and line == "Query interrupted":  # what the engine makes of a Ctrl-C
            return _failed(STOPPED, Stopped.exit_code, debug=False)
        return _failed(f"this is our own fault: {type(error).__name__}: {line} (--debug shows where).", ApercuError.exit_code, debug)


def _failed(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"apercu: {message}\n")
    return code
