"""A record: one line of the journal, what a reader (or a machine) just did at one of our addresses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class RecordKind(StrEnum):
    """What was done: the first two become events, the others change consents too."""

    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    CHOSE = "chose"


@dataclass(frozen=True, slots=True)
class Record:
    """`machine`: why it is taken for a machine's, or empty; `how`: one-click or page.

    `every_topic`: unsubscribed from everything. A choice of topics says which were `offered` and which were `chosen`.
    """

    kind: RecordKind
    delivery_id: int
    occurred_at: datetime
    link_id: int = 0
    machine: str = ""
    how: str = ""
    every_topic: bool = False
    offered: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()

    def line(self) -> bytes:
        """The record as one line of JSON, what is empty left out."""
        fields: dict[str, Any] = {"kind": self.kind.value, "delivery": self.delivery_id}
        fields["at"] = self.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
        extras = {"link": self.link_id, "machine": self.machine, "how": self.how, "all": self.every_topic}
        fields.update({name: value for name, value in extras.items() if value})
        if self.kind is RecordKind.CHOSE:
            fields.update(offered=self.offered, chosen=self.chosen)
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_record(line: bytes) -> Record | None:
    """The record on this line, or None where the line is damaged or not one of ours."""
    try:
        fields = json.loads(line)
        moment = datetime.fromisoformat(fields["at"])
        return Record(
            kind=RecordKind(fields["kind"]),
            delivery_id=_id(fields["delivery"]),
            occurred_at=moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC),
            link_id=_id(fields.get("link", 0)),
            machine=str(fields.get("machine", "")),
            how=str(fields.get("how", "")),
            every_topic=bool(fields.get("all", False)),
            offered=_words(fields.get("offered", [])),
            chosen=_words(fields.get("chosen", [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _id(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return value
    raise ValueError(value)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise ValueError(value)
