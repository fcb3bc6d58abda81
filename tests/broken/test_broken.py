"""Every folder here is a workspace with one way of being wrong, and `expected` the exact words that its user gets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

CASES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/expected"))


def test_there_are_enough_ways_to_be_wrong() -> None:
    """The folders are found: an empty list of cases would pass everything."""
    assert len(CASES) >= 34


@pytest.mark.parametrize("case", CASES)
def test_the_words_are_exactly_these(case: str, tmp_path: Path, rekindle: Callable[..., object]) -> None:
    """Problems on stdout, one a line; exit 1, or 0 where all are warnings; nothing is written into the workspace."""
    folder = Path(__file__).parent / case
    root = tmp_path / case
    shutil.copytree(folder, root)
    (root / "expected").unlink()
    before = sorted(path.relative_to(root) for path in root.rglob("*"))
    ran = rekindle("-C", root, "check")
    expected = (folder / "expected").read_text(encoding="utf-8")
    faults = [line for line in expected.splitlines() if ": warning: " not in line]
    assert (expected, int(bool(faults))) == (ran.out, ran.code)  # type: ignore[attr-defined]
    assert before == sorted(path.relative_to(root) for path in root.rglob("*"))


def test_as_json_the_same_problems_are_values(rekindle: Callable[..., object]) -> None:
    """For editors and scripts: file, line, column, message, hint, warning."""
    folder = Path(__file__).parent / "campaign-unknown-topic"
    ran = rekindle("-C", folder, "--json", "check")
    expected = {
        "file": "campaigns/win-back.yml",
        "line": 2,
        "column": 8,
        "message": "unknown topic 'discounts'",
        "hint": "known: news, offers",
        "warning": False,
    }
    assert ([expected], 1) == (json.loads(ran.out), ran.code)  # type: ignore[attr-defined]


def test_the_words_at_the_end_count_what_was_found(rekindle: Callable[..., object]) -> None:
    """On stderr, for a person."""
    ran = rekindle("-C", Path(__file__).parent / "several-at-once", "check")
    assert ran.err == "7 files, 2 segments, 2 campaigns: 9 problems\n"  # type: ignore[attr-defined]
