"""What a language must know to say a segment: templates, and how numbers bend its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..model.duration import Duration
from ..model.when import CalendarSpan, When

Forms = tuple[str, str, str]
"""A word beside one (and, where the ends of numbers matter, 21), beside two to four, beside the others."""


@dataclass(frozen=True)
class Tongue:
    """One language: templates by the name of an operator, behaviour or joint; `{0}`, `{1}` are the values.

    A condition is said as a clause (who .., whose ..) or as an exception, which begins with the `except` of the joints.
    `pronouns` are those that need not be said twice running. `dates`, `lists` and `presence` say the fields that have a
    way of their own: what a time is put behind; what a list's items, and their number, are put behind; how a field is
    said to be known and unknown.
    """

    openings: Mapping[str, str]
    pronouns: tuple[str, ...]
    joints: Mapping[str, str]
    fields: Mapping[str, str]
    dates: Mapping[str, str]
    lists: Mapping[str, tuple[str, str]]
    presence: Mapping[str, tuple[str, str]]
    operators: Mapping[str, str]
    behaviours: Mapping[str, tuple[str, str]]
    keys: Mapping[str, str]
    others: Mapping[str, str]
    units: Mapping[str, Forms]
    lately: Mapping[str, Forms]
    soon: Mapping[str, Forms]
    times: Forms
    exact_times: Forms
    letters: Forms
    calendar: Mapping[str, str]
    words: Mapping[str, str]
    months: tuple[str, ...]
    marks: tuple[str, str] = (".", ",")
    """What stands before the fraction of a number, and between its thousands."""
    labels: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What statuses are called for people, by ladder and name."""
    first_ladder: str = ""
    """The ladder that is also called `status`."""
    ends_matter: bool = False
    """Whether 21 takes the form of 1 and 22 that of 2."""

    def form(self, count: int, forms: Forms) -> str:
        """The form that a word takes beside a number."""
        tens, ones = count % 100, count % 10
        if self.ends_matter and ones == 1 and tens != 11:
            return forms[0]
        if self.ends_matter and 2 <= ones <= 4 and not 12 <= tens <= 14:
            return forms[1]
        return forms[0] if count == 1 else forms[2]

    def duration(self, duration: Duration) -> str:
        """`90 days`."""
        return f"{self.number(Decimal(duration.count))} {self.form(duration.count, self.units[duration.unit])}"

    def span_of(self, duration: Duration, towards: Mapping[str, Forms]) -> str:
        """`the last 90 days`, `the last year`; `towards` is `lately` or `soon`."""
        words = self.form(duration.count, towards[duration.unit])
        unit = self.form(duration.count, self.units[duration.unit])
        return f"{words} {unit}" if duration.count == 1 else f"{words} {self.duration(duration)}"

    def number(self, number: Decimal) -> str:
        """A number as it is written: `10,000.5`."""
        point, thousands = self.marks
        return f"{number:,f}".replace(",", "\0").replace(".", point).replace("\0", thousands)

    def when(self, when: When) -> str:
        """A point of time."""
        if when.ago is not None:
            return self.words["ago"].format(self.duration(when.ago))
        return self.words.get(when.word, str(when))

    def span(self, span: CalendarSpan) -> str:
        """A span of the calendar."""
        return self.calendar[str(span)]

    def value(self, text: str) -> str:
        """A text as a value in a sentence: in quotes where it is more than one word."""
        plain = all(letter.isalnum() or letter in "-_@.:+/" for letter in text)
        return text if plain else self.words["quoted"].format(text)

    def listed(self, values: Iterable[str], joint: str = "or") -> str:
        """`a, b or c`."""
        if joint in ("nor", "none_of"):
            return self.joints[joint].join(values)
        *first, last = values
        return f"{self.joints['list'].join(first)}{self.joints[joint]}{last}" if first else last
