"""Reading single values of a condition: texts, numbers, durations, times, shares; every fault becomes a problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.duration import Duration
from ..model.folding import fold
from ..model.problem import Position, Problem, did_you_mean, nearest
from .catalogue import Catalogue

_NUMBER = re.compile(r"[+-]?(\d+(\.\d+)?|\.\d+)\Z")
_SHARE = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(%?)\Z")
_YES, _NO = ("yes", "y", "on", "1", "да"), ("no", "n", "off", "0", "нет")
MAX_WHOLE_DIGITS = 15
MAX_DECIMALS = 9
Value = TypeVar("Value")


@dataclass
class Reading:
    """One reading of one document: the words that are known, and what was found wrong so far."""

    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)
    depth: int = 0
    forbidden: frozenset[str] = frozenset()
    """The ladders being read: a status may not ask for a status."""

    def wrong(self, at: Position, message: str, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(at, message, hint))

    def unknown(self, what: str, key: Scalar, known: Iterable[str]) -> None:
        """Note a word that is not one of `known`."""
        self.wrong(key.at, f"unknown {what} '{key.text}'", did_you_mean(key.text, known))

    def lacks(self, mapping: Mapping, name: str, known: Collection[str]) -> bool:
        """Whether a key is missing; not where an unknown one, noted already, misspells it: that is one fault."""
        unknown = (key.text for key, _ in mapping if key.text not in known)
        return mapping.get(name) is None and not any(f"'{name}'" in did_you_mean(word, known) for word in unknown)


def shape(node: Node) -> str:
    """What a node is, in words for a message."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.is_null else f"'{_short(node.text)}'"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def read_scalar(reading: Reading, node: Node, expected: str) -> Scalar | None:
    """A single value that is not empty."""
    if isinstance(node, Scalar) and not node.is_null:
        return node
    hint = ""
    if isinstance(node, Scalar):
        hint = "to ask about missing values write known: true or known: false; the word null itself needs quotes"
    reading.wrong(node.at, f"expected {expected}, found {shape(node)}", hint)
    return None


def read_text(reading: Reading, node: Node, expected: str = "a text") -> str | None:
    """A text as written, whatever it looks like; an empty one is a problem."""
    scalar = read_scalar(reading, node, expected)
    if scalar is None:
        return None
    if not fold(scalar.text):
        reading.wrong(scalar.at, f"expected {expected}, found an empty text", "to ask for missing values: known: false")
        return None
    return scalar.text


def read_number(reading: Reading, node: Node) -> Decimal | None:
    """A decimal number, exactly as written."""
    scalar = read_scalar(reading, node, "a number")
    if scalar is None:
        return None
    text = scalar.text.strip()
    if not _NUMBER.match(text):
        reading.wrong(
            scalar.at, f"expected a number, found {shape(scalar)}", "write it like 1200 or 0.5, without spaces"
        )
        return None
    whole, _, decimals = text.lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > MAX_WHOLE_DIGITS or len(decimals.rstrip("0")) > MAX_DECIMALS:
        limit = f"at most {MAX_WHOLE_DIGITS} digits before the point and {MAX_DECIMALS} after it"
        reading.wrong(scalar.at, f"the number {_short(text)} is too long", limit)
        return None
    return Decimal(text)


def read_whole(reading: Reading, node: Node, least: int = 0) -> int | None:
    """A whole number that is not below `least`."""
    number = read_number(reading, node)
    if number is None:
        return None
    if number != number.to_integral_value() or number < least:
        reading.wrong(node.at, f"expected a whole number from {least} up, found {shape(node)}")
        return None
    return int(number)


def read_share(reading: Reading, node: Node) -> Decimal | None:
    """A share as a fraction from 0 to 1, written `20%` or `0.2`."""
    scalar = read_scalar(reading, node, "a share such as 20%")
    if scalar is None:
        return None
    match = _SHARE.match(scalar.text.strip())
    if match and len(match[1]) <= MAX_WHOLE_DIGITS:
        share = Decimal(match[1]) / (100 if match[2] else 1)
        if share <= 1:
            return share
    reading.wrong(scalar.at, f"expected a share from 0% to 100%, found {shape(scalar)}", "write it like 20%")
    return None


def read_flag(reading: Reading, node: Node) -> bool | None:
    """`true` or `false`."""
    flag = node.flag if isinstance(node, Scalar) else None
    if flag is None:
        word = fold(node.text) if isinstance(node, Scalar) else ""
        hint = "write true" if word in _YES else "write false" if word in _NO else ""
        reading.wrong(node.at, f"expected true or false, found {shape(node)}", hint)
    return flag


def read_parsed(
    reading: Reading,
    node: Node,
    parse: Callable[[str], Value],
    expected: str,
    forms: Callable[[str], Iterable[str]] = lambda _: (),
) -> Value | None:
    """A value that `parse` reads; its ValueError is the message, and the nearest of `forms` the hint."""
    scalar = read_scalar(reading, node, expected)
    if scalar is None:
        return None
    try:
        return parse(scalar.text)
    except ValueError as error:
        meant = tuple(forms(scalar.text))
        hint = f"did you mean '{meant[0]}'?" if len(meant) == 1 else nearest(scalar.text, meant)
        reading.wrong(scalar.at, str(error), hint)
        return None


def read_duration(reading: Reading, node: Node) -> Duration | None:
    """A DURATION."""
    return read_parsed(reading, node, Duration.parse, "a duration such as 90 days", Duration.forms)


def place_of(node: Node, text: str) -> Position:
    """Where in a value or a list of values `text` stands; the whole value's place where it cannot be found."""
    items = node.items if isinstance(node, Sequence) else (node,)
    return next((item.at for item in items if isinstance(item, Scalar) and item.text == text), node.at)


def read_some(
    reading: Reading, node: Node, read: Callable[[Reading, Node], Value | None], expected: str
) -> tuple[Value, ...] | None:
    """One value or a list of them; None when any of them is wrong."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    if not nodes:
        reading.wrong(node.at, f"expected {expected}, found an empty list")
        return None
    values = [read(reading, item) for item in nodes]
    return None if any(value is None for value in values) else tuple(value for value in values if value is not None)


def read_texts(reading: Reading, node: Node, expected: str = "a text or a list of texts") -> tuple[str, ...] | None:
    """One text or a list of them."""
    return read_some(reading, node, read_text, expected)


def read_mapping(reading: Reading, node: Node, expected: str) -> Mapping | None:
    """A mapping with at least one key."""
    if not isinstance(node, Mapping):
        reading.wrong(node.at, f"expected {expected}, found {shape(node)}")
        return None
    if not node.entries:
        reading.wrong(node.at, f"expected {expected}, found an empty mapping")
        return None
    return node
