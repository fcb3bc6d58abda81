"""The proofs of a large audience made on every core: pages of it go to whoever is free, this process among them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from ..store.engine import Connection, Store, open_engine
from ..workspace.freeze import freeze, thaw
from .child import Child, ChildLostError, obey
from .proofs import Failed, Proofed, Proofs

Page = Sequence[Proofed]

WORTH_A_CHILD = 8_000
"""Letters for each process beside this one: fewer are made before it has started."""

AHEAD = 2
"""Pages that a child has in hand, so that it never waits for us while we make the letters of one ourselves."""


@dataclass(frozen=True)
class ProofRoom:
    """Where the letters of one occasion are made once; `cores` None: as many as this process may use."""

    store: Store
    proofs: Proofs
    cores: int | None = None

    def failures(
        self, connection: Connection, pages: Iterable[Page], letters: int
    ) -> Iterator[tuple[int, list[Failed]]]:
        """(members, failures) of each page, in no certain order; about so many `letters` are awaited in all.

        `connection` reads the pages and the facts of those that are made here; the others read the same state of the
        store where the database lends it (PostgreSQL), else the state of their start. Closed early, the children end.
        """
        proofs = self.proofs
        crew = _Crew([Child(__name__) for _ in range(self._children(letters))])
        try:
            crew.order(self._order(connection) if crew.children else {})
            for page in pages:
                if not crew.give(page):
                    yield len(page), proofs.failures(connection, page)
                yield from crew.answers(0)
            while crew.in_hand:
                yield from crew.answers(None)
            for page in crew.lost:  # what a child that died had in hand: a fault that is ours too shows here in words
                yield len(page), proofs.failures(connection, page)
        finally:
            crew.dismiss()

    def _children(self, letters: int) -> int:
        if self.store.engine.url.database in (None, "", ":memory:"):
            return 0
        cores = len(os.sched_getaffinity(0)) if self.cores is None else self.cores
        return min(cores - 1, letters // WORTH_A_CHILD)

    def _order(self, connection: Connection) -> dict[str, Any]:
        desk = self.proofs.desk
        return {
            "database": self.store.engine.url.render_as_string(hide_password=False),
            "snapshot": self.store.snapshot(connection),
            "frozen": freeze(desk.workspace, desk.campaign),
            "campaign": desk.campaign.name,
            "as_of": desk.as_of,
            "period": desk.period,
        }


@dataclass
class _Hand:
    """A child, whether it has said that it is ready, and its pages in the order in which it answers."""

    child: Child
    ready: bool = False
    pages: deque[Page] = field(default_factory=deque)


class _Crew:
    """The children and what each has in hand."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = {child: _Hand(child) for child in children}
        self.lost: list[Page] = []

    @property
    def in_hand(self) -> bool:
        """Whether an answer is awaited."""
        return any(hand.pages for hand in self.children.values())

    def order(self, order: dict[str, Any]) -> None:
        """Say to all what this is about."""
        for hand in list(self.children.values()):
            self._say(hand, order)

    def give(self, page: Page) -> bool:
        """Hand a page to a child that has the fewest; False where all have enough or are not there yet."""
        free = [hand for hand in self.children.values() if hand.ready and len(hand.pages) < AHEAD]
        if not free:
            return False
        hand = min(free, key=lambda each: len(each.pages))
        hand.pages.append(page)
        self._say(hand, list(page))
        return True

    def answers(self, timeout: float | None) -> Iterator[tuple[int, list[Failed]]]:
        """What has come back by now."""
        if not self.children:
            return
        for child in Child.with_answers(list(self.children), timeout):
            hand = self.children[child]
            try:
                answer = child.hear()
            except ChildLostError:
                self._lose(hand)
                continue
            if hand.ready:
                yield len(hand.pages.popleft()), answer
            hand.ready = True

    def dismiss(self) -> None:
        """Let the children end; one that still has something in hand, or has not even started, is not waited for."""
        for hand in self.children.values():
            if hand.ready and not hand.pages:
                hand.child.close()
            else:
                hand.child.kill()

    def _say(self, hand: _Hand, word: Any) -> None:
        try:
            hand.child.say(word)
        except ChildLostError:
            self._lose(hand)

    def _lose(self, hand: _Hand) -> None:
        self.lost.extend(hand.pages)
        del self.children[hand.child]
        hand.child.kill()


class _Reader:
    """In the child: the first word says what it is about, every other is a page."""

    def __init__(self) -> None:
        self._proofs: Proofs | None = None
        self._connection: Connection
        self._reading = ExitStack()

    def answer(self, word: Any) -> Any:
        """True when ready; then the failures of each page."""
        if self._proofs is not None:
            return self._proofs.failures(self._connection, word)
        workspace = thaw(word["frozen"])
        self._proofs = Proofs(workspace, workspace.campaigns[word["campaign"]], word["as_of"], word["period"])
        self._connection = self._reading.enter_context(open_engine(word["database"]).reading(word["snapshot"]))
        return True


if __name__ == "__main__":
    obey(_Reader().answer)
