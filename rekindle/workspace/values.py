"""The kinds of single values: texts, numbers, shares, durations, names, choices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from ..model.document import Node
from ..model.duration import Duration
from ..model.problem import did_you_mean
from .reading import Reading, quoted, scalar

NAME = re.compile(r"[a-z0-9-]+")
_DECIMAL = re.compile(r"[+-]?(\d{1,15}(\.\d{1,12})?|\.\d{1,12})")
_WHOLE = re.compile(r"[+-]?\d{1,15}")


@dataclass(frozen=True, slots=True)
class Text:
    """The scalar's own characters, never empty."""

    what: str = "a text"

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, self.what)
        return found.text if found else None


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def __call__(self, node: Node, reading: Reading) -> bool | None:
        found = scalar(node, reading, "true or false")
        if found is None:
            return None
        if found.flag is None:
            reading.expected(node, "true or false", "without quotes")
        return found.flag


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    least: int = 0
    most: int = 10**12

    def __call__(self, node: Node, reading: Reading) -> int | None:
        found = scalar(node, reading, "a whole number")
        if found is None:
            return None
        if not _WHOLE.fullmatch(found.text):
            reading.expected(node, "a whole number", "digits only")
            return None
        value = int(found.text)
        if not self.least <= value <= self.most:
            bound = f"at least {self.least}" if value < self.least else f"at most {self.most}"
            reading.fault(node.at, f"{value} will not do; it must be {bound}")
            return None
        return value


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as its written decimal, exactly; `above`: more than that."""

    above: Decimal | None = None

    def __call__(self, node: Node, reading: Reading) -> Decimal | None:
        found = scalar(node, reading, "a number")
        if found is None:
            return None
        if not _DECIMAL.fullmatch(found.text):
            reading.expected(node, "a number", "write it like 500 or 0.05")
            return None
        value = Decimal(found.text)
        if value < 0 or (self.above is not None and value <= self.above):
            reading.fault(node.at, f"{found.text} will not do; it must be {self._bound}")
            return None
        return value

    @property
    def _bound(self) -> str:
        return "0 or more" if self.above is None else f"more than {self.above}"


@dataclass(frozen=True, slots=True)
class Share:
    """A share, `10%` or `0.1`. `whole`: whether 100 % is in; `beyond`: whether more is."""

    whole: bool = True
    beyond: bool = False

    def __call__(self, node: Node, reading: Reading) -> Decimal | None:
        found = scalar(node, reading, "a share such as 10%")
        if found is None:
            return None
        text = found.text.strip()
        digits = text.removesuffix("%").strip()
        if not _DECIMAL.fullmatch(digits):
            reading.expected(node, "a share such as 10%", "write it like 10% or 0.1")
            return None
        value = Decimal(digits) / 100 if text.endswith("%") else Decimal(digits)
        message = self._refusal(value, text)
        if message:
            reading.fault(node.at, message, "write it like 10% or 0.1")
            return None
        return value

    def _refusal(self, value: Decimal, text: str) -> str:
        if value < 0:
            return f"{text} is less than nothing"
        if value > 1 and not self.beyond:
            return f"{text} is more than the whole"
        if value == 1 and not self.whole:
            return f"{text} is the whole, so nobody would be left"
        return ""


@dataclass(frozen=True, slots=True)
class Span:
    """A duration such as `90 days`, longer than nothing."""

    def __call__(self, node: Node, reading: Reading) -> Duration | None:
        found = scalar(node, reading, "a duration such as 90 days")
        if found is None:
            return None
        try:
            value = Duration.parse(found.text)
        except ValueError as error:
            reading.fault(node.at, str(error))
            return None
        if value.count == 0:
            reading.fault(node.at, f"{quoted(found.text)} is no time at all", "write 1 or more")
            return None
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def __call__(self, node: Node, reading: Reading) -> str | None:
        what = "one of " + ", ".join(self.words)
        found = scalar(node, reading, what)
        if found is None:
            return None
        if found.text not in self.words:
            reading.fault(node.at, f"{quoted(found.text)} is not known here", did_you_mean(found.text, self.words))
            return None
        return found.text


@dataclass(frozen=True, slots=True)
class Name:
    """A name of our own making: small letters, digits and dashes; none of `reserved`."""

    what: str = "a name"
    reserved: tuple[str, ...] = ()

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, self.what)
        if found is None:
            return None
        if not NAME.fullmatch(found.text):
            reading.fault(node.at, f"{quoted(found.text)} cannot be {self.what}", "only a-z, 0-9 and - may stand in it")
            return None
        if found.text in self.reserved:
            reading.fault(
                node.at, f"{quoted(found.text)} cannot be {self.what}: the word has a meaning already", "rename it"
            )
            return None
        return found.text


@dataclass(frozen=True, slots=True)
class Word:
    """A key that templates or segments call by name: letters of any alphabet, digits and _."""

    what: str = "a name"

    def __call__(self, node: Node, reading: Reading) -> str | None:
        found = scalar(node, reading, self.what)
        if found is None:
            return None
        if not found.text.isidentifier():
            hint = "letters, digits and _, no space or dash, not a digit first"
            reading.fault(node.at, f"{quoted(found.text)} cannot be {self.what}", hint)
            return None
        return found.text
