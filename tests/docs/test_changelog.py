"""News fragments are legal, and gathering them writes one section and removes them."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def gather():
    spec = importlib.util.spec_from_file_location("gather", ROOT / "changelog.d" / "gather.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_fragments_that_wait_are_legal(gather):
    gather.gathered(ROOT / "changelog.d")


def test_a_release_gathers_and_removes(gather, tmp_path):
    (tmp_path / "README.md").write_text("stays")
    (tmp_path / "page.added.md").write_text("A page.\n")
    (tmp_path / "page.two.fixed.md").write_text("A mend\nof two lines.")
    changelog = tmp_path / "CHANGELOG"
    changelog.write_text("# Changelog\n\nWords.\n\n## 0.1.0 (2024-01-01)\n\nOld.\n")
    assert gather.release("0.2.0", tmp_path, changelog, date(2025, 2, 3)) == 2
    text = changelog.read_text()
    assert text.index("## 0.2.0 (2025-02-03)") < text.index("## 0.1.0 (2024-01-01)")
    assert "### Added\n\n* A page." in text and "* A mend of two lines." in text and text.endswith("Old.\n")
    assert [p.name for p in tmp_path.glob("*.md")] == ["README.md"]
    assert gather.release("0.3.0", tmp_path, changelog, date(2025, 2, 3)) == 0


@pytest.mark.parametrize(("name", "text"), [("a.news.md", "x"), ("added.md", "x"), ("a.added.md", ""), ("a.added.md", "x\n\ny")])
def test_an_illegal_fragment_is_named(gather, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        gather.gathered(tmp_path)
