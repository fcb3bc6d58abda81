"""Typical segments as SQL of both databases and as sentences: what a change of the engine changes shows in a diff.

GOLDEN=write in the environment writes the files anew; read the diff before it is kept.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from rekindle.model.contact import AttributeKind
from rekindle.model.segment import Ladder, Rung, Segment
from rekindle.segment.asking import Asking
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.segment.phrase import phrase
from rekindle.store.segments import shown_statement
from rekindle.workspace.document import read_document

FOLDER = Path(__file__).parents[1] / "golden" / "segments"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yml"))
CATALOGUE = Catalogue({"potential": AttributeKind.NUMBER}, (Ladder("status", (Rung("idle"),)),), topics=("offers",))


def segment_of(name: str) -> Segment:
    node, faults = read_document((FOLDER / f"{name}.yml").read_text(encoding="utf-8"), f"{name}.yml")
    assert faults == []
    assert node is not None
    condition, problems = read_condition(node, CATALOGUE)
    assert problems == []
    assert condition is not None
    return Segment(name, condition)


ASKING = Asking(datetime(2026, 11, 1, 9, tzinfo=UTC), UTC, CATALOGUE, {name: segment_of(name) for name in NAMES})


@pytest.mark.parametrize("name", NAMES)
def test_a_segment_is_said_and_asked_as_before(name: str) -> None:
    """Both statements with their values, both sentences."""
    condition = ASKING.segments[name].where
    parts = [phrase(condition, "en"), phrase(condition, "ru")]
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        statement, values = shown_statement(condition, ASKING, dialect)
        parts.append(
            f"{dialect.name}\n\n{statement}\n\n" + "\n".join(f"{key} = {value}" for key, value in values.items())
        )
    found = "\n\n".join("\n".join(line.rstrip() for line in part.splitlines()) for part in parts) + "\n"
    golden = FOLDER / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")
