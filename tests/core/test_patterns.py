"""Regular expressions that both engines read alike; that they do, on wild texts, is tried in test_expression."""

from __future__ import annotations

import re

import pytest

from apercu.core._patterns import PYTHON_END, list_item, whole_word


@pytest.mark.parametrize("special", ["a.b", "c++", "(x)", "a|b", "^", "$5", "[a]", "a\\b", "50%"])
def test_special_characters_stand_for_themselves(special):
    assert re.search(whole_word(special), f"say {special} now") and not re.search(whole_word(special), "say xyz now")
    assert re.search(list_item(special, "|", PYTHON_END), f"x|{special}")


def test_a_word_ends_where_its_script_says():
    assert whole_word("ok") != whole_word("o") and "|$" not in whole_word("很好")
    assert re.search(whole_word("很好"), "味道很好吃") and not re.search(whole_word("good"), "goods")
    assert re.search(whole_word("mp3"), "an MP3.") and not re.search(whole_word("mp3"), "mp34")
