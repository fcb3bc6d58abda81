"""Figures to report: what a campaign's letters were worth, from the store and the definitions as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from ..model.campaign import Campaign, Cost
from ..model.error import UsageError
from ..model.problem import did_you_mean
from ..plan.arms import arms_of
from ..report.campaign import DEFAULT_GOAL, CampaignReport, Heading, Period, report_of
from ..store.code_orders import code_figures
from ..store.engine import Store
from ..store.figures import Occasion, campaigns_mailed, occasions, period_figures
from ..workspace.freeze import thaw
from ..workspace.load import Workspace

Choice = Callable[[Sequence[Occasion]], Sequence[Occasion]]
"""Which of a campaign's occasions (oldest first) a report is of."""


def report_on(
    store: Store, workspace: Workspace, campaign: str, as_of: datetime, *, period: str = "", all_periods: bool = False
) -> CampaignReport:
    """The report of one campaign at `as_of`: of `period`, of all periods pooled, or (neither given) of the latest.

    A campaign that is defined and had no mailing yet gives a report without periods. Raises UsageError for a campaign
    or a period that is not known.
    """

    def choose(found: Sequence[Occasion]) -> Sequence[Occasion]:
        if period:
            return _of_period(found, campaign, period)
        return found if all_periods else found[-1:]

    made = _report(store, workspace, campaign, as_of, choose)
    if not made.periods and campaign not in workspace.campaigns:
        known = {*workspace.campaigns, *_mailed(store, as_of)}
        raise UsageError(_unknown(f"no campaign '{campaign}'", did_you_mean(campaign, known)))
    return made


def report_on_all(store: Store, workspace: Workspace, as_of: datetime) -> tuple[CampaignReport, ...]:
    """Every campaign that had a mailing by `as_of`, all periods pooled, in order of name."""
    return tuple(_report(store, workspace, campaign, as_of, lambda found: found) for campaign in _mailed(store, as_of))


def heading_of(workspace: Workspace, campaign: str, as_of: datetime) -> Heading:
    """What a report of `campaign` is about, as the workspace says."""
    configuration = workspace.configuration
    defined = workspace.campaigns.get(campaign)
    return Heading(
        campaign=campaign,
        as_of=as_of,
        zone=configuration.timezone,
        currency=configuration.currency,
        locale=configuration.locale,
        description=defined.description if defined else "",
        organisation=configuration.organisation.name,
    )


def _mailed(store: Store, as_of: datetime) -> tuple[str, ...]:
    with store.reading() as connection:
        return campaigns_mailed(connection, as_of)


def _of_period(found: Sequence[Occasion], campaign: str, period: str) -> Sequence[Occasion]:
    chosen = [occasion for occasion in found if occasion.period == period]
    if not chosen and found:
        hint = did_you_mean(period, (occasion.period for occasion in found))
        raise UsageError(_unknown(f"campaign '{campaign}' has no period '{period}'", hint))
    return chosen


def _unknown(what: str, hint: str) -> str:
    return f"{what} ({hint})" if hint else what


def _report(store: Store, workspace: Workspace, campaign: str, as_of: datetime, choose: Choice) -> CampaignReport:
    """One campaign's report, every figure of it read from one state of the store."""
    definitions = _Definitions(workspace)
    zone = workspace.configuration.timezone
    periods = []
    with store.reading() as connection:
        found = occasions(connection, campaign, as_of)
        next_start = {one.period: later.started_at for one, later in pairwise(found)}
        for occasion in choose(found):
            definition = definitions.of(occasion)
            goal = definition.goal if definition else None
            figures = period_figures(connection, occasion, (goal or DEFAULT_GOAL).within, zone, as_of)
            if definition and occasion.started_at:
                until = min(as_of, next_start.get(occasion.period) or as_of)
                codes = [offer.values["code"] for offer in definition.offers if "code" in offer.values]
                carried = code_figures(connection, occasion.mailing_ids, codes, occasion.started_at, until)
                figures = replace(figures, codes=carried)
            cost = definition.cost if definition else Cost()
            periods.append(Period(figures, goal, cost, _shares(definition), imported=occasion.imported))
    return report_of(heading_of(workspace, campaign, as_of), periods)


class _Definitions:
    """The campaign as it was at each occasion; occasions frozen alike are read once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._read: dict[tuple[str, str], Campaign | None] = {}

    def of(self, occasion: Occasion) -> Campaign | None:
        """The frozen definition, else the workspace's own, else None (history of a campaign defined elsewhere)."""
        key = (occasion.campaign, occasion.frozen)
        if key not in self._read:
            self._read[key] = self._thaw(occasion) or self._workspace.campaigns.get(occasion.campaign)
        return self._read[key]

    def _thaw(self, occasion: Occasion) -> Campaign | None:
        if occasion.frozen in ("", "{}"):
            return None
        return thaw(occasion.frozen).campaigns.get(occasion.campaign)


def _shares(definition: Campaign | None) -> dict[str, float]:
    """The part of the sample range that each arm was drawn for, letters in file order, then the holdout."""
    return {arm.name: float(arm.end - arm.first) for arm in arms_of(definition)} if definition else {}
