"""The size of a letter: beyond about 100 kB Gmail cuts it off, and with it the link to unsubscribe."""

from __future__ import annotations

from ..model.letter import Letter
from ..model.problem import Position, Problem

WARN_OCTETS = 80_000
MAX_OCTETS = 95_000
"""Gmail was seen to clip between 99,507 and 105,000 octets of HTML; links and names differ from letter to letter."""


def size_problem(letter: Letter, at: Position) -> Problem | None:
    """A problem for a finished letter that Gmail would clip, a warning for one that comes near, else None."""
    octets = len(letter.html.encode())
    if octets <= WARN_OCTETS:
        return None
    size = f"the HTML of the letter has {octets / 1000:.0f} kB"
    if octets > MAX_OCTETS:
        return Problem(at, f"{size}, Gmail cuts off what is over 100", "make it shorter or take styles out")
    return Problem(at, f"{size}, Gmail cuts off what is over 100", "95 kB is the limit here", warning=True)
