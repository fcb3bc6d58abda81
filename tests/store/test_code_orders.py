from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from small_shop import FILES, LETTER, bring_in_contacts

Write = Callable[[Mapping[str, str]], Path]
CAMPAIGN = LETTER.replace("holdout: 0", "holdout: 50%") + (
    "offers:\n  - {when: {external_id: x1}, discount: 15%, code: BACK15}\n  - {discount: 10%, code: Back}\n"
)
ORDERS = """number,external_id,placed_at,amount,status,code
1,x1,2026-11-02,10,paid,back15
2,x2,2026-11-01T09:00,99,paid,BACK
3,x2,2026-11-20,20,paid,ＢＡＣＫ
4,x2,2026-11-21,30,paid,back-x2-7
5,x3,2026-11-22,99,refunded,BACK
6,x3,2026-11-23,99,paid,BACKPACK
7,new,2026-11-24,40,paid,BACK
8,x1,2026-12-05,50,paid,BACK15
9,x1,2027-03-01,99,paid,BACK15
"""


def test_an_order_that_carries_a_code_is_attributed_to_the_mailing_that_gave_it(
    workspace: Write, database_url: str, tmp_path: Path, rekindle: Any
) -> None:
    """Shared and own codes, compared folded; paid orders after the start and until the campaign's next one, also late
    ones that the goal's time leaves out; and how many of them came from people that got no letter."""
    root = workspace({**FILES, "campaigns/winback.yml": CAMPAIGN})
    call = ("-C", root, "--database", database_url, "--now")
    bring_in_contacts(rekindle, (*call, "2026-11-01"), tmp_path, 3)
    for period, moment in (("p1", "2026-11-01T09:00"), ("p2", "2026-12-01T09:00")):
        assert rekindle(*call, moment, "send", "winback", "--period", period, "--yes").code == 0
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    later = (*call, "2027-01-01")
    assert rekindle(*later, "import", "orders", file).code == 0
    listed = rekindle(*later, "mailing", "show", "1", "--deliveries", "csv").out
    mailed = [name for name in ("x1", "x2", "x3") if f",{name}," in listed]
    assert mailed
    assert set(mailed) < {"x1", "x2", "x3"}

    def codes(*period: str) -> list[tuple[str, int, float, int]]:
        report = json.loads(rekindle(*later, "--json", "report", "winback", *period).out)
        return [tuple(one.values()) for one in report["codes"]]

    stranger = {name: int(name not in mailed) for name in ("x1", "x2")}
    assert codes("--period", "p1") == [
        ("BACK15", 1, 10.0, stranger["x1"]),
        ("Back", 3, 90.0, 2 * stranger["x2"] + 1),
    ]
    assert [one[:3] for one in codes("--period", "p2")] == [("BACK15", 1, 50.0), ("Back", 0, 0.0)]
    assert [one[:3] for one in codes("--all")] == [("BACK15", 2, 60.0), ("Back", 3, 90.0)]
    said = rekindle(*later, "report", "winback", "--period", "p1").out
    assert "Orders with a code from the letters: BACK15: 1 (€10.00), Back: 3 (€90.00)." in " ".join(said.split())
