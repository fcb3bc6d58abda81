from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.address import Mailbox
from rekindle.model.campaign import Campaign, Schedule
from rekindle.model.error import UsageError
from rekindle.plan.occasion import period_meant

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
