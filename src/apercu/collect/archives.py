"""Archives: a compressed file becomes a plain one in a temporary folder, and nothing is written anywhere else.

Gzip, bzip2 and xz hold one file; a zip or a tar may hold several, of which the largest table is taken (or `member`), and a note says so.
Members are never extracted by their own name, so no path can climb out of the folder; what would expand beyond `LIMIT` bytes, or grow
more than `RATIO` times, is refused. Bytes that are cut short or damaged raise UnreadableSource.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..core.dataset import Note
from ..core.errors import UnknownName, UnreadableSource
from .loaded import told

__all__ = ["TABLE_SUFFIXES", "expanded", "is_packed"]

LIMIT: Final = 20 * 2**30  # bytes that one source may expand to
RATIO: Final = 1_100  # times a source may grow; deflate cannot do more than 1,032
FREE: Final = 100 * 2**20  # bytes below which no ratio is asked
CHUNK: Final = 1 << 20
TABLE_SUFFIXES: Final = (".csv", ".tsv", ".tab", ".data", ".parquet", ".json", ".jsonl", ".ndjson", ".xlsx", ".xls", ".xlsb", ".ods", ".txt")
OPENERS: Final[dict[bytes, Callable[[Path], Any]]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
SPREADSHEETS: Final = ("[Content_Types].xml", "mimetype", "xl/workbook.bin")
DAMAGE: Final = (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError)


def is_packed(path: Path) -> bool:
    """Whether the file must be expanded before it can be read. A spreadsheet is a zip that must not be."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return not _is_spreadsheet(path)
    return any(head.startswith(magic) for magic in OPENERS)


def expanded(path: Path, folder: Path, member: str = "") -> tuple[Path, list[Note]]:
    """The plain file inside a compressed one, written into `folder` under its own suffix. Raises UnreadableSource, UnknownName."""
    try:
        if zipfile.is_zipfile(path):
            return _from_zip(path, folder, member)
        with path.open("rb") as file:
            head = file.read(8)
        opener = next((opener for magic, opener in OPENERS.items() if head.startswith(magic)), None)
        if opener is None:
            raise zipfile.BadZipFile("its list of members is missing")
        name = path.with_suffix("").name if path.suffix.lower() in (".gz", ".bz2", ".xz", ".tgz") else path.name
        out = folder / f"plain{PurePosixPath(name).suffix.lower()}"
        with opener(path) as stream:
            _copied(stream, out, path)
        if tarfile.is_tarfile(out):
            return _from_tar(out, folder, member, path.name)
        return out, []
    except DAMAGE as error:
        if isinstance(error, PermissionError):
            raise
        raise UnreadableSource(f"{path.name} is cut short or damaged and cannot be expanded ({_said(error)}); get a whole copy of it.") from error


def _from_zip(path: Path, folder: Path, member: str) -> tuple[Path, list[Note]]:
    with zipfile.ZipFile(path) as archive:
        sizes = {i.filename: i.file_size for i in archive.infolist() if not i.is_dir()}
        chosen, notes = _chosen(sizes, member, path.name)
        out = folder / f"member{PurePosixPath(chosen).suffix.lower()}"
        with archive.open(chosen) as stream:
            _copied(stream, out, path)
    return out, notes


def _from_tar(plain: Path, folder: Path, member: str, source: str) -> tuple[Path, list[Note]]:
    with tarfile.open(plain) as archive:
        files = {i.name: i for i in archive.getmembers() if i.isfile()}
        chosen, notes = _chosen({name: i.size for name, i in files.items()}, member, source)
        stream = archive.extractfile(files[chosen])
        if stream is None:
            raise tarfile.TarError(chosen)
        out = folder / f"member{PurePosixPath(chosen).suffix.lower()}"
        _copied(stream, out, plain)
    return out, notes


def _chosen(sizes: dict[str, int], member: str, source: str) -> tuple[str, list[Note]]:
    """The member to read: the named one, else the largest table."""
    if member:
        found = next((name for name in sizes if name == member or PurePosixPath(name).name == member), None)
        if found is None:
            raise UnknownName(f"member of {source}", member, sizes)
        return found, []
    tables = {
        n: s for n, s in sizes.items() if n.lower().endswith(TABLE_SUFFIXES) and not n.startswith("__MACOSX") and PurePosixPath(n).name[0] != "."
    }
    tables = {n: s for n, s in tables.items() if not n.lower().endswith(".txt")} or tables
    if not tables:
        inside = ", ".join(list(sizes)[:5]) or "nothing"
        raise UnreadableSource(f"{source} holds no table such as a CSV or Parquet file; it holds {inside}.")
    chosen = max(tables, key=lambda name: (tables[name], name))
    rest = [name for name in tables if name != chosen]
    if not rest:
        return chosen, []
    others = ", ".join(rest[:5])
    en = f"read {chosen}, the largest table in {source}; --member chooses another of: {others}"
    return chosen, [told("", en, f"读取 {source} 中最大的表 {chosen}；可用 --member 另选：{others}")]


def _copied(stream: Any, out: Path, path: Path) -> None:
    limit = min(LIMIT, max(FREE, RATIO * path.stat().st_size))
    written = 0
    with out.open("wb") as target:
        while piece := stream.read(CHUNK):
            written += len(piece)
            if written > limit:
                raise UnreadableSource(
                    f"{path.name} expands to more than {limit / 2**30:.1f} GiB and was not read; expand it yourself if you trust it."
                )
            target.write(piece)


def _is_spreadsheet(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name in SPREADSHEETS for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _said(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
