"""`rekindle import`: what a file brings, what came in before, and what was refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..model.draft import ImportCount, ImportKind, Refusal
from ..model.error import ExitCode, InputError
from .door import Door
from .row_format import row_format

if TYPE_CHECKING:
    from ..store.imports import ImportRun

SHOWN = 10
ENCODINGS = {"utf-8-sig": "utf-8 with a byte order mark"}
"""In words, where Python's name says little."""


@click.group("import", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Bring in contacts, orders, activities, suppressions and mailings from files."""


def _kind_command(kind: ImportKind) -> click.Command:
    @click.command(
        kind.value,
        short_help=f"Bring in {kind.value} from a CSV file.",
        help=f"Bring in {kind.value} from a CSV file; counts add up, nothing is half done.",
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--preset", default="", metavar="NAME", help="How the file is laid out (default: rekindle).")
    @click.option("--map", "map_path", type=click.Path(path_type=Path), help="A map from the file's own columns.")
    @click.option("--encoding", default="", metavar="E", help="Instead of finding it out.")
    @click.option("--source", default="main", show_default=True, help="The system that the ids belong to.")
    @click.option("--dry-run", is_flag=True, help="Say what would come of it, and write nothing.")
    @click.pass_obj
    def take(door: Door, /, file: Path, **options: Any) -> int:
        from ..line.take_in import take_in

        count = take_in(door.store, door.workspace, kind, file, now=door.now, **options)
        _say(door, kind, file, count, dry_run=options["dry_run"])
        return ExitCode.FAILURES if count.refused > count.refused_by_rule else ExitCode.DONE

    return take


for _kind in ImportKind:
    command.add_command(_kind_command(_kind))


def _say(door: Door, kind: ImportKind, file: Path, count: ImportCount, *, dry_run: bool) -> None:
    door.say(f"{file.name}: {ENCODINGS.get(count.encoding, count.encoding)}, {count.delimiter}")
    if count.ignored_columns:
        door.say("columns not taken: " + ", ".join(count.ignored_columns))
    for warning in count.warnings:
        door.say(f"warning: {warning}")
    _say_refusals(door, file, count)
    words = f"{_count(count.rows, 'row')}: {count.new} new, {count.changed} changed, {count.unchanged} unchanged, "
    words += f"{count.refused} refused"
    if count.refused_by_rule:
        words += f" ({count.refused_by_rule} by rule)"
    if kind is not ImportKind.CONTACTS and count.contacts_made:
        words += f"; {_count(count.contacts_made, 'new contact')}"
    if count.import_run_id is not None and count.refused:
        words += f"; rekindle import show {count.import_run_id}"
    door.say(words + (" (dry run: nothing was written)" if dry_run else ""))
    if door.as_json:
        door.give_json(_document(kind, file, count, dry_run=dry_run))


def _say_refusals(door: Door, file: Path, count: ImportCount) -> None:
    """The first of them, how many more there are, and what helps where all of a file's dates are written otherwise."""
    shown = [row for row in count.refusals[:SHOWN] if not row.by_rule]
    for row in shown:
        door.say(f"{file.name}:{row.line}: {row.reason}")
    more = count.refused - count.refused_by_rule - len(shown)
    if shown and more > 0:
        door.say(f"and {more:,} more")
    if any("ISO 8601" in row.reason for row in shown):
        door.say('a map says how dates are written: {column: NAME, format: "%d.%m.%Y"}')


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _document(kind: ImportKind, file: Path, count: ImportCount, *, dry_run: bool) -> dict[str, Any]:
    names = ("rows", "new", "changed", "unchanged", "refused", "refused_by_rule", "contacts_made", "encoding")
    return {
        "import": count.import_run_id,
        "kind": kind.value,
        "file": file.name,
        "dry_run": dry_run,
        **{name: getattr(count, name) for name in names},
        "delimiter": count.delimiter,
        "ignored_columns": list(count.ignored_columns),
        "warnings": list(count.warnings),
        "refusals": [_refusal(row) for row in count.refusals],
    }


def _refusal(row: Refusal) -> dict[str, Any]:
    return {"line": row.line, "reason": row.reason, "by_rule": row.by_rule, "raw": row.raw}


@command.command("list")
@row_format
@click.pass_obj
def list_runs(door: Door) -> None:
    """What came in, newest first."""
    from ..store.imports import list_imports

    with door.store.reading() as connection:
        runs = list_imports(connection)
    if door.as_json:
        door.give_json([_run(run) for run in runs])
        return
    for run in runs:
        door.give(_line(run, door.local(run.imported_at)))


@command.command("show", short_help="One import and every row that was refused.")
@click.argument("import_id", metavar="N", type=int)
@click.pass_obj
def show(door: Door, import_id: int) -> None:
    """One import: its counts, and every refused row with its reason and raw text."""
    from ..store.imports import find_import, refusals_of

    with door.store.reading() as connection:
        run = find_import(connection, import_id)
        rows = refusals_of(connection, import_id)
    if run is None:
        raise InputError(f"there is no import {import_id}; `rekindle import list` names them")
    if door.as_json:
        door.give_json({**_run(run), "refusals": [_refusal(row) for row in rows]})
        return
    door.give(_line(run, door.local(run.imported_at)))
    for row in rows:
        door.give(f"{run.file_name}:{row.line}: {row.reason}{' (by rule)' if row.by_rule else ''}: {row.raw.rstrip()}")


def _run(run: ImportRun) -> dict[str, Any]:
    names = ("kind", "source", "encoding", "rows", "new", "changed", "unchanged", "refused")
    return {
        "import": run.import_run_id,
        "file": run.file_name,
        "map": run.map_name,
        "imported_at": run.imported_at.isoformat(),
        **{name: getattr(run, name) for name in names},
    }


def _line(run: ImportRun, when: str) -> str:
    counts = f"{run.rows} rows, {run.new} new, {run.changed} changed, {run.unchanged} unchanged, {run.refused} refused"
    origin = f"{run.kind} from {run.file_name} ({run.source})"
    return f"{run.import_run_id}  {when}  {origin}: {counts}"
