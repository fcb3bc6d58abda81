"""Suppressions: one standing row for each key and topic, lifted ones stay as history; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from rekindle.model.suppression import Suppression, SuppressionKind, SuppressionReason, suppression_target
from rekindle.store.engine import Store
from rekindle.store.suppressions import lift, standing_suppressions, suppress, suppress_all
from rekindle.store.tables import suppression
from tests.conftest import NOW

DAY = timedelta(days=1)
ADDRESS = SuppressionKind.ADDRESS
ANNA = Suppression(ADDRESS, "anna@example.com", SuppressionReason.BOUNCED, NOW, note="550 5.1.1")


def test_a_standing_one_is_not_doubled(store: Store) -> None:
    again = Suppression(ADDRESS, ANNA.key, SuppressionReason.COMPLAINED, NOW + DAY)
    with store.writing() as connection:
        assert (suppress(connection, ANNA), suppress(connection, again)) == (True, False)
        assert standing_suppressions(connection, NOW + DAY) == [ANNA]


def test_another_topic_and_another_kind_are_other_suppressions(store: Store) -> None:
    offers = Suppression(ADDRESS, ANNA.key, SuppressionReason.MANUAL, NOW, topic="offers")
    domain = Suppression(SuppressionKind.DOMAIN, "example.com", SuppressionReason.MANUAL, NOW)
    with store.writing() as connection:
        assert suppress_all(connection, [ANNA, offers, domain, ANNA]) == 3
        assert standing_suppressions(connection, NOW) == [ANNA, offers, domain]
        assert standing_suppressions(connection, NOW, "example.com") == [domain]


def test_what_is_lifted_stays_as_history_and_may_come_again(store: Store) -> None:
    with store.writing() as connection:
        suppress(connection, ANNA, delivery_id=7)
        assert lift(connection, ADDRESS, ANNA.key, NOW + 2 * DAY) == 1
        assert lift(connection, ADDRESS, ANNA.key, NOW + 3 * DAY) == 0
        stood = [len(standing_suppressions(connection, NOW + days * DAY)) for days in (-1, 0, 1, 2, 3)]
        assert suppress(connection, Suppression(ADDRESS, ANNA.key, SuppressionReason.MANUAL, NOW + 4 * DAY))
        rows = connection.scalar(select(func.count()).select_from(suppression))
    assert (stood, rows) == ([0, 1, 1, 0, 0], 2)


def test_lifting_may_be_for_one_topic_one_reason_and_never_reaches_ahead(store: Store) -> None:
    offers = Suppression(ADDRESS, ANNA.key, SuppressionReason.UNSUBSCRIBED, NOW, topic="offers")
    later = Suppression(ADDRESS, ANNA.key, SuppressionReason.UNSUBSCRIBED, NOW + DAY, topic="news")
    with store.writing() as connection:
        suppress_all(connection, [ANNA, offers, later])
        lifted = lift(connection, ADDRESS, ANNA.key, NOW, topic=None, reason=SuppressionReason.UNSUBSCRIBED)
        assert (lifted, standing_suppressions(connection, NOW + DAY)) == (1, [ANNA, later])
        assert lift(connection, ADDRESS, ANNA.key, NOW, topic="offers") == 0


def test_a_word_that_is_none_of_ours_reads_as_imported(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(suppression.insert().values(kind="address", key="a@b.example", reason="spamtrap", since=NOW))
        assert [one.reason for one in standing_suppressions(connection, NOW)] == [SuppressionReason.IMPORTED]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Anna@Example.COM ", (SuppressionKind.ADDRESS, "anna@example.com")),
        ("example.com", (SuppressionKind.DOMAIN, "example.com")),
        ("@Example.com.", (SuppressionKind.DOMAIN, "example.com")),
        ("почта@пример.рф", (SuppressionKind.ADDRESS, "почта@xn--e1afmkfd.xn--p1ai")),
        ("пример.рф", (SuppressionKind.DOMAIN, "xn--e1afmkfd.xn--p1ai")),
        ("anna", None),
        ("", None),
        ("@", None),
        ("anna@", None),
        ("a b@example.com", None),
        ("a@b@example.com", None),
        ("anna@example", None),
        ("anna@-example.com", None),
        ("a\r\n@example.com", None),
    ],
)
def test_a_target_is_an_address_or_a_domain_or_refused(text: str, expected: tuple[SuppressionKind, str] | None) -> None:
    assert suppression_target(text) == expected
