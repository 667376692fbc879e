"""Both languages say everything, with the same names to fill in."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from apercu.core.kinds import KINDS
from apercu.core.schema import ROLES as CORE_ROLES
from apercu.deploy import captions
from apercu.deploy.captions import METRICS, ROLES, STEPS, WORDS, told

NAMED_BY_THE_TEMPLATE = re.compile(r"\bt\(\"([a-z_A-Z-]+)\"|(?:cell|figure)\(\"([a-z_]+)\"")


@pytest.mark.parametrize("table", [WORDS, METRICS, ROLES, STEPS], ids=["words", "metrics", "roles", "steps"])
def test_both_languages_ask_for_the_same_names(table: dict[str, tuple[str, str]]) -> None:
    for key, (en, zh) in table.items():
        asked = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (en, zh)]
        assert asked[0] == asked[1], key
        assert en.strip() or zh.strip()
        assert not re.search("[一-鿿]", en), key


def test_every_role_is_told() -> None:
    assert set(ROLES) == set(CORE_ROLES)
    assert all(kind.en and kind.zh for kind in KINDS.values())


def test_every_caption_that_the_page_asks_for_is_there_and_none_is_idle() -> None:
    folder = Path(captions.__file__).parent
    text = "".join((folder / name).read_text(encoding="utf-8") for name in ("page.html.jinja", "views.py", "graphs.py", "report.py", "rest.py"))
    asked = {key for match in NAMED_BY_THE_TEMPLATE.findall(text) for key in match if key}
    assert asked - {"kind"} <= set(WORDS)
    idle = [
        key
        for key in WORDS
        if f'"{key}"' not in text
        and not key.startswith(("wall_", "raises_", "lowers_"))
        and key not in ("new", "known", "against", "verify", "all", "holds", "weaker", "silent")
    ]
    assert not idle


def test_words_with_braces_are_left_alone() -> None:
    assert told("title_goal", target="{x} {") == {"en": "What moves {x} {", "zh": "什么在影响 {x} {"}
