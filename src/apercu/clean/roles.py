"""Roles: which part each column plays, from its profile and its name, with the reason; every one can be overridden (`--role col=id`).

    assigned(profiles, schema, target="churned", said={})      # the Schema with kinds and roles

id         one value per row: names, or whole numbers that count the rows or whose name says id. A unique measured number is no id.
group      an entity that repeats: its name says id, at least GROUPS of them, each in two rows on average; one column at most.
time       the clock: the only column of moments, if it has CLOCK moments and its name speaks of no birth.
constant   one value, or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..core.errors import WordsError
from ..core.kinds import KINDS, Profile, guess
from ..core.schema import Schema
from .types import ID_NAME

__all__ = ["assigned"]

GROUPS: Final = 50  # entities, below which halves by entity would be too few
REPEATS: Final = 2.0  # rows of an entity on average
CLOCK: Final = 20  # distinct moments of a clock
NEARLY_UNIQUE: Final = 0.9
HARDLY: Final = 0.99  # distinct per present row, and present per row, of numbers that name rows
EXACT: Final = 2.0**53  # whole numbers above it are not exact
UNIQUE_NAME: Final = re.compile(r"(?i)(number|no|nr|key|index|serial|seqn|code|udi|instant|rownames?|row|名称|序号|单号|号码)$")
PERSON: Final = re.compile(r"(?i)user|customer|client|patient|subject|person|member|account|household|客户|用户|患者|会员|顾客")
BIRTH: Final = re.compile(r"(?i)birth|dob|born|出生|生日")
FEW: Final = 12  # rows; below, uniqueness tells nothing


def assigned(profiles: Mapping[str, Profile], schema: Schema, target: str | None, said: tuple[Mapping[str, str], Mapping[str, str]]) -> Schema:
    """The schema with final kinds and roles. said: ({column: kind}, {column: role}) of the user. Raises WordsError on a role that cannot be."""
    kinds, roles = said
    columns = []
    for column in schema:
        p = profiles[column.name]
        kind, why = (kinds[column.name], "as you said") if column.name in kinds else guess(p)
        role, reason = _role(p, kind) if column.name not in kinds else ("feature", "")
        if column.name == target:
            role, reason = "target", ""
        if column.name in roles:
            role, reason = roles[column.name], "the role is as you said"
            _fits(p, role, target)
        if role == "id" and column.name not in kinds and p.storage in KINDS["entity"].storages:
            kind = "entity"
        told = "; ".join(word for word in (why, reason) if word)
        columns.append(replace(column, kind=kind, role=role, missing=p.missing, distinct=p.distinct, why=told))
    return _one_group(_clock(Schema(tuple(columns)), profiles, roles), roles)


def _fits(p: Profile, role: str, target: str | None) -> None:
    """Raises WordsError when a column cannot play the role that the user gave it."""
    if p.name == target and role != "target":
        raise WordsError(f"{p.name!r} is the target and cannot be {role!r} as well; leave one of the two out.")
    if p.name != target and role == "target":
        raise WordsError(f"the target is named with --target; write --target {p.name} instead of --role {p.name}=target.")
    if role in ("weight", "value") and p.storage != "number":
        raise WordsError(f"the role {role!r} needs a column of numbers; {p.name!r} holds {'moments' if p.storage == 'time' else 'text'}.")
    if role == "weight" and p.low is not None and p.low < 0:
        raise WordsError(f"the role 'weight' needs numbers of 0 or more; the least of {p.name!r} is {p.low:g}.")


def _role(p: Profile, kind: str) -> tuple[str, str]:
    """(role, reason) of a column by itself."""
    if p.distinct <= 1:
        return "constant", "one value only" if p.distinct else "no value at all"
    if p.distinct >= (1 if p.storage == "text" else HARDLY) * p.present and p.present > HARDLY * p.rows and _names_rows(p, kind):
        return "id", "one value per row"
    if not ID_NAME.search(p.name) or kind not in ("number", "entity", "category"):
        return "feature", ""
    if p.storage == "number" and not p.whole:
        return "feature", ""
    if p.high is not None and p.high > EXACT:
        return "id", "its name says id, but its numbers have lost digits"
    if p.distinct >= NEARLY_UNIQUE * p.present:
        return "id", "its name says id, and hardly a value repeats"
    if p.distinct >= GROUPS and p.present >= REPEATS * p.distinct:
        return "group", f"its name says id, and each of {p.distinct:,} stands in {p.present / p.distinct:.1f} rows on average"
    return ("id", "its name says id") if p.distinct >= GROUPS else ("feature", "")


def _names_rows(p: Profile, kind: str) -> bool:
    named = bool(ID_NAME.search(p.name)) or bool(UNIQUE_NAME.search(p.name))
    if p.storage == "text":
        return kind in ("entity", "category") and p.rows > FEW
    if p.storage != "number" or not p.whole or p.low is None or p.high is None:
        return False
    counts_rows = p.low in (0, 1) and p.high - p.low == p.rows - 1 and p.distinct == p.rows
    return (counts_rows and (named or p.rows > FEW)) or (named and p.rows > FEW)


def _clock(schema: Schema, profiles: Mapping[str, Profile], roles: Mapping[str, str]) -> Schema:
    if "time" in roles.values():
        return schema
    times = [c for c in schema if c.kind == "time" and c.role == "feature"]
    if len(times) == 1 and times[0].name not in roles and profiles[times[0].name].distinct >= CLOCK and not BIRTH.search(times[0].name):
        return schema.changed(times[0].name, role="time", why="the only column of moments: the clock of the table")
    return schema


def _one_group(schema: Schema, roles: Mapping[str, str]) -> Schema:
    """At most one group: the one that the user named, else one whose name speaks of persons, else the first; the rest name entities."""
    groups = schema.with_role("group")
    if not groups:
        return schema
    named = [c for c in groups if c.name in roles]
    chosen = (named or [c for c in groups if PERSON.search(c.name)] or list(groups))[0]
    for column in groups:
        if column.name != chosen.name and column.name not in roles:
            schema = schema.changed(column.name, role="id", kind="entity", why=f"names an entity; rows are grouped by {chosen.name}")
        elif column.name not in roles:
            schema = schema.changed(column.name, kind="entity")
    return schema
