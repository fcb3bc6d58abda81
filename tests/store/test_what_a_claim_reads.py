"""PostgreSQL: a claim reads the letters that it takes, however many others there are, sent or waiting."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select, text, update

from rekindle.model.mailing import MailingState
from rekindle.store.claims import Claimant, claim
from rekindle.store.deliveries import count_free
from rekindle.store.engine import Store
from rekindle.store.mailings import step_mailing
from rekindle.store.opening import open_store
from rekindle.store.tables import delivery, suppression
from rekindle.store.writer import Writer

from ..mailing_rows import NOW, made_mailing

LETTERS, SENT, SUPPRESSED, TAKEN = 3000, 2500, 6000, 5
READ_FOR_ONE = 10
"""Rows that a letter's claim may read: itself, its contact, consents, what stands against it, and itself once taken."""

READ = (
    "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables "
    "WHERE relname IN ('delivery', 'contact', 'consent', 'suppression', 'attempt')"
)


def _mailing_mostly_sent(store: Store, analysed: str) -> Claimant:
    mailing = made_mailing(store, [f"r{number}@reader.test" for number in range(LETTERS)])
    claimant = Claimant(mailing.mailing_id, "first", 1)
    with store.writing() as connection:
        step_mailing(connection, mailing.mailing_id, MailingState.SENDING, NOW)
        gone = [
            {"kind": "address", "key": f"gone{number}@reader.test", "reason": "bounced", "since": NOW}
            for number in range(SUPPRESSED)
        ]
        connection.execute(suppression.insert(), gone)
        if analysed == "before":
            connection.execute(text("ANALYZE"))
        first = select(delivery.c.id).order_by(delivery.c.id).limit(SENT)
        sent = update(delivery).where(delivery.c.id.in_(first)).values(state="sent", sent_at=NOW, settled_at=NOW)
        connection.execute(sent)
        if analysed == "after":
            connection.execute(text("ANALYZE"))
    return claimant


@pytest.mark.parametrize("analysed", ["never", "before", "after"])
def test_a_claim_reads_few_rows_whatever_postgresql_knows_of_the_tables(postgres_url: str, analysed: str) -> None:
    """Flat time a letter (LEDGER 7): not the letters that are sent, nor all consents, contacts and suppressions."""
    store = open_store(postgres_url)
    claimant = _mailing_mostly_sent(store, analysed)
    taken: list[int] = []

    def claim_and_count(connection: Connection) -> int:
        before = connection.execute(text(READ)).scalar_one()
        taken.extend(one.delivery.delivery_id for one in claim(connection, claimant, NOW, TAKEN).claims)
        count_free(connection, claimant.mailing_id, TAKEN)
        return int(connection.execute(text(READ)).scalar_one() - before)

    with store.owning() as connection:
        writer = Writer(store, claimant, connection)
        reads = [writer.call(claim_and_count) for _ in range(12)]  # from the sixth on as PostgreSQL has planned for all
    assert len(set(taken)) == 12 * TAKEN
    # (what was queued and is claimed stands in the index until it is next swept: it is read a few times more)
    assert max(reads) <= TAKEN * READ_FOR_ONE + len(taken), reads
    store.close()
