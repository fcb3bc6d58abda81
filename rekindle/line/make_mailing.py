"""Making a mailing: files, audience and deliveries frozen in one transaction, once for every period."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, tzinfo

from ..model.audience import LeftOutReason, Verdict
from ..model.campaign import Campaign
from ..model.error import HeldError
from ..model.mailing import Mailing, MailingState
from ..plan.drift import changed_counts, changed_files
from ..plan.fingerprint import AudienceFingerprint
from ..plan.guard import why_held
from ..plan.occasion import period_meant
from ..plan.summary import left_out_counts, verdict_count
from ..store.audiences import (
    Audience,
    audience_of,
    audience_rows,
    count_audience,
    decide_audience,
    leave_out,
    queue_deliveries,
)
from ..store.engine import Connection, Store
from ..store.mailings import (
    drop_if_for_nobody,
    find_mailing,
    insert_mailing,
    last_mailing,
    step_mailing,
    tally,
    was_for_nobody,
)
from ..store.plans import StoredPlan, get_plan
from ..workspace.freeze import definition_hash, file_marks
from ..workspace.load import Workspace
from .audience_rules import audience_rules, window_terms
from .campaign_named import campaign_named
from .first_letters import refuse_if_none_can_be_made
from .fresh_statuses import refresh_statuses
from .letter_facts import FactsDesk
from .letters import compile_letters
from .new_mailing import new_mailing

PLAN_LASTS = timedelta(days=7)
"""An older plan is not sent any more (COMMANDS 3)."""


def make_mailing(  # noqa: PLR0917
    store: Store,
    workspace: Workspace,
    campaign_name: str,
    period: str | None,
    as_of: datetime,
    now: datetime,
    plan_hash: str | None = None,
    *,
    unattended: bool = False,
) -> Mailing:
    """The mailing of a period, made at `now` with the audience as of `as_of` where there is none, else as it stands.

    With `plan_hash` the plan's audience at the plan's as_of; raises HeldError where files, audience or age have
    drifted. `unattended`: a guard may hold it (state `held`). Of callers at the same time one makes it, all get it.
    One that was made when nobody came into question is made anew, unless `unattended`: its period is over then.
    Raises UsageError for an unknown campaign or a wrong period, ProblemsError where a template is wrong.
    """
    campaign = campaign_named(workspace, campaign_name)
    plan = _plan(store, campaign_name, period, plan_hash)
    period, as_of = (plan.period, plan.as_of) if plan else (period, as_of)
    period = period_meant(campaign, period, as_of, workspace.configuration.timezone)
    with store.reading() as connection:
        made = find_mailing(connection, campaign.name, period)
        if made is not None and (unattended or not was_for_nobody(connection, made)):
            return made
    if plan is not None:
        _refuse_drift(workspace, campaign, plan, now)
    letters = compile_letters(workspace, campaign)  # a template that is wrong stops it before anything is made
    refresh_statuses(store, workspace, as_of, now)
    new = new_mailing(workspace, campaign, period, now, as_of=as_of)
    with store.writing() as connection:
        if made is not None:  # looked at again: somebody else may have made it anew meanwhile
            drop_if_for_nobody(connection, campaign.name, period)
        rules = audience_rules(connection, workspace, campaign, period, as_of)
        mailing = insert_mailing(connection, new)
        if mailing is None:  # somebody else was quicker: theirs is the mailing of this period
            standing = find_mailing(connection, campaign.name, period)
            assert standing is not None, "the insertion found it"
            return standing
        audience = audience_of(mailing.mailing_id)
        decide_audience(connection, audience, rules)
        if plan is not None:
            _apply_plan(connection, audience, plan, workspace.configuration.timezone)
        refuse_if_none_can_be_made(connection, FactsDesk(workspace, campaign, as_of, period), letters, audience)
        queue_deliveries(connection, mailing.mailing_id, now, window_terms(workspace, campaign))
        held = _why_held(connection, campaign, audience, as_of) if unattended else ""
        state = MailingState.HELD if held else MailingState.SENDING
        return step_mailing(connection, mailing.mailing_id, state, now, reason=held)


def _why_held(connection: Connection, campaign: Campaign, audience: Audience, as_of: datetime) -> str:
    if campaign.guard is None:
        return ""
    last = last_mailing(connection, campaign.name, as_of)
    chosen = verdict_count(count_audience(connection, audience), Verdict.CHOSEN)
    return why_held(campaign.guard, chosen, None if last is None else tally(connection, last.mailing_id).planned)


def _plan(store: Store, campaign_name: str, period: str | None, plan_hash: str | None) -> StoredPlan | None:
    if plan_hash is None:
        return None
    with store.reading() as connection:
        plan = get_plan(connection, plan_hash)
    if plan.campaign != campaign_name or period not in (None, plan.period):
        raise HeldError(f"plan {plan.hash} is of {plan.campaign} {plan.period}, not of {campaign_name} {period or ''}")
    return plan


def _refuse_drift(workspace: Workspace, campaign: Campaign, plan: StoredPlan, now: datetime) -> None:
    again = f"`rekindle plan {campaign.name} --period {plan.period}` makes a new one"
    if now - plan.planned_at > PLAN_LASTS:
        raise HeldError(f"plan {plan.hash} is older than {PLAN_LASTS.days} days; {again}")
    if definition_hash(workspace, campaign) != plan.definition_hash:
        files = json.loads(plan.summary).get("files", {})
        what = (
            changed_files(files, file_marks(workspace, campaign)) or "the campaign, a segment or a template has changed"
        )
        raise HeldError(f"since plan {plan.hash}: {what}; {again}")


def _apply_plan(connection: Connection, audience: Audience, plan: StoredPlan, zone: tzinfo) -> None:
    """Hold the audience against the plan's, then leave out whom no letter could be made for; `zone` says moments."""
    fingerprint = AudienceFingerprint()
    for page in audience_rows(connection, audience):
        fingerprint.add(page)
    if fingerprint.text() != plan.audience_hash:
        moment = f"{plan.as_of.astimezone(zone):%Y-%m-%d %H:%M %Z}"
        raise HeldError(
            f"the audience as of {moment} is another one than in plan {plan.hash}"
            f" (late imports?): {_difference(connection, audience, plan)};"
            f" `rekindle plan {plan.campaign} --period {plan.period}` makes a new one"
        )
    leave_out(connection, audience, list(plan.unrenderable), LeftOutReason.UNRENDERABLE)
    if plan.unrenderable and not verdict_count(count_audience(connection, audience), Verdict.CHOSEN):
        again = f"mend the template, and `rekindle plan {plan.campaign} --period {plan.period}`"
        raise HeldError(f"plan {plan.hash} has nobody whose letter can be made; {again}")


def _difference(connection: Connection, audience: Audience, plan: StoredPlan) -> str:
    """What is another number than in the plan; whose letter cannot be made is chosen here and left out there."""
    then = json.loads(plan.summary)
    left_out = {reason: count for reason, count in then["left_out"].items() if reason != LeftOutReason.UNRENDERABLE}
    leave_out(connection, audience, list(plan.unrenderable), LeftOutReason.UNRENDERABLE)
    counts = count_audience(connection, audience)
    now = {
        "chosen": verdict_count(counts, Verdict.CHOSEN),
        "held_out": verdict_count(counts, Verdict.HELD_OUT),
        "left_out": {**left_out_counts(counts), LeftOutReason.UNRENDERABLE.value: 0},
    }
    return changed_counts({**then, "left_out": left_out}, now)
