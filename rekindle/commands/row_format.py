"""`--format` of the commands that list rows: a table, one JSON array, or NDJSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from .door import Door


def _set_format(context: click.Context, _option: click.Parameter, shape: str | None) -> None:
    door = context.ensure_object(Door)
    if shape is not None:
        door.as_json, door.row_by_row = shape != "table", shape == "ndjson"


row_format: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--format",
    type=click.Choice(["table", "json", "ndjson"]),
    expose_value=False,
    callback=_set_format,
    help="How rows are given (default: table, with --json an array).",
)
