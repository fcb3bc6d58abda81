"""The desk of a crew: the one process that owns the store, and writes for all that send."""

from __future__ import annotations

import contextlib
import selectors
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from ..model.delivery import DeliveryState
from ..model.error import RekindleError, StoreError
from ..store.claims import Claimed, release
from ..store.engine import Connection, Store
from ..store.links import ensure_links
from ..store.marks import MarkRow, SentRow, Settlement
from ..store.writer import Writer
from .claiming import Claiming
from .clerk import Clerk
from .exchange import Message, Word, claimed_frame, frame, read_settlement
from .member import Member

GRACE = 28.0
"""Seconds that the members get to finish their letters in hand."""

TICK = 0.05
"""Seconds between two looks at whether we are to stop."""


GATHER = 0.0005
"""Seconds after a commit in which a group of marks is left open: a commit costs many times what a row in it does."""

SLICE = 0.0002
"""Seconds between two looks at whether a group of marks is large enough."""


class Desk:
    """Marks and settlements of all members are groups of one commit each.

    What they ask for is done between commits, or by a clerk beside them where the store takes two writers at a time.
    `expected`: as many marks may come at a time (one a connection); fewer are given a moment to be joined.
    """

    def __init__(self, store: Store, claiming: Claiming, expected: int) -> None:
        self._store = store
        self._claiming = claiming
        self._enough = max(1, expected // 2)
        self._selector = selectors.DefaultSelector()
        self._clerk: Clerk[Member] | None = None
        self._members: set[Member] = set()
        self._sent: list[SentRow] = []
        self._settlements: list[Settlement] = []
        self._questions: deque[tuple[Member, str, Message]] = deque()
        self._left: list[int] = []
        self._failure: RekindleError | None = None
        self._deadline: float | None = None
        self._committed_at = 0.0

    def serve(self, members: Sequence[Member], stop: threading.Event) -> None:
        """Until all have ended. Raises what made it impossible to write, or the first thing that stopped a member."""
        self._members.update(members)
        for member in members:
            self._selector.register(member, selectors.EVENT_READ, member)
        try:
            self._serve(stop)
        except StoreError as error:
            self._fail(error)
            self._see_out(stop)
        finally:
            self._selector.close()
            for member in members:
                member.end()
        for stopped_by in (self._failure, *(member.error for member in members)):
            if stopped_by is not None:
                raise stopped_by

    def _serve(self, stop: threading.Event) -> None:
        with contextlib.ExitStack() as stack:
            writer = self._writer(stack)
            self._clerk = None if self._store.is_sqlite else stack.enter_context(Clerk(self._writer(stack)))
            if self._clerk is not None:
                self._selector.register(self._clerk, selectors.EVENT_READ)
                stack.callback(self._selector.unregister, self._clerk)
            while self._members or self._settlements or self._left or self._sent or self._awaits_answers:
                self._heed(stop)
                self._gather()
                self._commit(writer)
                self._put_back(writer)
                self._answer_one(writer)

    def _writer(self, stack: contextlib.ExitStack) -> Writer:
        connection = stack.enter_context(self._store.owning())
        return Writer(self._store, self._claiming.claimant, connection, alone=True)

    @property
    def _awaits_answers(self) -> bool:
        return self._clerk is not None and self._clerk.busy

    def _see_out(self, stop: threading.Event) -> None:
        """Nothing can be written any more: the members stop by themselves."""
        while self._members:
            self._heed(stop)
            self._listen(TICK)
            self._questions.clear()

    def _heed(self, stop: threading.Event) -> None:
        """Once we are to stop, say so, and see to it that it happens in time."""
        if not stop.is_set():
            return
        if self._deadline is None:
            self._deadline = time.monotonic() + GRACE
            for member in self._members:
                member.tell(frame(Word.STOP))
        elif time.monotonic() > self._deadline:
            for member in self._members:
                member.kill()

    def _gather(self) -> None:
        """Take what is said; so soon after a commit a group is left open, unless somebody waits for something else."""
        waits = self._questions or self._settlements or self._sent
        self._listen(0 if waits else TICK)
        until = self._committed_at + GATHER
        while 0 < sum(len(member.leaving) for member in self._members) < self._enough and not self._questions:
            left = until - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, SLICE))
            self._listen(0)

    def _listen(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._clerk:
                for asker, answer in self._clerk.hear():
                    self._hand_out(asker, answer)
                continue
            member: Member = key.data
            messages = member.hear()
            for word, *values in messages or ():
                self._take(member, word, values)
            if messages is None:
                self._part(member)

    def _take(self, member: Member, word: str, values: Message) -> None:
        if word == Word.TURN:
            self._take_turn(member, *values)
        elif word == Word.SETTLE:
            row = member.hand.pop(values[0])
            member.handing.discard(values[0])
            self._settlements.append(read_settlement(row, values))
        elif word == Word.ERROR:
            member.take_error(*values)
        elif self._clerk is not None:
            self._clerk.ask(member, lambda connection: self._answer(connection, word, values))
        else:
            self._questions.append((member, word, values))

    def _take_turn(self, member: Member, marks: list[MarkRow], sent: list[SentRow]) -> None:
        member.leaving += marks
        for row in sent:
            del member.hand[row[0]]
            member.handing.discard(row[0])
        self._sent += sent

    def _commit(self, writer: Writer) -> None:
        members = [member for member in self._members if member.leaving]
        marks = [row for member in members for row in member.leaving]
        sent, self._sent = self._sent, []
        settlements, self._settlements = self._settlements, []
        if not (marks or sent or settlements):
            return
        ours = writer.write(marks, sent, settlements)
        self._committed_at = time.monotonic()
        for member in members:
            self._tell(member, [row[0] for row in member.leaving], ours)
            member.leaving.clear()

    @staticmethod
    def _tell(member: Member, numbers: list[int], ours: set[int]) -> None:
        """Which of its marks are durable, and which letters are another's by now."""
        held = [number for number in numbers if number in ours]
        member.handing.update(held)
        if held:
            member.tell(frame(Word.MARKED, held))
        if len(held) < len(numbers):
            member.tell(frame(Word.LOST, [number for number in numbers if number not in ours]))

    def _answer_one(self, writer: Writer) -> None:
        """Marks come first: between two commits there is time for one question."""
        if self._questions:
            member, word, values = self._questions.popleft()
            try:
                answer: Any = writer.call(lambda connection: self._answer(connection, word, values))
            except RekindleError as error:
                answer = error
            self._hand_out(member, answer)

    def _answer(self, connection: Connection, word: str, values: Message) -> Claimed | dict[str, int]:
        if word == Word.LINKS:
            return ensure_links(connection, self._claiming.claimant.mailing_id, values[0])
        return Claimed(standing=False) if self._failure else self._claiming.next(connection)

    def _hand_out(self, member: Member, answer: Any) -> None:
        if isinstance(answer, RekindleError) and not isinstance(answer, StoreError):
            self._failure = answer  # nothing more is claimed, and what is in hand is settled
            answer = Claimed(standing=False)
        if isinstance(answer, BaseException):
            raise answer
        if not isinstance(answer, Claimed):
            member.tell(frame(Word.LINKED, list(answer.items())))
        elif member in self._members:
            member.hand |= {one.delivery.delivery_id: one.delivery for one in answer.claims}
            member.tell(claimed_frame(answer))
        else:  # it has gone meanwhile
            self._left += [one.delivery.delivery_id for one in answer.claims]

    def _part(self, member: Member) -> None:
        """It has said its last word: what it has in hand is put back, or, where it was handing over, in doubt."""
        self._selector.unregister(member)
        self._members.discard(member)
        member.part()
        member.leaving.clear()
        self._questions = deque(one for one in self._questions if one[0] is not member)
        now, died = self._claiming.running_now(), "the sender died between the letter and the answer"
        for number, row in member.hand.items():
            if number in member.handing:
                self._settlements.append(Settlement(row, DeliveryState.UNKNOWN, now, died))
            else:
                self._left.append(number)

    def _put_back(self, writer: Writer) -> None:
        """What those who have ended had claimed and not begun is for the others."""
        left, self._left = self._left, []
        if left:
            writer.call(lambda connection: release(connection, self._claiming.claimant, left))

    def _fail(self, error: StoreError) -> None:
        self._failure = error
        for member in self._members:
            member.tell(frame(Word.FAILED, str(error)))
