"""A package that is not there is missed in one sentence."""

from __future__ import annotations

import pytest

from apercu.core.errors import WordsError
from apercu.train._extra import brought


def test_there_and_not_there():
    assert brought("json").dumps(1) == "1"
    with pytest.raises(WordsError, match="needs the package no_such_package"):
        brought("no_such_package")
