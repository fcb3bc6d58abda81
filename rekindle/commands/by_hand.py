"""A person steps a mailing: pauses it, ends it, lets it go; a step that cannot be meant is refused in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..model.error import UsageError
from ..model.mailing import Mailing, MailingState

if TYPE_CHECKING:
    from ..store.engine import Connection
    from .door import Door


def step_by_hand(
    connection: Connection, mailing_id: int, to: MailingState, now: datetime, *, paused_until: datetime | None = None
) -> Mailing:
    """Bring the mailing into the state `to`. Raises UsageError where its state allows no such step, InputError where
    there is no such mailing.
    """
    from ..store.mailings import ALLOWED_STEPS, get_mailing, step_mailing

    found = get_mailing(connection, mailing_id)
    if to is not found.state and to not in ALLOWED_STEPS[found.state]:
        raise UsageError(f"mailing {mailing_id} is {found.state}: it cannot become {to}")
    return step_mailing(connection, mailing_id, to, now, paused_until=paused_until)


def let_go(door: Door, mailing_id: int, waits: MailingState) -> None:
    """Let a mailing that waits for a person (`held` or `paused`) be sent, and say so."""
    from ..store.breaker import trust
    from ..store.mailings import get_mailing, step_mailing

    now = door.now  # reading it may bring the store in step with the workspace: not inside our transaction
    with door.store.writing() as connection:
        found = get_mailing(connection, mailing_id)
        if found.state is not waits:
            raise UsageError(f"mailing {mailing_id} is not {waits}, it is {found.state}")
        found = step_mailing(connection, mailing_id, MailingState.SENDING, now, reason="")
        trust(connection, mailing_id, now)
    again = f"`rekindle send {found.campaign} --period {found.period}` at once"
    words = f"mailing {mailing_id} {found.campaign} {found.period} may go"
    door.say(f"{words}: the next `rekindle run` sends it, or {again}")
    if door.as_json:
        door.give_json(state_document(found))


def state_document(mailing: Mailing) -> dict[str, Any]:
    """What `approve`, `pause` and `resume` give with --json."""
    return {
        "id": mailing.mailing_id,
        "campaign": mailing.campaign,
        "period": mailing.period,
        "state": mailing.state.value,
    }
