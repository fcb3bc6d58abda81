"""`db adopt`: a person says that this copy of the store is the real one now."""

from __future__ import annotations

from datetime import datetime

from ..model.mailing import Mailing, MailingState
from .engine import Store
from .home import move_in
from .mailings import list_mailings, step_mailing
from .schedules import mark_schedule_seen, scheduled_campaigns

PAUSED_BECAUSE = "the store was adopted while letters waited: some may have left that this ledger does not know of"


def adopt(store: Store, now: datetime) -> list[Mailing]:
    """Let the store live here; the mailings in flight, which pause, since their letters may have left elsewhere.

    Periods that were due before `now` may have been sent there too: no `run` makes them any more.
    """
    with store.writing() as connection:
        move_in(store, connection)
        for campaign in scheduled_campaigns(connection):
            mark_schedule_seen(connection, campaign, now)
        waiting = [
            mailing
            for mailing, ledger in list_mailings(connection)
            if mailing.state is MailingState.SENDING and ledger.waiting
        ]
        return [
            step_mailing(connection, mailing.mailing_id, MailingState.PAUSED, now, reason=PAUSED_BECAUSE)
            for mailing in waiting
        ]
