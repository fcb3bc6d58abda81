"""One run over the files: what is known of the workspace so far, and every problem found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..model.document import Mapping as MappingNode
from ..model.document import Node, Scalar, Sequence
from ..model.problem import Position, Problem

if TYPE_CHECKING:
    from ..segment.catalogue import Catalogue

T_co = TypeVar("T_co", covariant=True)


@dataclass
class Reading:
    """What the kinds of values look things up in, and where they leave their problems.

    A name counts as known when its file is there, even one with problems of its own: one fault, one problem.
    `catalogue` is None where rekindle.yml is too broken to know the attributes; conditions are then left unread.
    `unreadable` are the keys of rekindle.yml of which nothing is known, so nobody is blamed for what hangs on them.
    """

    problems: list[Problem] = field(default_factory=list)
    catalogue: Catalogue | None = None
    segments: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()
    templates: Mapping[str, str] = field(default_factory=dict)

    def fault(self, at: Position, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(at, message, hint))

    def warn(self, at: Position, message: str, hint: str = "") -> None:
        """Note a warning, which never changes an exit code."""
        self.problems.append(Problem(at, message, hint, warning=True))

    def expected(self, node: Node, what: str, hint: str = "") -> None:
        """Note that `what` should stand where `node` does."""
        self.fault(node.at, f"expected {what}, found {described(node)}", hint)


class Kind(Protocol[T_co]):
    """What may stand under a key; called, it gives the value, or None after it noted at least one problem."""

    def __call__(self, node: Node, reading: Reading) -> T_co | None:
        """The value that `node` stands for."""


def described(node: Node) -> str:
    """What stands there, in a marketer's words."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    if node.is_null:
        return "nothing"
    return quoted(node.text)


def quoted(text: str) -> str:
    """A text of the user's, in one line and not too long, as a message shows it."""
    line = " ".join(text.split())
    return f"'{line[:60]}…'" if len(line) > 61 else f"'{line}'"


def scalar(node: Node, reading: Reading, what: str, hint: str = "") -> Scalar | None:
    """`node` when it is a text that is not empty, else a problem that `what` is expected."""
    if isinstance(node, Scalar) and not node.is_null and node.text.strip():
        return node
    reading.expected(node, what, hint)
    return None
