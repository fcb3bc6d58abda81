"""What the owner of the store and its senders say to each other: one JSON list a line, the first item is the word."""

from __future__ import annotations

import json
from datetime import timedelta
from enum import StrEnum
from typing import Any

from ..model.delivery import Delivery, DeliveryState
from ..store.claims import Claim, Claimed
from ..store.marks import Settlement
from ..store.types import microseconds, moment_of

Message = list[Any]
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Word(StrEnum):
    """What a message is about: the first are a sender's, the others the owner's.

    TURN: the letters that are about to leave and those that were sent, the rows that the owner writes, of one turn of
    the sender's loop. SETTLE: an attempt that ended in any other way.
    """

    CLAIM = "claim"
    LINKS = "links"
    TURN = "turn"
    SETTLE = "settle"
    ERROR = "error"
    CLAIMED = "claimed"
    LINKED = "linked"
    MARKED = "marked"
    LOST = "lost"
    FAILED = "failed"
    STOP = "stop"


def line(word: Word, *values: Any) -> bytes:
    """One message as it goes over."""
    return _encoder.encode([word.value, *values]).encode() + b"\n"


class Lines:
    """Cuts what comes in any pieces into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, octets: bytes) -> list[Message]:
        """The messages that are whole by now."""
        *whole, self._rest = (self._rest + octets).split(b"\n")
        messages: list[Message] = json.loads(b"[" + b",".join(whole) + b"]") if whole else []
        return messages


def settle_line(one: Settlement) -> bytes:
    """How an attempt ended; the owner knows the delivery by its id."""
    again = None if one.due_at is None else microseconds(one.due_at)
    ids = (one.delivery.delivery_id, one.state.value, microseconds(one.at))
    return line(Word.SETTLE, *ids, one.reason, one.reply, again, one.hard_bounce, one.throttled)


def read_settlement(delivery: Delivery, values: Message) -> Settlement:
    """What `settle_line` said, without its word."""
    _, state, at, reason, reply, again, hard_bounce, throttled = values
    due_at = None if again is None else moment_of(again)
    return Settlement(delivery, DeliveryState(state), moment_of(at), reason, reply, due_at, hard_bounce, throttled)


def claimed_line(claimed: Claimed) -> bytes:
    """What a claim brought."""
    wait = None if claimed.wait is None else claimed.wait.total_seconds()
    rows = [_claim_values(one) for one in claimed.claims]
    return line(Word.CLAIMED, rows, claimed.passed_over, claimed.standing, wait)


def read_claimed(values: Message) -> Claimed:
    """What `claimed_line` said, without its word."""
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
