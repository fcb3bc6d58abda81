"""A random store: contacts with everything that can happen to them, crowded around the boundaries of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert

from rekindle.model.contact import TEXT_FIELDS, AttributeKind
from rekindle.model.duration import Duration
from rekindle.model.folding import fold
from rekindle.model.when import local_day, midnight
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_ladders
from rekindle.store import tables as t
from rekindle.store.types import MILLION

from .written import node_of

TICK = timedelta(microseconds=1)
AS_OF = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
OCCASIONS = (
    (AS_OF, "America/New_York"),  # on this morning the clocks go back there
    (AS_OF, "Europe/Moscow"),
    (AS_OF, "Pacific/Apia"),
    (AS_OF, "UTC"),
    (datetime(2026, 3, 8, 7, 30, tzinfo=UTC), "America/New_York"),  # an hour was left out just now
    (datetime(2026, 3, 31, 21, 0, tzinfo=UTC) - TICK, "Europe/Moscow"),  # the last moment of a long month
    (datetime(2026, 5, 30, 21, 0, tzinfo=UTC), "Europe/Moscow"),  # midnight itself
    (datetime(2024, 2, 29, 12, 0, tzinfo=UTC), "Asia/Kathmandu"),
    (datetime(2026, 4, 24, 10, 0, tzinfo=UTC), "Africa/Cairo"),  # a day that has no midnight
    (datetime(2012, 1, 2, 1, 0, tzinfo=UTC), "Pacific/Apia"),  # three days after one that never was
    (datetime(2026, 10, 3, 16, 0, tzinfo=UTC), "Australia/Lord_Howe"),  # half an hour was left out
    (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Asia/Tokyo"),
)
CURRENCIES = ("EUR", "EUR", "JPY", "KWD")
TEXTS = (
    "Photographer",
    "photographer",
    "ФОТОГРАФ",
    "пчёлка",
    "ПЧЕЛКА",
    "пче\u0308лка",
    "100%",
    "a_b",
    "a b",
    "  a   b ",
    "a\u00a0b",
    "ﬁsh",
    "fish",
    "Ｆｉｓｈ",
    "Straße",
    "STRASSE",
    "İzmir",
    'o\'neil "x"',
    "back\\slash",
    "*?[a]",
    "007",
    "🐝",
    "",
    " ",
    "\u3000",
)
ATTRIBUTES = {
    "potential": AttributeKind.NUMBER,
    "brands": AttributeKind.LIST,
    "vip": AttributeKind.FLAG,
    "seen_on": AttributeKind.DATE,
    "shop": AttributeKind.TEXT,
}
STATUSES = ("active", "idle", "lost")
WARMTHS = ("hot", "cold")
CAMPAIGNS = ("winback", "news")
FIRMS = range(1, 8)
SPANS = ("90 days", "6 months", "1 year", "36 hours", "2 weeks", "1 day", "1 month", "30 minutes", "13 months")


def catalogue() -> Catalogue:
    """The words of the random store."""
    rungs = [{"name": "active", "when": {"bought": "true"}}, {"name": "lost", "when": {"orders": "0"}}]
    warm = [{"name": "hot", "when": {"orders": "1"}}, {"name": "cold", "otherwise": "true"}]
    written = {"statuses": [*rungs, {"name": "idle", "otherwise": "true"}], "ladders": {"warmth": warm}}
    ladders, problems = read_ladders(node_of(written), Catalogue())
    assert problems == []
    return Catalogue(ATTRIBUTES, ladders, topics=("offers", "news"))


def asking_of(random: Random) -> Asking:
    """A moment of asking in some timezone."""
    as_of, zone = random.choice(OCCASIONS)
    return Asking(as_of, ZoneInfo(zone), catalogue(), currency=random.choice(CURRENCIES))


def moment(random: Random, asking: Asking) -> datetime:
    """Mostly at, just before or just after a boundary that a condition may draw; sometimes after as_of."""
    as_of, kind = asking.as_of, random.random()
    if kind < 0.2:
        return as_of - timedelta(minutes=random.randrange(800 * 1440))
    if kind < 0.3:
        return as_of + random.choice((timedelta(0), TICK, timedelta(hours=1), timedelta(days=40)))
    edge = Duration.parse(random.choice(SPANS)).before(as_of, asking.zone)
    if random.random() < 0.3:
        edge = midnight(local_day(edge, asking.zone), asking.zone)
    return edge + random.choice((-TICK, timedelta(0), TICK, timedelta(0)))


def fill(connection: Connection, random: Random, asking: Asking, contacts: int) -> None:
    """Insert everything."""
    connection.execute(
        insert(t.organisation), [{"id": n, "name": f"firm {n}", "name_folded": f"firm {n}"} for n in FIRMS]
    )
    runs = [{"id": n, "kind": "contacts", "source": random.choice(("shop", "crm")), "file_name": "x", "sha256": "",
             "imported_at": moment(random, asking), "rows": 0, "new": 0, "changed": 0, "unchanged": 0, "refused": 0}
            for n in (1, 2, 3)]  # fmt: skip
    connection.execute(insert(t.import_run), runs)
    mailings = [{"id": n, "campaign": CAMPAIGNS[n % 2], "period": str(n), "state": "done", "as_of": asking.as_of,
                 "created_at": asking.as_of}
                for n in range(1, 9)]  # fmt: skip
    connection.execute(insert(t.mailing), mailings)
    rows: dict[Any, list[dict[str, Any]]] = {}
    for contact_id in range(1, contacts + 1):
        _contact(random, asking, contact_id, rows)
    for table in (t.contact, t.contact_touch, t.contact_tag, t.contact_attribute, t.orders, t.order_item, t.activity,
                  t.consent, t.status_history, t.delivery, t.event):  # fmt: skip
        _insert(connection, table, rows.get(table, []))
    _suppressions(connection, random, asking)


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Rows that name the same columns go together."""
    for names in {tuple(row): None for row in rows}:
        connection.execute(insert(table), [row for row in rows if tuple(row) == names])


