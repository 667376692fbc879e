"""The page shows groups of pictures and what single predictions stand on, inside one file."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import apercu
from apercu import train
from apercu.core.errors import WordsError
from apercu.core.explanation import Highlight
from apercu.core.pictures import decoded, netpbm
from apercu.deploy.media import galleries, highlighted, sights


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


class Net:
    """A net of pictures as the page sees one: two filters of colour, maps of two layers."""

    name, columns, pictures = "net", ("photo",), ("photo",)

    def __init__(self, torch=True):
        self.torch = torch

    def filters(self, column):
        return np.arange(2 * 3 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3, 3)

    def feature_maps(self, picture, column):
        if not self.torch:
            raise WordsError("torch is not installed")
        seen = decoded(picture)[None, :, :, 0].astype(np.float32)
        return [np.concatenate([0 * seen, seen, 9 - 0 * seen]), seen[:, ::2, ::2], seen[:, ::5, ::5]]


def pixels(address):
    assert address.startswith("data:image/png;base64,")
    return decoded(b64decode(address.partition(",")[2]))


def test_a_net_shows_its_filters_and_what_it_makes_of_a_picture(study):
    nets = SimpleNamespace(**{**study.model.__dict__, "folds": (SimpleNamespace(models=(study.model.folds[0], Net())),)})
    mark = Highlight("photo", "picture", 5, "left", 0.9, ("1x1",), (1.0,))
    shown = replace(study, explanation=replace(study.explanation, highlights=(mark,)))
    (sight,) = sights(replace(shown, model=nets))
    assert [pixels(tile).shape for tile in sight["filters"]] == [(3, 3, 3)] * 2 and sight["row"] == "5"
    assert np.array_equal(pixels(sight["filters"][1]), Net().filters("photo")[1])
    first, last = sight["layers"]
    assert [pixels(tile).shape for tile in first] == [(10, 10, 1)] * 3 and [pixels(tile).shape for tile in last] == [(2, 2, 1)]
    photo = pixels(sight["picture"]).astype(float)
    assert np.abs(pixels(first[0]) - np.round(255 * photo / photo.max())).max() <= 1, "the map that varies most stands first"
    page = replace(shown, model=nets).page()
    assert page.count('<details class="card sight">') == 1 and page.count(first[0]) == 1 and "网络在 photo 中看什么" in page


def test_without_torch_filters_are_shown_alone(study):
    nets = SimpleNamespace(**{**study.model.__dict__, "folds": (Net(torch=False),)})
    (sight,) = sights(replace(study, model=nets))
    assert len(sight["filters"]) == 2 and sight["layers"] == []
    assert '<div class="sheet wide">' not in replace(study, model=nets).page()


def test_nothing_to_show_shows_nothing(study):
    plain = replace(study, explanation=None)
    assert highlighted(plain) == [] == sights(plain) == sights(replace(plain, model=None))
    assert "sight" not in plain.page().partition("</style>")[2]
