"""Events are appended in batches, once for each fingerprint; on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, func, insert, select

from rekindle.model.event import Event, EventKind
from rekindle.store.engine import Store
from rekindle.store.events import append_events, fingerprint, has_event, human_clicks, judge_machine
from rekindle.store.tables import contact, delivery, event, link, mailing
from tests.conftest import NOW

SECOND = timedelta(seconds=1)


def plant(connection: Connection) -> dict[str, int]:
    """A contact, a mailing, a delivery and a link."""
    row = {"first_seen_at": NOW, "exists_from": NOW, "address_key": "anna@example.com"}
    contact_id = connection.execute(insert(contact).values(row).returning(contact.c.id)).scalar_one()
    row = {"campaign": "winback", "period": "2026-11", "state": "sending", "as_of": NOW, "created_at": NOW}
    mailing_id = connection.execute(insert(mailing).values(row).returning(mailing.c.id)).scalar_one()
    row = {
        "contact_id": contact_id, "mailing_id": mailing_id, "address": "anna@example.com", "domain": "example.com",
        "address_key": "anna@example.com", "arm": "letter", "state": "sent", "sent_at": NOW,
    }  # fmt: skip
    delivery_id = connection.execute(insert(delivery).values(row).returning(delivery.c.id)).scalar_one()
    row = {"mailing_id": mailing_id, "url": "https://shop.example/"}
    link_id = connection.execute(insert(link).values(row).returning(link.c.id)).scalar_one()
    return {"contact_id": contact_id, "mailing_id": mailing_id, "delivery_id": delivery_id, "link_id": link_id}


def test_a_batch_folded_again_adds_nothing(store: Store) -> None:
    with store.writing() as connection:
        ids = plant(connection)
        batch = {
            fingerprint("line", number): Event(EventKind.CLICKED, **ids, occurred_at=NOW + number * SECOND)
            for number in range(1500)
        }
        more = {**batch, fingerprint("line", "other"): Event(EventKind.OPENED, **ids, occurred_at=NOW)}
        assert append_events(connection, batch, NOW) == 1500
        assert append_events(connection, more, NOW) == 1
        assert connection.scalar(select(func.count()).select_from(event)) == 1501


def test_an_event_is_kept_whole(store: Store) -> None:
    with store.writing() as connection:
        ids = plant(connection)
        one = Event(EventKind.CLICKED, **ids, occurred_at=NOW, machine=True, detail="crawler")
        append_events(connection, {"f": one}, NOW + SECOND)
        row = connection.execute(select(event)).one()
    assert row.recorded_at == NOW + SECOND
    assert Event(
        EventKind(row.kind), row.contact_id, row.mailing_id, row.delivery_id, row.occurred_at, row.machine,
        row.link_id, row.detail,
    ) == one  # fmt: skip


def test_no_events_are_no_statement(store: Store) -> None:
    with store.writing() as connection:
        assert append_events(connection, {}, NOW) == 0
        assert judge_machine(connection, set(), "burst") == 0


def test_clicks_may_be_judged_again_and_nothing_else_of_them_changes(store: Store) -> None:
    with store.writing() as connection:
        ids = plant(connection)
        happened = {
            str(number): Event(EventKind.CLICKED, **ids, occurred_at=NOW + number * SECOND) for number in range(3)
        }
        append_events(connection, happened, NOW)
        clicks = human_clicks(connection, {ids["delivery_id"]})
        assert [click.occurred_at for click in clicks] == [NOW, NOW + SECOND, NOW + 2 * SECOND]
        assert judge_machine(connection, {clicks[0].event_id, clicks[1].event_id}, "burst") == 2
        assert human_clicks(connection, {ids["delivery_id"]}) == clicks[2:]
        rows = connection.execute(select(event.c.occurred_at, event.c.detail).order_by(event.c.id)).all()
    assert [tuple(row) for row in rows] == [(NOW, "burst"), (NOW + SECOND, "burst"), (NOW + 2 * SECOND, "")]


def test_what_was_heard_of_a_delivery_is_known(store: Store) -> None:
    with store.writing() as connection:
        ids = plant(connection)
        append_events(connection, {"f": Event(EventKind.OPENED, **ids, occurred_at=NOW)}, NOW)
        heard = [has_event(connection, ids["delivery_id"], kind) for kind in (EventKind.OPENED, EventKind.UNSUBSCRIBED)]
    assert heard == [True, False]


def test_fingerprints_tell_parts_apart() -> None:
    assert fingerprint("a", "bc") != fingerprint("ab", "c")
    assert fingerprint("a", 1) == fingerprint("a", "1")
