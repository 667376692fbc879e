"""Picture files become bytes of one size; what cannot be read counts as missing."""

from __future__ import annotations

import io

import numpy as np
import pytest

from apercu.core.pictures import decoded
from apercu.train._pictures import Frame

Image = pytest.importorskip("PIL.Image")


def picture(high=12, wide=16, channels=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (high, wide, channels)).astype(np.uint8)


def filed(array, kind="PNG", **how):
    out = io.BytesIO()
    Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array).save(out, kind, **how)
    return out.getvalue()


def mapped(array, kind):
    high, wide, channels = array.shape
    if kind == 7:
        head = f"P7\nWIDTH {wide}\nHEIGHT {high}\nDEPTH {channels}\nMAXVAL 255\nTUPLTYPE ANY\nENDHDR\n"
    else:
        head = f"P{kind}\n# made here\n{wide} {high}\n255\n"
    return head.encode() + array.tobytes()


@pytest.mark.parametrize(("kind", "channels"), [(5, 1), (6, 3), (7, 1), (7, 2), (7, 5)])
def test_portable_maps_come_back_exactly_and_without_pillow(monkeypatch, kind, channels):
    monkeypatch.setattr("apercu.train._extra.find_spec", lambda package: None)
    array = picture(channels=channels)
    assert np.array_equal(decoded(mapped(array, kind)), array)
    images, gone = Frame(12, 16, channels).read([mapped(array, kind), None])
    assert np.array_equal(images[0], array) and gone.tolist() == [False, True]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_comes_back_exactly(channels):
    array = picture(channels=channels)
    assert np.array_equal(decoded(filed(array)), array)


def test_other_modes_are_read():
    fine = Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1_000)
    out = io.BytesIO()
    fine.save(out, "PNG")
    told = decoded(out.getvalue())
    assert told.shape == (8, 8, 1) and told.dtype == np.uint8 and told[7, 7, 0] == 245
    palette = Image.fromarray(picture()).convert("P")
    out = io.BytesIO()
    palette.save(out, "GIF")
    assert decoded(out.getvalue()).shape == (12, 16, 3)
    out = io.BytesIO()
    Image.fromarray(picture()).convert("CMYK").save(out, "JPEG")
    assert decoded(out.getvalue()).shape == (12, 16, 3)


def test_a_photo_taken_sideways_stands_upright():
    turned = Image.fromarray(picture())
    exif = turned.getexif()
    exif[0x0112] = 6
    out = io.BytesIO()
    turned.save(out, "JPEG", exif=exif)
    assert decoded(out.getvalue()).shape == (16, 12, 3)


def test_a_large_jpeg_is_read_at_a_fraction_of_its_size():
    told = decoded(filed(picture(800, 640), "JPEG"), 100)
    assert min(told.shape[:2]) >= 100 and max(told.shape[:2]) <= 200


def test_what_cannot_be_read_is_missing():
    whole = filed(picture(64, 64))
    cells = [whole, whole[: len(whole) // 2], b"", b"no picture", None, b"P5\n9 9\n255\nxx", b"P7\nWIDTH x\nENDHDR\n", b"P5\n0 0\n255\n"]
    frame = Frame.of(cells)
    assert frame == Frame(64, 64, 3) and frame.broken(cells) == (1, 2, 3, 5, 6, 7)
    images, gone = frame.read(cells)
    assert gone.tolist() == [False] + [True] * 7 and not images[1:].any()
    assert Frame.of([b"x", None]) is None and Frame.of([]) is None


def test_frame_is_the_median_within_a_limit():
    cells = [filed(picture(30, 60)), filed(picture(40, 60)), filed(picture(50, 60))]
    assert Frame.of(cells) == Frame(40, 60, 3) and Frame.of(cells, side=30) == Frame(20, 30, 3)


def test_grey_colours_are_one_channel():
    grey = np.repeat(picture(channels=1), 3, axis=2)
    assert Frame.of([filed(grey)]).channels == 1 and Frame.of([filed(grey), filed(picture())]).channels == 3
    assert np.array_equal(Frame(12, 16, 1).read([filed(grey)])[0][0], grey[:, :, :1])
    clear = np.dstack([grey, np.full((12, 16), 9, np.uint8)])
    assert Frame.of([filed(clear)]).channels == 4


def test_other_shapes_keep_their_proportions():
    tall = np.full((40, 10, 1), 200, dtype=np.uint8)
    tall[:, :5] = 0
    made = Frame(20, 20, 1).fitted(tall)
    assert made.shape == (20, 20, 1) and set(np.unique(made[:, :7])) == {100} and made[10, 8, 0] < 20 and made[10, 11, 0] > 180


@pytest.mark.parametrize(("own", "wanted"), [(1, 3), (3, 1), (1, 4), (3, 4), (4, 3), (4, 1), (5, 2), (2, 5)])
def test_channels_are_brought_to_one_number(own, wanted):
    made = Frame(12, 16, wanted).fitted(picture(channels=own))
    assert made.shape == (12, 16, wanted)
    if wanted == 4:
        assert (made[..., 3] == 255).all()


def test_frame_is_kept_as_json():
    assert Frame.from_json(Frame(3, 4, 5).to_json()) == Frame(3, 4, 5)
