"""Members with their fields, streamed: what `segment members` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Numeric, Text, cast, func, select

from ..model.contact import TEXT_FIELDS
from ..model.error import UsageError
from ..model.event import EventKind
from ..model.problem import did_you_mean
from ..model.segment import Condition
from ..segment.asking import Asking
from ..segment.catalogue import DAY_FIELDS, FieldKind
from .functions import by_code
from .segments import BATCH, member_clauses
from .tables import contact, contact_attribute, contact_tag, status_history
from .where_alive import with_fitted_lifetimes, with_lifetimes
from .where_frame import Frame
from .where_rows import Rows, human_event_rows, letter_rows, paid_order_rows
from .where_scalars import scalar
from .where_status import deciding_clause

DEFAULT_COLUMNS = ("id", "external_id", "email")


@dataclass(frozen=True)
class Shown:
    """One column: what is selected for it, what is made of that, what it is sorted by."""

    selected: tuple[ColumnElement[Any], ...]
    made: Callable[..., Any]
    sorted_by: ColumnElement[Any]


def member_rows(
    connection: Connection, condition: Condition, asking: Asking, columns: Sequence[str], sort: str = "id"
) -> Iterator[tuple[Any, ...]]:
    """One tuple a member, in the order of `columns`; sorted by `sort` (`-FIELD`: largest first), then id.

    Money in major units, moments in the asking's timezone, missing values None or empty. Raises UsageError for a
    column that is not known.
    """
    asking = with_lifetimes(connection, asking, [condition])
    if "alive" in (*columns, sort.removeprefix("-")):
        asking = with_fitted_lifetimes(connection, asking)
    frame = Frame(asking, connection.dialect.name)
    shown = [column_of(frame, name) for name in columns]
    order = column_of(frame, sort.removeprefix("-")).sorted_by
    order = by_code(order) if isinstance(order.type, Text) else order
    order = order.desc().nulls_last() if sort.startswith("-") else order.asc().nulls_last()
    statement = (
        select(*(part for one in shown for part in one.selected))
        .where(*member_clauses(condition, asking, frame.dialect))
        .order_by(order, contact.c.id)
    )
    for row in connection.execution_options(yield_per=BATCH).execute(statement):
        values = iter(row)
        yield tuple(one.made(*(next(values) for _ in one.selected)) for one in shown)


def column_of(frame: Frame, name: str) -> Shown:
    """The column called `name`: `id`, any field of the catalogue, or the status on a ladder."""
    if name == "id":
        return _plain(contact.c.id)
    ladder = frame.asking.catalogue.ladder(name)
    if ladder is not None:
        return _status(frame, ladder.name)
    kind = frame.asking.catalogue.fields.get(name)
    if kind is None:
        known = ("id", *frame.asking.catalogue.fields, *(one.name for one in frame.asking.catalogue.ladders))
        raise UsageError(f"unknown column '{name}'; {did_you_mean(name, known) or 'known: ' + ', '.join(known)}")
    return _KINDS[kind](frame, name)


def _plain(column: ColumnElement[Any], made: Callable[..., Any] = lambda value: value) -> Shown:
    return Shown((column,), made, column)


def _text(_frame: Frame, name: str) -> Shown:
    if name in TEXT_FIELDS:
        return Shown((contact.c[name],), lambda value: value, contact.c[f"{name}_folded"])
    return _plain(_attribute(name, "value"), lambda value: value or "")


def _status(frame: Frame, ladder: str) -> Shown:
    row = status_history.alias()
    deciding = deciding_clause(row, ladder, frame.asking.as_of)
    found = select(row.c.status).where(row.c.contact_id == contact.c.id, deciding).correlate_except(row)
    return _plain(found.scalar_subquery(), lambda status: status or "")


def _attribute(name: str, column: str) -> ColumnElement[Any]:
    own = contact_attribute.alias()
    found = select(own.c[column]).where(own.c.contact_id == contact.c.id, own.c.name == name, own.c.position == 0)
    return found.correlate_except(own).scalar_subquery()


def _number(frame: Frame, name: str) -> Shown:
    ratio = scalar(frame, name)
    unit = ratio.unit
    if ratio.bottom is None:
        return _plain(ratio.top, lambda top: None if top is None else _decimal(top, unit))
    quotient = (
        cast(ratio.top, Numeric) / cast(ratio.bottom, Numeric)
        if not frame.is_sqlite
        else ratio.top * 1.0 / ratio.bottom
    )
    return Shown(
        (ratio.top, ratio.bottom),
        lambda top, bottom: None if top is None or bottom is None else _decimal(top, int(bottom) * unit),
        quotient,
    )


def _decimal(top: Any, bottom: int) -> Decimal:
    """A number for people: exact where it has few places, else four of them."""
    number = Decimal(int(top)) / bottom
    return number if number == number.quantize(Decimal("0.000001")) else number.quantize(Decimal("0.0001"))


def _date(frame: Frame, name: str) -> Shown:
    if name in DAY_FIELDS:
        return _plain(contact.c[name])
    if name in ("created_at", "confirmed_at"):
        column = contact.c.exists_from if name == "created_at" else contact.c.confirmed_at
        return _plain(column, lambda moment: _local(moment, frame.asking))
    if name not in _ROWS:
        return _plain(_attribute(name, "day"))
    rows = _ROWS[name](frame)
    edge = func.min if name == "first_order_at" else func.max
    found = rows.selected(edge(rows.moment, type_=rows.moment.type)).where(rows.owner == contact.c.id)
    return _plain(found.correlate_except(rows.table).scalar_subquery(), lambda moment: _local(moment, frame.asking))


def _local(moment: datetime | None, asking: Asking) -> datetime | None:
    return None if moment is None or moment > asking.as_of else moment.astimezone(asking.zone)


_ROWS: dict[str, Callable[[Frame], Rows]] = {
    "first_order_at": paid_order_rows,
    "last_order_at": paid_order_rows,
    "last_mailed_at": letter_rows,
    "last_opened_at": lambda frame: human_event_rows(frame, EventKind.OPENED),
    "last_clicked_at": lambda frame: human_event_rows(frame, EventKind.CLICKED),
}


def _flag(_frame: Frame, name: str) -> Shown:
    return _plain(_attribute(name, "flag"))


def _list(_frame: Frame, name: str) -> Shown:
    if name == "tags":
        tag = contact_tag.alias()
        return _joined(tag, tag.c.tag, tag.c.contact_id == contact.c.id)
    own = contact_attribute.alias()
    return _joined(own, own.c.value, own.c.contact_id == contact.c.id, own.c.name == name)


def _joined(own: FromClause, item: ColumnElement[str], *mine: ColumnElement[bool]) -> Shown:
    found = select(func.aggregate_strings(item, "|")).where(*mine).correlate_except(own).scalar_subquery()
    return _plain(found, lambda items: "|".join(sorted((items or "").split("|"))))


_KINDS: dict[FieldKind, Callable[[Frame, str], Shown]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.FLAG: _flag,
    FieldKind.LIST: _list,
}
