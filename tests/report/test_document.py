"""The JSON of a report: its keys are a contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from rekindle.model.campaign import Cost
from rekindle.report.campaign import CampaignReport, Period
from rekindle.report.document import document_of, summary_of

Make = Callable[..., CampaignReport]

CLEAR = {"letter": (1000, 80, 5010), "holdout": (500, 20, 5010)}


def test_the_keys_of_the_contract(report: Make) -> None:
    """Every key that COMMANDS names, at its place; numbers are numbers."""
    made = json.loads(json.dumps(document_of(report(CLEAR, cost=Cost(Decimal(50), Decimal("0.1"))))))

    assert list(made)[:6] == ["campaign", "periods", "arms", "lift", "money", "sample_ratio"]
    assert (made["campaign"], made["periods"]) == ("win-back", ["2026-11"])
    letter = made["arms"]["letter"]
    counts = ["audience", "sent", "failed", "bounced", "complained", "unsubscribed", "opened", "opened_machine",
              "clicked", "converted", "revenue"]  # fmt: skip
    assert [letter[name] for name in counts] == [1000, 1000, 0, 0, 0, 0, 0, 0, 0, 80, 4008.0]
    assert letter["converted_rate"] == {
        "rate": 0.08,
        "low": pytest.approx(0.0647, abs=1e-4),
        "high": pytest.approx(0.0985, abs=1e-4),
        "of": 1000,
    }
    assert set(made["lift"]) == {"letter"}
    for name in ("conversion", "revenue_per_contact"):
        assert {"difference", "low", "high", "p_value"} <= set(made["lift"]["letter"][name])
    assert made["lift"]["letter"]["conversion"]["difference"] == pytest.approx(0.04)
    assert made["lift"]["letter"]["revenue_per_contact"]["difference"] == pytest.approx(2.004)
    assert (made["money"]["cost"], made["money"]["cost_per_sale"]) == (150.0, 1.875)
    assert made["money"]["incremental_revenue"] == pytest.approx(2004.0)
    assert made["sample_ratio"] == {"p_value": 1.0, "ok": True}


def test_too_little_data_gives_no_verdict_and_says_so(report: Make) -> None:
    """`verdict` is null; `words` and `judgement` say why."""
    made = document_of(report({"letter": (100, 9, 100), "holdout": (10, 0, 100)}))

    assert made["verdict"] is None
    assert made["judgement"]["kind"] == "too_little_data"
    assert made["words"].startswith("Too little data: ")


def test_a_campaign_that_was_never_sent_is_a_whole_document_too(report: Make) -> None:
    """Nothing is missing: what is unknown is null or empty."""
    made = document_of(report())

    assert (made["periods"], made["arms"], made["lift"], made["overall"]) == ([], {}, {}, None)
    assert made["money"]["cost"] == 0.0
    assert made["money"]["incremental_revenue"] is None
    assert made["sample_ratio"] == {"p_value": None, "ok": True}


def test_the_periods_are_told_one_by_one_too(report: Make, period: Callable[..., Period]) -> None:
    """Each with its own lift, oldest first."""
    made = document_of(report(period(CLEAR, "2026-10"), period(CLEAR, "2026-11", complete=False)))

    assert [one["period"] for one in made["by_period"]] == ["2026-10", "2026-11"]
    assert [one["complete"] for one in made["by_period"]] == [True, False]
    assert made["by_period"][0]["lift"]["conversion"]["difference"] == pytest.approx(0.04)
    assert made["complete"] is False


def test_the_summary_is_one_line_of_the_same_figures(report: Make) -> None:
    """The list of all campaigns says of each what its own report says."""
    made = report(CLEAR)
    whole, line = document_of(made), summary_of(made)

    assert {name: line[name] for name in ("campaign", "periods", "overall", "money", "verdict")} == {
        name: whole[name] for name in ("campaign", "periods", "overall", "money", "verdict")
    }
    assert (line["audience"], line["held_out"], line["converted"], line["revenue"]) == (1000, 500, 80, 4008.0)
