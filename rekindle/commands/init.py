"""`rekindle init`: the starter workspace and a .env with a fresh secret, nothing of the user's overwritten."""

from __future__ import annotations

from pathlib import Path

import click

from .door import Door


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def command(door: Door, folder: Path | None) -> None:
    """Write the starter workspace and a .env with a fresh secret into DIR (default: here).

    A file that is there already is left alone and named. Where a rekindle.yml stands, the folder is a workspace
    already, and only a missing .env is written: starter campaigns are never mixed into a living workspace. The JSON
    Schemas that the starter files' editor hints lead to are written as by `rekindle schema`.
    """
    from ..line.schemas import write_schemas
    from ..workspace.starter import write_starter

    root = door.root / folder if folder is not None else door.root
    done = write_starter(root)
    if not done.already:
        done.written += write_schemas(root)
    if door.as_json:
        door.give_json({"written": done.written, "left": done.left})
        return
    for name in done.left:
        door.say(f"left alone: {root / name} is there already")
    if done.already:
        door.say(f"{root / 'rekindle.yml'} stands there already, so no starter files were added")
    for name in done.written:
        door.give(str(root / name))
    if ".env" in done.written:
        enter = f"cd {root}; " if root.resolve() != Path.cwd() else ""
        door.say(f"next: {enter}rekindle check; before sending, fill in .env: the relay and the public address")
