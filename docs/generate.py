"""Writes the pages that are made from the code: options.md, commands.md and parts.md. `make docs`; a test compares them with the code."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

from apercu import discover, train
from apercu.cli import app
from apercu.cli.flags import Flag, flags_of
from apercu.core.kinds import KINDS
from apercu.core.pattern import SCOPES
from apercu.core.schema import ROLES
from apercu.study import Options

HERE = Path(__file__).parent
MADE = "<!-- made by docs/generate.py from the code; change the code, then run `make docs` -->\n"


def options() -> str:
    """Every option of every verb: its flag, its field in Python, meaning, legal values, default."""
    flags = list(flags_of(Options, (), set()))
    parts = [
        f"# Options\n\n{MADE}\nOne frozen dataclass per verb. In Python an option is a field, on the command line a flag:\n",
        "```python\nfrom apercu import Options\nfrom apercu.discover import Options as Discover\n\n"
        'options = Options(effort="quick", seed=7, discover=Discover(q=0.1))\n```\n\n'
        "```bash\napercu run customers.csv --target churned --effort quick --seed 7 --q 0.1\n```\n",
    ]
    for panel in dict.fromkeys(flag.panel for flag in flags):
        told = "All of them together" if panel == "Options" else panel
        parts += [f"## {told}\n", "| flag | in Python | meaning | legal | default |", "|---|---|---|---|---|"]
        parts += [row(flag) for flag in flags if flag.panel == panel]
        parts.append("")
    return "\n".join(parts)


def row(flag: Flag) -> str:
    """One option as a row of a table."""
    field = flag.field
    legal = ""
    if field.legal:
        legal = ", ".join(field.legal) if isinstance(field.legal[0], str) else f"{field.legal[0]:,g} to {field.legal[1]:,g}"
    unit = f" ({field.unit})" if field.unit else ""
    default = "" if field.default in (None, "", ()) or field.default == {} else f"`{field.default}`"
    return f"| `--{flag.name}` | `{'.'.join(flag.way)}` | {field.meaning}{unit} | {legal} | {default} |".replace("`|`", "`\\|`")


def commands() -> str:
    """Every command with its examples."""
    parts = [f"# Commands\n\n{MADE}\n`apercu <command> --help` lists the flags; [options.md](options.md) explains those of the verbs.\n"]
    inner = [(f"{group.name} ", command) for group in app.registered_groups for command in group.typer_instance.registered_commands]
    for before, command in [*(("", command) for command in app.registered_commands), *inner]:
        words, _, examples = (command.help or "").partition("\n\n\b\nExamples:\n")
        parts.append(f"## apercu {before}{command.name}\n\n{unescaped(words)}\n")
        if examples:
            parts.append("```bash\n" + "\n".join(line.strip() for line in unescaped(examples).splitlines()) + "\n```\n")
    codes = "| code | meaning |\n|---|---|\n| 0 | done |\n| 2 | the call's words are off |\n| 3 | the input cannot be used; the message says why |\n"
    parts.append(
        f"## Exit codes\n\n{codes}| 4 | stopped by the user or the time limit, with nothing lost |\n| 1 | our own fault; `--debug` shows where |\n"
    )
    return "\n".join(parts)


def unescaped(text: str) -> str:
    """Text without the marks that keep rich from reading it."""
    return re.sub(r"\\(\[)", r"\1", text)


def parts() -> str:
    """Insight kinds, model families, kinds and roles of columns."""
    told = [f"# Parts\n\n{MADE}\nEvery part is one file; [CONTRIBUTING](../CONTRIBUTING.md) shows how to add one.\n"]
    told += ["## Insight kinds\n", "| name | what it finds | 中文 | scope | how |", "|---|---|---|---|---|"]
    for n, p in discover.patterns().items():
        told.append(f"| `{n}` | {p.title['en']} | {p.title['zh']} | {SCOPES[p.scope]} | {first(inspect.getmodule(type(p)))} |")
    told += ["\n## Model families\n", "| name | what it is | 中文 | targets |", "|---|---|---|---|"]
    told += [f"| `{n}` | {m.words['en']} | {m.words['zh']} | {', '.join(m.tasks)} |" for n, m in train.learners().items()]
    told += ["\n## Kinds of columns\n", "| kind | in words | 中文 | stored as |", "|---|---|---|---|"]
    told += [f"| `{k.name}` | {k.en} | {k.zh} | {', '.join(k.storages)} |" for k in KINDS.values()]
    told += ["\n## Roles of columns\n", "| role | meaning |", "|---|---|", *(f"| `{name}` | {words} |" for name, words in ROLES.items()), ""]
    return "\n".join(told)


def first(module: Any) -> str:
    """The first sentence of a module's docstring."""
    return (inspect.getdoc(module) or "").split("\n\n")[0].replace("\n", " ").partition(": ")[2]


PAGES = {"options.md": options, "commands.md": commands, "parts.md": parts}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (HERE / name).write_text(make(), encoding="utf-8")
        sys.stdout.write(f"docs/{name}\n")
