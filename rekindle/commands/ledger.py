"""The ledger of a mailing in words and as JSON, for every verb that shows one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model.mailing import Mailing, Tally

PARTS = ("sent", "failed", "skipped", "expired", "unknown", "waiting")
"""What `planned` is the sum of, at every moment."""

REASONS = {
    "recipient": "there is no such mailbox; it is suppressed",
    "mailbox_full": "the mailbox is full",
    "policy": "refused because of us or the letter, or without a reason; nobody is suppressed",
    "throttle": "too fast for that domain; it is slowed",
    "temporary": "not now, says the relay (greylisting, a fault of its own)",
    "connection": "the connection failed before the letter had left",
    "warmup": "waits for tomorrow's part of the warm-up",
    "window": "waits for the window to open",
    "capped": "has had as many letters as one contact may get; waits",
}
"""What the reasons of deliveries mean; others speak for themselves."""


def reason_words(state: str, reason: str) -> str:
    """A reason with what it means."""
    if (state, reason) == ("unknown", "connection"):
        return "connection: the letter had left, and no answer was seen"
    return f"{reason}: {REASONS[reason]}" if reason in REASONS else reason


def they_wait(count: int) -> str:
    """`1 waits`, `2 wait`."""
    return f"{count:,} wait{'s' if count == 1 else ''}"


def ledger_line(tally: Tally) -> str:
    """`planned 120 = sent 118 + failed 1 + ..`."""
    return f"planned {tally.planned} = " + " + ".join(f"{name} {getattr(tally, name)}" for name in PARTS)


def nobody_words(held_out: int, left_out: Mapping[str, int]) -> str:
    """Why a mailing has no letters: `nobody to write to (3 no consent)`."""
    apart = {"held out": held_out, **left_out}
    reasons = [f"{number:,} {reason.replace('_', ' ')}" for reason, number in apart.items() if number]
    return f"nobody to write to ({', '.join(reasons) or 'nobody is in the segment'})"


def ledger_row(mailing: Mailing, tally: Tally) -> dict[str, Any]:
    """One entry of `mailing list --json`."""
    return {
        "id": mailing.mailing_id,
        "campaign": mailing.campaign,
        "period": mailing.period,
        "step": mailing.step,
        "state": mailing.state.value,
        "planned": tally.planned,
        "held_out": tally.held_out,
        **{name: getattr(tally, name) for name in PARTS},
    }


def ledger_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The rows of a list of mailings under their heads."""
    heads = ("id", "campaign", "period", "step", "state", "planned", "held_out", *PARTS)
    lines = [heads, *(tuple(str(row[head]) for head in heads) for row in rows)]
    widths = [max(len(line[index]) for line in lines) for index in range(len(heads))]
    words = {1, 2, 4}
    for line in lines:
        cells = [
            cell.ljust(width) if index in words else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
