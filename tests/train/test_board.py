"""A log for TensorBoard: read back by a reader that knows the format alone, checksums and all; each run has its folder."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from apercu import train
from apercu.core.errors import WordsError
from apercu.train import _board
from apercu.train._board import into, named, scalars


def crc32c(content):
    """Bit by bit, as the definition says."""
    rest = 0xFFFFFFFF
    for byte in content:
        rest ^= byte
        for _ in range(8):
            rest = (rest >> 1) ^ (0x82F63B78 * (rest & 1))
    return rest ^ 0xFFFFFFFF


def unmasked(stored):
    turned = (stored - 0xA282EAD8) % 2**32
    return (turned >> 17 | turned << 15) % 2**32


def fields(content):
    """[(number, value)] of a protocol-buffers message; nested ones as bytes."""
    made, at = [], 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = content[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(content):
        key = varint()
        if key & 7 == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            value, at = content[at : at + size], at + size
        made.append((key >> 3, value))
    return made


def read(file):
    """[(step, {name: value})] of a file of events, the first of which says its version."""
    content, at, made = file.read_bytes(), 0, []
    while at < len(content):
        head, (size, head_sum) = content[at : at + 8], struct.unpack_from("<QI", content, at)
        body, (body_sum,) = content[at + 12 : at + 12 + size], struct.unpack_from("<I", content, at + 12 + size)
        assert unmasked(head_sum) == crc32c(head) and unmasked(body_sum) == crc32c(body)
        made.append(dict(fields(body)))
        at += 16 + size
    assert made[0][3] == b"brain.Event:2" and all(struct.unpack("<d", event[1])[0] > 1.6e9 for event in made)
    told = []
    for event in made[1:]:
        values = [dict(fields(value)) for _, value in fields(event[5])]
        told.append((event[2], {v[1].decode(): struct.unpack("<f", v[2])[0] for v in values}))
    return told


def test_checksums_are_those_of_the_definition():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    for content in (b"", b"a", b"123456789", bytes(range(256)) * 3):
        assert unmasked(_board._checked(content)) == crc32c(content)


def test_what_is_written_is_read_back(tmp_path):
    with scalars(tmp_path) as write:
        write(0, {"lost": 0.5, "watched": math.nan})
        write(300, {"lost": 0.25, "损失": -1e9})
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("events.out.tfevents.")
    assert read(file) == [(0, {"lost": 0.5}), (300, {"lost": 0.25, "损失": -1e9})]


def test_tensorboard_reads_it_too(tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    with scalars(tmp_path) as write:
        for step in range(3):
            write(step, {"lost": 1.0 / (step + 1)})
    told = reader.EventAccumulator(str(tmp_path)).Reload().Scalars("lost")
    assert [(one.step, one.value) for one in told] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]


def test_runs_have_folders_of_their_own(tmp_path):
    for _ in range(2):
        with scalars() as write:
            write(0, {"lost": 1.0})  # nowhere
    with into(tmp_path), named("net 1"):
        for lost in (1.0, 2.0):
            with scalars() as write:
                write(0, {"lost": lost})
    assert {path.parent.name: read(path)[0][1]["lost"] for path in tmp_path.glob("*/*")} == {"net 1": 1.0, "net 1, 2": 2.0}
    with into(""), scalars() as write:
        write(0, {"lost": 1.0})


def test_a_folder_that_is_a_file_is_said(tmp_path):
    (tmp_path / "log").write_text("here")
    with pytest.raises(WordsError, match="cannot be written"), scalars(tmp_path / "log"):
        pass


def test_every_fold_of_a_study_writes(tmp_path, make_split):
    pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    x = rng.normal(size=120)
    split = make_split({"x": x, "y": np.where(x > 0, "yes", "no").astype(object)}, "y")
    train.run(split, train.Options(learners=("net",), log=str(tmp_path)))
    runs = {path.parent.name: read(path) for path in tmp_path.glob("*/*")}
    assert set(runs) == {f"net, fold {k}" for k in range(1, int(split.folds.max()) + 2)}
    for told in runs.values():
        assert [step for step, _ in told] == list(range(len(told))) and told[-1][1]["lost"] < told[0][1]["lost"]
        assert {"lost", "rate", "watched"} == set(told[0][1])
