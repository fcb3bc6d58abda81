"""What the owner of the store and its senders say to each other arrives as it was meant, in whatever pieces."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

import pytest

from rekindle.deliver.verdict import Fault
from rekindle.line.exchange import (
    Frames,
    Word,
    claimed_frame,
    first_message,
    frame,
    read_claimed,
    read_settlement,
    settle_frame,
)
from rekindle.model.delivery import Delivery, DeliveryState
from rekindle.store.claims import Claim, Claimed
from rekindle.store.marks import Handing, Settlement, mark_row, sent_row

AT = datetime(2026, 11, 1, 9, 0, 0, 123457, UTC)
ROW = Delivery(7, 1, 3, 'Ж"\\\n@x.test', "letter", DeliveryState.CLAIMED, 2, "<m@x>", AT, 0)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_messages_are_cut_where_they_end_however_they_arrive(size: int) -> None:
    said = frame(Word.LINKS, ["https://x.test/Ж\n"]) + frame(Word.CLAIM) + frame(Word.MARKED, [1, 2])
    frames = Frames()
    heard = [message for at in range(0, len(said), size) for message in frames.take(said[at : at + size])]
    assert heard == [["links", ["https://x.test/Ж\n"]], ["claim"], ["marked", [1, 2]]]


def test_a_claim_is_what_it_was() -> None:
    claims = (Claim(ROW, AT), Claim(ROW._replace(due_at=None, offer=None, message_id="")))
    for claimed in (Claimed(claims, 3), Claimed(standing=False), Claimed(wait=timedelta(milliseconds=50))):
        (word, *values), *_ = Frames().take(claimed_frame(claimed))
        assert (word, read_claimed(values)) == (Word.CLAIMED, claimed)


def test_a_turns_marks_and_sent_letters_arrive_as_the_rows_that_are_written() -> None:
    marks = [mark_row(Handing(7, "<Ж@x>", AT))]
    sent = [sent_row(Settlement(ROW, DeliveryState.SENT, AT, reply="250 ок\r\n"))]
    (word, *values), *_ = Frames().take(frame(Word.TURN, marks, sent))
    moment = 1793523600_123457
    assert (word, values) == (Word.TURN, [[(7, "<Ж@x>", moment)], [(7, "250 ок\r\n", moment)]])


def test_a_settlement_is_what_it_was() -> None:
    sent = Settlement(ROW, DeliveryState.SENT, AT, "why", "250 ок\r\n")
    later = Settlement(ROW, DeliveryState.DEFERRED, AT, Fault.THROTTLE, "421", AT, hard_bounce=True, throttled=True)
    for one in (sent, later):
        (_, *values), *_ = Frames().take(settle_frame(one))
        assert (values[0], read_settlement(ROW, values)) == (7, one)


@pytest.mark.parametrize("said", [b"", frame(Word.ORDER, {"mailing": 7})[:-1]])
def test_an_order_that_was_broken_off_is_none(said: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        assert first_message(ours) is None


def test_what_comes_behind_the_order_is_left_for_whoever_reads_next() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(frame(Word.ORDER, {"mailing": 7}) + frame(Word.STOP))
        assert first_message(ours) == ["order", {"mailing": 7}]
        assert Frames().take(ours.recv(100)) == [["stop"]]
