"""A schema names its columns once, in order, and knows which of them may be learned from."""

from __future__ import annotations

import pytest

from apercu.core.errors import UnknownName
from apercu.core.schema import ROLES, Column, Schema

SCHEMA = Schema((Column("id", "entity", "id"), Column("age", "number"), Column("offer", "flag", "treatment"), Column("y", "flag", "target")))


def test_columns_are_found_by_name_and_role():
    assert SCHEMA.names == ("id", "age", "offer", "y")
    assert SCHEMA.column("age").kind == "number"
    assert [c.name for c in SCHEMA.with_role("target")] == ["y"]
    assert [c.name for c in SCHEMA.features()] == ["age", "offer"]
    assert "age" in SCHEMA
    assert "Age" not in SCHEMA
    assert [c.name for c in SCHEMA] == list(SCHEMA.names)


def test_changes_leave_the_original_alone():
    changed = SCHEMA.changed("age", role="ignored", why="asked")
    assert (changed.column("age").role, SCHEMA.column("age").role) == ("ignored", "feature")
    assert changed.names == SCHEMA.names


def test_plus_replaces_in_place_and_appends():
    more = SCHEMA.plus((Column("age", "money"), Column("new", "text")))
    assert more.names == ("id", "age", "offer", "y", "new")
    assert more.column("age").kind == "money"


@pytest.mark.parametrize(
    ("make", "told"), [(lambda: Column("a", "numbr"), "did you mean 'number'"), (lambda: Column("a", "number", "targt"), "did you mean 'target'")]
)
def test_kinds_and_roles_are_checked(make, told):
    with pytest.raises(UnknownName, match=told):
        make()


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'offer'"):
        SCHEMA.changed("offr", role="id")


def test_every_role_is_explained():
    assert all(meaning and meaning == meaning.strip() for meaning in ROLES.values())


def test_json_tells_every_field():
    told = Column("a", "number", unit="EUR", missing=3).to_json()
    assert (told["name"], told["unit"], told["missing"], told["role"]) == ("a", "EUR", 3, "feature")
