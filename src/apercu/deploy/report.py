"""The page: a study as one HTML file that opens offline, in English and Chinese, on a screen, a phone and paper.

    page(study, "churn.html")

Every word of a user (names, levels, SQL) passes Jinja's autoescape, charts are drawn here as SVG, and a content-security policy allows one
script by its hash and nothing from outside. What it does *not* do: compute. Every number on it stands in the study already.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from ..core.errors import UnknownName, WordsError
from ..words import LANGUAGES
from .captions import told
from .charts import drawn
from .export import named
from .views import view

__all__ = ["page", "repr_html"]

SHOWN: Final = 30  # findings on a page whose study has no option for it
NOTEBOOK: Final = 5  # findings shown in a notebook


def page(record: Any, path: str | Path | None = None, lang: str = "en", *, shown: int | None = None) -> str:
    """The page of a study as text, opening in `lang`; written to `path` when one is given.

    shown: most findings on it, by default what the study's options say.

    Raises UnknownName for a language that there is none of, and WordsError when the file cannot be written.
    """
    if lang not in LANGUAGES:
        raise UnknownName("language", lang, LANGUAGES)
    style, script = _asset("page.css"), _asset("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    template = _environment().from_string(_asset("page.html.jinja"))
    html = template.render(
        **view(record, _shown(record) if shown is None else shown), lang=lang, policy=policy, style=Markup(style), script=Markup(script)
    )
    html = re.sub(r"\n\s*\n+", "\n", html).encode("utf-8", "replace").decode("utf-8")
    if path is not None:
        _write(Path(path).expanduser(), html)
    return html


def repr_html(record: Any) -> str:
    """The first findings for a notebook, in both languages, without script or style sheet."""
    items = []
    for f in record.findings[:NOTEBOOK]:
        items.append(Markup('<li style="margin:.5em 0">{}<br><span lang="zh" style="opacity:.7">{}</span></li>').format(f.say("en"), f.say("zh")))
    ledger = record.ledger
    counts = {"proposed": f"{ledger.proposed:,}", "tested": f"{ledger.tested:,}", "held": f"{ledger.held:,}", "q": f"{100 * ledger.q:g}%"}
    summary = told("searched" if record.findings else "none", **counts)
    head = Markup("<p><strong>apercu</strong> · {}<br>{}</p>").format(named(record.source), summary["en"])
    return str(head + (Markup("<ol>{}</ol>").format(Markup("").join(items)) if items else Markup("")))


def _shown(record: Any) -> int:
    """The option of that name, of a study that was run or of one that was opened (plain values); else its default."""
    options = record.options.get("deploy") if isinstance(record.options, Mapping) else getattr(record.options, "deploy", None)
    found = options.get("shown") if isinstance(options, Mapping) else getattr(options, "shown", None)
    return found if isinstance(found, int) else SHOWN


def _write(path: Path, html: str) -> None:
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_text(html, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise WordsError(f"the page cannot be written to {path}: {error.strerror}. Choose another file with --page.") from error
    finally:
        temporary.unlink(missing_ok=True) if path.parent.is_dir() else None


@cache
def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(autoescape=True, loader=BaseLoader(), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(t=_caption, drawn=lambda spec: Markup(drawn(spec)))
    environment.filters["both"] = _both
    return environment


def _caption(key: str, **values: Any) -> Markup:
    return _both(told(key, **{name: str(value) for name, value in values.items()}))


def _both(words: Mapping[str, str] | str) -> Markup:
    """Both languages; the style sheet shows one. What is the same in both stands once."""
    if isinstance(words, str):
        return escape(words)
    if words["en"] == words["zh"]:
        return escape(words["en"])
    return Markup('<span class="en" lang="en">{}</span><span class="zh" lang="zh">{}</span>').format(words["en"], words["zh"])
