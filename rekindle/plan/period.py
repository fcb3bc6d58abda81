"""Periods: the name of a mailing's occasion, the cron moment as short as the expression allows (LANGUAGE 4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from cronsim import CronSim

PERIOD_PATTERN = re.compile(r"[A-Za-z0-9._:-]+\Z")
_CRON_PERIOD = re.compile(r"\d{4}-\d{2}(-\d{2}(T\d{2}(:\d{2})?)?)?\Z")
_ANY_MONTH = frozenset(range(1, 13))
_ANY_WEEKDAY = frozenset(range(1, 8))

MONTH, DAY, HOUR, MINUTE = "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M"


def period_format(cron: str) -> str:
    """How the periods of an expression are written: by month, day, hour or minute. Raises CronSimError."""
    fields = CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))
    any_month = fields.months >= _ANY_MONTH
    any_weekday = {day % 7 or 7 for day in fields.weekdays if isinstance(day, int)} >= _ANY_WEEKDAY
    if len(fields.minutes) > 1:
        return MINUTE
    if len(fields.hours) > 1:
        return HOUR
    return MONTH if len(fields.days) == 1 and any_month and any_weekday else DAY


def period_name(cron: str, moment: datetime, zone: tzinfo) -> str:
    """The period that the cron moment `moment` (aware) names by the clock of `zone`: `2026-11`, `2026-11-05`, ..."""
    return moment.astimezone(zone).strftime(period_format(cron))


def unscheduled_period(as_of: datetime, zone: tzinfo) -> str:
    """The period of a campaign without a schedule where none is given: that day's date in `zone`."""
    return as_of.astimezone(zone).strftime(DAY)


def is_period(text: str) -> bool:
    """Whether `text` can name a period."""
    return PERIOD_PATTERN.match(text) is not None


def covers(made: str, period: str) -> bool:
    """Whether a mailing of `made` speaks for `period`: the same, or one of them lies within the other.

    A changed cron expression never mails a month, day or hour again: with `2026-11` sent, `2026-11-05` is covered,
    and with `2026-11-05` sent so is `2026-11`. Names that are no cron moments cover only themselves.
    """
    if made == period:
        return True
    if not (_CRON_PERIOD.match(made) and _CRON_PERIOD.match(period)):
        return False
    shorter = min(len(made), len(period))
    return made[:shorter] == period[:shorter]
