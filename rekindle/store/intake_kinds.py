"""What each kind of file is staged and merged by: one shape for all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from ..model.draft import ImportKind, Refusal
from .activities import ActivityIntake
from .contact_changes import count_withheld, find_contact_changes
from .contact_intake import ContactIntake
from .contact_merge import merge_contacts
from .order_merge import OrderIntake
from .past_mailings import MailingIntake
from .staged_contacts import StagedContacts
from .staging import Stage
from .suppression_merge import SuppressionIntake


class Intake(Protocol):
    """Rows go in, then `settle`, `count` and, unless it is a dry run, `merge` inside the one transaction."""

    @property
    def contacts(self) -> StagedContacts | None:
        """The people whom the file names; None where it makes no contacts."""

    def add(self, drafts: Sequence[Any]) -> None:
        """Stage some thousand rows, in file order."""

    def refuse(self, refusal: Refusal) -> None:
        """Hear of a row that was refused for a fault."""

    def settle(self) -> dict[str | int, str]:
        """Compare with the store; why more rows are refused, by order number or line."""

    def count(self) -> tuple[int, int, int]:
        """File rows: (new, changed, unchanged)."""

    def merge(self, run_id: int, now: datetime) -> None:
        """Write what is new and what changed; the contacts are there already."""


def intake_of(kind: ImportKind, stage: Stage, source: str, currency: str, now: datetime) -> Intake:
    """The intake for a kind of file."""
    if kind is ImportKind.CONTACTS:
        return ContactIntake(stage, source)
    if kind is ImportKind.ORDERS:
        return OrderIntake(stage, source, currency)
    if kind is ImportKind.ACTIVITIES:
        return ActivityIntake(stage, source)
    if kind is ImportKind.SUPPRESSIONS:
        return SuppressionIntake(stage, now)
    return MailingIntake(stage, source)


def compare_contacts(stage: Stage, source: str, topics: Collection[str]) -> tuple[str, ...]:
    """Find what the people named in the file change; warnings come back."""
    find_contact_changes(stage, source, topics)
    withheld = count_withheld(stage)
    rows = f"{withheld} consent{'' if withheld == 1 else 's'}"
    return (f"{rows} not taken: the contact withdrew it, and an import never gives it back",) if withheld else ()


def merge_all(stage: Stage, intake: Intake, *, run_id: int, source: str, now: datetime, proof: str) -> None:
    """Write the file's contacts, then what it is about."""
    if intake.contacts is not None:
        merge_contacts(stage, run_id, source, now, proof)
    intake.merge(run_id, now)
