"""Whatever a file holds: the counts add up, nothing breaks, and the same file again changes nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from taking_in import Desk, counts

from rekindle.intake.columns import COLUMNS
from rekindle.model.draft import ImportKind
from rekindle.model.error import InputError
from rekindle.store.engine import Store

CELLS = (
    "", "a@x.example", "b@y.example", "1", "2", "99999999999999999999", "-1", "0.1234567", "1,5", '"q"', '"',
    "2026-01-01", "9999-12-31T23:59:59Z", "0001-01-01", "paid", "refunded", "*", "offers|news", "vip|a||b", "x" * 3000,
    "\u202e\u200b", "Ёлка", "yes", "f", "+7 916 123 45 67", "89161234567", "holdout", "letter", "NaN", "person",
    "Europe/Moscow", "2026-02-30", "=1+1", "ﬁ", "İ", "ß",
)  # fmt: skip


def strange_file(random_: random.Random, kind: ImportKind) -> str:
    columns = random_.sample(COLUMNS[kind], random_.randint(1, len(COLUMNS[kind])))
    delimiter = random_.choice(",;|\t")
    widths = [len(columns) + random_.choice([0, 0, 0, 0, 1, -1]) for _ in range(random_.randint(0, 30))]
    rows = [delimiter.join(random_.choice(CELLS) for _ in range(width)) for width in widths]
    return "\n".join([delimiter.join(columns), *rows])


@pytest.mark.parametrize("seed", range(3))
def test_any_file_twice(store: Store, tmp_path: Path, seed: int) -> None:
    """Files of odd cells, one after the other into one store, each of them twice."""
    desk = Desk(store, tmp_path)
    random_ = random.Random(seed)
    taken = 0
    for _ in range(25):
        kind = random_.choice(list(ImportKind))
        text = strange_file(random_, kind)
        try:
            first = desk.take(kind.value, text)
        except InputError:
            continue
        taken += 1
        again = desk.take(kind.value, text)
        assert counts(again) == (0, 0, first.rows - first.refused, first.refused)
    assert taken > 5
