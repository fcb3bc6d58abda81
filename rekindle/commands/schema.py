"""`rekindle schema`: JSON Schemas, so that an editor completes and checks the files as they are typed."""

from __future__ import annotations

from pathlib import Path

import click

from .door import Door


@click.command("schema")
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, exists=True, path_type=Path)
)
@click.pass_obj
def command(door: Door, folder: Path | None) -> None:
    """Write JSON Schemas for the files of the workspace DIR (default: here) into its .rekindle/schema.

    They know the workspace's own words: attributes, ladders, names of segments, topics and templates. Call it again
    when those have changed.
    """
    from ..line.schemas import write_schemas

    root = door.root / folder if folder is not None else door.root
    written = write_schemas(root)
    if door.as_json:
        door.give_json({"written": written})
        return
    for name in written:
        door.give(str(root / name))
