"""A real test of 64,000 customers (MineThatData, 2008) against its published results.

The data may be read where they lie but not carried: without them this is skipped, loudly.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sent_rows import START, Rows

from rekindle.line.report_on import report_on
from rekindle.report.campaign import CampaignReport
from rekindle.report.difference import Difference
from rekindle.report.judgement import Verdict
from rekindle.store.opening import open_store
from rekindle.workspace.load import parse_workspace

DATA = Path(__file__).parents[3] / "shared" / "data" / "hillstrom"
ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens", "No E-Mail": "holdout"}
CONFIGURATION = """\
organisation: {name: Shop, address: "1 High Street", url: https://shop.example}
from: Shop <hello@shop.example>
timezone: UTC
currency: USD
topics: {offers: Offers}
"""

pytestmark = pytest.mark.skipif(
    not (DATA / "hillstrom.csv").exists(),
    reason=f"THE REAL E-MAIL TEST IS NOT RUN: {DATA / 'hillstrom.csv'} is not there",
)


@pytest.fixture(scope="module")
def measured() -> CampaignReport:
    """The report of the whole test, from rows in a store."""
    rows = Rows()
    mailing = rows.mailing("2008-03", campaign="hillstrom")
    for customer in _read("hillstrom.csv"):
        _add(rows, mailing, customer)
    workspace, problems = parse_workspace({"rekindle.yml": CONFIGURATION})
    assert workspace is not None, problems
    store = open_store("sqlite://")
    with store.writing() as connection:
        rows.store(connection)
    made = report_on(store, workspace, "hillstrom", START + timedelta(days=60))
    store.close()
    return made


def _read(name: str) -> csv.DictReader[str]:
    return csv.DictReader((DATA / name).read_text("utf-8").splitlines())


def _add(rows: Rows, mailing: int, customer: Mapping[str, str]) -> None:
    contact, arm = rows.contact(), ARMS[customer["segment"]]
    rows.member(mailing, contact, arm)
    if arm != "holdout":
        rows.delivery(mailing, contact)
    if customer["conversion"] == "1":
        rows.order(contact, START + timedelta(days=7), int(Decimal(customer["spend"]) * 100))


@pytest.fixture(scope="module")
def reference() -> dict[tuple[str, str], dict[str, str]]:
    """(metric, arm) -> the published uplift over everybody."""

    def lines() -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
        for line in _read("reference_uplift.csv"):
            if line["breakdown"] == "all":
                yield (line["metric"], ARMS[line["arm"]]), line

    return dict(lines())


def test_the_counts_are_the_published_ones(measured: CampaignReport) -> None:
    """Audience, buyers and money of each group, to the cent."""
    assert {
        name: (arm.figures.audience, arm.figures.converted, arm.figures.revenue) for name, arm in measured.arms.items()
    } == {
        "mens": (21307, 267, 3031169),
        "womens": (21387, 189, 2303811),
        "holdout": (21306, 122, 1390833),
    }


@pytest.mark.parametrize(("arm", "points", "dollars"), [("mens", 0.681, 0.770), ("womens", 0.311, 0.424)])
def test_the_uplift_is_the_published_one(measured: CampaignReport, arm: str, points: float, dollars: float) -> None:
    """Mens +0.681 points and $0.770, Womens +0.311 and $0.424."""
    lift = measured.lift[arm]

    assert lift.conversion is not None
    assert lift.revenue_per_contact is not None
    assert round(lift.conversion.value * 100, 3) == pytest.approx(points, abs=0.0011)
    assert round(lift.revenue_per_contact.value, 3) == dollars


@pytest.mark.parametrize("arm", ["mens", "womens"])
def test_the_intervals_are_the_reference_ones(
    measured: CampaignReport, reference: dict[tuple[str, str], dict[str, str]], arm: str
) -> None:
    """Within a sixtieth of the width: the reference is Wald's, ours are Newcombe's and Welch's."""
    lift = measured.lift[arm]

    for metric, found in (("conversion", lift.conversion), ("spend", lift.revenue_per_contact)):
        assert found is not None
        _close(found, reference[metric, arm])


def _close(found: Difference, line: Mapping[str, str]) -> None:
    low, high = float(line["ci95_lo"]), float(line["ci95_hi"])
    assert (found.low, found.high) == pytest.approx((low, high), abs=(high - low) / 60)
    assert found.value == pytest.approx(float(line["uplift"]), abs=1e-6)
    assert found.p_value is not None
    assert found.p_value < 0.002


def test_the_verdict_is_that_both_letters_worked(measured: CampaignReport) -> None:
    """And mens worked better than womens."""
    assert measured.judgement.verdict is Verdict.BETTER
    assert [one.lift.conversion.high < 0 for one in measured.between if one.lift.conversion] == [True]
