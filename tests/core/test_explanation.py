"""An explanation is its effects, in order, as plain JSON."""

from __future__ import annotations

import json

from apercu.core.explanation import Effect, Explanation, Reason, Shape


def test_json():
    shape = Shape(("a", "b"), (0.1, -0.1), (0.0, -0.2), (0.2, 0.0), (5, 5))
    told = json.loads(json.dumps(Explanation("linear", "log-odds", 10, (Effect("plan", 0.3, 0.2, 0.4, shape),)).to_json()))
    assert told[0]["column"] == "plan"
    assert told[0]["shape"]["groups"] == ["a", "b"]
    assert Reason("plan", None, 0.5).contribution == 0.5
