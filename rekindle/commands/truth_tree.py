"""A judgement as a tree of truth: for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..segment.judgement import Judgement


def tree_of(judgement: Judgement) -> dict[str, Any]:
    """The tree as JSON: each node with its condition, whether it holds, and the value that decided."""
    from ..segment.written import label

    node: dict[str, Any] = {"condition": label(judgement.condition), "holds": judgement.holds, "value": judgement.value}
    if judgement.parts:
        node["parts"] = [tree_of(part) for part in judgement.parts]
    return node


def tree_lines(judgement: Judgement, indent: str = "") -> list[str]:
    """The tree for people: a mark, the condition, the value that decided."""
    from ..model.segment import Not
    from ..segment.written import label, written

    mark = "✓" if judgement.holds else "✗"
    value = f"  ← {judgement.value}" if judgement.value else ""
    lines = [f"{indent}{mark} {label(judgement.condition)}{value}"]
    if isinstance(judgement.condition, Not) and not judgement.parts[0].parts:
        # of a single test the complement is said in one line
        found = judgement.parts[0].value
        return [f"{indent}{mark} {written(judgement.condition)}" + (f"  ← {found}" if found else "")]
    for part in judgement.parts:
        lines += tree_lines(part, indent + "  ")
    return lines
