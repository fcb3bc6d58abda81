"""How the import tests bring files in: a real workspace, a real file, a real store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from rekindle.line.take_in import take_in
from rekindle.model.draft import ImportCount, ImportKind
from rekindle.store.engine import Store
from rekindle.workspace.load import parse_workspace

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CONFIGURATION = """
organisation: {name: Workshop, address: "1 Street"}
from: Workshop <hello@workshop.example>
timezone: Europe/Moscow
currency: RUB
locale: ru_RU
topics: {offers: Offers, news: News}
attributes: {shop_area: number, brands: list, gift: flag, since: date, note: text}
"""


@dataclass
class Desk:
    """Takes texts in as files."""

    store: Store
    folder: Path

    def take(self, kind: str, text: str, map_text: str = "", **options: Any) -> ImportCount:
        workspace, problems = parse_workspace({"rekindle.yml": CONFIGURATION}, self.folder)
        assert workspace is not None, problems
        path = self.folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        if map_text:
            options["map_path"] = self.folder / "its.map.yml"
            options["map_path"].write_text(map_text, encoding="utf-8")
        options.setdefault("now", NOW)
        return take_in(self.store, workspace, ImportKind(kind), path, **options)

    def rows(self, table: Any, *names: str) -> list[tuple[Any, ...]]:
        with self.store.reading() as connection:
            found = connection.execute(select(*(table.c[name] for name in names)).order_by(*table.primary_key)).all()
        return [tuple(row) for row in found]

    def everything(self, tables: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Every row of every table but those that record the imports themselves."""
        apart = {"import_run", "import_refusal"}
        with self.store.reading() as connection:
            return {
                name: sorted(map(repr, connection.execute(select(table)).all()))
                for name, table in tables.items()
                if name not in apart
            }


def counts(count: ImportCount) -> tuple[int, int, int, int]:
    assert count.rows == count.new + count.changed + count.unchanged + count.refused
    return count.new, count.changed, count.unchanged, count.refused
