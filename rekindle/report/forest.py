"""The forest plot: a row for each difference, its interval drawn on a common axis with a line at zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .axis import Axis, axis_over
from .difference import Difference
from .markup import Markup, joined, tag

ROW_HEIGHT = 48


@dataclass(frozen=True, slots=True)
class ForestRow:
    """`label`, `note` under it and `tail` after the interval as shown; `colour` a CSS class; `pooled`: a diamond."""

    label: str
    difference: Difference
    colour: str
    note: str = ""
    tail: str = ""
    pooled: bool = False


Spell = Callable[[float], str]
"""How a value is written."""


def forest_plot(rows: Sequence[ForestRow], spell: Spell, spell_tick: Callable[[float, int], str]) -> Markup:
    """The plot. Values are spelt by `spell`, ticks by `spell_tick` (value, decimals)."""
    axis = axis_over([edge for row in rows for edge in (row.difference.low, row.difference.high)])
    shown = [_row(row, axis, spell) for row in rows]
    return tag("div", *shown, _axis_row(axis, spell_tick), class_="forest")


def lone_interval(difference: Difference, colour: str, spell_tick: Callable[[float, int], str]) -> Markup:
    """One interval, large, with its axis under it: the picture of the headline."""
    axis = axis_over([difference.low, difference.high])
    drawing = tag(
        "svg", *_grid(axis, 64), *_mark(difference, axis, 32, pooled=True), width="100%", height=64, class_=colour,
        aria_hidden="true",
    )  # fmt: skip
    return tag("div", drawing, _ticks(axis, spell_tick), class_="lone")


def _row(row: ForestRow, axis: Axis, spell: Spell) -> Markup:
    found = row.difference
    limits = f"{spell(found.low)} … {spell(found.high)}"
    drawing = tag(
        "svg", *_grid(axis, ROW_HEIGHT), *_mark(found, axis, ROW_HEIGHT // 2, pooled=row.pooled), width="100%",
        height=ROW_HEIGHT, class_=row.colour, role="img", aria_label=f"{row.label}: {spell(found.value)} ({limits})",
    )  # fmt: skip
    label = tag("div", tag("b", row.label), *([tag("small", row.note)] if row.note else []), class_="label")
    value = tag(
        "div", tag("b", spell(found.value)), tag("small", limits, tag("span", row.tail, class_="tail")), class_="value"
    )
    return tag("div", label, tag("div", drawing, class_="drawing"), value, class_="row pooled" if row.pooled else "row")


def _axis_row(axis: Axis, spell_tick: Callable[[float, int], str]) -> Markup:
    empty = tag("div", "", class_="label")
    return tag(
        "div", empty, tag("div", _ticks(axis, spell_tick), class_="drawing"), tag("div", "", class_="value"),
        class_="row axis", aria_hidden="true",
    )  # fmt: skip


def _ticks(axis: Axis, spell_tick: Callable[[float, int], str]) -> Markup:
    texts = [
        tag("text", spell_tick(tick, axis.digits), x=f"{axis.place(tick):.4g}%", y=14, text_anchor="middle")
        for tick in axis.ticks
    ]
    return tag("svg", *texts, width="100%", height=20, class_="ticks")


def _grid(axis: Axis, height: int) -> list[Markup]:
    lines = [_vertical(axis.place(tick), height, "grid") for tick in axis.ticks if abs(tick) > axis.step / 2]
    return [*lines, _vertical(axis.place(0.0), height, "zero")]


def _vertical(at: float, height: int, kind: str) -> Markup:
    return tag("line", x1=f"{at:.4g}%", x2=f"{at:.4g}%", y1=0, y2=height, class_=kind)


def _mark(found: Difference, axis: Axis, middle: int, *, pooled: bool) -> list[Markup]:
    low, high, at = (f"{axis.place(value):.4g}%" for value in (found.low, found.high, found.value))
    whisker = tag("line", x1=low, x2=high, y1=middle, y2=middle, class_="whisker")
    ends = [tag("line", x1=end, x2=end, y1=middle - 5, y2=middle + 5, class_="end") for end in (low, high)]
    if not pooled:
        return [whisker, *ends, tag("circle", cx=at, cy=middle, r=6, class_="point")]
    # a path knows no per cent: the diamond stands in an inner drawing whose origin does
    diamond = tag("path", d="M0,-9 L9,0 L0,9 L-9,0 Z", class_="point")
    return [whisker, *ends, tag("svg", diamond, x=at, y=middle, overflow="visible")]


def legend(entries: Sequence[tuple[str, str]]) -> Markup:
    """Names with their colours: (CSS class, name)."""
    return tag("p", *(joined(tag("i", "", class_=colour), tag("span", name)) for colour, name in entries), class_="key")
