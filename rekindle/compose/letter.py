"""From template to letter: compile once, fill for a contact, finish for a delivery."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..model.letter import Letter, LetterSource, UnrenderableError
from ..model.problem import Problem
from .links import OWN_LINKS, Addresses, DeliverySeals, LinkBook
from .making import Maker
from .part import Part
from .values import (
    CAMPAIGN_FIELDS,
    CONTACT_FIELDS,
    COUNTED_FIELDS,
    ORGANISATION_FIELDS,
    Asked,
    ContactValues,
    LetterFacts,
    LetterStyle,
    OrderValues,
    Record,
    given_record,
    popular_records,
)
from .vocabulary import Usage

__all__ = [
    "CompiledLetter",
    "DeliverySeals",
    "FilledLetter",
    "Letter",
    "LetterFacts",
    "LetterSource",
    "LetterStyle",
    "UnrenderableError",
    "compile_letter",
]


class FilledLetter(NamedTuple):
    """A letter with everything in it but the addresses that only a delivery knows.

    `urls`: the links to be tracked, each once, in order. Bodies are pieces (pieces.py).
    """

    contact_id: int
    subject: str
    preheader: str
    html_parts: list[str]
    text_parts: list[str]
    urls: tuple[str, ...]

    def finish(self, seals: DeliverySeals, link_ids: Mapping[str, int]) -> Letter:
        """The letter of one delivery. `link_ids` has every one of `urls`, unless the letter is not tracked."""
        addresses = Addresses(seals, self.urls, link_ids)
        html, text = addresses.fill_html(self.html_parts), addresses.fill(self.text_parts)
        return Letter(self.subject, self.preheader, html, text, self.contact_id)


class ValueMaker:
    """Makes the values of one letter: those that the templates use, and no others."""

    def __init__(self, style: LetterStyle, usage: Usage) -> None:
        self._style = style
        self._roots = usage.roots
        every = CONTACT_FIELDS | frozenset(style.attributes)
        fields = every if usage.dynamic else frozenset(usage.fields)
        self._contact = ContactValues(style, fields, declined="case" in usage.filters)
        self.asked = Asked(
            tags="tags" in fields,
            attributes=not fields <= CONTACT_FIELDS,
            orders="orders" in usage.roots or not fields.isdisjoint(COUNTED_FIELDS),
            items="orders" in usage.roots,
            popular="popular" in usage.roots,
        )
        self._orders = OrderValues(style)
        self._offer_fields = None if style.offer_fields is None else frozenset(style.offer_fields)
        # one batch's letters are given the very same offers: their records are made once
        self._offered: tuple[Sequence[Mapping[str, str]], tuple[Record, ...]] = ((), ())

    def of(self, facts: LetterFacts) -> dict[str, Any]:
        """The names of LANGUAGE 6 and what stands for each."""
        values: dict[str, Any] = {"contact": self._contact.record(facts), "links": OWN_LINKS}
        roots = self._roots
        if "orders" in roots:
            values["orders"] = self._orders.records(facts.orders)
        if "offer" in roots or "offers" in roots:
            values.update(self._offers(facts))
        if "popular" in roots:
            values["popular"] = popular_records(facts.popular)
        if "campaign" in roots:
            values["campaign"] = given_record("campaign", facts.campaign, CAMPAIGN_FIELDS)
        if "organisation" in roots:
            firm = facts.organisation
            written = {"name": firm.name, "address": firm.address, "url": firm.url}
            values["organisation"] = given_record("organisation", written, ORGANISATION_FIELDS)
        if "as_of" in roots:
            values["as_of"] = facts.as_of.astimezone(self._style.zone)
        return values

    def _offers(self, facts: LetterFacts) -> dict[str, Any]:
        known = self._offer_fields
        if known is None:
            known = frozenset(facts.offer or ()).union(*facts.offers)
        if facts.offers is not self._offered[0] or self._offer_fields is None:
            self._offered = (facts.offers, tuple(given_record("offer", offer, known) for offer in facts.offers))
        offers, records = self._offered
        for offer, record in zip(offers, records, strict=True):
            if offer is facts.offer:
                return {"offer": record, "offers": records}
        return {"offer": given_record("offer", facts.offer or {}, known), "offers": records}


@dataclass(frozen=True)
class CompiledLetter:
    """A letter's templates, ready to be filled for any number of contacts.

    `once`: whether MJML, CSS and links were done at compile time; `fixed_urls`: the links that every letter has;
    `warnings`: what is worth knowing and stops nothing.
    """

    values: ValueMaker
    subject: Part
    preheader: Part
    html: Maker
    text: Maker
    book: LinkBook
    once: bool
    warnings: tuple[Problem, ...] = ()

    def warned(self, warning: Problem) -> CompiledLetter:
        """The same with one more warning."""
        return replace(self, warnings=(*self.warnings, warning))

    @property
    def asked(self) -> Asked:
        """What has to be read of a contact for this letter."""
        return self.values.asked

    @property
    def fixed_urls(self) -> tuple[str, ...]:
        """The links that are known before any contact is."""
        return tuple(self.book.urls)

    def fill(self, facts: LetterFacts) -> FilledLetter:
        """The letter of one contact. Raises UnrenderableError, which concerns this contact alone."""
        contact_id = facts.contact.contact_id
        values = self.values.of(facts)
        values["_cut"] = book = self.book.copy()
        subject = one_line(self.subject, values, contact_id, "the subject")
        if not subject:
            raise UnrenderableError(contact_id, "the subject came out empty", self.subject.at)
        values["_preheader"] = preheader = one_line(self.preheader, values, contact_id, "the preheader")
        html = self.html.parts(values, contact_id, book, [])
        text = self.text.parts(values, contact_id, book, html)
        return FilledLetter(contact_id, subject, preheader, html, text, tuple(book.urls))


def one_line(part: Part, values: Mapping[str, Any], contact_id: int, what: str) -> str:
    """A part that stands in a header. Raises UnrenderableError for line breaks and control characters in it."""
    line = part.render(values, contact_id).replace("\t", " ").strip(" ")
    if not line.isprintable() and (fault := control_character(line)):
        raise UnrenderableError(contact_id, f"{what} holds {fault}, which may not stand in a header", part.at)
    return line


def control_character(text: str) -> str:
    """The name of the first character of `text` that could break out of a header, or nothing."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs"):
            return unicodedata.name(character, f"U+{ord(character):04X}")
    return ""


def compile_letter(
    source: LetterSource, style: LetterStyle | None = None, samples: Sequence[LetterFacts] = ()
) -> CompiledLetter:
    """Read, check and compile `source`.

    `samples`: contacts on which the fast way is held against the slow one, beside those made up from the template.
    Raises ProblemsError with every fault of the templates, each with file, line and column; MissingExtraError where
    `case` is used without its library.
    """
    from .compilation import Compilation

    return Compilation(source, style or LetterStyle(), samples).letter()
