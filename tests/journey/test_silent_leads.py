"""The starter's protocol for silent leads, as cron would drive it: two letters, the archive, and back by any answer."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

ENVIRONMENT = "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\nREKINDLE_PUBLIC_URL=https://mail.example.com\n"


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_lead_that_does_not_answer_is_told_twice_archived_and_revived(
    tmp_path: Path, rekindle: Callable[..., Any], database_url: str
) -> None:
    """Who answers between the letters gets no second; who never does is archived; a new inquiry ends that."""
    root = tmp_path / "shop"
    rekindle("init", root)
    (root / ".env").write_text(ENVIRONMENT)

    def call(now: str, *arguments: object) -> Any:
        ran = rekindle("-C", root, "--database", database_url, "--now", now, *arguments)
        assert ran.code == 0, ran.err
        return ran

    def status_of(now: str) -> str:
        call(now, "status", "refresh")
        where = "status: archive"
        return str(call(now, "segment", "members", "--where", where, "--format", "emails").out).strip()

    people = [
        {"external_id": name, "email": f"{name}@post.example", "first_name": name.title(), "consent": "*"}
        for name in ("anna", "boris")
    ]
    asked = [
        {"email": f"{name}@post.example", "kind": "inquiry", "occurred_at": "2026-10-20"} for name in ("anna", "boris")
    ]
    call("2026-10-21", "import", "contacts", write(tmp_path / "c.csv", people))
    call("2026-10-21", "import", "activities", write(tmp_path / "a.csv", asked))

    assert "sent 2 " in call("2026-11-02T12:00", "send", "silent-leads", "--yes").out
    answer = [{"email": "anna@post.example", "kind": "inquiry", "occurred_at": "2026-11-04"}]
    call("2026-11-04T10:00", "import", "activities", write(tmp_path / "b.csv", answer))
    assert "step 2" not in call("2026-11-09T11:00", "run").out
    assert "silent-leads 2026-11-02 step 2: 1 of 1 sent" in call("2026-11-09T12:01", "run").out
    assert call("2026-11-09T12:30", "run").out == ""
    call("2026-11-16T13:00", "run")
    assert status_of("2026-11-17") == "boris@post.example"

    ledgers = json.loads(call("2026-11-17", "--json", "mailing", "list").out)
    assert [(row["step"], row["planned"], row["sent"]) for row in ledgers] == [(2, 1, 1), (1, 2, 2)]

    back = [{"email": "boris@post.example", "kind": "inquiry", "occurred_at": "2026-11-20"}]
    call("2026-11-20T10:00", "import", "activities", write(tmp_path / "d.csv", back))
    assert status_of("2026-11-21") == ""
