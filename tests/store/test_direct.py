"""PostgreSQL: statements that are handed to its library directly."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Text, bindparam, cast, literal, select

from rekindle.model.error import StoreError
from rekindle.store.direct import Direct
from rekindle.store.opening import open_store

DIVIDED = Direct(select(literal(12) / cast(bindparam("by", type_=Text()), BigInteger), bindparam("said", type_=Text())))


def test_values_go_as_text_and_come_back_so_on_every_connection(postgres_url: str) -> None:
    """A statement is prepared once for each connection; there is no other state."""
    store = open_store(postgres_url)
    with store.owning() as one, store.owning() as other:
        for connection in (one, other, one):
            assert DIVIDED.run(connection, by=4, said="ж%s")[1] == "ж%s".encode()
        assert DIVIDED.run(other, by=4, said=None)[1] is None
    store.close()


def test_a_refusal_is_a_store_error_in_words_and_the_connection_goes_on(postgres_url: str) -> None:
    """As those of the driver: whoever sends stops by it, and nothing is left begun."""
    store = open_store(postgres_url)
    with store.owning() as connection:
        with pytest.raises(StoreError, match="division by zero"):
            store.by_itself(connection, lambda: DIVIDED.run(connection, by=0, said=""))
        assert DIVIDED.run(connection, by=1, said="")[0] is not None
        with store.transaction(connection, durable=True):
            assert connection.execute(select(literal(1))).scalar_one() == 1
    store.close()
