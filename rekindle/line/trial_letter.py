"""`test-send`: one real letter of a campaign to an address of one's own, marked as a test, outside all statistics."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..compose.values import LetterFacts
from ..deliver.envelope import AddressError, Envelope, wire_address
from ..model.audience import SINGLE_ARM
from ..model.campaign import Campaign
from ..model.delivery import Delivery, DeliveryState
from ..model.error import InputError, UsageError
from ..model.letter import UnrenderableError
from ..model.mailing import Mailing, MailingState
from ..model.problem import did_you_mean
from ..model.segment import InSegment
from ..plan.occasion import period_meant
from ..settings import Settings
from ..store.contacts import find_contact
from ..store.engine import Connection, Store
from ..store.segments import members_statement
from ..store.tried import emptiest_and_first
from ..store.where_alive import with_lifetimes
from ..workspace.freeze import freeze
from ..workspace.load import Workspace
from .asking import asking
from .campaign_named import campaign_named
from .letter_facts import FactsDesk
from .one_letter import hand_over_one
from .press import Press

TRIED = 50
"""So many members of the segment are tried until one has a letter."""
MARK = "[test] "
"""What the subject of a test begins with."""


@dataclass(frozen=True, slots=True)
class TrialTerms:
    """Which letter: of this variant (empty: the first) and step, as `contact` (address or external id) would get it.

    Without a contact, the one with the address that it goes to, else a member of the segment whose letter can be made.
    """

    to: str
    variant: str = ""
    step: int = 1
    contact: str = ""


@dataclass(frozen=True, slots=True)
class SentTrial:
    """What was sent: as which contact's letter, and the relay's answer."""

    contact_id: int
    email: str
    subject: str
    message_id: str
    reply: str


def send_trial(  # noqa: PLR0917
    store: Store, workspace: Workspace, settings: Settings, campaign_name: str, terms: TrialTerms, now: datetime
) -> SentTrial:
    """Send the letter; nothing is written to the store, links are plain and there is no pixel.

    Raises UsageError for an unknown campaign, variant or step or an address that is none, InputError where no contact
    has a letter, ProblemsError where a template is wrong, RelayError where the relay does not take it.
    """
    campaign = campaign_named(workspace, campaign_name)
    arm = _look_at(campaign, terms)
    period = period_meant(campaign, None, now, workspace.configuration.timezone)
    mailing = Mailing(0, campaign.name, period, terms.step, MailingState.PLANNED, now)
    press = Press(mailing, freeze(workspace, campaign), settings)
    with store.reading() as connection:
        ids = _candidates(connection, workspace, campaign, terms, now)
        desk = FactsDesk(workspace, campaign, now, period, terms.step)
        facts = list(desk.gather(connection, ids, arms=dict.fromkeys(ids, arm)))
    envelope, subject, person = _first_letter(press, facts, arm, terms, now)
    reply = hand_over_one(settings.need_smtp(), workspace.root, envelope)
    return SentTrial(person.contact.contact_id, person.contact.email, subject, envelope.message_id, reply)


def _look_at(campaign: Campaign, terms: TrialTerms) -> str:
    """The arm of the letter. Raises UsageError where the terms cannot be met."""
    try:
        wire_address(terms.to)
    except AddressError as error:
        raise UsageError(f"'{terms.to}': {error}") from error
    steps, names = max(len(campaign.steps), 1), [variant.name for variant in campaign.variants] or [SINGLE_ARM]
    if not 1 <= terms.step <= steps:
        raise UsageError(f"{campaign.name} has no step {terms.step}; its last is {steps}")
    if terms.variant and terms.variant not in names:
        hint = did_you_mean(terms.variant, names)
        raise UsageError(f"{campaign.name} has no variant '{terms.variant}'" + (f" ({hint})" if hint else ""))
    return terms.variant or names[0]


def _candidates(
    connection: Connection, workspace: Workspace, campaign: Campaign, terms: TrialTerms, now: datetime
) -> Sequence[int]:
    found = find_contact(connection, terms.contact or terms.to)
    if found is not None:
        return [found.contact_id]
    if terms.contact:
        raise InputError(f"there is no contact '{terms.contact}'")
    wanted = InSegment(campaign.segments)
    asked = with_lifetimes(connection, asking(workspace, now), [wanted])
    return emptiest_and_first(connection, members_statement(wanted, asked, connection.dialect), TRIED)


def _first_letter(
    press: Press, facts: Sequence[LetterFacts], arm: str, terms: TrialTerms, now: datetime
) -> tuple[Envelope, str, LetterFacts]:
    """The letter of the first contact who has one."""
    failed: UnrenderableError | None = None
    message_id = f"<test.{secrets.token_hex(8)}@{press.domain}>"
    for one in facts:
        person = one.contact
        row = Delivery(0, 0, person.contact_id, terms.to, arm, DeliveryState.CLAIMED, 0, message_id)
        try:
            filled = press.fill(arm, one)
            marked = filled._replace(subject=MARK + filled.subject)
            return press.envelope(row, person._replace(tracking=False), marked, {}, now), marked.subject, one
        except UnrenderableError as error:
            failed = failed or error
    if failed is not None:
        at = f"{failed.at}: " if failed.at else ""
        raise InputError(f"{at}no letter can be made: contact #{failed.contact_id}: {failed.reason}")
    raise InputError("there is nobody in the segment to make a letter for; name a contact by --contact")
