"""A letter shown once more: what one delivery said, for the link "view in browser"."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from ..compose.letter import CompiledLetter, FilledLetter
from ..compose.links import DeliverySeals
from ..compose.values import LetterFacts
from ..model.error import ProblemsError
from ..model.letter import UnrenderableError
from ..seal import Sealer
from ..store.engine import Connection, Store
from ..store.links import known_links
from ..store.mailings import frozen_files, get_mailing
from ..store.tracked import TrackedDelivery, tracked_deliveries
from ..workspace.freeze import thaw
from .letter_facts import FactsDesk
from .letters import compile_letters

MOST_MAILINGS = 8
"""Mailings whose letters are kept compiled."""


@dataclass(frozen=True)
class _Compiled:
    letters: dict[str, CompiledLetter]
    desk: FactsDesk
    tracking: bool


class ShownLetters:
    """Letters from the frozen files of their mailings, with the contact as it stands now. Nothing is written."""

    def __init__(self, store: Store, sealer: Sealer, public_url: str) -> None:
        self._store = store
        self._sealer = sealer
        self._public_url = public_url
        self._compiled: OrderedDict[int, _Compiled] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def page(self, delivery_id: int) -> str | None:
        """The letter's HTML, or None where it cannot be made any more (history from elsewhere, a changed contact)."""
        try:
            with self._one_at_a_time, self._store.reading() as connection:
                row = tracked_deliveries(connection, [delivery_id]).get(delivery_id)
                return None if row is None else self._html(connection, row)
        except (UnrenderableError, ProblemsError, LookupError):
            return None

    def _html(self, connection: Connection, row: TrackedDelivery) -> str:
        made = self._compiled_for(connection, row.mailing_id)
        facts = _facts(connection, made.desk, row)
        filled: FilledLetter = made.letters[row.arm].fill(facts)
        link_ids = known_links(connection, row.mailing_id, filled.urls)
        wanted = made.tracking if row.tracking is None else row.tracking
        # a value that changed since may make a link that the letter did not have: then all of them are plain
        tracked = wanted and set(filled.urls) <= set(link_ids)
        seals = DeliverySeals(self._sealer, self._public_url, row.delivery_id, tracked)
        return filled.finish(seals, link_ids).html

    def _compiled_for(self, connection: Connection, mailing_id: int) -> _Compiled:
        made = self._compiled.get(mailing_id)
        if made is None:
            mailing = get_mailing(connection, mailing_id)
            workspace = thaw(frozen_files(connection, mailing_id))
            campaign = workspace.campaigns[mailing.campaign]
            desk = FactsDesk(workspace, campaign, mailing.as_of, mailing.period, mailing.step)
            letters = compile_letters(workspace, campaign, mailing.step)
            made = self._compiled[mailing_id] = _Compiled(letters, desk, workspace.configuration.tracking)
            if len(self._compiled) > MOST_MAILINGS:
                self._compiled.popitem(last=False)
        return made


def _facts(connection: Connection, desk: FactsDesk, row: TrackedDelivery) -> LetterFacts:
    offers, arms = {row.contact_id: row.offer}, {row.contact_id: row.arm}
    for facts in desk.gather(connection, [row.contact_id], offers, arms):
        return facts
    raise LookupError(row.contact_id)
