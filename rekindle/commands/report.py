"""`rekindle report`: what the letters were worth against people who got none."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model.error import InputError, UsageError
from .door import Door
from .row_format import row_format

if TYPE_CHECKING:
    from ..report.campaign import CampaignReport
    from ..report.text import Line

WIDEST = 110
"""Prose wider than this is hard to read, however wide the terminal."""

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(short_help="What the letters were worth against people who got none.")
@click.argument("campaign", required=False)
@click.option("--period", metavar="P", default="", help="This period (default: the latest).")
@click.option("--all", "all_periods", is_flag=True, help="All periods, pooled.")
@click.option("--html", metavar="FILE", type=_FILE, help="Write the report as one self-contained page.")
@click.option("--csv", metavar="FILE", type=_FILE, help="Write the figures of each period and arm.")
@row_format
@click.pass_obj
def command(
    door: Door, *, campaign: str | None, period: str, all_periods: bool, html: Path | None, csv: Path | None
) -> None:
    """What a campaign's letters were worth: lift and money against the people held out, then everything else.

    Without CAMPAIGN: all campaigns in a line each.
    """
    if period and all_periods:
        raise UsageError("--period and --all cannot both be meant; give one of them")
    if campaign is None:
        if period or all_periods or html or csv:
            raise UsageError("--period, --all, --html and --csv are of one campaign; name it")
        _report_all(door)
        return
    _report_one(door, campaign, period, all_periods=all_periods, files=(html, csv))


def _report_one(
    door: Door, campaign: str, period: str, *, all_periods: bool, files: tuple[Path | None, Path | None]
) -> None:
    from ..line.report_on import report_on
    from ..report.document import document_of
    from ..report.text import report_lines

    report = report_on(door.store, door.workspace, campaign, door.now, period=period, all_periods=all_periods)
    html, csv = files
    if html:
        _write(door, html, _page(report))
    if csv:
        from ..report.table import csv_of

        _write(door, csv, csv_of(report))
    if door.as_json:
        door.give_json(document_of(report))
    else:
        show(report_lines(report, _width()))


def _report_all(door: Door) -> None:
    from ..line.report_on import heading_of, report_on_all
    from ..report.document import summary_of
    from ..report.text import list_lines

    reports = report_on_all(door.store, door.workspace, door.now)
    if door.as_json:
        door.give_json([summary_of(report) for report in reports])
    else:
        show(list_lines(reports, heading_of(door.workspace, "", door.now)))


def _page(report: CampaignReport) -> str:
    from ..report.page import page_of

    return page_of(report)


def _width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, WIDEST)


def _write(door: Door, path: Path, text: str) -> None:
    try:
        # the text carries its own line ends (CSV has CRLF): none may be translated
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}; give another file") from error
    door.say(f"written: {path}")


def show(lines: Sequence[Line]) -> None:
    """Print the lines: coloured on a terminal (unless NO_COLOR is set), plain elsewhere."""
    if not sys.stdout.isatty():
        click.echo("\n".join(line.text for line in lines))
        return
    from rich.console import Console
    from rich.text import Text

    styles = {"title": "bold", "heading": "bold", "faint": "dim", "good": "bold green", "bad": "bold red",
              "caution": "bold yellow", "plain": ""}  # fmt: skip
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=styles[line.tone]))
