"""The first stretch: a file becomes rows, rows become drafts, drafts become contacts, orders and the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ..intake.drafts import read_drafts
from ..intake.formats import format_of
from ..intake.layout import Layout, lay_out
from ..intake.maps import ImportMap, read_map
from ..intake.presets import CANONICAL, canonical_name, check_preset
from ..intake.table_rows import Table, delimiter_name
from ..intake.terms import Notices, Terms
from ..model.draft import ImportCount, ImportKind, Refusal
from ..model.error import InputError, ProblemsError, UsageError
from ..model.folding import fold
from ..store.engine import Store
from ..store.imports import add_import, count_refusals, first_refusals, stage_refusals
from ..store.intake_kinds import Intake, compare_contacts, intake_of, merge_all
from ..store.staging import Stage, staging
from ..workspace.document import read_document
from ..workspace.load import Workspace

BATCH = 4_000
SHOWN_REFUSALS = 20


@dataclass(frozen=True, slots=True)
class _File:
    """The file with everything needed to read it, as often as needed."""

    table: Table
    layout: Layout
    kind: ImportKind
    terms: Terms
    map_name: str

    def rows(self) -> Iterator[tuple[Any, Any]]:
        return read_drafts(self.table, self.layout, self.kind, self.terms)

    def rows_again(self) -> Iterator[tuple[Any, Any]]:
        """The same rows, without noting again what was noted at the first reading."""
        return read_drafts(self.table, self.layout, self.kind, replace(self.terms, notices=Notices()))


def take_in(
    store: Store,
    workspace: Workspace,
    kind: ImportKind,
    path: Path,
    *,
    now: datetime,
    map_path: Path | None = None,
    preset: str = "",
    encoding: str = "",
    source: str = "main",
    dry_run: bool = False,
) -> ImportCount:
    """Import a file whole, in one transaction, and say what it came to; `dry_run` says the same and writes nothing.

    Raises InputError or ProblemsError for a file, header or map that cannot be read, StoreError where nothing was kept.
    """
    file = _open(workspace, kind, path, now=now, map_path=map_path, preset=preset, encoding=encoding)
    with staging(store) as stage:
        intake = intake_of(kind, stage, source, workspace.configuration.currency, now)
        _stage_rows(stage, intake, file)
        late = intake.settle()
        if late:
            _refuse_late(stage, file, late)
        warnings = compare_contacts(stage, source, workspace.configuration.topics) if intake.contacts else ()
        count = _count(stage, intake, file, warnings)
        if dry_run:
            return count
        with stage.merging():
            run_id = add_import(stage, _run_values(file, count, source, now))
            merge_all(stage, intake, run_id=run_id, source=source, now=now, proof=f"{file.table.source.name} line ")
        return count._replace(import_run_id=run_id)


def _open(
    workspace: Workspace,
    kind: ImportKind,
    path: Path,
    *,
    now: datetime,
    map_path: Path | None,
    preset: str,
    encoding: str,
) -> _File:
    if preset and map_path:
        raise UsageError("either --preset or --map, not both")
    check_preset(preset or CANONICAL)
    configuration = workspace.configuration
    given = _read_map(map_path, kind, configuration.attributes) if map_path else None
    table = format_of(path)(
        path,
        _known_names(kind, given, configuration.attributes),
        encoding=encoding or (given.encoding if given else ""),
        delimiter=given.delimiter if given else "",
        header_row=given.header if given else None,
    )
    terms = Terms(
        now=now,
        zone=configuration.timezone,
        currency=configuration.currency,
        russian=configuration.locale.lower().startswith("ru"),
        attributes=configuration.attributes,
        topics=configuration.topics,
    )
    layout = lay_out(table, kind, given, configuration.attributes)
    return _File(table, layout, kind, terms, given.name if given else CANONICAL)


def _read_map(path: Path, kind: ImportKind, attributes: Any) -> ImportMap:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"the map {path} cannot be read: {reason}") from error
    node, problems = read_document(text, path.name)
    found, more = read_map(node, path.name, kind, attributes) if not problems else (None, [])
    if found is None:
        raise ProblemsError([*problems, *more])
    return found


def _known_names(kind: ImportKind, given: ImportMap | None, attributes: Any) -> Any:
    """Whether a header's name means something: to the map, or as a canonical column."""
    if given is None:
        return lambda name: bool(canonical_name(kind, name, attributes))
    theirs = {fold(column) for source in given.columns.values() for column in source.columns}
    return lambda name: fold(name) in theirs


def _stage_rows(stage: Stage, intake: Intake, file: _File) -> None:
    rows = file.rows()
    while batch := list(islice(rows, BATCH)):
        drafts: list[Any] = []
        refusals: list[Refusal] = []
        for _, result in batch:
            if type(result) is not Refusal:
                drafts.append(result)
                continue
            refusals.append(result)
            if result.number and not result.by_rule:
                # the order that it belonged to is not taken; its rows before this one come first
                intake.add(drafts)
                drafts = []
                intake.refuse(result)
        intake.add(drafts)
        stage_refusals(stage, refusals)


def _refuse_late(stage: Stage, file: _File, late: dict[str | int, str]) -> None:
    """Keep the rows that were refused only after all had been read, with their raw text from a second reading."""
    rows = file.rows_again()
    while batch := list(islice(rows, BATCH)):
        refusals = []
        for row, result in batch:
            if type(result) is Refusal:
                continue
            reason = late.get(row.line) or late.get(getattr(result, "number", ""))
            if reason:
                refusals.append(Refusal(row.line, reason, row.raw))
        stage_refusals(stage, refusals)


def _count(stage: Stage, intake: Intake, file: _File, warnings: tuple[str, ...]) -> ImportCount:
    new, changed, unchanged = intake.count()
    refused, by_rule = count_refusals(stage)
    return ImportCount(
        rows=new + changed + unchanged + refused,
        new=new,
        changed=changed,
        unchanged=unchanged,
        refused=refused,
        refused_by_rule=by_rule,
        contacts_made=intake.contacts.resolver.made if intake.contacts else 0,
        import_run_id=None,
        encoding=file.table.source.encoding,
        delimiter=delimiter_name(file.table.delimiter),
        ignored_columns=file.layout.ignored,
        warnings=(*file.terms.notices.texts(), *warnings),
        refusals=first_refusals(stage, SHOWN_REFUSALS),
    )


def _run_values(file: _File, count: ImportCount, source: str, now: datetime) -> dict[str, Any]:
    return {
        "kind": file.kind.value,
        "source": source,
        "file_name": file.table.source.name,
        "sha256": file.table.source.digest,
        "encoding": count.encoding,
        "map_name": file.map_name,
        "imported_at": now,
        "rows": count.rows,
        "new": count.new,
        "changed": count.changed,
        "unchanged": count.unchanged,
        "refused": count.refused,
    }
