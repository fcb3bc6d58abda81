"""Rows about contacts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..model.contact import TEXT_FIELDS, AttributeKind, ContactKind
from ..model.draft import ContactDraft, PointDraft
from ..names.splitting import split_name
from .layout import Cells, Layout
from .terms import Terms
from .values import (
    BadValueError,
    attribute_of,
    clean,
    day_reader,
    email_point,
    flag_of,
    gender_of,
    known_by,
    list_of,
    moment_reader,
    phone_point,
    timezone_of,
)

Reader = Callable[[str], Any]

_ONE_OF = {"tags": "tag", "consent": "topic"}

_MOMENTS = ("created_at", "confirmed_at", "consent_at")
_DAYS = ("birthday", "next_contact_on")
_TEXTS = frozenset(TEXT_FIELDS) - {"email", "email_domain", "phone", "external_id"}


def contact_reader(layout: Layout, terms: Terms) -> Callable[[int, Cells], ContactDraft]:
    """A reader of one row's canonical cells, which come in the order of `layout.names`. Raises BadValueError."""
    readers = [(name, _reader(name, layout, terms)) for name in layout.names]

    def read(line: int, cells: Cells) -> ContactDraft:
        found = {}
        for (name, reader), cell in zip(readers, cells, strict=True):
            if cell and (text := clean(cell)):
                found[name] = reader(text)
        return _draft(line, found, terms)

    return read


def _reader(name: str, layout: Layout, terms: Terms) -> Reader:
    source = layout.sources.get(name)
    pattern, separator = (source.format, source.split) if source else ("", "|")
    if name in terms.attributes:
        kind = AttributeKind(terms.attributes[name])
        return lambda text: attribute_of(text, kind, pattern, separator)
    if name.startswith("email"):
        return email_point
    if name.startswith("phone"):
        return lambda text: phone_point(text, russian=terms.russian)
    if name in _MOMENTS:
        return moment_reader(terms.zone, pattern)
    if name in _DAYS:
        return day_reader(pattern)
    if name in ("tags", "consent"):
        return lambda text: tuple(known_by(item, _ONE_OF[name]) for item in list_of(text, separator))
    if name in ("external_id", "organisation"):
        return lambda text: known_by(text, name)
    return _READERS.get(name, str)


def _kind(text: str) -> str:
    lowered = text.lower()
    if lowered not in set(ContactKind):
        raise BadValueError(f"the kind '{text}' is neither person nor organisation")
    return lowered


_READERS: Mapping[str, Reader] = {
    "gender": gender_of,
    "kind": _kind,
    "timezone": timezone_of,
    "tracking": flag_of,
    "full_name": split_name,
}


def _draft(line: int, found: dict[str, Any], terms: Terms) -> ContactDraft:
    points = tuple(dict.fromkeys(value for value in found.values() if isinstance(value, PointDraft)))
    if not points and not found.get("external_id"):
        raise BadValueError("neither external_id, e-mail nor phone: there is nobody to know the row by")
    for name in _MOMENTS:
        if name in found:
            terms.look_ahead(name, found[name], line)
    consent = found.get("consent", ())
    for topic in consent:
        terms.look_at_topic(topic, line)
    return ContactDraft(
        line=line,
        external_id=found.get("external_id", ""),
        points=tuple(sorted(_distinct(points), key=lambda point: point.kind)),
        primary=tuple(found[name] for name in ("email", "phone") if name in found),
        texts=_texts(found),
        created_at=found.get("created_at"),
        confirmed_at=found.get("confirmed_at"),
        birthday=found.get("birthday"),
        next_contact_on=found.get("next_contact_on"),
        tracking=found.get("tracking"),
        tags=found.get("tags", ()),
        attributes={name: found[name] for name in terms.attributes if name in found},
        consent=consent,
        consent_at=found.get("consent_at"),
        consent_source=found.get("consent_source", ""),
    )


def _texts(found: dict[str, Any]) -> dict[str, str]:
    texts = {name: value for name, value in found.items() if name in _TEXTS}
    if "full_name" in found and not texts.keys() & {"first_name", "last_name", "patronymic"}:
        parts = found["full_name"]
        names = {"first_name": parts.first_name, "last_name": parts.last_name, "patronymic": parts.patronymic}
        texts |= {name: part for name, part in names.items() if part}
    return texts


def _distinct(points: tuple[PointDraft, ...]) -> list[PointDraft]:
    """Each address and phone once, the first writing of it."""
    first: dict[tuple[str, str], PointDraft] = {}
    for point in points:
        first.setdefault((point.kind, point.key), point)
    return list(first.values())
