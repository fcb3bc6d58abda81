"""A number field of the contact at hand as one scalar, for bounds that are another field; NULL where it is missing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, case, func, null, select, type_coerce

from ..model.contact import TEXT_FIELDS
from ..model.order import OrderStatus
from ..segment.catalogue import COMPLETENESS_FIELDS, NUMBER_FIELDS, SCORE_FIELDS
from .tables import contact_attribute, orders
from .types import MILLION
from .where_alive import alive_ratio, life_rows
from .where_frame import Frame
from .where_rhythm import RHYTHM_FIELDS, days_as_number, rhythm_ratio, rhythm_rows, today_number
from .where_scores import score_rows
from .where_values import Ratio, RatioOf


def scalars(frame: Frame) -> RatioOf:
    """The number fields of the contact that `frame` is about, by name."""
    return lambda name: scalar(frame, name)


def scalar(frame: Frame, field: str) -> Ratio:
    """A number field or attribute of the contact that `frame` is about."""
    if field not in NUMBER_FIELDS:
        own = contact_attribute.alias()
        found = select(millionths(own)).where(own.c.contact_id == frame.of.c.id, own.c.name == field)
        return Ratio(_one_value(found.where(own.c.position == 0), own), unit=MILLION, nullable=True)
    if field in RHYTHM_FIELDS:
        return _of_rhythm(frame, field)
    if field == "alive":
        return _alive(frame)
    if field in SCORE_FIELDS:
        scores = score_rows(field, frame.asking.as_of)
        found = select(scores.c.score).where(scores.c.contact_id == frame.of.c.id)
        return Ratio(_one_value(found, scores), nullable=True)
    return Ratio(_completeness(frame)) if field == "completeness" else _of_orders(frame, field)


def millionths(own: FromClause) -> ColumnElement[int]:
    """A number attribute as the integer that is stored."""
    return type_coerce(own.c.number, BigInteger)


def _of_orders(frame: Frame, field: str) -> Ratio:
    own = orders.alias()
    unit = frame.asking.money_unit
    match field:
        case "orders":
            return Ratio(_of_paid(frame, own, func.count()))
        case "revenue":
            return Ratio(func.coalesce(_of_paid(frame, own, func.sum(own.c.amount)), 0), unit=unit)
        case "average_order":
            count = func.nullif(_of_paid(frame, own, func.count()), 0)
            return Ratio(_of_paid(frame, own, func.sum(own.c.amount)), count, unit, nullable=True)
    last = _of_paid(frame, own, func.max(days_as_number(own.c.placed_on)))
    return Ratio(today_number(frame.asking) - last, nullable=True)


def _of_paid(frame: Frame, own: FromClause, made: ColumnElement[Any]) -> ColumnElement[Any]:
    """What is made of the paid orders up to as_of."""
    found = select(made).where(
        own.c.contact_id == frame.of.c.id,
        own.c.status == OrderStatus.PAID.value,
        own.c.placed_at <= frame.asking.as_of,
    )
    return _one_value(found, own)


def _of_rhythm(frame: Frame, field: str) -> Ratio:
    rhythm = rhythm_rows(frame.asking.as_of)
    ratio = rhythm_ratio(field, rhythm, frame.asking)
    assert ratio.bottom is not None
    mine = rhythm.c.contact_id == frame.of.c.id
    top, bottom = (_one_value(select(part).where(mine), rhythm) for part in (ratio.top, ratio.bottom))
    return Ratio(top, bottom, nullable=True)


def _alive(frame: Frame) -> Ratio:
    if frame.asking.lifetimes is None:
        return Ratio(null(), unit=MILLION, nullable=True)
    lives = life_rows(frame.asking.as_of)
    found = select(alive_ratio(lives, frame.asking).top).where(lives.c.contact_id == frame.of.c.id)
    return Ratio(_one_value(found, lives), unit=MILLION, nullable=True)


def _one_value(statement: Select[Any], own: FromClause) -> ColumnElement[Any]:
    return statement.correlate_except(own).scalar_subquery()


def _completeness(frame: Frame) -> ColumnElement[Any]:
    columns = frame.of.c
    known = [
        columns[f"{name}_folded"] != "" if name in TEXT_FIELDS else columns[name].is_not(None)
        for name in COMPLETENESS_FIELDS
    ]
    total: Any = sum((case((one, 1), else_=0) for one in known[1:]), case((known[0], 1), else_=0))
    whole: ColumnElement[Any] = (total * 100) // len(COMPLETENESS_FIELDS)
    return whole
