"""How a file is written is found out and said; what is no text is refused in words."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from rekindle.intake.source_file import look_at
from rekindle.model.error import InputError

TEXT = "email;имя\na@x.example;Анна Ёлкина\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("cp1251", "cp1251"), ("koi8-r", "koi8-r"), ("cp866", "cp866"),
        ("mac-cyrillic", "mac-cyrillic"),
    ],
)  # fmt: skip
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str, found: str) -> None:
    """BOM, zero bytes of UTF-16, strict UTF-8, then the code pages; the text reads as it was written."""
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    source = look_at(path)
    with source.opened() as stream:
        assert (source.encoding, stream.read()) == (found, TEXT)
    assert source.digest == hashlib.sha256(TEXT.encode(encoding)).hexdigest()


def test_a_letter_split_between_two_pieces_is_still_utf8(tmp_path: Path) -> None:
    """The file is looked through in pieces, and a character may lie across two of them."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" + "я".encode() * (1 << 18))
    assert look_at(path).encoding == "utf-8"


def test_one_foreign_byte_at_the_end_is_seen(tmp_path: Path) -> None:
    """Strict UTF-8 to the last byte: half a letter at the end is not UTF-8."""
    path = tmp_path / "a.csv"
    path.write_bytes(b"email\n" + b"a@x.example\n" * 100_000 + "Анна Иванова".encode("cp1251"))
    assert look_at(path).encoding == "cp1251"
    path.write_bytes(b"email\n" + "я".encode()[:1])
    assert look_at(path).encoding != "utf-8"


def test_a_packed_file_is_read_as_what_it_holds(tmp_path: Path) -> None:
    """gzip is seen by its first bytes; the digest is that of the text's own bytes."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode("cp1251")))
    source = look_at(path)
    with source.opened() as stream:
        assert stream.read() == TEXT
    assert source.digest == hashlib.sha256(TEXT.encode("cp1251")).hexdigest()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf\r\n \n", "the file is empty"),
        (b"PK\x03\x04rest", "is a zip archive or an XLSX/ODS spreadsheet; save it as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old Excel file"),
        (b"<html><table>", "is HTML or XML"),
        (b"email\na\x00b@x.example\n", "holds zero bytes"),
        ("email,name\na\x00b@x.example,a\n".encode("utf-16"), "is not written in utf-16 throughout"),
        (b"\x1f\x8b\x08broken", "cannot be read: its gzip packing is damaged"),
        (b"\x1f\x8bnot gzip at all", "cannot be read"),
    ],
)
def test_what_is_no_text_is_refused_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    """Empty, binary, spreadsheets, zero bytes, damaged packing."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        look_at(path)
    assert words in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """The path stands in the message."""
    with pytest.raises(InputError, match=r"nothing\.csv: cannot be read: there is no such file"):
        look_at(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="it is a folder"):
        look_at(tmp_path)


def test_a_given_encoding_must_fit_every_byte(tmp_path: Path) -> None:
    """A wrong --encoding is an error, not a file full of question marks; an unknown one names the known."""
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode("cp1251"))
    with pytest.raises(InputError, match="is not written in utf-8 throughout"):
        look_at(path, "utf-8")
    with pytest.raises(InputError, match="the encoding 'klingon' is not known; known: utf-8"):
        look_at(path, "klingon")
    assert look_at(path, "cp1251").encoding == "cp1251"
