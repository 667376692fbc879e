"""The pages that are made from the code say what the code says; every option has a meaning."""

from __future__ import annotations

import importlib.util

import pytest


@pytest.fixture(scope="module")
def generate(root):
    spec = importlib.util.spec_from_file_location("generate", root / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["options.md", "commands.md", "parts.md"])
def test_pages_are_fresh(generate, root, page):
    path = root / "docs" / page
    assert path.exists() and path.read_text(encoding="utf-8") == generate.PAGES[page](), f"docs/{page} is out of date; run `make docs`"


def test_every_option_has_a_meaning():
    from apercu.cli.flags import flags_of
    from apercu.study import Options

    dumb = [".".join(flag.way) for flag in flags_of(Options, (), set()) if not flag.field.meaning]
    assert not dumb, f"options without a meaning: {dumb}"


def test_every_verb_has_one_door(sources):
    verbs = ("collect", "clean", "derive", "train", "teach", "evaluate", "explain", "audit", "reason", "discover", "advise", "deploy")
    doors = {s.place[0]: s for s in sources if len(s.place) == 2 and s.place[1] == "__init__"}
    assert set(verbs) <= set(doors), f"verbs without a door: {sorted(set(verbs) - set(doors))}"
    # deploy is called on a finished study, by what is wanted of it: save, load, page, to_json, serve
    dumb = [v for v in verbs if v != "deploy" and "def run(" not in doors[v].text]
    assert not dumb, f"doors without run: {dumb}"
