"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MILLION = 1_000_000


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(number: int) -> datetime:
    """The aware moment, UTC, so many microseconds after 1970 began."""
    return EPOCH + number * MICROSECOND


def moment_text(number: int) -> str:
    """As PostgreSQL reads the moment so many microseconds after 1970 began."""
    second, rest = divmod(number, MILLION)
    return f"{_second_text(second)}.{rest:06}+00"


@lru_cache(maxsize=64)
def _second_text(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%d %H:%M:%S")


class Moment(TypeDecorator[datetime]):
    """An aware moment: integer microseconds UTC on SQLite, timestamptz on PostgreSQL (HOUSE)."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of this database."""
        postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if postgres else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """An aware datetime as the database keeps it. Raises ValueError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must be aware")
        return value if dialect.name == "postgresql" else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the database keeps, as an aware UTC datetime."""
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value is not None else None
        return EPOCH + timedelta(microseconds=value)


class Day(TypeDecorator[date]):
    """A calendar day as its proleptic ordinal, so that differences are whole days on both databases."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        """The ordinal of a date."""
        return None if value is None else value.toordinal()

    def process_result_value(self, value: int | None, dialect: Dialect) -> date | None:
        """The date of an ordinal."""
        return None if value is None else date.fromordinal(value)


class Millionths(TypeDecorator[Decimal]):
    """An exact decimal of at most six places as an integer number of millionths (SQLite has no decimals)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """A decimal as millionths. Raises ValueError when it has more than six places."""
        if value is None:
            return None
        scaled = Decimal(value).scaleb(6)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than six decimal places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Millionths as a decimal."""
        return None if value is None else Decimal(value).scaleb(-6).normalize()
