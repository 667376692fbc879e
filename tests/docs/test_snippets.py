"""Every ```python block of the docs runs, top to bottom, in one namespace per file and an empty folder.

A block whose opening line says `no-run` is shown only. A file's blocks may use what those above them made. Run quickly, models have two members and
intervals few draws, since pages show how things are asked for, not how good they are; the slow twin runs every block just as it stands.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from apercu import evaluate
from apercu.train import _portfolio

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python[ \t]*(?P<words>[^\n]*)\n(?P<code>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
PAGES = [p for p in (*sorted((ROOT / "docs").glob("*.md")), *(ROOT / n for n in ("README.md", "README.zh.md", "CONTRIBUTING.md"))) if p.exists()]


def blocks(text: str) -> list[tuple[int, str]]:
    """(line, code) of every block that is to run."""
    return [(text.count("\n", 0, m.start("code")), m["code"]) for m in FENCE.finditer(text) if "no-run" not in m["words"]]


RUNNABLE = pytest.mark.parametrize("page", [p for p in PAGES if blocks(p.read_text(encoding="utf-8"))], ids=lambda p: p.name)


def run(page: Path) -> None:
    """Every block of a page, in this folder."""
    space: dict[str, object] = {"__name__": "snippet"}
    for line, code in blocks(page.read_text(encoding="utf-8")):
        exec(compile("\n" * line + code, str(page), "exec"), space)


@pytest.fixture
def small(monkeypatch):
    """Two members to a model and few draws to an interval."""
    for name in ("MEMBERS", "MEMBERS_NUMBER", "MEMBERS_SMALL"):
        monkeypatch.setattr(_portfolio, name, 2)
    scored = evaluate.run
    monkeypatch.setattr(evaluate, "run", lambda models, split, options: scored(models, split, replace(options, resamples=50)))


@RUNNABLE
@pytest.mark.usefixtures("small")
def test_snippets_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(page)


@pytest.mark.slow
@RUNNABLE
def test_snippets_run_just_as_they_stand(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(page)


def test_only_runnable_blocks_are_taken():
    text = "a\n```python\nx = 1\n```\n```python no-run\nraise\n```\n```bash\nls\n```\n"
    assert blocks(text) == [(2, "x = 1\n")]


def test_relative_links_lead_somewhere():
    broken = []
    for page in (ROOT / "CHANGELOG.md", *PAGES):
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken, broken
