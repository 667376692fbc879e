"""`import apercu` is quick and loads nothing heavy; neither does the command line, nor the door of any verb."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("scipy", "sklearn", "lightgbm", "numba", "duckdb", "pandas", "polars", "pyarrow", "torch", "fastapi", "uvicorn", "vl_convert", "jinja2")
VERBS = ("collect", "clean", "derive", "train", "teach", "evaluate", "explain", "audit", "reason", "discover", "advise", "deploy")
SECONDS = 0.3  # of CPU


def loaded(module: str) -> tuple[float, list[str]]:
    """(CPU seconds of the import, heavy modules it loaded), in a fresh interpreter."""
    code = (
        "import json, sys, time; start = time.process_time(); "
        f"import {module}; "
        f"print(json.dumps([time.process_time() - start, [m for m in {HEAVY!r} if m in sys.modules]]))"
    )
    seconds, heavy = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    return seconds, heavy


def test_import_is_quick():
    seconds = min(loaded("apercu")[0] for _ in range(3))
    assert seconds < SECONDS, f"import apercu took {seconds:.2f} s of CPU"


@pytest.mark.parametrize("module", ["apercu", "apercu.cli", "apercu.study", "apercu.testing", *(f"apercu.{verb}" for verb in VERBS)])
def test_nothing_heavy_is_loaded(module):
    heavy = loaded(module)[1]
    assert not heavy, f"import {module} loads {', '.join(heavy)}"


def test_public_names_are_there_when_asked():
    import apercu

    missing = [name for name in apercu.__all__ if not hasattr(apercu, name)]
    assert not missing, missing
    assert set(apercu.__all__) <= set(dir(apercu))
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = apercu.nothing_such