def _suppressions(connection: Connection, random: Random, asking: Asking) -> None:
    for number, key in enumerate(("c3@x.example", "x.example", "c5@y.example", "c1@x.example", "c8@y.example")):
        suppression = {"kind": "domain" if "@" not in key else "address", "key": key, "reason": "manual",
                       "topic": random.choice(("", "news")), "since": moment(random, asking),
                       "lifted_at": random.choice((None, moment(random, asking)))}  # fmt: skip
        connection.execute(insert(t.suppression).values(id=number + 1, **suppression))


def _contact(random: Random, asking: Asking, contact_id: int, rows: dict[Any, list[dict[str, Any]]]) -> None:
    address = f"c{contact_id}@{random.choice('xy')}.example" if random.random() < 0.8 else ""
    texts = {name: random.choice(TEXTS) for name in TEXT_FIELDS}
    texts |= {"email": address, "email_domain": address.partition("@")[2], "gender": random.choice(("f", "m", "")),
              "kind": random.choice(("person", "organisation"))}  # fmt: skip
    known = random.random
    row = {
        "id": contact_id,
        "first_seen_at": asking.as_of,
        "exists_from": asking.as_of - timedelta(days=1000) if known() < 0.7 else moment(random, asking),
        "organisation_id": random.choice((None, *FIRMS)),
        "address_key": address,
        "birthday": _day(random, asking) if known() < 0.7 else None,
        "next_contact_on": _day(random, asking) if known() < 0.7 else None,
        "confirmed_at": moment(random, asking) if known() < 0.7 else None,
        **texts,
        **{f"{name}_folded": fold(text) for name, text in texts.items()},
    }
    rows.setdefault(t.contact, []).append(row)
    for run in random.sample((1, 2, 3), random.randrange(3)):
        rows.setdefault(t.contact_touch, []).append({"contact_id": contact_id, "import_run_id": run})
    for tag in {fold(text): text for text in random.sample(TEXTS, random.randrange(4)) if fold(text)}.items():
        rows.setdefault(t.contact_tag, []).append({"contact_id": contact_id, "folded": tag[0], "tag": tag[1]})
    _attributes(random, asking, contact_id, rows)
    _orders(random, asking, contact_id, rows)
    _history(random, asking, contact_id, rows)
    _letters(random, asking, contact_id, rows)


def _day(random: Random, asking: Asking) -> date:
    if random.random() < 0.2:
        return date(random.choice((1996, 2024)), 2, 29)
    away = random.choice((-1, 0, 1, 7, 8, -30, random.randrange(-20000, 300)))
    return local_day(asking.as_of, asking.zone) + timedelta(days=away)


