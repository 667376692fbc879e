"""Encodings: which encoding the bytes of a text are in.

    encoding_of(Path("客户.csv"))      # 'gb18030'

In this order: a byte-order mark; UTF-16 without one (zeros at every second byte); UTF-8, if the whole file is valid in it; GB18030, if
its two-byte characters are mostly everyday Chinese (rows 16 to 55 of GB 2312, the 3,755 characters by frequency, and its punctuation),
which decides on a few characters already; else what charset-normalizer says. What it does *not* do: guess at bytes that are no text
(control characters), which are refused.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from ..core.errors import UnreadableSource, WordsError

__all__ = ["encoding_of", "transcoded"]

LOOKED: Final = 1 << 18  # bytes given to the detector
CHUNK: Final = 1 << 20
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
EVERYDAY: Final = 0.8  # share of two-byte characters that must be everyday Chinese
CONTROL_SHARE: Final = 0.01  # of control bytes, above which bytes are no text
CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x1a"))
LATIN: Final = ("cp1250", "latin_1", "iso8859_15", "cp1253")
CLOSE: Final = 0.05  # of charset-normalizer's measure of disorder
CANDIDATES: Final = ["cp1252", "latin_1", "cp1250", "cp1251", "big5", "shift_jis", "euc_jp", "euc_kr", "gb18030", "koi8_r", "cp1253", "iso8859_15"]


def encoding_of(path: Path, said: str = "auto") -> str:
    """The encoding of a text file, by Python's name. Raises UnreadableSource when the bytes are no text or of no known encoding."""
    if said != "auto":
        return _known(said)
    with path.open("rb") as file:
        head = file.read(LOOKED)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    wide = _wide(head)
    if wide:
        return wide
    if len(head.translate(None, CONTROLS)) < (1 - CONTROL_SHARE) * len(head) or b"\0" in head:
        raise UnreadableSource(f"{path.name} is no text but binary data; expected a table such as CSV, Parquet, JSON or Excel.")
    wrong = _first_wrong(path)
    if wrong is None:
        return "utf-8"
    with path.open("rb") as file:
        file.seek(max(0, wrong - LOOKED // 2))
        return _detected(head + file.read(LOOKED), path)


def transcoded(path: Path, encoding: str, out: Path) -> Path:
    """The same text as UTF-8 without a mark; the file itself when it is that already. Raises UnreadableSource where bytes do not fit."""
    if encoding in ("utf-8", "ascii"):
        return path
    try:
        with path.open("r", encoding=encoding, newline="") as source, out.open("w", encoding="utf-8", newline="") as target:
            while piece := source.read(CHUNK):
                target.write(piece)
    except UnicodeError as error:
        raise UnreadableSource(f"{path.name} is not valid {encoding} text ({error}); say what it is with --encoding.") from error
    return out


def _known(said: str) -> str:
    try:
        name = codecs.lookup(said).name
    except LookupError as error:
        raise WordsError(f"there is no encoding {said!r}; use a name such as utf-8, gb18030, big5, latin-1 or utf-16.") from error
    return "utf-8" if name == "ascii" else name


def _wide(head: bytes) -> str | None:
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 4 and odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if half >= 4 and even > 0.4 * half and odd < 0.05 * half else None


def _first_wrong(path: Path) -> int | None:
    """Where the file stops being UTF-8, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    at = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(CHUNK)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return at + error.start
            at += len(piece)
            if not piece:
                return None


def _detected(text: bytes, path: Path) -> str:
    if _everyday_chinese(text) >= EVERYDAY:
        return "gb18030"
    from charset_normalizer import from_bytes

    matches = from_bytes(text, cp_isolation=CANDIDATES, threshold=0.3)
    best = matches.best()
    if best is None:
        raise UnreadableSource(f"the encoding of {path.name} cannot be told; say what it is with --encoding, such as --encoding latin-1.")
    western = next((match for match in matches if match.encoding == "cp1252"), None)
    if best.encoding in LATIN and western is not None and western.chaos <= best.chaos + CLOSE:
        return "cp1252"  # by far the most usual of the Latin ones, which a few letters do not tell apart
    return best.encoding


def _everyday_chinese(text: bytes) -> float:
    """The share of two-byte characters, read as GB18030, that are everyday Chinese; 0 where the bytes are not GB18030."""
    everyday = pairs = i = 0
    while i < len(text) - 1:
        lead, trail = text[i], text[i + 1]
        if lead < 0x80:
            i += 1
            continue
        if not (0x81 <= lead <= 0xFE and (0x30 <= trail <= 0x39 or 0x40 <= trail <= 0xFE)):
            return 0.0
        pairs += 1
        everyday += trail >= 0xA1 and (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3)
        i += 4 if trail <= 0x39 else 2
    return everyday / pairs if pairs else 0.0
