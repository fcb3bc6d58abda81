"""What decides about each contact of a campaign's occasion, from the files to the terms of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ..model.campaign import Again, Campaign
from ..model.duration import Duration, DurationUnit, local_moment
from ..model.segment import InSegment
from ..plan.arms import arm_salt, arms_of
from ..plan.offers import offers_in_reach
from ..store.audience_terms import AudienceRules, Contacts, any_of
from ..store.engine import Connection
from ..store.segments import members_statement
from ..store.waves import WindowTerms
from ..store.where import Asking
from ..store.where_alive import with_lifetimes
from ..workspace.load import Workspace
from .asking import asking

AFTER_A_LADDER = Again(after=Duration(6, DurationUnit.MONTH))
"""Without `again`, a campaign with steps is not begun again with the same contact sooner (LANGUAGE 4)."""

_EVER = datetime(1, 1, 2, tzinfo=UTC)


def audience_rules(
    connection: Connection, workspace: Workspace, campaign: Campaign, period: str, as_of: datetime
) -> AudienceRules:
    """The rules of one occasion at `as_of` (aware)."""
    offers = list(offers_in_reach(campaign.offers))
    lists = InSegment(campaign.segments + campaign.exclude + campaign.hand_over)
    conditions = [lists, *(when for _, when in offers if when is not None)]
    asked, dialect = with_lifetimes(connection, asking(workspace, as_of), conditions), connection.dialect.name
    members = _members(campaign.segments, asked, dialect)
    assert members is not None, "a campaign has a segment"
    return AudienceRules(
        campaign=campaign.name,
        period=period,
        topic=campaign.topic,
        as_of=as_of,
        members=members,
        salt=arm_salt(campaign, period),
        arms=arms_of(campaign),
        excluded=_members(campaign.exclude, asked, dialect),
        handed_over=_members(campaign.hand_over, asked, dialect),
        capped=_capped(workspace, campaign, as_of),
        had_since=_had_since(workspace, campaign, as_of),
        ladder_steps=len(campaign.steps) if campaign.again is None else 0,
        outranked_by=[other.name for other in workspace.campaigns.values() if other.priority > campaign.priority],
        day=_day(workspace, as_of),
        offers=[(index, None if when is None else members_statement(when, asked, dialect)) for index, when in offers],
    )


def _members(names: Sequence[str], asked: Asking, dialect: str) -> Contacts | None:
    """Who is in any of these segments."""
    statements = [members_statement(asked.segments[name].where, asked, dialect) for name in names]
    return any_of(statements) if statements else None


def _capped(workspace: Workspace, campaign: Campaign, as_of: datetime) -> tuple[int, datetime] | None:
    cap = campaign.cap or workspace.configuration.cap
    return None if cap is None else (cap.letters, cap.within.before(as_of, workspace.configuration.timezone))


def _had_since(workspace: Workspace, campaign: Campaign, as_of: datetime) -> datetime | None:
    """Whoever had the campaign after this moment is not taken again.

    Days and longer go from day to day: of a letter that left on 1 May at 10:03, six months are over on 1 November, and
    not only in December because the schedule says 10:00.
    """
    again = campaign.again or (AFTER_A_LADDER if campaign.steps else None)
    if again is None:
        return None
    if again.never or again.after is None:
        return _EVER
    since = again.after.before(as_of, workspace.configuration.timezone)
    if again.after.unit in (DurationUnit.MINUTE, DurationUnit.HOUR):
        return since
    return _day(workspace, max(since, _EVER))[1] - timedelta(microseconds=1)


def _day(workspace: Workspace, moment: datetime) -> tuple[datetime, datetime]:
    """The local day that `moment` lies in: its midnight and the next."""
    zone = workspace.configuration.timezone
    midnight = moment.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    return local_moment(midnight, zone), local_moment(midnight + timedelta(days=1), zone)


def window_terms(workspace: Workspace, campaign: Campaign) -> WindowTerms | None:
    """When letters of `campaign` may leave; None: at any hour."""
    return None if campaign.window is None else WindowTerms(campaign.window, workspace.configuration.timezone)
