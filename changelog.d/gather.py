"""Gathers the news fragments beside it into CHANGELOG.md under a version and takes them away: `python changelog.d/gather.py 0.2.0`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

KINDS = ("added", "changed", "fixed", "removed")
HERE = Path(__file__).parent


def gathered(folder: Path) -> dict[str, list[str]]:
    """{kind: sentences} of the fragments in a folder. Raises ValueError for a fragment of another kind, or of more than one paragraph."""
    news: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for path in sorted(folder.glob("*.md")):
        if path.name == "README.md":
            continue
        kind = path.stem.rpartition(".")[2]
        text = path.read_text(encoding="utf-8").strip()
        if kind not in KINDS or "." not in path.stem:
            raise ValueError(f"{path.name} must be called <name>.<kind>.md with one of {', '.join(KINDS)}")
        if not text or "\n\n" in text:
            raise ValueError(f"{path.name} must hold one sentence")
        news[kind].append(" ".join(text.split()))
    return news


def release(version: str, folder: Path, changelog: Path, day: date) -> int:
    """Writes the fragments of `folder` as the newest section of `changelog`, removes them and returns how many there were."""
    news = gathered(folder)
    count = sum(map(len, news.values()))
    if not count:
        return 0
    parts = [f"### {kind.capitalize()}\n\n" + "\n".join(f"* {line}" for line in lines) for kind, lines in news.items() if lines]
    section = f"## {version} ({day.isoformat()})\n\n" + "\n\n".join(parts) + "\n"
    head, sign, older = changelog.read_text(encoding="utf-8").partition("\n## ")
    changelog.write_text(f"{head.rstrip()}\n\n{section}" + (f"\n## {older}" if sign else ""), encoding="utf-8")
    for path in folder.glob("*.md"):
        if path.name != "README.md":
            path.unlink()
    return count


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say which version: make changelog VERSION=0.2.0")
    number = release(sys.argv[1], HERE, HERE.parent / "CHANGELOG.md", date.today())
    sys.stdout.write(f"{number} fragments went into CHANGELOG.md\n")
