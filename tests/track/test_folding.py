"""Folding: a record becomes at most one event, whatever is folded again; on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from rekindle.model.suppression import Suppression, SuppressionKind, SuppressionReason
from rekindle.store.suppressions import standing_suppressions, suppress
from rekindle.store.tables import contact, link
from rekindle.track.folding import Folded, fold_records
from rekindle.track.record import Record, RecordKind
from tests.conftest import NOW
from tests.track.conftest import SENT_AT, Ground

SECOND = timedelta(seconds=1)


def fold(ground: Ground, *records: Record) -> Folded:
    """One batch, with tracking on by default."""
    connection: Connection
    with ground.store.writing() as connection:
        return fold_records(connection, records, NOW + timedelta(days=1), tracking_default=True)


def records(ground: Ground) -> list[Record]:
    """One of each kind."""
    topics = ("offers", "news")
    return [
        Record(RecordKind.OPENED, ground.to_anna, NOW),
        Record(RecordKind.CLICKED, ground.to_anna, NOW + SECOND, link_id=ground.link),
        Record(RecordKind.UNSUBSCRIBED, ground.to_anna, NOW + 2 * SECOND, how="one-click"),
        Record(
            RecordKind.CHOSE, ground.to_boris, NOW + 3 * SECOND, how="preferences", offered=topics, chosen=("news",)
        ),
        Record(RecordKind.CHOSE, ground.to_anna, NOW + 4 * SECOND, how="preferences", offered=topics, chosen=topics),
    ]


def test_folding_twice_adds_nothing(ground: Ground) -> None:
    first = fold(ground, *records(ground))
    stood = (ground.events(), ground.consents())
    second = fold(ground, *records(ground))
    assert (first.events, second.events) == (4, 0)
    assert (ground.events(), ground.consents()) == stood


def test_a_batch_folded_in_pieces_is_the_batch(ground: Ground) -> None:
    """A crash may come between a commit and the journal's mark: the same lines come again, with others."""
    lines = records(ground)
    fold(ground, *lines[:3])
    fold(ground, *lines[1:])
    assert [kind for kind, _, _, _ in ground.events()] == ["opened", "clicked", "unsubscribed", "unsubscribed"]


def test_strays_are_given_back_and_do_not_hold_up_the_others(ground: Ground) -> None:
    unknown = Record(RecordKind.OPENED, 10**9, NOW)
    gone = Record(RecordKind.CLICKED, ground.to_anna, NOW, link_id=10**9)
    linkless = Record(RecordKind.CLICKED, ground.to_anna, NOW)
    folded = fold(ground, unknown, Record(RecordKind.OPENED, ground.to_anna, NOW), gone, linkless)
    assert folded == Folded(1, (unknown, gone, linkless))


def test_an_open_at_once_after_sending_is_a_machines(ground: Ground) -> None:
    fold(ground, *(Record(RecordKind.OPENED, ground.to_anna, SENT_AT + wait * SECOND / 2) for wait in (1, 3)))
    assert [(machine, detail) for _, _, machine, detail in ground.events()] == [(True, "at once"), (False, "")]


def test_a_burst_is_seen_across_batches(ground: Ground) -> None:
    """The first clicks look human until the last has come."""
    links = [ground.plant(link, mailing_id=ground.mailing, url=f"https://shop.example/{n}") for n in range(3)]
    for number, link_id in enumerate(links):
        fold(ground, Record(RecordKind.CLICKED, ground.to_anna, NOW + number * SECOND / 2, link_id=link_id))
    assert [(machine, detail) for _, _, machine, detail in ground.events()] == [(True, "burst")] * 3


def test_leaving_holds_for_the_mailbox_as_it_was_and_as_it_is(ground: Ground) -> None:
    """Anna has a new address since; who reads the old one and who shares the new one get no letters either."""
    with ground.store.writing() as connection:
        connection.execute(contact.update().where(contact.c.id == ground.anna).values(address_key="boris@example.com"))
    fold(ground, Record(RecordKind.UNSUBSCRIBED, ground.to_anna, NOW, how="one-click"))
    assert {contact_id for contact_id, _, _ in ground.consents()} == {ground.anna, ground.annas_double, ground.boris}


def test_asking_for_letters_again_lifts_an_unsubscription_but_no_bounce_or_complaint(ground: Ground) -> None:
    key = "boris@example.com"
    with ground.store.writing() as connection:
        for topic, reason in (("", "unsubscribed"), ("offers", "complained"), ("news", "bounced")):
            wanted = Suppression(SuppressionKind.ADDRESS, key, SuppressionReason(reason), NOW, topic)
            suppress(connection, wanted)
    chosen = Record(RecordKind.CHOSE, ground.to_boris, NOW + SECOND, offered=("offers",), chosen=("offers",))
    fold(ground, chosen)
    with ground.store.reading() as connection:
        left = [one.reason for one in standing_suppressions(connection, NOW + SECOND, key)]
    assert left == [SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED]


def test_a_late_fold_keeps_the_order_in_which_things_were_wanted(ground: Ground) -> None:
    """Folded after an hour of a locked store, the wish of then does not undo the consent given since."""
    from rekindle.store.consents import current, grant, holds

    with ground.store.writing() as connection:
        grant(connection, ground.boris, "offers", NOW + SECOND, "form")
    fold(ground, Record(RecordKind.UNSUBSCRIBED, ground.to_boris, NOW, how="one-click"))
    with ground.store.writing() as connection:
        grant(connection, ground.boris, "offers", NOW + 2 * SECOND, "form")
        assert holds(current(connection, ground.boris, NOW + 2 * SECOND), "offers")
