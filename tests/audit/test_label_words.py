"""Sentences about doubtful labels are whole in both languages, with the precision where it is told and without a claim where it is not."""

from __future__ import annotations

import pytest

from apercu.audit._label_words import of_class, of_numbers, undecided

ENDS = {"precision_low": 0.88, "precision_high": 0.97}


@pytest.mark.parametrize("n", [1.0, 26.0])
@pytest.mark.parametrize("told", [True, False])
def test_sentences_are_whole(n, told):
    evidence = {"n": n, "share": 0.049, "probability": 0.02, "z": 31.2, **ENDS, **({"precision": 0.931} if told else {})}
    for text in (of_class("kind", "b", evidence), of_numbers("price", evidence, 5.0), undecided("kind", "b", 0.31)):
        assert set(text) == {"en", "zh"} and text["en"].endswith(".") and text["zh"].endswith("。") and "{" not in text["en"] + text["zh"]
    said = of_class("kind", "b", evidence)
    assert ("an estimated 93.1% of them (88.0% to 97.0%)" in said["en"]) is told and ("cannot be told" in said["en"]) is not told
    assert ("估计其中 93.1%" in said["zh"]) is told


def test_one_row_is_one_row():
    assert of_class("kind", "b", {"n": 1.0, "share": 0.1, "probability": 0.0, **ENDS})["en"].startswith("1 row with")
    assert "their" not in of_numbers("price", {"n": 1.0, "share": 0.1, "z": 9.0, **ENDS}, 5.0)["en"].split("expect")[0]
