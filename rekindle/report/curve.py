"""Who bought, day by day: one line of each group's share that has bought, in a band of Wilson's intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from .axis import Axis, axis_over
from .markup import Markup, tag
from .shares import Share

LABEL_GAP = 14.0
"""Per cent of the height that two labels at the lines' ends need between them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One group: `firsts[i]` contacts of `audience` first bought on day i + 1. `colour` is a CSS class."""

    label: str
    colour: str
    audience: int
    firsts: tuple[int, ...]

    def shares(self, days: int) -> list[Share]:
        """The share that has bought by the end of each day, from day 0."""
        firsts = (*self.firsts, *[0] * days)[:days]
        return [Share(count, self.audience) for count in (0, *accumulate(firsts))]


def days_chart(lines: Sequence[Line], days: int, percent: Callable[[float, int], str], day: str) -> Markup:
    """The chart over `days` >= 1 days; `percent` writes a fraction with decimals, `day` is the word before a number."""
    drawn = [(line, line.shares(days)) for line in lines if line.audience]
    highest = max(share.interval.high for _, shares in drawn for share in shares[1:] if share.interval)
    axis = axis_over([highest * 100], wanted=4)
    parts = [part for line, shares in drawn for part in _drawing(line, shares, axis)]
    grid = [
        tag("line", x1=0, x2=days, y1=1000 - axis.place(tick) * 10, y2=1000 - axis.place(tick) * 10, class_="grid")
        for tick in axis.ticks
    ]
    said = "; ".join(f"{line.label} {percent(shares[-1].rate or 0.0, 2)}" for line, shares in drawn)
    plot = tag(
        "svg", *grid, *parts, viewBox=f"0 0 {days} 1000", preserveAspectRatio="none", role="img", aria_label=said
    )
    return tag(
        "div",
        plot,
        *_left_labels(axis, percent),
        *_end_labels(drawn, axis, percent),
        *_below(days, day),
        class_="curve",
    )


def _drawing(line: Line, shares: Sequence[Share], axis: Axis) -> list[Markup]:
    band = _steps([_y(share.interval.high if index and share.interval else 0, axis) for index, share in
                   enumerate(shares)])  # fmt: skip
    back = _steps([_y(share.interval.low if index and share.interval else 0, axis) for index, share in
                   enumerate(shares)])  # fmt: skip
    area = " ".join([*band, *reversed(back)])
    path = " ".join(_steps([_y(share.rate or 0.0, axis) for share in shares]))
    return [
        tag("polygon", points=area, class_=f"band {line.colour}"),
        tag("polyline", points=path, class_=f"line {line.colour}", vector_effect="non-scaling-stroke"),
    ]


def _steps(heights: Sequence[float]) -> list[str]:
    """Points from day to day; what is known only by the day's end rises evenly over the day."""
    return [f"{day},{height:.5g}" for day, height in enumerate(heights)]


def _y(fraction: float, axis: Axis) -> float:
    return 1000 - axis.place(fraction * 100) * 10


def _left_labels(axis: Axis, percent: Callable[[float, int], str]) -> list[Markup]:
    return [
        tag("span", percent(tick / 100, axis.digits), class_="tick", style=f"bottom:{axis.place(tick):.4g}%")
        for tick in axis.ticks
    ]


def _end_labels(
    drawn: Sequence[tuple[Line, Sequence[Share]]], axis: Axis, percent: Callable[[float, int], str]
) -> list[Markup]:
    """Each line's name and last value beside its end, pushed apart where they would lie on each other."""
    ends = sorted(((axis.place((shares[-1].rate or 0.0) * 100), line, shares[-1]) for line, shares in drawn),
                  key=lambda end: end[0])  # fmt: skip
    labels, lowest = [], -LABEL_GAP
    for height, line, share in ends:
        lowest = max(height, lowest + LABEL_GAP)
        value = tag("b", percent(share.rate or 0.0, 2 if (share.rate or 0.0) < 0.1 else 1))
        labels.append(tag("span", value, f" {line.label}", class_=f"name {line.colour}", style=f"bottom:{lowest:.4g}%"))
    return labels


def _below(days: int, word: str) -> list[Markup]:
    step = next(step for step in (1, 2, 7, 14, 30, 60, 90, 180, 365, 3650) if days / step <= 8)
    marks = list(range(step, days + 1, step))
    first = tag("em", f"{word} ")
    return [
        tag("span", *([first] if mark == marks[0] else []), str(mark), class_="under",
            style=f"left:{mark / days * 100:.4g}%") for mark in marks
    ]  # fmt: skip
