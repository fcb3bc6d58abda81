"""The progress of a mailing on stderr: one line that changes on a terminal, a JSON line a second with --json."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from .door import Door
from .ledger import PARTS

if TYPE_CHECKING:
    from ..line.progress import Progress


class ProgressLine:
    """What `send` and `work` show while they send; nothing where nobody watches."""

    def __init__(self, door: Door) -> None:
        self._as_json = door.as_json
        self._on_terminal = sys.stderr.isatty()
        self._shown = False

    @property
    def teller(self) -> Callable[[Progress], None] | None:
        """Whom the sender tells, or None where nobody wants to know."""
        if self._as_json:
            return lambda progress: click.echo(json.dumps(progress_json(progress)), err=True)
        return self._show if self._on_terminal else None

    def _show(self, progress: Progress) -> None:
        self._shown = True
        click.echo(f"\r\x1b[K{progress_words(progress)}", err=True, nl=False)

    def end(self) -> None:
        """Leave the terminal a clean line for what follows."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
            self._shown = False


def progress_words(progress: Progress) -> str:
    """`1,200 of 5,000 · 310 a second · sent 1,198 · failed 2 · waiting 3,800 · 12 s left`."""
    ledger = progress.tally
    counts = [f"{name} {getattr(ledger, name):,}" for name in PARTS if getattr(ledger, name)]
    left = [] if progress.left is None else [f"{span_words(progress.left)} left"]
    done = f"{ledger.planned - ledger.waiting:,} of {ledger.planned:,}"
    return " · ".join([done, f"{progress.rate:,.0f} a second", *counts, *left])


def progress_json(progress: Progress) -> dict[str, Any]:
    """The counts of the ledger, `rate` in letters a second, `seconds_left` or null."""
    left = None if progress.left is None else round(progress.left.total_seconds(), 1)
    counts = {name: getattr(progress.tally, name) for name in ("planned", *PARTS)}
    return {**counts, "rate": round(progress.rate, 1), "seconds_left": left}


def span_words(span: timedelta) -> str:
    """`45 s`, `12 min`, `3 h 20 min`: as exact as a guess may be."""
    seconds = round(span.total_seconds())
    if seconds < 90:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
