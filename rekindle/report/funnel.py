"""The funnel of one arm: everyone in it, those written to, those who clicked, those who bought; opens last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .markup import Markup, tag

ROW_HEIGHT = 42


@dataclass(frozen=True, slots=True)
class Stage:
    """One bar: `share` of the arm's audience (a fraction), `text` beside it. A `faint` stage is not to be trusted."""

    label: str
    share: float
    text: str
    faint: bool = False


def funnel(name: str, colour: str, stages: Sequence[Stage]) -> Markup:
    """The arm's card; `colour` is a CSS class."""
    height = ROW_HEIGHT * len(stages)
    said = "; ".join(f"{stage.label} {stage.text}" for stage in stages)
    parts = [part for index, stage in enumerate(stages) for part in _stage(stage, index * ROW_HEIGHT)]
    drawing = tag("svg", *parts, width="100%", height=height, role="img", aria_label=said)
    return tag("figure", tag("figcaption", tag("i", "", class_=colour), name), drawing, class_=f"funnel {colour}")


def _stage(stage: Stage, top: int) -> list[Markup]:
    width = max(0.0, min(stage.share, 1.0)) * 100
    kind = "bar faint" if stage.faint else "bar"
    return [
        tag("text", stage.label, x=0, y=top + 15, class_="stage"),
        tag("text", stage.text, x="100%", y=top + 15, text_anchor="end", class_="count"),
        tag("rect", x=0, y=top + 22, width="100%", height=8, rx=4, class_="track"),
        tag("rect", x=0, y=top + 22, width=f"{width:.4g}%", height=8, rx=4,
            class_=kind),
    ]  # fmt: skip
