"""Pictures as arrays: netpbm by itself, the rest through Pillow; what cannot be read is None, never an error."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest

from apercu.core import pictures
from apercu.core.errors import WordsError
from apercu.core.pictures import decoded, netpbm, png


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 1), (4, 2, 3), (2, 2, 4), (2, 3, 7)])
def test_pixels_come_back_as_they_went_in(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(decoded(netpbm(pixels)), pixels.reshape(*shape[:2], -1))


def test_only_bytes_of_two_or_three_dimensions_become_files():
    for wrong in (np.zeros((2, 2)), np.zeros(4, dtype=np.uint8), np.zeros((1, 2, 2, 3), dtype=np.uint8)):
        with pytest.raises(ValueError, match="expected uint8 pixels"):
            netpbm(wrong)


def test_sixteen_bits_become_eight():
    assert decoded(b"P5 2 1 65535 " + np.array([0, 65535], dtype=">u2").tobytes()).ravel().tolist() == [0, 255]
    assert decoded(b"P5 1 1 15 \x0f").ravel().tolist() == [255]


@pytest.mark.parametrize(
    "file", [b"", b"P5", b"P5 2 2 255 \x01", b"P5 0 0 255 ", b"P5 9999999 9999999 255 .", b"P7 nothing", b"\x89PNG broken", b"text"]
)
def test_what_is_no_picture_is_none(file):
    assert decoded(file) is None


def test_pillow_reads_grey_colour_and_transparent_files():
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(2).integers(0, 256, (6, 4, 4)).astype(np.uint8)
    for mode, channels in (("L", 1), ("RGB", 3), ("RGBA", 4)):
        own = pixels[:, :, 0] if channels == 1 else pixels[:, :, :channels]
        file = BytesIO()
        image.fromarray(own).save(file, "png")
        assert np.array_equal(decoded(file.getvalue()), own.reshape(6, 4, channels)), mode
    assert decoded(file.getvalue()[:60]) is None, "cut short"


def test_without_pillow_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(pictures, "find_spec", lambda name: None)
    assert decoded(netpbm(np.zeros((2, 2), dtype=np.uint8))) is not None
    with pytest.raises(WordsError, match=r"apercu\[deep\]"):
        decoded(b"\x89PNG")


def test_browsers_are_served_png():
    pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(3).integers(0, 256, (5, 7, 6)).astype(np.uint8)
    for channels, kept in ((1, 1), (2, 1), (3, 3), (4, 4), (6, 3)):
        assert np.array_equal(decoded(png(pixels[:, :, :channels])), pixels[:, :, :kept]), channels
