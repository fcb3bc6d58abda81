"""Rows bound as one value come out as they went in, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import BigInteger, Text, select

from rekindle.model.error import StoreError
from rekindle.store.bundle import bundle_columns, bundled
from rekindle.store.engine import Store
from rekindle.store.opening import open_store
from rekindle.store.types import EPOCH, Moment, microseconds, moment_text

AWKWARD = ["", "NULL", "null", "a,b", "{a}", '"', "\\", '\\"', "a\nb\tc", " edge ", "'; --", "ж", "🕯", "%s %(x)s", "$1"]


@pytest.mark.parametrize("texts", [AWKWARD, ["plain", "{a,b}"], ["one", None], [None, "one"], [None]])
def test_texts_of_every_kind_are_kept_in_a_bundle(store: Store, texts: list[str | None]) -> None:
    """Braces, commas and quotes mean something in PostgreSQL's arrays, and so does the bare word NULL."""
    types = {"row": BigInteger(), "words": Text()}
    columns = bundle_columns(store.engine.dialect.name, types)
    rows = list(enumerate(texts))
    with store.reading() as connection:
        bound = bundled(store.engine.dialect.name, tuple(types), rows)
        found = connection.execute(select(columns["row"], columns["words"]), bound).all()
    assert sorted((row, words) for row, words in found) == rows


@pytest.mark.parametrize("past", [timedelta(), timedelta(microseconds=1), timedelta(days=20_000, microseconds=999_999)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_moment_written_as_text_is_the_same_to_the_microsecond(postgres_url: str, past: timedelta, sign: int) -> None:
    """The Moment column reads what `moment_text` has written, before 1970 as well."""
    moment: datetime = EPOCH + sign * past
    store = open_store(postgres_url)
    column = bundle_columns("postgresql", {"moment": Moment()})["moment"]
    with store.reading() as connection:
        bound = bundled("postgresql", ("moment",), [(moment_text(microseconds(moment)),)])
        assert connection.execute(select(column), bound).scalar_one() == moment
    store.close()


def test_a_text_with_a_nul_is_refused_and_never_read_as_two(postgres_url: str) -> None:
    """PostgreSQL keeps no such text; taken for two, every row after it would have another's words."""
    columns = bundle_columns("postgresql", {"words": Text()})
    store = open_store(postgres_url)
    with pytest.raises(StoreError, match="NUL"), store.reading() as connection:
        connection.execute(select(columns["words"]), bundled("postgresql", ("words",), [("a\0b",), ("c",)])).all()
    store.close()
