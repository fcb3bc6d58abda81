"""All that the store knows of a contact, as facts for the Python reader of segments; and figures of the population."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from ..model.consent import Consent
from ..model.delivery import DeliveryState
from ..model.order import Activity, Order, OrderStatus
from ..model.segment import Condition, Top
from ..model.suppression import SuppressionKind
from ..model.when import local_day
from ..rhythm.alive import MILLION, alive, life_of
from ..rhythm.gap import usual_gap
from ..segment.asking import Asking
from ..segment.facts import (
    Colleague,
    ContactFacts,
    Covering,
    LetterEvent,
    Population,
    SentLetter,
    StatusEntry,
    Touch,
)
from ..segment.references import everything_below
from .contacts import chunks, load_contacts
from .orders import orders_of
from .tables import (
    activity,
    consent,
    contact,
    contact_touch,
    delivery,
    event,
    import_run,
    mailing,
    status_history,
    suppression,
)
from .where_alive import with_lifetimes
from .where_frame import Frame
from .where_others import top_edge
from .where_rhythm import common_median_statement
from .where_scores import with_fences


def load_facts(
    connection: Connection, ids: Sequence[int], asking: Asking, *, common: Fraction | None = None
) -> dict[int, ContactFacts]:
    """Facts by contact id; an id that the store does not know is left out. History after as_of comes too.

    `alive` is known where the asking's lifetimes are fitted (with_figures). Who asks for many contacts in
    pieces gives `common`, the common_median, instead of having it computed for each piece.
    """
    contacts = load_contacts(connection, ids)
    known = list(contacts)
    keys, organisations = _keys(connection, known), _organisations(connection, known)
    orders, activities = orders_of(connection, known), _activities(connection, known)
    letters, events = _letters(connection, known), _events(connection, known)
    statuses, consents = _statuses(connection, known), _consents(connection, known)
    touches, suppressions = _touches(connection, known), _suppressions(connection, keys)
    colleagues = _colleagues(connection, organisations)
    common = common_median(connection, asking) if common is None else common
    return {
        owner: ContactFacts(
            contact=contacts[owner],
            address_key=keys[owner],
            orders=orders.get(owner, ()),
            activities=activities.get(owner, ()),
            letters=letters.get(owner, ()),
            events=events.get(owner, ()),
            statuses=statuses.get(owner, ()),
            consents=consents.get(owner, ()),
            suppressions=suppressions.get(owner, ()),
            touches=touches.get(owner, ()),
            colleagues=colleagues.get(owner, ()),
            usual_gap=usual_gap(_purchase_days(orders.get(owner, ()), asking), common),
            alive=_alive(orders.get(owner, ()), asking),
        )
        for owner in known
    }


def with_figures(connection: Connection, asking: Asking, conditions: Iterable[Condition]) -> Asking:
    """The asking with all that judging these conditions in Python needs of the whole base."""
    asked = list(conditions)
    return with_fences(connection, with_lifetimes(connection, asking, asked), asked)


def facts_at(facts: ContactFacts, asking: Asking, common: Fraction | None) -> ContactFacts:
    """The same facts at another moment: all but the rhythm is history, which knows its own moments."""
    gap = usual_gap(_purchase_days(facts.orders, asking), common)
    return replace(facts, usual_gap=gap, alive=_alive(facts.orders, asking))


def _alive(orders: Iterable[Order], asking: Asking) -> Fraction | None:
    life = life_of(_purchase_days(orders, asking), local_day(asking.as_of, asking.zone))
    return None if life is None or asking.lifetimes is None else Fraction(alive(life, asking.lifetimes), MILLION)


def _purchase_days(orders: Iterable[Order], asking: Asking) -> list[Any]:
    return [
        local_day(order.placed_at, asking.zone)
        for order in orders
        if order.status == OrderStatus.PAID and order.placed_at <= asking.as_of
    ]


def common_median(connection: Connection, asking: Asking) -> Fraction | None:
    """The median of all gaps between purchase days of all contacts, None where there are none (LANGUAGE 2.4)."""
    twice = connection.execute(common_median_statement(asking)).scalar()
    return None if twice is None else Fraction(int(twice), 2)


def load_population(connection: Connection, condition: Condition, asking: Asking) -> Population:
    """The edges of every `top` in the condition and in the segments that it leads to."""
    frame = Frame(asking, connection.dialect.name)
    edges: dict[Top, tuple[int, int] | None] = {}
    for node in everything_below(condition, asking.segments):
        if isinstance(node, Top) and node not in edges:
            row = connection.execute(top_edge(frame, node)).first()
            edges[node] = None if row is None else (int(row[0]), int(row[1]))
    return Population(edges)


# --- rows by contact ------------------------------------------------------------------------------------------------


def _grouped(connection: Connection, statements: Iterable[Select[Any]], make: Any) -> dict[int, tuple[Any, ...]]:
    """What `make` makes of each row, by the first column, in the statement's order."""
    found: dict[int, tuple[Any, ...]] = {}
    for statement in statements:
        for owner, rows in groupby(connection.execute(statement), key=lambda row: row[0]):
            found[owner] = tuple(make(*row[1:]) for row in rows)
    return found


