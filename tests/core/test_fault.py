"""A fault stands at a condition or at rows, with its evidence and its mend."""

from __future__ import annotations

import json

from apercu.core.condition import Condition, Term
from apercu.core.fault import Fault

TEXT = {"en": "Odd.", "zh": "异常。"}


def test_a_fault_of_rows_and_one_of_a_slice():
    rows = Fault("label-1", "label", TEXT, TEXT, {"doubt": 0.9}, rows=(3, 1))
    assert json.loads(json.dumps(rows.to_json()))["rows"] == [3, 1]
    assert rows.say("zh") == "异常。"
    where = Condition((Term("a", "is", "b"),))
    told = Fault("slice-1", "slice", TEXT, TEXT, {"n": 5.0}, where).to_json()
    assert Condition.from_json(told["where"]) == where
    assert "rows" not in told
