"""The page shows groups of pictures and what single predictions stand on, inside one file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import apercu
from apercu import train
from apercu.core.explanation import Highlight
from apercu.core.pictures import netpbm
from apercu.deploy.media import galleries, highlighted


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(1)
    n = 240
    left = rng.random(n) < 0.5
    pixels = rng.integers(0, 60, (n, 10, 10)).astype(np.uint8)
    for one, side in zip(pixels, left, strict=True):
        one[:, slice(0, 5) if side else slice(5, 10)] += np.uint8(150)
    columns = {
        "photo": [netpbm(one) for one in pixels],
        "pulse": [np.sin(np.arange(12) / 2 + 3 * (rng.random() < 0.5)) + rng.normal(0, 0.1, 12) for _ in range(n)],
        "note": ["came late <b>again</b>" if rng.random() < 0.5 else "all was fine & good today" for _ in range(n)],
        "y": np.where(left, "left", "right").astype(object),
    }
    options = apercu.Options(train=train.Options(learners=("linear",), members=1))
    return apercu.run(columns, "y", options=options)


def test_groups_stand_with_their_pictures(study):
    gallery = next(g for g in galleries(study) if g["column"] == "photo")
    assert len(gallery["groups"]) >= 2 and all(cell["picture"].startswith("data:image/png;base64,") for g in gallery["groups"] for cell in g["cells"])
    assert study.page().count("data:image/png") >= sum(len(g["cells"]) for g in gallery["groups"])


def test_shapes_stand_with_their_lines(study):
    gallery = next(g for g in galleries(study) if g["column"] == "pulse")
    assert gallery["form"] == "course" and len(gallery["groups"]) == 2 and all(cell["line"] for g in gallery["groups"] for cell in g["cells"])
    assert study.page().count('<polyline class="line"') >= 16


def test_single_predictions_stand_on_their_cells(study):
    marks = (
        Highlight("photo", "picture", 1, "left", 0.9, ("2x3",), (1.0, 0.5, 0.0, -2.0, 0.0, 0.0)),
        Highlight("pulse", "sequence", 2, "right", 0.8, ("1–6", "7–12"), (0.5, -0.5)),
        Highlight("note", "text", 3, "left", 0.7, ("came", "late <b>"), (0.0, 1.0)),
    )
    shown = replace(study, explanation=replace(study.explanation, highlights=marks))
    picture, sequence, text = highlighted(shown)
    assert [(b["x"], b["y"], b["share"], b["for"]) for b in picture["boxes"]] == [(0, 0, 0.5, True), (1, 0, 0.25, True), (0, 1, 1.0, False)]
    assert len(sequence["boxes"]) == 2 and sequence["line"].count(",") == 12 and text["words"][1] == {"word": "late <b>", "share": 1.0, "for": True}
    page = shown.page()
    assert page.count('<figure class="cell') >= 3 and "late <b>" not in page, "what users wrote is never markup"
    assert shown.page(lang="zh").count("实际为") == 3


def test_nothing_to_show_shows_nothing(study):
    plain = replace(study, explanation=None)
    assert highlighted(plain) == []
