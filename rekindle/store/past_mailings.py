"""Mailings that another system sent: their audience, letters and what came back, as history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from ..model.audience import HOLDOUT, Verdict
from ..model.consent import EVERY_TOPIC
from ..model.delivery import DeliveryState
from ..model.draft import MailingDraft, Refusal
from ..model.event import EventKind
from ..model.mailing import MailingState
from ..model.suppression import SuppressionKind, SuppressionReason
from .contact_merge import recompute_existence, touch
from .people import PeopleSeen
from .staged_contacts import StagedContacts
from .staged_mailings import (
    change,
    has_event,
    is_fault,
    is_first_new,
    is_moved,
    own_mailing,
    same_occasion,
    staged_event,
    staged_member,
)
from .staging import Stage
from .suppression_merge import merge_suppressions, staged_suppression
from .tables import audience_member, consent, contact, delivery, event, mailing
from .types import Moment

SUPPRESSING = {
    EventKind.BOUNCED.value: SuppressionReason.BOUNCED.value,
    EventKind.COMPLAINED.value: SuppressionReason.COMPLAINED.value,
    EventKind.UNSUBSCRIBED.value: SuppressionReason.UNSUBSCRIBED.value,
}


class MailingIntake:
    """Takes the rows of a mailings file in; afterwards knows what they come to, and writes it."""

    def __init__(self, stage: Stage, source: str) -> None:
        self._stage = stage
        self._seen = PeopleSeen()
        self.contacts = StagedContacts(stage, source)

    def add(self, drafts: Sequence[MailingDraft]) -> None:
        """Stage some thousand rows, in file order."""
        ids = self._seen.resolve(self.contacts, [(draft.line, draft.external_id, draft.email) for draft in drafts])
        owned = zip(ids, drafts, strict=True)
        rows = [(d.line, d.campaign, d.period, who, d.email, d.arm, d.sent_at, None, None, None) for who, d in owned]
        self._stage.add(staged_member, rows)
        self._stage.add(staged_event, [(d.line, kind, moment) for d in drafts for kind, moment in d.events])

    def refuse(self, refusal: Refusal) -> None:
        """A refused row concerns no other."""

    def settle(self) -> dict[str | int, str]:
        """Compare with the store. Comes back: why rows are refused, by line."""
        self.contacts.settle()
        staged = staged_member.c
        mailing_id = select(mailing.c.id).where(same_occasion()).scalar_subquery()
        other = staged_member.alias()
        same = and_(*(other.c[name] == staged[name] for name in ("campaign", "period", "contact_id")))
        first = select(func.min(other.c.line)).where(same)
        self._stage.do(update(staged_member).values(mailing_id=mailing_id, first_line=first.scalar_subquery()))
        faults: dict[str | int, str] = dict(self._faults())
        self._stage.do(update(staged_member).values(change=case((is_fault(), "refused"), else_=change())))
        self._stage.settle()
        return faults

    def _faults(self) -> list[tuple[int, str]]:
        staged = staged_member.c
        statement = select(staged.line, staged.arm, staged.campaign, staged.period, own_mailing()).where(is_fault())
        return [
            (line, f"{campaign} {period} is a mailing of our own; its history is not taken from a file")
            if own
            else (line, f"the contact is in {campaign} {period} already, and not in the arm '{arm}'")
            for line, arm, campaign, period, own in self._stage.connection.execute(statement)
        ]

    def count(self) -> tuple[int, int, int]:
        """File rows: (new, changed, unchanged)."""
        columns = staged_member.c
        statement = select(columns.change, func.count()).group_by(columns.change)
        found = {change: int(rows) for change, rows in self._stage.connection.execute(statement)}
        return found.get("new", 0), found.get("changed", 0), found.get("unchanged", 0)

    def merge(self, run_id: int, now: datetime) -> None:
        """Write mailings, members, letters and events, and suppress whom they say to suppress."""
        self._add_mailings(now)
        self._add_members()
        self._add_deliveries()
        self._correct_moments()
        self._suppress(run_id)
        self._withdraw(run_id, now)
        self._add_events(now)
        owners = select(staged_member.c.contact_id).where(is_moved()).distinct()
        touch(self._stage, owners, run_id, now)
        recompute_existence(self._stage, owners)

    def _add_mailings(self, now: datetime) -> None:
        staged = staged_member.c
        sent = staged.arm != HOLDOUT
        began = func.coalesce(func.min(case((sent, staged.sent_at))), func.min(staged.sent_at), literal(now, Moment))
        ended = func.coalesce(func.max(case((sent, staged.sent_at))), began)
        values: dict[str, Any] = {
            "campaign": staged.campaign,
            "period": staged.period,
            "step": literal(1),
            "state": literal(MailingState.DONE.value),
            "as_of": began,
            "created_at": literal(now, Moment),
            "started_at": began,
            "finished_at": ended,
            "imported": literal(True),
        }
        fresh = (
            select(*values.values())
            .where(staged.mailing_id.is_(None), staged.change == "new")
            .group_by(staged.campaign, staged.period)
            .order_by(func.min(staged.line))
        )
        self._stage.do(insert(mailing).from_select(list(values), fresh))
        mailing_id = select(mailing.c.id).where(same_occasion()).scalar_subquery()
        self._stage.do(update(staged_member).where(staged.mailing_id.is_(None)).values(mailing_id=mailing_id))

    def _add_members(self) -> None:
        staged = staged_member.c
        held_out = staged.arm == HOLDOUT
        verdict = case((held_out, Verdict.HELD_OUT.value), else_=Verdict.CHOSEN.value)
        names = ["mailing_id", "contact_id", "verdict", "arm", "counted_from"]
        rows = select(staged.mailing_id, staged.contact_id, verdict, staged.arm, staged.sent_at).where(is_first_new())
        self._stage.do(insert(audience_member).from_select(names, rows.order_by(staged.line)))

    def _add_deliveries(self) -> None:
        """A letter that was sent, by the address in the file or else the contact's own.

        Within a mailing an address is used once; whoever shares one, or has none, stands under `id:` and its id.
        """
        staged = staged_member.c
        key = contact.c.address_key
        address = func.coalesce(func.nullif(staged.email, ""), contact.c.email)
        again = func.row_number().over(partition_by=(staged.mailing_id, key), order_by=staged.line)
        taken = exists().where(delivery.c.mailing_id == staged.mailing_id, delivery.c.address_key == key)
        by_id = literal("id:") + cast(staged.contact_id, Text)
        used_key = case((or_(key == "", again > 1, taken), by_id), else_=key)
        values: dict[str, Any] = {
            "mailing_id": staged.mailing_id,
            "contact_id": staged.contact_id,
            "address": address,
            "address_key": used_key,
            "domain": contact.c.email_domain_folded,
            "arm": staged.arm,
            "state": literal(DeliveryState.SENT.value),
            "attempts": literal(1),
            "sent_at": staged.sent_at,
            "settled_at": staged.sent_at,
        }
        rows = (
            select(*values.values())
            .join_from(staged_member, contact, contact.c.id == staged.contact_id)
            .where(is_first_new(), staged.arm != HOLDOUT)
            .order_by(staged.line)
        )
        self._stage.do(insert(delivery).from_select(list(values), rows))

    def _correct_moments(self) -> None:
        staged = staged_member.c
        is_first = staged.line == staged.first_line
        changed = and_(staged.change == "changed", staged.sent_at.is_not(None), is_first)
        moment = staged.sent_at
        member, letter = audience_member.c, delivery.c
        of_member = and_(member.mailing_id == staged.mailing_id, member.contact_id == staged.contact_id)
        of_letter = and_(letter.mailing_id == staged.mailing_id, letter.contact_id == staged.contact_id)
        self._stage.do(update(audience_member).where(of_member, changed).values(counted_from=moment))
        self._stage.do(update(delivery).where(of_letter, changed).values(sent_at=moment, settled_at=moment))

    def _add_events(self, now: datetime) -> None:
        staged = staged_member.c
        values: dict[str, Any] = {
            "kind": staged_event.c.kind,
            "contact_id": staged.contact_id,
            "mailing_id": staged.mailing_id,
            "delivery_id": delivery.c.id,
            "occurred_at": func.min(staged_event.c.occurred_at),
            "recorded_at": literal(now, Moment),
            "machine": literal(False),
            "detail": literal("imported"),
        }
        letter = and_(delivery.c.mailing_id == staged.mailing_id, delivery.c.contact_id == staged.contact_id)
        rows = (
            select(*values.values())
            .join_from(staged_event, staged_member, staged.line == staged_event.c.line)
            .outerjoin(delivery, letter)
            .where(is_moved(), not_(has_event()))
            .group_by(staged_event.c.kind, staged.contact_id, staged.mailing_id, delivery.c.id)
            .order_by(func.min(staged.line), func.min(staged_event.c.occurred_at), staged_event.c.kind)
        )
        self._stage.do(insert(event).from_select(list(values), rows))

    def _suppress(self, run_id: int) -> None:
        """Bounces (permanent), complaints and unsubscribes suppress the address (COMMANDS 1), once: by a new event."""
        staged, happened = staged_member.c, staged_event.c
        reason = case(SUPPRESSING, value=happened.kind)
        # who complained and left too is suppressed for what came first
        place = func.row_number().over(partition_by=staged.line, order_by=(happened.occurred_at, happened.kind))
        told = (
            select(staged.line, literal(SuppressionKind.ADDRESS.value).label("kind"), contact.c.address_key,
                   literal("").label("topic"), reason.label("reason"), happened.occurred_at,
                   literal("imported").label("note"), place.label("place"))
            .join_from(staged_event, staged_member, staged.line == happened.line)
            .join(contact, contact.c.id == staged.contact_id)
            .where(happened.kind.in_(SUPPRESSING), contact.c.address_key != "", not_(has_event()),
                   is_moved())
            .subquery()
        )  # fmt: skip
        rows = select(*(column for column in told.c if column is not told.c.place)).where(told.c.place == 1)
        names = [column.name for column in staged_suppression.c]
        self._stage.do(insert(staged_suppression).from_select(names, rows))
        merge_suppressions(self._stage, run_id)

    def _withdraw(self, run_id: int, now: datetime) -> None:
        """An unsubscription takes consent back too: it outlives the address."""
        staged, happened = staged_member.c, staged_event.c
        values: dict[str, Any] = {
            "contact_id": staged.contact_id,
            "topic": literal(EVERY_TOPIC),
            "given": literal(False),
            "occurred_at": happened.occurred_at,
            "recorded_at": literal(now, Moment),
            "source": literal("import"),
            "proof": staged.campaign + " " + staged.period,
            "import_run_id": literal(run_id),
        }
        rows = (
            select(*values.values())
            .join_from(staged_event, staged_member, staged.line == happened.line)
            .where(happened.kind == EventKind.UNSUBSCRIBED.value, not_(has_event()), is_moved())
            .order_by(staged.line)
        )
        self._stage.do(insert(consent).from_select(list(values), rows))
