"""What the owner of the store and its senders say to each other: lists of plain values, the first item is the word.

A frame is the length of what follows (four octets) and the list as `marshal` writes it, an eighth of JSON's work: both
ends are one Python on one host, and both are ours.
"""

from __future__ import annotations

import marshal
import socket
from datetime import timedelta
from enum import StrEnum
from typing import Any

from ..model.delivery import Delivery, DeliveryState
from ..store.claims import Claim, Claimed
from ..store.marks import Settlement
from ..store.types import microseconds, moment_of

Message = list[Any]
_LENGTH = 4


class Word(StrEnum):
    """What a message is about: the first are a sender's, the others the owner's.

    TURN: the letters that are about to leave and those that were sent, the rows that the owner writes, of one turn of
    the sender's loop. SETTLE: an attempt that ended in any other way. ORDER: what a sender is to do, said first.
    """

    CLAIM = "claim"
    LINKS = "links"
    TURN = "turn"
    SETTLE = "settle"
    ERROR = "error"
    ORDER = "order"
    CLAIMED = "claimed"
    LINKED = "linked"
    MARKED = "marked"
    LOST = "lost"
    FAILED = "failed"
    STOP = "stop"


def frame(word: Word, *values: Any) -> bytes:
    """One message as it goes over."""
    said = marshal.dumps([word.value, *values])
    return len(said).to_bytes(_LENGTH, "big") + said


class Frames:
    """Cuts what comes in any pieces into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, octets: bytes) -> list[Message]:
        """The messages that are whole by now."""
        came = self._rest + octets if self._rest else octets
        messages: list[Message] = []
        start, end = 0, len(came)
        while end - start >= _LENGTH:
            after = start + _LENGTH + int.from_bytes(came[start : start + _LENGTH], "big")
            if after > end:
                break
            messages.append(marshal.loads(came[start + _LENGTH : after]))  # noqa: S302 from a process of our own
            start = after
        self._rest = came[start:]
        return messages


def first_message(end: socket.socket) -> Message | None:
    """The first message, of a socket that nobody reads from yet; None where it has ended."""
    head = end.recv(_LENGTH, socket.MSG_WAITALL)
    said = end.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL) if len(head) == _LENGTH else b""
    messages = Frames().take(head + said)
    return messages[0] if messages else None


def settle_frame(one: Settlement) -> bytes:
    """How an attempt ended; the owner knows the delivery by its id."""
    again = None if one.due_at is None else microseconds(one.due_at)
    ids = (one.delivery.delivery_id, one.state.value, microseconds(one.at))
    return frame(Word.SETTLE, *ids, str(one.reason), one.reply, again, one.hard_bounce, one.throttled)


def read_settlement(delivery: Delivery, values: Message) -> Settlement:
    """What `settle_frame` said, without its word."""
    _, state, at, reason, reply, again, hard_bounce, throttled = values
    due_at = None if again is None else moment_of(again)
    return Settlement(delivery, DeliveryState(state), moment_of(at), reason, reply, due_at, hard_bounce, throttled)


def claimed_frame(claimed: Claimed) -> bytes:
    """What a claim brought."""
    wait = None if claimed.wait is None else claimed.wait.total_seconds()
    rows = [_claim_values(one) for one in claimed.claims]
    return frame(Word.CLAIMED, rows, claimed.passed_over, claimed.standing, wait)


def read_claimed(values: Message) -> Claimed:
    """What `claimed_frame` said, without its word."""
    rows, passed_over, standing, wait = values
    span = None if wait is None else timedelta(seconds=wait)
    return Claimed(tuple(map(_claim, rows)), passed_over, standing, span)


def _claim_values(one: Claim) -> Message:
    row, first = one.delivery, one.first_tried_at
    due = None if row.due_at is None else microseconds(row.due_at)
    ids = [row.delivery_id, row.mailing_id, row.contact_id, row.address, row.arm, row.attempts, row.message_id]
    return [*ids, due, row.offer, None if first is None else microseconds(first)]


def _claim(values: Message) -> Claim:
    number, mailing_id, contact_id, address, arm, attempts, message_id, due, offer, first = values
    due_at = None if due is None else moment_of(due)
    ids = (number, mailing_id, contact_id, address, arm, DeliveryState.CLAIMED, attempts, message_id)
    return Claim(Delivery(*ids, due_at, offer), None if first is None else moment_of(first))
