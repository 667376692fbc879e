"""A column of role `leak` is told again, with how much it tells alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apercu import audit
from apercu.audit.leaks import explained


@pytest.fixture
def leaky(make_split):
    rng = np.random.default_rng(1)
    y = rng.random(400) < 0.4
    columns = {"x": rng.normal(size=400), "closed": np.where(y, "done", "open").astype(object), "y": np.where(y, "yes", "no").astype(object)}
    split = make_split(columns, "y")
    schema = split.data.schema.changed("closed", role="leak", why="tells y exactly")
    return replace(split, data=split.data.with_schema(schema))


def test_told_in_both_languages(leaky):
    (fault,) = audit.run(leaky, None)
    assert fault.kind == "leak" and fault.id == "leak:closed" and fault.evidence["explained"] == pytest.approx(1.0)
    assert "tells y exactly" in fault.say("en") and "--role closed=feature" in fault.mend["en"] and "泄露" in fault.say("zh")


def test_noise_explains_nothing(leaky):
    assert explained(leaky.rows, "x", leaky.goal) < 0.1


def test_no_leak_no_fault(make_split):
    rng = np.random.default_rng(1)
    assert audit.run(make_split({"x": rng.normal(size=50), "y": rng.normal(size=50)}, "y"), None) == []
