from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from small_shop import FILES, NOW, bring_in_contacts

Write = Callable[[Mapping[str, str]], Path]


def test_files_for_programs_and_for_excel_say_the_same(workspace: Write, tmp_path: Path, rekindle: Any) -> None:
    """--excel: semicolons and a byte order mark, with which a Russian Excel opens a file by a double click; without it
    neither, as the first head of a reader that does not expect a mark would have another name."""
    root = workspace({
        **FILES,
        "segments/top.yml": "description: Лучшие\nwhere: {external_id: x1}\n",
        "campaigns/winback.yml": FILES["campaigns/winback.yml"] + "hand_over: top\n",
    })  # fmt: skip
    call = ("-C", root, "--database", f"sqlite:///{tmp_path / 'shop.db'}", "--now", NOW)
    bring_in_contacts(rekindle, call, tmp_path, 2)
    rows, calls = tmp_path / "rows.csv", tmp_path / "calls.csv"
    plan = ("plan", "winback", "--csv", rows, "--hand-over", calls)

    def read(file: Path, encoding: str, delimiter: str) -> list[dict[str, str]]:
        text = file.read_bytes().decode(encoding)
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))

    assert rekindle(*call, *plan).code == 0
    plain = [read(file, "utf-8", ",") for file in (rows, calls)]
    assert [one["reason"] for one in plain[0]] == ["handed_over", ""]
    assert [one["why"] for one in plain[1]] == ["Лучшие"]
    assert rekindle(*call, *plan, "--excel").code == 0
    assert [file.read_bytes()[:3] for file in (rows, calls)] == [b"\xef\xbb\xbf"] * 2
    assert [read(file, "utf-8-sig", ";") for file in (rows, calls)] == plain


def test_a_simulation_ends_by_the_workspace_s_clock(workspace: Write, tmp_path: Path, rekindle: Any) -> None:
    """Midnight in Moscow is another day in UTC."""
    root = workspace({**FILES, "rekindle.yml": FILES["rekindle.yml"].replace("UTC", "Europe/Moscow")})
    call = ("-C", root, "--database", f"sqlite:///{tmp_path / 'shop.db'}", "--now", "2026-10-31")
    ran = rekindle(*call, "simulate", "--all", "--months", "1")
    assert (ran.code, ran.err) == (0, "until 2026-11-30 00:00 MSK: 0 letters, if nobody reacts to any\n")
