"""A made-up client store of any size with a realistic skew, the same for the same seed; loaded as fast as it goes.

Few contacts buy and read much, most little or nothing: orders and letters' readers are drawn by heavy-tailed weights,
as are channels, cities, days and amounts. For each contact there are 3 orders, 3 letters, 10 events of letters and 2
rows of status history on average. Needs numpy (the extra `predict`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import Boolean, Table, text

from rekindle.store import tables as t
from rekindle.store.engine import Store
from rekindle.store.types import Moment

AS_OF = datetime(2026, 11, 1, 9, tzinfo=UTC)
NOW = int(AS_OF.timestamp()) * 10**6
SECOND, DAY = 10**6, 86_400 * 10**6
EPOCH_ORDINAL = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
CHUNK = 200_000
MAILINGS = 24

CHANNELS = (("site", 40), ("instagram", 25), ("vk", 15), ("market", 10), ("", 10))
TRADES = (("photographer", 30), ("confectioner", 20), ("florist", 8), ("blogger", 5), ("ceramist", 2), ("", 35))
CITIES = (*((f"city {number}", 1000 / number) for number in range(1, 201)), ("", 1500))
STATUSES = ("potential", "engaged", "new", "active", "dormant", "archive")

Columns = Mapping[str, Any]
"""By column: an array, a list, or one value for all rows."""
More = Callable[[Any, int], Iterable[tuple[Table, Columns, int]]]
"""Rows of other tables, by the generator and the number of contacts."""


def fill(store: Store, contacts: int, seed: int = 7, more: More = lambda _draw, _contacts: ()) -> None:
    """Fill an empty store: tables first (`more` after ours), then the indexes."""
    draw = np.random.default_rng(seed)
    with store.engine.connect() as connection:
        _loose(store, connection)
        for table, columns, rows in chain(_rows(draw, contacts), more(draw, contacts)):
            _load(store, connection, table, columns, rows)
        connection.commit()
        for table in t.metadata.sorted_tables:
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                index.create(connection, checkfirst=True)
        connection.commit()
        if not store.is_sqlite:  # PostgreSQL gathers statistics by itself soon; SQLite never has any
            connection.execute(text("ANALYZE"))
            connection.commit()


def _loose(store: Store, connection: Any) -> None:
    """No index, key check or safe commit while rows are brought in."""
    for table in t.metadata.sorted_tables:
        for index in table.indexes:
            index.drop(connection, checkfirst=True)
    connection.commit()
    if store.is_sqlite:
        for pragma in ("foreign_keys = OFF", "synchronous = OFF"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.rollback()
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET session_replication_role = replica")


# --- rows -----------------------------------------------------------------------------------------------------------


def _chosen(draw: Any, weighted: tuple[tuple[str, float], ...], count: int) -> Any:
    weights = np.array([weight for _, weight in weighted], dtype=float)
    names = np.array([name for name, _ in weighted], dtype=object)
    return names[draw.choice(len(names), count, p=weights / weights.sum())]


def _heavy(draw: Any, weights: Any, count: int) -> Any:
    """Places drawn by weights."""
    edges = np.cumsum(weights)
    return np.searchsorted(edges, draw.random(count) * edges[-1]).clip(0, len(weights) - 1)


def _rows(draw: Any, contacts: int) -> Iterator[tuple[Table, Columns, int]]:
    ids = np.arange(1, contacts + 1)
    # three years of growth: more contacts come later
    came = (NOW - (draw.random(contacts) ** 1.5 * 1100 * DAY)).astype(np.int64)
    yield t.contact, _contacts(draw, ids, came), contacts
    known = ids[draw.random(contacts) < 0.4]
    amount = (draw.pareto(1.5, len(known)) * 20).round().astype(np.int64).clip(0, 10**6)
    yield t.contact_attribute, {
        "contact_id": known, "name": "potential", "position": 0, "value": amount.astype(str),
        "folded": amount.astype(str), "number": amount * 10**6,
    }, len(known)  # fmt: skip
    yield _orders(draw, contacts, came)
    yield from _mail(draw, contacts)
    yield _history(draw, contacts, came)


def _contacts(draw: Any, ids: Any, came: Any) -> Columns:
    count = len(ids)
    channel, trade, city = (_chosen(draw, names, count) for names in (CHANNELS, TRADES, CITIES))
    domain = _chosen(draw, (("mail.example", 5), ("post.example", 4), ("firm.example", 1)), count)
    email = np.array([f"c{one}@{at}" for one, at in zip(ids.tolist(), domain, strict=True)], dtype=object)
    texts = {"email": email, "email_domain": domain, "channel": channel, "specialization": trade, "city": city,
             "kind": "person", "first_name": "Anna", "last_name": "Example", "locale": "ru_RU"}  # fmt: skip
    return {
        "id": ids, "first_seen_at": came, "exists_from": came, "created_at": came, "address_key": email,
        **texts, **{f"{name}_folded": value if name != "locale" else "ru_ru" for name, value in texts.items()},
    } | {"first_name_folded": "anna", "last_name_folded": "example"}  # fmt: skip


def _orders(draw: Any, contacts: int, came: Any) -> tuple[Table, Columns, int]:
    count = 3 * contacts
    # about two fifths have never bought; the best tenth make more than half of the orders
    weights = draw.pareto(1.1, contacts) * (draw.random(contacts) < 0.65)
    owner = _heavy(draw, weights.clip(0, 200), count)
    placed = came[owner] + ((NOW + 5 * DAY - came[owner]) * draw.random(count)).astype(np.int64)
    order = np.argsort(placed, kind="stable")
    owner, placed = owner[order], placed[order]
    return t.orders, {
        "id": np.arange(1, count + 1), "source": "main", "number": np.arange(1, count + 1).astype(str),
        "contact_id": owner + 1, "placed_at": placed, "placed_on": placed // DAY + EPOCH_ORDINAL,
        "amount": np.exp(draw.normal(8, 1, count)).astype(np.int64) * 100,
        "status": _chosen(draw, (("paid", 88), ("open", 4), ("cancelled", 5), ("refunded", 3)), count),
    }, count  # fmt: skip


def _mail(draw: Any, contacts: int) -> Iterator[tuple[Table, Columns, int]]:
    """A mailing a month, each to an eighth of the contacts; readers read often or never."""
    started = NOW - (np.arange(MAILINGS)[::-1] * 30 + 4) * DAY
    numbers = np.arange(1, MAILINGS + 1)
    yield t.mailing, {
        "id": numbers, "campaign": np.array(["winback", "news"], dtype=object)[numbers % 2],
        "period": numbers.astype(str),
        "state": "done", "as_of": started, "created_at": started, "started_at": started,
    }, MAILINGS  # fmt: skip
    each = 3 * contacts // MAILINGS
    owner = np.concatenate([draw.permutation(contacts)[:each] for _ in range(MAILINGS)])
    mailing = np.repeat(numbers, each)
    sent = started[mailing - 1] + draw.integers(0, 6 * 3600 * SECOND, len(owner))
    ids = np.arange(1, len(owner) + 1)
    keys = np.char.add("c", (owner + 1).astype(str)).astype(object)
    yield t.delivery, {
        "id": ids, "mailing_id": mailing, "contact_id": owner + 1, "address": keys, "address_key": keys,
        "domain": "mail.example", "arm": "letter", "sent_at": sent,
        "state": _chosen(draw, (("sent", 97), ("failed", 3)), len(owner)),
    }, len(owner)  # fmt: skip
    count = 10 * contacts
    readers = (draw.pareto(1.2, contacts) * (draw.random(contacts) < 0.7)).clip(0, 50)
    of = _heavy(draw, readers[owner], count)
    kind = _chosen(
        draw, (("opened", 80), ("clicked", 16), ("bounced", 2), ("unsubscribed", 1), ("complained", 1)), count
    )
    happened = sent[of] + (draw.exponential(2, count) * DAY).astype(np.int64) + SECOND
    yield t.event, {
        "id": np.arange(1, count + 1), "kind": kind, "contact_id": owner[of] + 1, "mailing_id": mailing[of],
        "delivery_id": ids[of], "occurred_at": happened, "recorded_at": happened, "machine": draw.random(count) < 0.25,
    }, count  # fmt: skip


def _history(draw: Any, contacts: int, came: Any) -> tuple[Table, Columns, int]:
    """Two rows a contact on average, in order of recording; one in a hundred is a pin, half of those have ended."""
    count = 2 * contacts
    owner = draw.integers(0, contacts, count)
    since = came[owner] + ((NOW - came[owner]) * draw.random(count)).astype(np.int64)
    order = np.argsort(since, kind="stable")
    owner, since = owner[order], since[order]
    pinned = draw.random(count) < 0.01
    until = np.where(pinned & (draw.random(count) < 0.5), since + 40 * DAY, -1)
    return t.status_history, {
        "id": np.arange(1, count + 1), "contact_id": owner + 1, "ladder": "status",
        "status": _chosen(draw, tuple((name, 1) for name in STATUSES), count), "since": since, "recorded_at": since,
        "pinned": pinned, "pinned_until": until,
    }, count  # fmt: skip


# --- loading --------------------------------------------------------------------------------------------------------


def _load(store: Store, connection: Any, table: Table, columns: Columns, rows: int) -> None:
    for start in range(0, rows, CHUNK):
        piece = {name: _piece(value, start, min(start + CHUNK, rows)) for name, value in columns.items()}
        if store.is_sqlite:
            _insert(connection, table, piece)
        else:
            _copy(connection, table, piece)


def _piece(value: Any, start: int, end: int) -> Any:
    return value[start:end] if isinstance(value, np.ndarray | list) else np.full(end - start, value)


def _insert(connection: Any, table: Table, piece: Mapping[str, Any]) -> None:
    names = ", ".join(piece)
    marks = ", ".join("?" for _ in piece)
    lists = [[None if one == -1 else one for one in values.tolist()] if name == "pinned_until" else values.tolist()
             for name, values in piece.items()]  # fmt: skip
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
    connection.connection.driver_connection.executemany(statement, zip(*lists, strict=True))


def _copy(connection: Any, table: Table, piece: Mapping[str, Any]) -> None:
    texts = [_as_text(table, name, values) for name, values in piece.items()]
    block = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
    statement = f"COPY {table.name} ({', '.join(piece)}) FROM STDIN"
    with connection.connection.driver_connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(block)


def _as_text(table: Table, name: str, values: Any) -> list[str]:
    kind = table.c[name].type
    if isinstance(kind, Moment):
        moments = np.datetime_as_string(values.astype("datetime64[us]"), timezone="UTC").tolist()
        return [r"\N" if value == -1 else moment for value, moment in zip(values.tolist(), moments, strict=True)]
    if isinstance(kind, Boolean):
        return ["t" if value else "f" for value in values.tolist()]
    return list(map(str, values.tolist()))
