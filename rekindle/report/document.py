"""A report as one JSON document (COMMANDS 4): money in major units, rates and differences as fractions."""

from __future__ import annotations

from typing import Any

from ..model.money import minor_digits
from .campaign import ArmReport, CampaignReport, Period
from .difference import Difference, Interval
from .lift import Lift
from .shares import Share
from .words import words_for

RATED = ("sent", "failed", "bounced", "complained", "unsubscribed", "opened", "opened_machine", "clicked", "converted")
"""The counts of an arm that have a rate beside them, as `<count>_rate`."""

Document = dict[str, Any]


def document_of(report: CampaignReport) -> Document:
    """The whole report. `verdict` is null where the data give none, and `words` then say why."""
    currency, judgement = report.heading.currency, report.judgement
    return {
        "campaign": report.heading.campaign,
        "periods": [period.figures.period for period in report.periods],
        "arms": {name: _arm(arm, currency) for name, arm in report.arms.items()},
        "lift": {name: _lift(lift) for name, lift in report.lift.items()},
        "money": _money(report),
        "sample_ratio": {"p_value": report.sample_ratio.p_value, "ok": report.sample_ratio.ok},
        "verdict": judgement.verdict.value if judgement.verdict.is_given else None,
        "judgement": {
            "kind": judgement.verdict.value,
            "needed_contacts": judgement.needed,
            "smallest_visible_difference": judgement.visible,
        },
        "words": words_for(report).headline,
        "overall": _lift(report.overall) if report.overall else None,
        "between": [{"arm": one.arm, "against": one.against, **_lift(one.lift)} for one in report.between],
        "codes": [
            {
                "code": one.code,
                "orders": one.orders,
                "revenue": major(one.revenue, currency),
                "not_mailed": one.strangers,
            }
            for one in report.codes
        ],
        "left_out": dict(report.left_out),
        "by_period": [_period(*pair) for pair in zip(report.periods, report.by_period, strict=True)],
        "as_of": report.heading.as_of.isoformat(),
        "goal": [str(goal.within) for goal in report.goals],
        "goal_is_default": report.counts_by_default_goal,
        "complete": not report.is_running,
        "currency": currency,
        "confidence": 0.95,
    }


def summary_of(report: CampaignReport) -> Document:
    """One campaign in a line, for the list of all."""
    whole = document_of(report)
    named = ("campaign", "periods", "overall", "money", "verdict", "words", "complete", "currency")
    treated, holdout = report.treated, report.holdout
    return {
        **{name: whole[name] for name in named[:2]},
        "audience": treated.audience,
        "held_out": holdout.audience,
        "sent": treated.sent,
        "converted": treated.converted,
        "revenue": major(treated.revenue, report.heading.currency),
        **{name: whole[name] for name in named[2:]},
    }


def major(minor: int, currency: str) -> float:
    """Minor units as a JSON number of major units: the nearest double, which prints as the exact decimal."""
    digits = minor_digits(currency)
    return minor / 10**digits if digits else float(minor)


def _arm(arm: ArmReport, currency: str) -> Document:
    figures = arm.figures
    mean, scale = arm.revenue_per_contact(), 10 ** minor_digits(currency)
    names = ("audience", "letters", "unknown", *RATED)
    return {
        **{name: getattr(figures, name) for name in names},
        "revenue": major(figures.revenue, currency),
        **{f"{name}_rate": _rate(arm.share(name)) for name in RATED},
        "revenue_per_contact": {
            "mean": mean.mean / scale if mean.mean is not None else None,
            **_limits(mean.interval, 1 / scale),
        },
    }


def _rate(share: Share) -> Document:
    return {"rate": share.rate, **_limits(share.interval), "of": share.of}


def _limits(interval: Interval | None, scale: float = 1.0) -> Document:
    if interval is None:
        return {"low": None, "high": None}
    return {"low": interval.low * scale, "high": interval.high * scale}


def _lift(lift: Lift) -> Document:
    return {
        "conversion": {**_difference(lift.conversion), "relative": lift.relative},
        "revenue_per_contact": _difference(lift.revenue_per_contact),
    }


def _difference(found: Difference | None) -> Document:
    if found is None:
        return {"difference": None, "low": None, "high": None, "p_value": None}
    return {"difference": found.value, "low": found.low, "high": found.high, "p_value": found.p_value}


def _money(report: CampaignReport) -> Document:
    worth = report.worth
    document: Document = {
        "currency": report.heading.currency,
        "cost": float(worth.cost),
        "cost_per_sale": _number(worth.cost_per_sale),
        "cost_per_incremental_sale": _number(worth.cost_per_incremental_sale),
    }
    totals = {
        "incremental_sales": worth.incremental_sales,
        "incremental_revenue": worth.incremental_revenue,
        "net": worth.net,
    }
    for name, total in totals.items():
        document |= {
            name: total.value if total else None,
            f"{name}_low": total.low if total else None,
            f"{name}_high": total.high if total else None,
        }
    return document


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _period(period: Period, lift: Lift | None) -> Document:
    figures = period.figures
    return {
        "period": figures.period,
        "started_at": figures.started_at.isoformat() if figures.started_at else None,
        "counted_until": figures.counted_until.isoformat() if figures.counted_until else None,
        "complete": figures.complete,
        "audience": {name: arm.audience for name, arm in figures.arms.items()},
        "converted": {name: arm.converted for name, arm in figures.arms.items()},
        "lift": _lift(lift) if lift else None,
    }
