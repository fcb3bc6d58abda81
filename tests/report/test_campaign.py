"""What a report computes: lift, money, verdicts, and how periods and arms are put together."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from rekindle.model.campaign import Cost, Goal
from rekindle.model.duration import Duration
from rekindle.model.figures import ArmFigures
from rekindle.report.campaign import ArmReport, CampaignReport, Period
from rekindle.report.judgement import Verdict
from rekindle.report.shares import Share

Make = Callable[..., CampaignReport]

CLEAR = {"letter": (1000, 80, 5000), "holdout": (500, 20, 5000)}


def test_lift_is_treated_minus_holdout_per_contact(report: Make) -> None:
    """8 % against 4 %, and £4 against £2 a contact, in major units."""
    lift = report(CLEAR).lift["letter"]

    assert lift.conversion is not None
    assert lift.revenue_per_contact is not None
    assert lift.conversion.value == pytest.approx(0.04)
    assert lift.revenue_per_contact.value == pytest.approx(2.0)
    assert lift.relative == pytest.approx(1.0)


def test_money_of_a_currency_without_minor_units(report: Make) -> None:
    """A yen is a yen: 5,000 minor units are 5,000."""
    lift = report(CLEAR, currency="JPY").lift["letter"]

    assert lift.revenue_per_contact is not None
    assert lift.revenue_per_contact.value == pytest.approx(200.0)


def test_worth_is_lift_times_everyone_who_was_to_get_a_letter(report: Make) -> None:
    """40 sales and £2,000 that would not have come, for 50 + 1,000 x 0.10."""
    worth = report(CLEAR, cost=Cost(Decimal(50), Decimal("0.10"))).worth

    assert worth.incremental_sales is not None
    assert worth.incremental_revenue is not None
    assert worth.net is not None
    assert worth.incremental_sales.value == pytest.approx(40)
    assert worth.incremental_revenue.value == pytest.approx(2000)
    assert (worth.cost, worth.cost_per_sale) == (Decimal("150.00"), Decimal("1.875"))
    assert worth.cost_per_incremental_sale == pytest.approx(Decimal("3.75"))
    assert worth.net.value == pytest.approx(1850)


def test_the_fixed_cost_is_paid_for_each_period_that_was_sent(report: Make, period: Callable[..., Period]) -> None:
    """Two periods sent, one held back: twice the fixed cost."""
    cost = Cost(fixed=Decimal(50))
    sent = [period(CLEAR, "2026-10", cost=cost), period(CLEAR, "2026-11", cost=cost)]
    held_back = period({"letter": (0, 0, 0)}, "2026-12", cost=cost)

    assert report(*sent, held_back).worth.cost == Decimal(100)


def test_several_letters_are_compared_with_the_holdout_and_with_each_other(report: Make) -> None:
    """Arms in the definition's order, the holdout last; b against a; all letters together make the headline."""
    arms = {"warm": (1000, 50, 100), "holdout": (1000, 40, 100), "short": (1000, 90, 100)}
    made = report(arms, shares={"holdout": 1.0, "warm": 1.0, "short": 1.0})

    assert list(made.arms) == ["warm", "short", "holdout"]
    assert {name: round(lift.conversion.value, 6) for name, lift in made.lift.items() if lift.conversion} == {
        "warm": 0.01,
        "short": 0.05,
    }
    assert [(one.arm, one.against) for one in made.between] == [("short", "warm")]
    assert made.between[0].lift.conversion is not None
    assert made.between[0].lift.conversion.value == pytest.approx(0.04)
    assert made.overall is not None
    assert made.overall.conversion is not None
    assert made.overall.conversion.value == pytest.approx(0.03)


def test_periods_are_pooled_and_not_poured_together(report: Make, period: Callable[..., Period]) -> None:
    """Simpson's trap: the letter gains two points in each period, though all counts together would say it loses."""
    low = period({"letter": (9000, 270, 1), "holdout": (1000, 10, 1)}, "2026-10")
    high = period({"letter": (1000, 320, 1), "holdout": (9000, 2700, 1)}, "2026-11")
    made = report(low, high)
    treated, held = made.treated, made.holdout

    assert treated.converted / treated.audience < held.converted / held.audience
    assert made.overall is not None
    assert made.overall.conversion is not None
    assert made.overall.conversion.value == pytest.approx(0.02)
    assert [round(lift.conversion.value, 6) for lift in made.by_period if lift and lift.conversion] == [0.02, 0.02]


