"""What a language must know to say a segment: templates, and how numbers bend its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model.duration import Duration
from ..model.when import CalendarSpan, When


@dataclass(frozen=True)
class Tongue:
    """One language: templates by the name of an operator, behaviour or joint; `{0}`, `{1}` are the values."""

    opening: str
    everyone: str
    nobody: str
    joints: Mapping[str, str]
    fields: Mapping[str, str]
    operators: Mapping[str, str]
    behaviours: Mapping[str, tuple[str, str]]
    keys: Mapping[str, str]
    others: Mapping[str, str]
    units: Mapping[str, tuple[str, str, str]]
    times: tuple[str, str, str]
    calendar: Mapping[str, str]
    words: Mapping[str, str]
    months: tuple[str, ...]
    numbers_end_matters: bool = False
    """Whether 21 takes the form of 1 and 22 that of 2."""

    def duration(self, duration: Duration) -> str:
        """`90 days`: the number and the form that it takes (one, few, many)."""
        one, few, many = self.units[duration.unit]
        tens, ones = duration.count % 100, duration.count % 10
        if self.numbers_end_matters and ones == 1 and tens != 11:
            form = one
        elif self.numbers_end_matters and 2 <= ones <= 4 and not 12 <= tens <= 14:
            form = few
        else:
            form = one if duration.count == 1 else many
        return f"{duration.count} {form}"

    def when(self, when: When) -> str:
        """A point of time."""
        if when.ago is not None:
            return self.words["ago"].format(self.duration(when.ago))
        return self.words.get(when.word, str(when))

    def span(self, span: CalendarSpan) -> str:
        """A span of the calendar."""
        return self.calendar[str(span)]