def _attributes(random: Random, asking: Asking, contact_id: int, rows: dict[Any, list[dict[str, Any]]]) -> None:
    def add(name: str, value: str, position: int = 0, **typed: Any) -> None:
        if random.random() < 0.6:
            rows.setdefault(t.contact_attribute, []).append(
                {"contact_id": contact_id, "name": name, "position": position, "value": value, "folded": fold(value)}
                | typed
            )

    number = Decimal(random.choice(("0", "1", "2.5", "40", "90", "-3", "12.345678", "999999999.999999")))
    add("potential", str(number), number=number)
    add("vip", "x", flag=random.random() < 0.5)
    day = _day(random, asking)
    add("seen_on", str(day), day=day)
    add("shop", random.choice(TEXTS))
    for place, item in enumerate(random.sample(TEXTS, random.randrange(4)), start=1):
        add("brands", item, place)


def _orders(random: Random, asking: Asking, contact_id: int, rows: dict[Any, list[dict[str, Any]]]) -> None:
    for _ in range(random.choice((0, 0, 1, 1, 2, 3, 6))):
        orders = rows.setdefault(t.orders, [])
        at = moment(random, asking)
        order_id = len(orders) + 1
        orders.append({
            "id": order_id, "source": "main", "number": str(order_id), "contact_id": contact_id,
            "placed_at": at, "placed_on": local_day(at, asking.zone),
            "amount": random.choice((0, 1000, 1050, 5000, 250, -500, 10**11 + 1)),
            "status": random.choice(("paid", "paid", "paid", "open", "refunded", "cancelled")),
        })  # fmt: skip
        for _ in range(random.randrange(4)):
            product, category = random.choice(TEXTS), random.choice(TEXTS)
            rows.setdefault(t.order_item, []).append(
                {"order_id": order_id, "product": product, "product_folded": fold(product), "category": category,
                 "category_folded": fold(category)})  # fmt: skip
    for _ in range(random.randrange(3)):
        kind = random.choice(("inquiry", "Visit", "call"))
        activities = rows.setdefault(t.activity, [])
        activities.append({"contact_id": contact_id, "kind": kind, "kind_folded": fold(kind), "amount": None,
                           "occurred_at": moment(random, asking), "fingerprint": str(len(activities))})  # fmt: skip


def _history(random: Random, asking: Asking, contact_id: int, rows: dict[Any, list[dict[str, Any]]]) -> None:
    for _ in range(random.randrange(4)):
        rows.setdefault(t.consent, []).append(
            {"contact_id": contact_id, "topic": random.choice(("*", "offers", "news")), "given": random.random() < 0.6,
             "occurred_at": moment(random, asking), "recorded_at": asking.as_of})  # fmt: skip
    for _ in range(random.randrange(7)):
        ladder, statuses = random.choice((("status", STATUSES), ("warmth", WARMTHS)))
        pinned = random.random() < 0.4
        status = random.choice(statuses if pinned else (*statuses, *statuses, ""))
        rows.setdefault(t.status_history, []).append(
            {"contact_id": contact_id, "ladder": ladder, "status": status,
             "since": moment(random, asking), "recorded_at": asking.as_of, "pinned": pinned,
             "pinned_until": moment(random, asking) if pinned and random.random() < 0.7 else None})  # fmt: skip


def _letters(random: Random, asking: Asking, contact_id: int, rows: dict[Any, list[dict[str, Any]]]) -> None:
    for mailing_id in random.sample(range(1, 9), random.randrange(6)):
        deliveries = rows.setdefault(t.delivery, [])
        sent = random.random() < 0.8
        delivery_id = len(deliveries) + 1
        deliveries.append({
            "id": delivery_id, "mailing_id": mailing_id, "contact_id": contact_id, "address": "", "domain": "",
            "address_key": f"c{contact_id}", "arm": "letter",
            "state": "sent" if sent else random.choice(("failed", "queued")),
            "sent_at": moment(random, asking) if sent else None,
        })  # fmt: skip
        for _ in range(random.choice((0, 0, 1, 2, 4))):
            rows.setdefault(t.event, []).append(
                {"kind": random.choice(("opened", "opened", "clicked", "bounced", "complained", "unsubscribed")),
                 "contact_id": contact_id, "mailing_id": random.choice((mailing_id, mailing_id, None)),
                 "delivery_id": random.choice((delivery_id, delivery_id, delivery_id, None)),
                 "occurred_at": moment(random, asking), "recorded_at": asking.as_of,
                 "machine": random.random() < 0.3})  # fmt: skip


assert MILLION == 10**6
