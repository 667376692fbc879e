"""Odd stretches are drawn along the clock, a spike is not averaged away, and other faults have no such picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import apercu
from apercu.deploy import charts
from apercu.deploy.stretches import BLOCKS, stretched


@pytest.fixture(scope="module")
def study():
    generator = np.random.default_rng(0)
    load = generator.normal(50, 1, 1_500)
    load[700] = 90.0
    load[1_100:1_140] += generator.normal(0, 9, 40)
    when = np.datetime64("2026-01-01T00:00") + np.arange(1_500) * np.timedelta64(1, "h")
    return apercu.run({"when": when, "load": load}, options=apercu.Options(effort="quick"))


def test_the_series_is_drawn_with_what_is_odd(study):
    fault = next(f for f in study.faults if f.id == "windows:load")
    spec = stretched(fault, study.split)
    values = spec["data"]["values"]
    assert len(values) <= BLOCKS and max(v["high"] for v in values) == 90.0
    odd = [v["at"] for v in values if v["odd"] is not None]
    assert odd and odd[0] >= "2026-02-15" and odd[-1] <= "2026-02-17T12:00:00"
    assert charts.TOLD in charts.svg(spec)
    assert 'id="fault-' in study.page()


def test_other_faults_have_no_such_picture(study):
    fault = next(f for f in study.faults if f.id == "windows:load")
    assert stretched(replace(fault, id="anomalies"), study.split) is None
    assert stretched(replace(fault, id="windows:other"), study.split) is None
    assert stretched(fault, None) is None