def _keys(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    statements = (select(contact.c.id, contact.c.address_key).where(contact.c.id.in_(piece)) for piece in chunks(ids))
    return {row[0]: row[1] for statement in statements for row in connection.execute(statement)}


def _organisations(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    statements = (
        select(contact.c.id, contact.c.organisation_id).where(
            contact.c.id.in_(piece), contact.c.organisation_id.is_not(None)
        )
        for piece in chunks(ids)
    )
    return {row[0]: row[1] for statement in statements for row in connection.execute(statement)}


def _activities(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Activity, ...]]:
    columns = activity.c
    statements = (
        select(
            columns.contact_id, columns.id, columns.contact_id, columns.kind, columns.occurred_at,
            columns.amount, columns.detail,
        )
        .where(columns.contact_id.in_(piece))
        .order_by(columns.contact_id, columns.occurred_at, columns.id)
        for piece in chunks(ids)
    )  # fmt: skip
    return _grouped(connection, statements, Activity)


def _letters(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[SentLetter, ...]]:
    columns = delivery.c
    statements = (
        select(columns.contact_id, columns.id, mailing.c.campaign, columns.sent_at)
        .join_from(delivery, mailing, mailing.c.id == columns.mailing_id)
        .where(columns.contact_id.in_(piece), columns.state == DeliveryState.SENT.value, columns.sent_at.is_not(None))
        .order_by(columns.contact_id, columns.sent_at, columns.id)
        for piece in chunks(ids)
    )
    return _grouped(connection, statements, SentLetter)


def _events(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[LetterEvent, ...]]:
    columns = event.c
    statements = (
        select(
            columns.contact_id, columns.kind, columns.occurred_at, mailing.c.campaign, columns.delivery_id,
            columns.machine,
        )
        .join_from(event, mailing, mailing.c.id == columns.mailing_id, isouter=True)
        .where(columns.contact_id.in_(piece))
        .order_by(columns.contact_id, columns.occurred_at, columns.id)
        for piece in chunks(ids)
    )  # fmt: skip
    return _grouped(
        connection,
        statements,
        lambda kind, at, campaign, delivery_id, machine: LetterEvent(kind, at, campaign or "", delivery_id, machine),
    )


def _statuses(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[StatusEntry, ...]]:
    columns = status_history.c
    statements = (
        select(columns.contact_id, columns.ladder, columns.status, columns.since, columns.pinned, columns.pinned_until)
        .where(columns.contact_id.in_(piece))
        .order_by(columns.contact_id, columns.id)
        for piece in chunks(ids)
    )
    return _grouped(connection, statements, StatusEntry)


def _consents(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Consent, ...]]:
    columns = consent.c
    statements = (
        select(columns.contact_id, columns.contact_id, columns.topic, columns.given, columns.occurred_at)
        .where(columns.contact_id.in_(piece))
        .order_by(columns.contact_id, columns.id)
        for piece in chunks(ids)
    )
    return _grouped(connection, statements, Consent)


def _touches(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Touch, ...]]:
    columns = contact_touch.c
    statements = (
        select(columns.contact_id, import_run.c.source, import_run.c.imported_at)
        .join_from(contact_touch, import_run, import_run.c.id == columns.import_run_id)
        .where(columns.contact_id.in_(piece))
        .order_by(columns.contact_id, import_run.c.id)
        for piece in chunks(ids)
    )
    return _grouped(connection, statements, Touch)


def _suppressions(connection: Connection, keys: dict[int, str]) -> dict[int, tuple[Covering, ...]]:
    columns = suppression.c
    standing: dict[tuple[str, str], list[Covering]] = {}
    wanted = sorted({key for key in keys.values() if key})
    for piece in chunks(wanted):  # type: ignore[arg-type]
        domains = sorted({str(key).partition("@")[2] for key in piece})
        statement = select(columns.kind, columns.key, columns.topic, columns.since, columns.lifted_at).where(
            or_(
                (columns.kind == SuppressionKind.ADDRESS.value) & columns.key.in_(piece),
                (columns.kind == SuppressionKind.DOMAIN.value) & columns.key.in_(domains),
            )
        )
        for kind, key, *rest in connection.execute(statement.distinct()):
            covering = Covering(*rest)
            if covering not in standing.setdefault((kind, key), []):
                standing[kind, key].append(covering)
    return {owner: _covering(key, standing) for owner, key in keys.items() if key}


def _covering(key: str, standing: dict[tuple[str, str], list[Covering]]) -> tuple[Covering, ...]:
    domain = key.partition("@")[2]
    return (
        *standing.get((SuppressionKind.ADDRESS.value, key), ()),
        *standing.get((SuppressionKind.DOMAIN.value, domain), ()),
    )


def _colleagues(connection: Connection, organisations: dict[int, int]) -> dict[int, tuple[Colleague, ...]]:
    """The other contacts of each contact's organisation."""
    people: dict[int, list[tuple[int, Any]]] = {}
    for piece in chunks(sorted(set(organisations.values()))):
        statement = (
            select(contact.c.organisation_id, contact.c.id, contact.c.exists_from)
            .where(contact.c.organisation_id.in_(piece))
            .order_by(contact.c.id)
        )
        for organisation_id, owner, exists_from in connection.execute(statement):
            people.setdefault(organisation_id, []).append((owner, exists_from))
    everyone = sorted({owner for group in people.values() for owner, _ in group})
    orders, activities = orders_of(connection, everyone), _activities(connection, everyone)
    return {
        owner: tuple(
            Colleague(exists_from, orders.get(other, ()), activities.get(other, ()))
            for other, exists_from in people[organisation_id]
            if other != owner
        )
        for owner, organisation_id in organisations.items()
    }
