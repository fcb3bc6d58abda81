"""The press of one mailing: its frozen files compiled once, then contact after contact a letter's bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..compose.letter import FilledLetter
from ..compose.links import DeliverySeals
from ..compose.mime import Skeleton, list_words
from ..compose.values import LetterFacts
from ..deliver.dkim import dkim_signer
from ..deliver.envelope import Envelope
from ..model.address import Mailbox
from ..model.configuration import Sending, StopWhen
from ..model.contact import Contact
from ..model.delivery import Delivery
from ..model.mailing import Mailing
from ..seal import Sealer, return_word
from ..settings import Settings
from ..store.caps import CapTerms
from ..store.claims import Claim
from ..store.engine import Connection
from ..store.rungs import Rung
from ..store.warmup import WarmupTerms
from ..store.waves import WindowTerms
from ..workspace.freeze import thaw
from .audience_rules import window_terms
from .letter_facts import FactsDesk, asked_of
from .letters import compile_letters


class Press:
    """Makes the letters of `mailing` from `frozen`, the texts of its files as they were when it was made.

    Raises ProblemsError where they cannot be compiled, MissingSettingError without secret key or public URL.
    """

    def __init__(self, mailing: Mailing, frozen: str, settings: Settings) -> None:
        workspace = thaw(frozen)
        campaign = workspace.campaigns[mailing.campaign]
        self._configuration = workspace.configuration
        self._began = mailing.started_at or mailing.as_of
        self._cap = campaign.cap or self._configuration.cap
        self._window = window_terms(workspace, campaign)
        rung = campaign.steps[mailing.step - 1] if mailing.step > 1 and campaign.steps else None
        of_step = (mailing.campaign, mailing.period, mailing.step)
        self._rung = None if rung is None else Rung(*of_step, rung.unless)
        self._letters = compile_letters(workspace, campaign, mailing.step)
        asked = asked_of(self._letters.values())
        self._desk = FactsDesk(workspace, campaign, mailing.as_of, mailing.period, mailing.step, asked)
        self._sealer = Sealer(settings.need_secret())
        self._public_url = settings.need_public_url()
        self._domain = campaign.sender.domain
        local, _, domain = (self._configuration.return_path or campaign.sender.address).rpartition("@")
        self._signer = dkim_signer(settings.dkim_key, settings.dkim_selector, settings.dkim_domain or self._domain)
        self._return_path = (local, domain)
        words = list_words(campaign, self._configuration, mailing.period)
        self._skeleton = Skeleton(campaign.sender, words, campaign.reply_to)

    @property
    def sending(self) -> Sending:
        """How hard the relay and the domains may be pressed, by all workers together."""
        return self._configuration.sending

    @property
    def cap(self) -> CapTerms | None:
        """How many letters one contact may get, of all campaigns together."""
        return None if self._cap is None else CapTerms(self._cap, self._configuration.timezone)

    @property
    def window(self) -> WindowTerms | None:
        """When letters may leave, and by whose clock."""
        return self._window

    @property
    def domain(self) -> str:
        """The sender's, which stands in the Message-ID."""
        return self._domain

    @property
    def rung(self) -> Rung | None:
        """Of a ladder's later step: who is let go because of an answer."""
        return self._rung

    @property
    def warmup(self) -> WarmupTerms | None:
        """How many letters may leave a day; each day's begin at the hour at which the mailing began."""
        warmup, zone = self._configuration.sending.warmup, self._configuration.timezone
        return None if warmup is None else WarmupTerms(warmup, zone, self._began.astimezone(zone).time())

    @property
    def stop_when(self) -> StopWhen:
        """The circuit breaker."""
        return self._configuration.stop_when

    def facts(self, connection: Connection, claims: Sequence[Claim]) -> dict[int, LetterFacts]:
        """What the letters of these deliveries say, by contact."""
        rows = [claim.delivery for claim in claims]
        gathered = self._desk.gather(
            connection,
            [row.contact_id for row in rows],
            {row.contact_id: row.offer for row in rows},
            {row.contact_id: row.arm for row in rows},
        )
        return {facts.contact.contact_id: facts for facts in gathered}

    def fill(self, arm: str, facts: LetterFacts) -> FilledLetter:
        """The letter of that arm with this contact's values. Raises UnrenderableError."""
        return self._letters[arm].fill(facts)

    def envelope(
        self, row: Delivery, contact: Contact, filled: FilledLetter, link_ids: Mapping[str, int], at: datetime
    ) -> Envelope:
        """The finished letter, sealed for this delivery and dated `at`; the same delivery keeps its Message-ID."""
        tracked = self._configuration.tracking if contact.tracking is None else contact.tracking
        seals = DeliverySeals(self._sealer, self._public_url, row.delivery_id, tracked)
        word = return_word(self._sealer, row.delivery_id)
        message_id = row.message_id or f"<{word}@{self._domain}>"
        to = Mailbox(row.address, f"{contact.first_name} {contact.last_name}".strip())
        letter, way_out = filled.finish(seals, link_ids), seals.unsubscribe_url()
        head, body = self._skeleton.letter_parts(letter, to, message_id, at, way_out)
        content = b"".join(head + body) if self._signer is None else self._signer.signed(head, b"".join(body))
        local, domain = self._return_path
        return Envelope(f"{local}+{word}@{domain}", row.address, content, message_id, clean=True)
