"""The ledger of a mailing in words and as JSON, for every verb that shows one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model.mailing import Mailing, Tally

PARTS = ("sent", "failed", "skipped", "expired", "unknown", "waiting")
"""What `planned` is the sum of, at every moment."""


def ledger_line(tally: Tally) -> str:
    """`planned 120 = sent 118 + failed 1 + ..`."""
    return f"planned {tally.planned} = " + " + ".join(f"{name} {getattr(tally, name)}" for name in PARTS)


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
