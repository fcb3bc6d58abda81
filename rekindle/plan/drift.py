"""Drift: what is another thing now than in a plan, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMED = 5
"""So many changed files are named."""


def changed_files(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Which files differ, by their marks: `templates/a.mjml has changed, segments/b.yml is new`; '' where none does."""
    words = [f"{name} has changed" for name in sorted(then.keys() & now.keys()) if then[name] != now[name]]
    words += [f"{name} is new" for name in sorted(now.keys() - then.keys())]
    words += [f"{name} is gone" for name in sorted(then.keys() - now.keys())]
    more = len(words) - NAMED
    return ", ".join(words[:NAMED]) + (f" and {more} more" if more > 0 else "")


def changed_counts(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Which numbers of an audience differ: `chosen 10 then, 11 now`; both are documents as `plan --json` gives them."""
    before, after = _flat(then), _flat(now)
    words = [
        f"{name} {before.get(name, 0):,} then, {after.get(name, 0):,} now"
        for name in dict.fromkeys((*before, *after))
        if before.get(name, 0) != after.get(name, 0)
    ]
    return "; ".join(words) or "as many, but not the same contacts, arms or offers"


def _flat(document: Mapping[str, Any]) -> dict[str, int]:
    left_out = {f"left out ({reason})": count for reason, count in document.get("left_out", {}).items()}
    return {"chosen": document.get("chosen", 0), "held out": document.get("held_out", 0), **left_out}
