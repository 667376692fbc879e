"""Facts of media as columns: they stand in the table, name groups that differ, count bad files, and new rows get the same ones."""

from __future__ import annotations

import numpy as np

from apercu import clean, collect, derive
from apercu.core.facts import Alike
from apercu.core.pictures import netpbm
from apercu.core.rows import Rows
from apercu.derive.media import looked
from apercu.engine.duckdb import DuckDB


def derived(columns):
    data, _ = collect.run(columns, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    return derive.run(data, None)


def stripes(n=260, seed=1):
    """Pictures that are bright on the left or on the right."""
    rng = np.random.default_rng(seed)
    left = rng.random(n) < 0.5
    pixels = rng.integers(0, 60, (n, 12, 12)).astype(np.uint8)
    for one, side in zip(pixels, left, strict=True):
        one[:, slice(0, 6) if side else slice(6, 12)] += np.uint8(150)
    return [netpbm(one) for one in pixels], left


def test_pictures_that_look_alike_share_a_group():
    files, left = stripes()
    files[3], files[7] = b"P5 broken", None
    data, notes = derived({"photo": files, "y": list(range(len(files)))})
    group = data.rows(("photo_group",))["photo_group"]
    known = np.array([g is not None for g in group])
    assert (~known).nonzero()[0].tolist() == [3, 7]
    sides = {g: left[known][group[known] == g].mean() for g in set(group[known])}
    assert len(sides) >= 2 and all(share in (0.0, 1.0) for share in sides.values())
    assert any("1 files are no pictures" in note.say() and "rows 4" in note.say() for note in notes)
    assert any("1 个文件" in note.say("zh") for note in notes)


def test_new_rows_get_the_same_facts():
    files, _ = stripes()
    data, _ = derived({"photo": files, "y": list(range(len(files)))})
    facts = [e for step in data.steps for e in step.columns.values() if getattr(e, "kept", "")]
    assert any(isinstance(fact, Alike) for fact in facts)
    again = looked(Rows.of({"photo": files[:9]}), facts)
    rows = data.rows(tuple(again))
    for name, column in again.items():
        assert np.array_equal(column, rows[name][:9]), name


def test_sequences_tell_their_course():
    t, rng = np.arange(40), np.random.default_rng(1)
    series = [(np.sin(t / 3) if k % 2 else t * 0.1) * k + rng.normal(0, 0.1 * k, 40) for k in range(1, 301)]
    data, _ = derived({"pulse": [*series, None], "y": list(range(301))})
    rows = data.rows()
    assert rows["pulse_highest"][1] == np.max(series[1]) and rows["pulse_slope"][1] > 0.15 and rows["pulse_peaks"][0] == 2
    shapes = rows["pulse_shape"]
    assert len({*shapes[:-1:2]}) == 1 and len({*shapes[1:-1:2]}) == 1 and shapes[0] != shapes[1] and shapes[-1] is None
    assert rows.storage("pulse") == "list" and np.isnan(rows["pulse_slope"][-1])


def test_can_be_switched_off():
    data, _ = collect.run({"photo": stripes()[0], "y": list(range(260))}, DuckDB(), collect.Options())
    data, _ = clean.run(data, None, clean.Options())
    assert derive.run(data, None, derive.Options(media=False))[0].schema.names == data.schema.names
