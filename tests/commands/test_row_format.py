from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_shop import FILES, NOW, bring_in_contacts

Write = Callable[[Mapping[str, str]], Path]
STATUSES = "statuses:\n  - {name: buyer, when: {bought: true}}\n  - {name: other, otherwise: true}\n"
SEGMENTS = {"segments/all.yml": "where: {everyone: true}\n", "segments/few.yml": "where: {external_id: x1}\n"}


def test_rows_are_an_array_or_a_line_each(workspace: Write, tmp_path: Path, rekindle: Any) -> None:
    """--format ndjson: the same rows as --json gives in one array, for programs that read line by line."""
    root = workspace({**FILES, **SEGMENTS, "segments/statuses.yml": STATUSES})
    call = ("-C", root, "--database", f"sqlite:///{tmp_path / 'shop.db'}", "--now", NOW)
    bring_in_contacts(rekindle, call, tmp_path, 2)
    for period in ("p1", "p2"):
        assert rekindle(*call, "send", "winback", "--yes", "--period", period).code == 0
    assert rekindle(*call, "status", "refresh").code == 0
    assert rekindle(*call, "suppress", "add", "a@x.example", "b@x.example").code == 0
    for verb in ("mailing list", "import list", "segment list", "segment count", "segment overlap all few",
                 "status list", "report", "suppress list", "segment members all"):  # fmt: skip
        array = rekindle(*call, "--json", *verb.split())
        lines = rekindle(*call, *verb.split(), "--format", "ndjson")
        assert (array.code, lines.code) == (0, 0), verb
        assert [json.loads(line) for line in lines.out.splitlines()] == json.loads(array.out) != [], verb


@pytest.mark.parametrize("moment", ["soon", "2026-13-01"])
def test_a_run_called_wrongly_says_so_once(workspace: Write, rekindle: Any, moment: str) -> None:
    """Who typed it reads it: nobody else is to be told."""
    ran = rekindle("-C", workspace(FILES), "--now", moment, "run")
    assert (ran.code, ran.err) == (
        2,
        f"rekindle: '{moment}' is not a time; write 2026-11-01 or 2026-11-01T10:00\n",
    )