@pytest.mark.parametrize(
    ("arms", "verdict"),
    [
        (CLEAR, Verdict.BETTER),
        ({"letter": (1000, 20, 1), "holdout": (500, 40, 1)}, Verdict.WORSE),
        ({"letter": (1000, 45, 1), "holdout": (500, 20, 1)}, Verdict.UNDECIDED),
        ({"letter": (100, 9, 1), "holdout": (10, 0, 1)}, Verdict.TOO_LITTLE_DATA),
        ({"letter": (1000, 0, 1), "holdout": (500, 0, 1)}, Verdict.TOO_LITTLE_DATA),
        ({"letter": (1000, 999, 1), "holdout": (500, 499, 1)}, Verdict.TOO_LITTLE_DATA),
        ({"letter": (1000, 80, 1)}, Verdict.NOBODY_HELD_OUT),
        ({"letter": (1000, 80, 1), "holdout": (0, 0, 1)}, Verdict.NOBODY_HELD_OUT),
        ({}, Verdict.NOTHING_SENT),
    ],
)
def test_the_verdict(report: Make, arms: dict[str, tuple[int, int, int]], verdict: Verdict) -> None:
    """Each of what can be said, and only the first three are verdicts."""
    judgement = report(arms).judgement

    assert judgement.verdict is verdict
    assert judgement.verdict.is_given == (verdict in (Verdict.BETTER, Verdict.WORSE, Verdict.UNDECIDED))


def test_five_expected_buyers_in_the_smaller_arm_are_the_edge_of_a_verdict(report: Make) -> None:
    """At 5 % of 100 held out a verdict is given, at 99 it is not and 100 are asked for."""
    enough = report({"letter": (900, 45, 1), "holdout": (100, 5, 1)})
    short = report({"letter": (901, 45, 1), "holdout": (99, 5, 1)})

    assert enough.judgement.verdict is Verdict.UNDECIDED
    assert (short.judgement.verdict, short.judgement.needed) == (Verdict.TOO_LITTLE_DATA, 100)


def test_a_mismatch_of_sizes_withholds_the_verdict(report: Make) -> None:
    """A clear lift, but the holdout lost half of those drawn for it."""
    made = report(CLEAR, shares={"letter": 1.0, "holdout": 1.0})

    assert (made.sample_ratio.ok, made.judgement.verdict) == (False, Verdict.SIZES_DO_NOT_MATCH)


def test_history_drawn_elsewhere_is_not_withheld_its_verdict(report: Make) -> None:
    """The definition of today may name other shares than history had: said, and no more."""
    made = report(CLEAR, shares={"letter": 1.0, "holdout": 1.0}, imported=True)

    assert (made.sample_ratio.ok, made.judgement.verdict) == (False, Verdict.BETTER)


def test_rates_have_the_base_that_they_are_of() -> None:
    """Purchases of the audience, bounces of all tried, opens and clicks of the sent; nothing above one."""
    arm = ArmReport(
        "letter", ArmFigures(audience=100, sent=80, failed=10, bounced=9, opened=20, clicked=8, converted=5)
    )
    early = ArmReport("letter", ArmFigures(audience=3, sent=0, opened=1))

    assert [arm.share(name) for name in ("converted", "sent", "bounced", "opened", "clicked")] == [
        Share(5, 100), Share(80, 100), Share(9, 90), Share(20, 80), Share(8, 80),
    ]  # fmt: skip
    assert early.share("opened") == Share(1, 1)


def test_goals_that_changed_are_all_named(report: Make, period: Callable[..., Period]) -> None:
    """The default counts as a goal of its own where a definition set none."""
    month = Goal(Duration.parse("1 month"))
    made = report(period(CLEAR, "2026-10", goal=None), period(CLEAR, "2026-11", goal=month))

    assert [str(goal.within) for goal in made.goals] == ["14 days", "1 month"]
    assert made.counts_by_default_goal


def test_figures_that_still_grow_are_known_as_such(report: Make, period: Callable[..., Period]) -> None:
    """One open period is enough."""
    open_one = period(CLEAR, "2026-12", complete=False)

    assert not report(CLEAR).is_running
    assert report(period(CLEAR), open_one).is_running


def test_the_left_out_are_added_up_the_largest_first(report: Make, period: Callable[..., Period]) -> None:
    """Over periods, by reason."""
    one = period(CLEAR, left_out={"capped": 5, "no_consent": 1})
    other = period(CLEAR, "2026-12", left_out={"no_consent": 9})

    assert list(report(one, other).left_out.items()) == [("no_consent", 10), ("capped", 5)]
