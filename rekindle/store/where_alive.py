"""The probability `alive` in SQL: each buyer's life, and the model of all of them put into words (LANGUAGE 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import CTE, Connection, Double, func, literal, select

from ..model.segment import Condition
from ..rhythm.lifetimes import fit_lifetimes
from ..segment.asking import Asking
from ..segment.references import asks_field
from .functions import alive_of
from .tables import orders
from .types import MILLION
from .where_buyers import buyer_rows
from .where_rhythm import days_as_number, today_number
from .where_values import Ratio


@lru_cache(maxsize=32)
def life_rows(as_of: datetime) -> CTE:
    """One row a buyer: contact_id, repeats, active (days from the first to the last purchase day), first_day."""
    day = days_as_number(orders.c.placed_on)
    first = func.min(day)
    lives = buyer_rows(
        as_of,
        (func.count(day.distinct()) - 1).label("repeats"),
        (func.max(day) - first).label("active"),
        first.label("first_day"),
    )
    return lives.cte(f"lives_{as_of.astimezone(UTC):%Y%m%d_%H%M%S_%f}")


def alive_ratio(lives: CTE, asking: Asking) -> Ratio:
    """The probability of each of `lives`, by the asking's model, which must be there."""
    model = asking.lifetimes
    assert model is not None
    figures = (literal(figure, Double) for figure in (model.r, model.alpha, model.a, model.b))
    known = today_number(asking) - lives.c.first_day
    return Ratio(alive_of(lives.c.repeats, lives.c.active, known, *figures), unit=MILLION)


def with_lifetimes(connection: Connection, asking: Asking, conditions: Iterable[Condition] = ()) -> Asking:
    """The asking with the model fitted to all buyers, where one of the conditions asks for `alive`.

    Raises MissingExtraError where numpy, the extra `predict`, is not installed.
    """
    if asking.fitted or not asks_field("alive", conditions, asking.segments):
        return asking
    return with_fitted_lifetimes(connection, asking)


def with_fitted_lifetimes(connection: Connection, asking: Asking) -> Asking:
    """The asking with the model fitted, whatever it will be asked."""
    lives = life_rows(asking.as_of)
    life = (lives.c.repeats, lives.c.active, today_number(asking) - lives.c.first_day)
    # in a certain order: sums of inexact numbers depend on it
    counted = select(*life, func.count()).group_by(*life).order_by(*life)
    rows = connection.execute(counted)
    fit = fit_lifetimes(((row[0], row[1], row[2]), row[3]) for row in rows)
    return replace(asking, lifetimes=None if fit is None else fit.model, fitted=True)
