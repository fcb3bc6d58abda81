from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from small_shop import FILES, NOW, bring_in_contacts

Write = Callable[[Mapping[str, str]], Path]


def test_an_order_counts_after_the_start_until_its_goal_s_time_is_over(
    workspace: Write, tmp_path: Path, rekindle: Any
) -> None:
    """start < t <= start + D, where a command's --now is the start: it may not begin a hair before it."""
    call = ("-C", workspace(FILES), "--database", f"sqlite:///{tmp_path / 'shop.db'}")
    bring_in_contacts(rekindle, (*call, "--now", NOW), tmp_path, 4)
    assert rekindle(*call, "--now", NOW, "send", "winback", "--yes").code == 0
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "number,external_id,placed_at,amount\n1,x1,2026-11-01T09:05:00,10\n2,x2,2026-11-01T09:05:30,10\n"
        "3,x3,2026-11-15T09:05:00,10\n4,x4,2026-11-15T09:06:00,10\n",
        encoding="utf-8",
    )
    later = (*call, "--now", "2026-12-01")
    assert rekindle(*later, "import", "orders", orders).code == 0
    report = json.loads(rekindle(*later, "--json", "report", "winback").out)
    assert report["by_period"][0]["started_at"] == "2026-11-01T09:05:00+00:00"
    assert (report["arms"]["letter"]["converted"], report["arms"]["letter"]["revenue"]) == (2, 20.0)
