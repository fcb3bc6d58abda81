"""Rows about activities, suppressions and mailings of the past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..model.address import address_key
from ..model.audience import HOLDOUT, SINGLE_ARM
from ..model.draft import ActivityDraft, MailingDraft, SuppressionDraft
from ..model.event import EventKind
from ..model.suppression import SuppressionKind, SuppressionReason
from .layout import Cells, Layout
from .terms import Terms
from .values import BadValueError, address_of, clean, domain_of, known_by, moment_reader, money_reader

_EVENTS = {f"{kind.value}_at": kind.value for kind in EventKind}


def _moments(layout: Layout, terms: Terms, *columns: str) -> dict[str, Callable[[str], datetime]]:
    """A reader of times for each of these columns, by the format that the map gives it."""
    sources = layout.sources
    return {
        name: moment_reader(terms.zone, sources[name].format if name in sources else "") for name in columns
    }  # fmt: skip


def _who(external_id: str, email: str) -> tuple[str, str]:
    if not external_id and not email:
        raise BadValueError("external_id and e-mail are both empty: there is nobody to know the row by")
    return known_by(external_id, "external_id"), address_of(email) if email else ""


def activity_reader(layout: Layout, terms: Terms) -> Callable[[int, Cells], ActivityDraft]:
    """A reader of one row's canonical cells. Raises BadValueError."""
    read_moment = _moments(layout, terms, "occurred_at")["occurred_at"]
    money = money_reader(terms.currency)

    def read(line: int, cells: Cells) -> ActivityDraft:
        external_id, email, kind, occurred, amount, detail = map(clean, cells[:6])
        external_id, email = _who(external_id, email)
        if not kind:
            raise BadValueError("the activity's kind is empty")
        if not occurred:
            raise BadValueError("occurred_at is empty")
        moment = read_moment(occurred)
        terms.look_ahead("occurred_at", moment, line)
        return ActivityDraft(
            line, external_id, email, known_by(kind, "kind"), moment, money(amount) if amount else None, detail
        )

    return read


def suppression_reader(layout: Layout, terms: Terms) -> Callable[[int, Cells], SuppressionDraft]:
    """A reader of one row's canonical cells; the address may be a domain. Raises BadValueError."""
    read_moment = _moments(layout, terms, "since")["since"]

    def read(line: int, cells: Cells) -> SuppressionDraft:
        email, reason, since, topic = map(clean, cells[:4])
        kind, key = _suppressed(email)
        moment = read_moment(since) if since else None
        if moment is not None:
            terms.look_ahead("since", moment, line)
        terms.look_at_topic(known_by(topic, "topic"), line)
        word, note = _reason(reason)
        return SuppressionDraft(line, kind, key, word, note, moment, "" if topic == "*" else topic)

    return read


def _suppressed(text: str) -> tuple[str, str]:
    if not text:
        raise BadValueError("the e-mail is empty")
    domain = domain_of(text)
    if domain:
        return SuppressionKind.DOMAIN.value, domain
    return SuppressionKind.ADDRESS.value, address_key(address_of(text))


def _reason(text: str) -> tuple[str, str]:
    """The reason and a note: a word that is not ours is kept as it is written."""
    lowered = text.lower()
    if lowered in set(SuppressionReason):
        return lowered, ""
    return SuppressionReason.IMPORTED.value, text


def mailing_reader(layout: Layout, terms: Terms) -> Callable[[int, Cells], MailingDraft]:
    """A reader of one row's canonical cells. Raises BadValueError."""
    moments = _moments(layout, terms, "sent_at", *_EVENTS)

    def read(line: int, cells: Cells) -> MailingDraft:
        texts = dict(zip(layout.names, map(clean, cells), strict=True))
        external_id, email = _who(texts["external_id"], texts["email"])
        found = {name: moments[name](texts[name]) for name in moments if texts[name]}
        for name, moment in found.items():
            terms.look_ahead(name, moment, line)
        draft = MailingDraft(
            line=line,
            campaign=texts["campaign"],
            period=texts["period"],
            external_id=external_id,
            email=email,
            arm=texts["arm"] or SINGLE_ARM,
            sent_at=found.get("sent_at"),
            events=tuple((_EVENTS[name], moment) for name, moment in found.items() if name in _EVENTS),
        )
        _check(draft, terms)
        return draft

    return read


def _check(draft: MailingDraft, terms: Terms) -> None:
    if not draft.campaign or not draft.period:
        raise BadValueError("campaign or period is empty")
    if draft.arm != HOLDOUT and draft.sent_at is None:
        raise BadValueError("sent_at is empty, and only the holdout gets no letter")
    for name in ("campaign", "period", "arm"):
        known_by(getattr(draft, name), name)
    for kind, moment in draft.events:
        if draft.arm == HOLDOUT and kind != EventKind.UNSUBSCRIBED.value:
            raise BadValueError(f"held out, yet {kind}: who got no letter cannot have done that")
        if draft.sent_at and moment < draft.sent_at:
            terms.notices.note(f"{kind}_at is before sent_at", draft.line)
