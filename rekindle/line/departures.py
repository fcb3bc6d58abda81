"""When the letters of a plan leave: what the files say of pace, and what the store knows of the audience."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from ..model.configuration import Warmup
from ..plan.departure import Wave, last_of_steps, last_of_waves, last_warm_day
from ..plan.window import next_open
from ..store.audiences import Audience, domain_counts
from ..store.engine import Connection
from ..store.warmup import WarmupTerms, warmed_up
from ..store.waves import named_zone, zone_counts
from .letter_facts import FactsDesk


def departures(connection: Connection, audience: Audience, desk: FactsDesk, chosen: int) -> tuple[datetime, ...]:
    """When the last letter of each step leaves, if all begins at the plan's moment and nobody answers.

    Nothing where nobody is chosen, or where no rate, window, warm-up or step says anything.
    """
    sending, campaign = desk.workspace.configuration.sending, desk.campaign
    paced = sending.per_second or sending.warmup or any(limit.per_second for limit in sending.domains.values())
    if not chosen or not (paced or campaign.window or campaign.steps):
        return ()
    zone, waves = desk.workspace.configuration.timezone, _waves(connection, audience, desk, chosen)
    first = max(_firsts(connection, audience, desk, waves, chosen))
    cap = campaign.cap or desk.workspace.configuration.cap
    return last_of_steps(first, campaign.steps, cap, campaign.window, waves, zone)


def _waves(connection: Connection, audience: Audience, desk: FactsDesk, chosen: int) -> list[Wave]:
    zone, window = desk.workspace.configuration.timezone, desk.campaign.window
    if window is None or not window.contact_timezone:
        return [(zone, chosen)]
    counts = zone_counts(connection, audience.table, audience.mailing_id)
    return [(named_zone(name) or zone, count) for name, count in sorted(counts.items())]


def _firsts(
    connection: Connection, audience: Audience, desk: FactsDesk, waves: list[Wave], chosen: int
) -> Iterator[datetime]:
    """What the first step's last letter waits for: the relay's rate, each domain's, the warm-up's last day."""
    sending, window = desk.workspace.configuration.sending, desk.campaign.window
    yield last_of_waves(window, waves, desk.as_of, _each(sending.per_second))
    limits = {name: limit.per_second for name, limit in sending.domains.items() if limit.per_second is not None}
    for name, letters in domain_counts(connection, audience, list(limits)).items():
        share = [(zone, -(-count * letters // chosen)) for zone, count in waves]
        yield last_of_waves(window, share, desk.as_of, _each(limits[name]))
    if sending.warmup is not None:
        yield from _warmed_up(connection, sending.warmup, desk, waves, chosen)


def _warmed_up(
    connection: Connection, warmup: Warmup, desk: FactsDesk, waves: list[Wave], chosen: int
) -> Iterator[datetime]:
    zone, window = desk.workspace.configuration.timezone, desk.campaign.window
    terms = WarmupTerms(warmup, zone, desk.as_of.astimezone(zone).time())

    def begins(ahead: int) -> datetime:
        return desk.as_of if ahead == 0 else terms.beginning(desk.as_of, ahead)

    def opens(ahead: int) -> bool:
        ends = terms.midnight(desk.as_of, ahead + 1)
        return window is None or any(next_open(window, own, begins(ahead)) < ends for own, _ in waves)

    found = last_warm_day(warmup, *warmed_up(connection, terms, desk.as_of), chosen, opens)
    if found is not None:
        share = [(own, -(-count * found[1] // chosen)) for own, count in waves]
        yield last_of_waves(window, share, begins(found[0]), _each(desk.workspace.configuration.sending.per_second))


def _each(per_second: Decimal | None) -> timedelta:
    return timedelta(seconds=float(1 / per_second)) if per_second else timedelta()
