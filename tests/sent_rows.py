"""Rows of campaigns that were sent, put straight into a store: for tests of figures and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from rekindle.store import tables

START = datetime(2026, 10, 1, 7, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Moscow")


@dataclass
class Rows:
    """Rows to be put into the store, by table; ids are given here so that the recount can use them."""

    by_table: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> int:
        rows = self.by_table.setdefault(table, [])
        rows.append(values)
        return len(rows)

    def contact(self) -> int:
        identity = len(self.by_table.get("contact", [])) + 1
        return self.add("contact", id=identity, first_seen_at=START, exists_from=START)

    def mailing(self, period: str = "2026-10", *, campaign: str = "winback", step: int = 1, **values: Any) -> int:
        identity = len(self.by_table.get("mailing", [])) + 1
        given = {"state": "done", "started_at": START, "imported": False, **values}
        created = given["started_at"] or START
        return self.add(
            "mailing",
            id=identity,
            campaign=campaign,
            period=period,
            step=step,
            as_of=START,
            created_at=created,
            **given,
        )

    def member(self, mailing: int, contact: int, arm: str, **values: Any) -> None:
        verdict = "held_out" if arm == "holdout" else "chosen"
        given = {"verdict": verdict, "reason": "", "counted_from": None, **values}
        self.add("audience_member", mailing_id=mailing, contact_id=contact, arm=arm, **given)

    def delivery(self, mailing: int, contact: int, state: str = "sent", at: datetime = START) -> int:
        identity = len(self.by_table.get("delivery", [])) + 1
        address = f"c{contact}@shop.example"
        return self.add(
            "delivery", id=identity, mailing_id=mailing, contact_id=contact, address=address, address_key=address,
            domain="shop.example", arm="letter", state=state, sent_at=at if state == "sent" else None, settled_at=at,
        )  # fmt: skip

    def event(self, kind: str, mailing: int, contact: int, at: datetime, *, machine: bool = False) -> None:
        self.add(
            "event", kind=kind, mailing_id=mailing, contact_id=contact, occurred_at=at, recorded_at=at, machine=machine
        )

    def order(self, contact: int, at: datetime, amount: int, status: str = "paid") -> None:
        number = str(len(self.by_table.get("orders", [])) + 1)
        day = at.astimezone(ZONE).date()
        self.add(
            "orders", source="main", number=number, contact_id=contact, placed_at=at, placed_on=day, amount=amount,
            status=status,
        )  # fmt: skip

    def store(self, connection: Connection) -> None:
        for table in ("contact", "mailing", "audience_member", "delivery", "event", "orders"):
            if self.by_table.get(table):
                connection.execute(insert(tables.metadata.tables[table]), self.by_table[table])
