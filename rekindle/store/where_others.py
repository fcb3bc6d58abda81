"""Ignored, reachable, top, sample and imported as SQL (LANGUAGE 2.3)."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    ScalarSelect,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy import Text as TextType

from ..model.event import EventKind
from ..model.sampling import SAMPLE_RANGE
from ..model.segment import Ignored, Imported, Reachable, Sample, Top, TopBy
from .draw import sample_number_of
from .functions import unindexed
from .reach import reachable_clause
from .tables import contact_touch, event, import_run, orders
from .where_buyers import buyer_rows
from .where_frame import Frame, among_texts, can_be_stored
from .where_rows import letter_rows


def reachable(frame: Frame, condition: Reachable) -> ColumnElement[bool]:
    """An address, consent and no suppression: the rule that plan and claim go by."""
    if condition.topic and not can_be_stored(condition.topic):
        return false()
    return reachable_clause(condition.topic or None, frame.asking.as_of, frame.of)


def sample(frame: Frame, condition: Sample) -> ColumnElement[bool]:
    """The draw by md5 of the salt and the contact's key."""
    key = case((frame.of.c.address_key != "", frame.of.c.address_key),
               else_=literal("id:") + cast(frame.of.c.id, TextType))  # fmt: skip
    return sample_number_of(literal(condition.salt), key) < ceil(condition.share * SAMPLE_RANGE)


def imported(frame: Frame, condition: Imported) -> ColumnElement[bool]:
    """An import up to as_of that brought or touched the contact."""
    touch, run = contact_touch.alias(), import_run.alias()
    clauses = [touch.c.contact_id == frame.of.c.id, run.c.imported_at <= frame.asking.as_of]
    if condition.source:
        clauses.append(among_texts(run.c.source, [condition.source]))
    if condition.within is not None:
        clauses.append(run.c.imported_at > condition.within.before(frame.asking.as_of, frame.asking.zone))
    found = select(touch.c.contact_id).join_from(touch, run, run.c.id == touch.c.import_run_id).where(*clauses)
    return found.correlate_except(touch, run).exists()


# --- ignored --------------------------------------------------------------------------------------------------------


def ignored(frame: Frame, condition: Ignored) -> ColumnElement[bool]:
    """Enough letters, none of those looked at answered by a person."""
    return _ignored_last(frame, condition.last) if condition.last is not None else _ignored_within(frame, condition)


def _ignored_last(frame: Frame, last: int) -> ColumnElement[bool]:
    rows = letter_rows(frame)
    if not frame.is_sqlite:
        # OFFSET 0 keeps PostgreSQL from asking for answers before it has counted, of the millions that have few letters
        reader = rows.selected(rows.owner).group_by(rows.owner).having(func.count() >= last).offset(0).subquery()
        ignoring = select(reader.c.contact_id).where(not_(_answered_last(frame, reader.c.contact_id, last)))
        return frame.among(frame.of.c.id, ignoring)
    enough = (
        rows.selected(rows.owner)
        .where(rows.owner == frame.of.c.id)
        .limit(1)
        .offset(last - 1)
        .correlate_except(rows.table)
        .exists()
    )
    return and_(enough, not_(_answered_last(frame, frame.of.c.id, last)))


def _answered_last(frame: Frame, reader: ColumnElement[int], last: int) -> ColumnElement[bool]:
    """Whether a person answered one of the last letters to `reader`."""
    looked = letter_rows(frame)
    latest = (
        looked.selected(looked.table.c.id)
        .where(looked.owner == reader)
        .order_by(looked.moment.desc(), looked.table.c.id.desc())
        .limit(last)
        .correlate_except(looked.table)
    )
    answer = event.alias()
    answers = select(answer.c.contact_id).where(
        answer.c.contact_id == reader, *_by_people(frame, answer), answer.c.delivery_id.in_(latest)
    )
    # with an OFFSET it stays a question about one contact; PostgreSQL would make an anti-join of it, and ask for the
    # last letters anew for every event there is
    one = answers if frame.is_sqlite else answers.offset(0)
    return one.correlate_except(answer).exists()


def _ignored_within(frame: Frame, condition: Ignored) -> ColumnElement[bool]:
    assert condition.within is not None
    after = condition.within.before(frame.asking.as_of, frame.asking.zone)
    rows, looked = letter_rows(frame), letter_rows(frame)
    enough = (
        rows.selected(rows.owner)
        .where(rows.owner == frame.of.c.id, rows.moment > after)
        .limit(1)
        .offset(condition.at_least - 1)
        .correlate_except(rows.table)
        .exists()
    )
    answer = event.alias()
    answered = (
        looked.selected(looked.owner)
        .join_from(looked.table, answer, answer.c.delivery_id == looked.table.c.id)
        .where(looked.owner == frame.of.c.id, looked.moment > after, *_by_people(frame, answer))
        .correlate_except(looked.table, answer)
        .exists()
    )
    return and_(enough, not_(answered))


def _by_people(frame: Frame, answer: FromClause) -> list[ColumnElement[bool]]:
    kinds = [EventKind.OPENED.value, EventKind.CLICKED.value]
    until = answer.c.occurred_at <= frame.asking.as_of
    return [unindexed(answer.c.kind).in_(kinds), answer.c.machine == false(), until]


# --- top ------------------------------------------------------------------------------------------------------------


def top(frame: Frame, condition: Top) -> ColumnElement[bool]:
    """The first ceil(share x buyers) of a ranking, as a set that is made once."""
    ranked, many = _ranked(frame, condition)
    best = select(ranked.c.contact_id).order_by(ranked.c.score.desc(), ranked.c.contact_id)
    return frame.among(frame.of.c.id, best.limit(many))


def top_edge(frame: Frame, condition: Top) -> Any:
    """The statement of the last of the best: score and contact_id, no row where nobody is among them."""
    ranked, many = _ranked(frame, condition)
    best = select(ranked).order_by(ranked.c.score.desc(), ranked.c.contact_id).limit(many).subquery()
    return select(best.c.score, best.c.contact_id).order_by(best.c.score, best.c.contact_id.desc()).limit(1)


def _ranked(frame: Frame, condition: Top) -> tuple[CTE, ScalarSelect[Any]]:
    """The buyers with their scores above 0, and how many of them are the best."""
    asking, share = frame.asking, Fraction(condition.share)
    score: ColumnElement[Any] = func.count() if condition.by is TopBy.ORDERS else func.sum(orders.c.amount)
    since = None if condition.within is None else condition.within.before(asking.as_of, asking.zone)
    ranked = buyer_rows(asking.as_of, score.label("score"), since=since, having=score > 0).cte()
    many = select((func.count() * share.numerator + (share.denominator - 1)) // share.denominator).select_from(ranked)
    return ranked, many.scalar_subquery()
