"""What the reading of a file depends on, and what it notices on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ..model.contact import AttributeKind
from ..model.problem import did_you_mean
from .values import is_ahead


@dataclass
class Notices:
    """Warnings, each counted, with the line where it was first seen."""

    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note(self, what: str, line: int) -> None:
        """One more row of which `what` is to be said."""
        count, first = self._seen.get(what, (0, line))
        self._seen[what] = (count + 1, first)

    def texts(self) -> tuple[str, ...]:
        """One sentence a warning."""
        return tuple(
            f"{what}: {count} row{'' if count == 1 else 's'}, the first in line {first}"
            for what, (count, first) in self._seen.items()
        )


@dataclass(frozen=True)
class Terms:
    """The workspace's own: timezone, currency, attributes and topics; `now` is the import's moment (aware UTC)."""

    now: datetime
    zone: ZoneInfo
    currency: str
    russian: bool = False
    attributes: Mapping[str, AttributeKind] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)

    def look_ahead(self, column: str, moment: datetime, line: int) -> None:
        """Note a row that is dated ahead of the import's moment; it is taken all the same."""
        if is_ahead(moment, self.now):
            self.notices.note(f"{column} lies ahead of {self.now:%Y-%m-%d %H:%M} UTC", line)

    def look_at_topic(self, topic: str, line: int) -> None:
        """Note a topic that rekindle.yml does not declare; it is taken all the same."""
        if topic and topic != "*" and topic not in self.topics:
            hint = did_you_mean(topic, self.topics)
            self.notices.note(f"topic '{topic}' is not in rekindle.yml" + (f" ({hint})" if hint else ""), line)
