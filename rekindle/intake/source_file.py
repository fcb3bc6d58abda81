"""A file given to an import: looked through once, so that its encoding, its digest and its faults are known before."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..model.error import InputError
from .letterpairs import likeliest_code_page

PIECE = 1 << 18
SAMPLE = 1 << 15
"""Bytes around letters beyond ASCII from which a code page is judged."""

_FOREIGN_FORMATS = (
    (b"PK\x03\x04", "is a zip archive or an XLSX/ODS spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (XLS)"),
    (b"%PDF", "is a PDF"),
    (b"SQLite format 3", "is an SQLite database"),
)
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text file ready to be read: its `encoding` found out or given, `digest` the SHA-256 of its text's bytes."""

    path: Path
    encoding: str
    digest: str
    packed: bool = False

    @property
    def name(self) -> str:
        """The file's name without its folder, for messages and for the store."""
        # a byte that is not UTF-8 comes as a surrogate, which no database takes
        return self.path.name.encode("utf-8", "backslashreplace").decode("utf-8")

    @contextmanager
    def opened(self) -> Iterator[IO[str]]:
        """The text, line ends as they are (the csv module wants them so)."""
        with _opened_bytes(self.path, self.packed) as stream:
            yield io.TextIOWrapper(stream, encoding=self.encoding, errors="strict", newline="")


def look_at(path: Path, encoding: str = "") -> SourceFile:
    """Read `path` through once and say how it is written. Raises InputError where it cannot be a text.

    A file packed with gzip is read as what it holds. `encoding`, where given, must fit every byte.
    """
    wanted = _known_encoding(encoding) if encoding else ""
    try:
        packed = _head(path, packed=False)[:2] == b"\x1f\x8b"
        head = _head(path, packed=packed)
        _refuse_foreign(path, head)
        found, digest = _look_through(path, packed, wanted or _marked(head))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {_reason(error)}") from error
    return SourceFile(path, found, digest, packed)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"its gzip packing is damaged ({error})"


def _known_encoding(name: str) -> str:
    try:
        return codecs.lookup({"mac-cyrillic": "mac_cyrillic"}.get(name.lower(), name)).name
    except LookupError as error:
        known = "utf-8, utf-16, cp1251, koi8-r, cp866, mac-cyrillic, cp1252"
        raise InputError(f"the encoding '{name}' is not known; known: {known}") from error


@contextmanager
def _opened_bytes(path: Path, packed: bool) -> Iterator[IO[bytes]]:
    with path.open("rb") as plain:
        if packed:
            with gzip.open(plain) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield plain


def _head(path: Path, *, packed: bool) -> bytes:
    with _opened_bytes(path, packed) as stream:
        return stream.read(4096)


def _refuse_foreign(path: Path, head: bytes) -> None:
    if not head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputError(f"{path}: the file is empty")
    for start, what in _FOREIGN_FORMATS:
        if head.startswith(start):
            raise InputError(f"{path}: {what}; save it as CSV (UTF-8) and import that")
    if head.lstrip()[:1] == b"<":
        raise InputError(f"{path}: is HTML or XML; save it as CSV (UTF-8) and import that")


def _marked(head: bytes) -> str:
    """The encoding that a byte order mark, or the zero bytes of unmarked UTF-16, give away; empty where none does."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2], head[1::2]
    if len(head) < 8:
        return ""
    if odd.count(0) > len(odd) * 0.4 and not even.count(0):
        return "utf-16-le"
    if even.count(0) > len(even) * 0.4 and not odd.count(0):
        return "utf-16-be"
    return ""


def _look_through(path: Path, packed: bool, encoding: str) -> tuple[str, str]:
    """The encoding that reads every byte, and the digest."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder(encoding or "utf-8")()
    sample = bytearray()
    fits = True
    with _opened_bytes(path, packed) as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            _refuse_zero_bytes(path, piece, encoding)
            if len(sample) < SAMPLE:
                sample += _telling_lines(piece)
            fits = fits and _decodes(decoder, piece)
        fits = fits and _decodes(decoder, b"", final=True)
    if fits:
        return encoding or "utf-8", digest.hexdigest()
    if encoding:
        raise InputError(
            f"{path}: is not written in {encoding} throughout; give another --encoding, or none to find it out"
        )
    return _checked(path, packed, likeliest_code_page(bytes(sample[:SAMPLE]))), digest.hexdigest()


def _refuse_zero_bytes(path: Path, piece: bytes, encoding: str) -> None:
    if b"\x00" in piece and "16" not in encoding and "32" not in encoding:
        raise InputError(f"{path}: holds zero bytes, so it is no text; save it as CSV (UTF-8) and import that")


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    """Whether the piece can be read; a zero character, which no database keeps in a text, cannot."""
    try:
        return "\x00" not in decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False


def _telling_lines(piece: bytes) -> bytes:
    """The lines of `piece` that hold bytes beyond ASCII: only they tell the code page."""
    if piece.isascii():
        return b""
    return b"\n".join(line for line in piece.split(b"\n") if not line.isascii())


def _checked(path: Path, packed: bool, encoding: str) -> str:
    """`encoding` where it reads the whole file: the sample may have missed a byte that it has no letter for."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with _opened_bytes(path, packed) as stream:
        while piece := stream.read(PIECE):
            if not _decodes(decoder, piece):
                raise InputError(f"{path}: reads like {encoding}, but not all of it; give --encoding")
    return encoding
