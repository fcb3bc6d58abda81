"""Rows keep their line and raw text; one stray quote does not swallow the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from rekindle.intake.source_file import look_at
from rekindle.intake.table_rows import Table, open_table, split_rows
from rekindle.model.error import InputError

KNOWN = {"email", "city", "name"}


def table_of(folder: Path, text: str, **options: object) -> Table:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return open_table(look_at(path), KNOWN.__contains__, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_known_columns(tmp_path: Path, delimiter: str) -> None:
    """Tried against the header, not guessed from statistics: other marks inside names do not mislead."""
    other = ";" if delimiter == "," else ","
    table = table_of(tmp_path, f"email{delimiter}a{other}b{other}c{other}d{delimiter}city\n")
    assert (table.delimiter, table.header) == (delimiter, ("email", f"a{other}b{other}c{other}d", "city"))


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    """A list of addresses is a table."""
    table = table_of(tmp_path, "email\na@x.example\n")
    assert [row.cells for row in table.rows()] == [["a@x.example"]]


def test_excels_hint_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    """`sep=;` before the header, empty lines, rows of empty cells, a byte order mark, CRLF."""
    table = table_of(tmp_path, "\ufeffsep=;\r\n\r\nemail;city\r\na;b\r\n;\r\n\r\nc;d\r\n")
    assert (table.delimiter, table.header) == (";", ("email", "city"))
    assert [(row.line, row.cells) for row in table.rows()] == [(4, ["a", "b"]), (7, ["c", "d"])]


def test_the_header_may_stand_further_down(tmp_path: Path) -> None:
    """A map's `header:` is the number of its line."""
    table = table_of(tmp_path, "Report of the week\n\nemail,city\na,b\n", header_row=3)
    assert [(row.line, row.cells) for row in table.rows()] == [(4, ["a", "b"])]
    with pytest.raises(InputError, match="there is no header row"):
        table_of(tmp_path, "email\na\n", header_row=9)


def test_a_row_keeps_the_line_where_it_begins_and_its_raw_text() -> None:
    """Quoted cells may hold line ends, delimiters and doubled quotes."""
    lines = iter(['a,"b\n', 'c, ""d"""\n', "e,f\n"])
    assert [(row.line, row.raw, row.cells) for row in split_rows(lines, ",")] == [
        (1, 'a,"b\nc, ""d"""\n', ["a", 'b\nc, "d"']), (3, "e,f\n", ["e", "f"]),
    ]  # fmt: skip


def test_a_stray_quote_costs_one_row() -> None:
    """A quote never closed is the fault of the row where it opens; the rows after it are read."""
    lines = ["a,b\n", 'c,"d\n', "e,f\n"]
    assert [(row.line, row.cells, row.fault) for row in split_rows(iter(lines), ",")] == [
        (1, ["a", "b"], ""), (2, [], "a quote is opened and never closed"), (3, ["e", "f"], ""),
    ]  # fmt: skip
    lines = ["a,b\n", 'g,"h"i\n', "j,k\n"]
    assert [(row.line, row.cells, row.fault) for row in split_rows(iter(lines), ",")] == [
        (1, ["a", "b"], ""), (2, [], "a quoted cell goes on after its closing quote"), (3, ["j", "k"], ""),
    ]  # fmt: skip


def test_a_quote_that_swallows_megabytes_is_found_out() -> None:
    """Past the longest cell that csv takes the row is given up, and every later one is still read."""
    lines = ['a,"b\n', *("x,y\n" for _ in range(50_000))]
    found = list(split_rows(iter(lines), ","))
    assert (found[0].fault, found[0].raw) == ("a quote is opened and never closed", 'a,"b\n')
    assert [row.cells for row in found[1:]] == [["x", "y"]] * 50_000
    assert [row.line for row in found] == list(range(1, 50_002))
