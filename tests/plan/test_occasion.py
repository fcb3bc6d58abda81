from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.address import Mailbox
from rekindle.model.campaign import Campaign, Schedule
from rekindle.model.duration import Duration
from rekindle.model.error import UsageError
from rekindle.plan.occasion import on_schedule, period_meant

MOSCOW = ZoneInfo("Europe/Moscow")
CAMPAIGN = Campaign("winback", "offers", ("s",), Mailbox("a@b.example"), "s", "t.mjml")
SCHEDULED = replace(CAMPAIGN, schedule=Schedule("0 10 1 * *"))


def test_a_period_that_is_asked_for_is_meant() -> None:
    assert period_meant(SCHEDULED, "spring", datetime(2026, 11, 5, tzinfo=UTC), MOSCOW) == "spring"


def test_a_scheduled_campaign_means_its_latest_cron_moment() -> None:
    assert period_meant(SCHEDULED, None, datetime(2026, 11, 1, 7, tzinfo=UTC), MOSCOW) == "2026-11"
    assert period_meant(SCHEDULED, None, datetime(2026, 11, 1, 6, 59, tzinfo=UTC), MOSCOW) == "2026-10"


def test_an_unscheduled_one_means_today() -> None:
    assert period_meant(CAMPAIGN, None, datetime(2026, 11, 5, 22, tzinfo=UTC), MOSCOW) == "2026-11-06"


def test_a_wrong_period_is_refused_with_what_may_stand_in_it() -> None:
    with pytest.raises(UsageError, match="'a b' cannot name a period"):
        period_meant(CAMPAIGN, "a b", datetime(2026, 11, 5, tzinfo=UTC), MOSCOW)


@pytest.mark.parametrize(
    ("lateness", "now", "period", "due", "makes", "coming"),
    [
        (None, "2026-11-22T00:00", "2026-11", "2026-11", True, "2026-12"),
        ("12 hours", "2026-11-01T19:00", "2026-11", "2026-11", True, "2026-12"),
        ("12 hours", "2026-11-22T00:00", "2026-11", "2026-11", False, "2026-12"),
        ("12 hours", "2026-11-22T00:00", "2026-12", "2026-12", True, "2026-12"),
        ("12 hours", "2026-11-22T00:00", "by-hand", None, False, "2026-12"),
    ],
)
def test_where_a_period_stands_on_its_schedule(
    lateness: str | None, now: str, period: str, due: str | None, makes: bool, coming: str
) -> None:
    """The period that `plan` and `send` mean is the latest moment's; whether `run` still makes it, it says beside."""
    campaign = replace(CAMPAIGN, schedule=Schedule("0 10 1 * *", Duration.parse(lateness) if lateness else None))
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = on_schedule(campaign, period, moment, MOSCOW)
    assert found is not None
    assert found.next is not None
    assert (found.due and found.due.period, found.makes, found.next.period) == (due, makes, coming)
    assert on_schedule(CAMPAIGN, period, moment, MOSCOW) is None
