from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from rekindle.line.make_mailing import make_mailing
from rekindle.line.run_due import RunReport, run_due
from rekindle.line.send import SentElsewhereError
from rekindle.model.error import HeldError, RelayError
from rekindle.model.mailing import MailingState, Tally
from rekindle.store.engine import Store
from rekindle.store.holder import this_process
from rekindle.store.leases import LeaseLostError, leased, sending_lease
from rekindle.store.mailings import list_mailings, step_mailing
from rekindle.store.tables import delivery, lease, mailing

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Read = Callable[[dict[str, str]], Any]


def clock() -> datetime:
    return datetime.now(UTC)


class Sender:
    """Sends all at once: what a mailing of this store looks like once its letters are out."""

    def __init__(self, store: Store, state: str = "sent") -> None:
        self.store, self.state, self.calls = store, state, []

    def __call__(self, mailing_id: int) -> Tally:
        self.calls.append(mailing_id)
        with self.store.writing() as connection:
            rows = update(delivery).where(delivery.c.mailing_id == mailing_id)
            connection.execute(rows.values(state=self.state, sent_at=NOW))
            step_mailing(connection, mailing_id, MailingState.DONE, NOW)
        return Tally()


def made(report: RunReport) -> list[tuple[str, str]]:
    return [(work.mailing.campaign, work.mailing.period) for work in report.worked if work.made]


def test_one_mailing_a_period_however_often_it_runs(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    workspace, send = read_workspace(shop_files), Sender(shop)
    first = run_due(shop, workspace, NOW, clock, send)
    assert made(first) == [("winback", "2026-11")]
    assert first.worked[0].tally == Tally(planned=10, sent=10)
    for later in (timedelta(0), timedelta(minutes=5), 20 * DAY):
        assert run_due(shop, workspace, NOW + later, clock, send).is_quiet
    assert made(run_due(shop, workspace, datetime(2026, 12, 1, 9, tzinfo=UTC), clock, send)) == [("winback", "2026-12")]


def test_before_its_moment_nothing_is_due(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    send = Sender(shop)
    report = run_due(shop, read_workspace(shop_files), NOW - timedelta(seconds=1), clock, send)
    # October's moment is a month ago, and nobody looked: it is named, once
    assert [missed.occasion.period for missed in report.missed] == ["2026-10"]
    assert run_due(shop, read_workspace(shop_files), NOW - timedelta(seconds=1), clock, send).is_quiet
    assert send.calls == []


def test_a_period_that_is_too_late_is_named_once_and_not_sent(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    workspace, send, late = read_workspace(shop_files), Sender(shop), NOW + timedelta(hours=12, seconds=1)
    report = run_due(shop, workspace, late, clock, send)
    assert [(each.campaign, each.occasion.period) for each in report.missed] == [("winback", "2026-11")]
    assert run_due(shop, workspace, late, clock, send).is_quiet
    with shop.reading() as connection:
        assert list_mailings(connection) == []


def test_what_was_interrupted_is_taken_up(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    workspace, send = read_workspace(shop_files), Sender(shop)
    standing = make_mailing(shop, workspace, "winback", "2026-11", NOW, NOW)
    report = run_due(shop, workspace, NOW, clock, send)
    assert send.calls == [standing.mailing_id]
    assert [(work.made, work.mailing.state) for work in report.worked] == [(False, MailingState.DONE)]


def test_what_is_due_later_or_sent_by_another_is_left_alone(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """What another sends is named and is no fault (LEDGER 4); where nothing is due the run is silent."""
    workspace, send = read_workspace(shop_files), Sender(shop)
    standing = make_mailing(shop, workspace, "winback", "2026-11", NOW, NOW)
    with leased(shop, sending_lease(standing.mailing_id), clock):
        report = run_due(shop, workspace, NOW, clock, send)
    assert [(each.mailing.mailing_id, each.holder) for each in report.sent_elsewhere] == [
        (standing.mailing_id, this_process())
    ]
    assert (report.held, report.worked) == ([], [])
    with shop.writing() as connection:
        connection.execute(update(delivery).values(state="deferred", due_at=NOW + DAY))
    assert run_due(shop, workspace, NOW, clock, send).is_quiet
    assert send.calls == []


def test_a_mailing_that_another_takes_up_at_the_last_moment_is_left_to_it(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Between our look at the lease and our own try a `send` may begin: that holds nothing up and is not `held`."""

    def send(mailing_id: int) -> Tally:
        raise SentElsewhereError(mailing_id, this_process())

    report = run_due(shop, read_workspace(shop_files), NOW, clock, send)
    assert [each.mailing.period for each in report.sent_elsewhere] == ["2026-11"]
    assert (report.held, report.worked) == ([], [])


def test_while_another_works_nothing_is_done(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    send = Sender(shop)
    with leased(shop, "run", clock):
        report = run_due(shop, read_workspace(shop_files), NOW, clock, send)
    assert report.elsewhere == this_process()
    assert send.calls == []
    with shop.reading() as connection:
        assert list_mailings(connection) == []


def test_who_lost_the_lease_makes_no_mailing(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """Stopped between two campaigns, taken over, and back late: refused by the fence (LEDGER 4)."""
    shop_files["campaigns/sale.yml"] = shop_files["campaigns/winback.yml"] + "priority: 60\n"

    class Loses(Sender):
        def __call__(self, mailing_id: int) -> Tally:
            with self.store.writing() as connection:
                connection.execute(update(lease).where(lease.c.name == "run").values(fence=lease.c.fence + 1))
            return super().__call__(mailing_id)

    with pytest.raises(LeaseLostError, match="taken over 'run'"):
        run_due(shop, read_workspace(shop_files), NOW, clock, Loses(shop))
    with shop.reading() as connection:
        assert [each.campaign for each, _ in list_mailings(connection)] == ["sale"]


def test_a_guard_holds_it_once_and_approval_lets_it_go(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["campaigns/winback.yml"] += "guard: {max_audience: 9}\n"
    workspace, send = read_workspace(shop_files), Sender(shop)
    report = run_due(shop, workspace, NOW, clock, send)
    (held,) = report.held
    assert (held.mailing.state, held.reason) == (MailingState.HELD, "10 letters are more than guard.max_audience 9")
    assert send.calls == []
    assert run_due(shop, workspace, NOW, clock, send).is_quiet
    with shop.writing() as connection:
        step_mailing(connection, held.mailing.mailing_id, MailingState.SENDING, NOW)
    run_due(shop, workspace, NOW, clock, send)
    assert send.calls == [held.mailing.mailing_id]


def test_the_larger_priority_chooses_first(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    """Both want everybody on one day: the higher campaign gets all, the lower one's members are outranked."""
    shop_files["campaigns/a-low.yml"] = shop_files["campaigns/winback.yml"] + "priority: 40\n"
    report = run_due(shop, read_workspace(shop_files), NOW, clock, Sender(shop))
    assert made(report) == [("winback", "2026-11"), ("a-low", "2026-11")]
    assert [work.tally.planned for work in report.worked] == [10, 0]


def test_a_pause_that_is_over_goes_on(shop: Store, shop_files: dict[str, str], read_workspace: Read) -> None:
    workspace, send = read_workspace(shop_files), Sender(shop)
    standing = make_mailing(shop, workspace, "winback", "2026-11", NOW, NOW)
    with shop.writing() as connection:
        step_mailing(connection, standing.mailing_id, MailingState.PAUSED, NOW, paused_until=NOW + DAY)
    assert run_due(shop, workspace, NOW, clock, send).is_quiet
    run_due(shop, workspace, NOW + DAY, clock, send)
    assert send.calls == [standing.mailing_id]


def test_a_broken_letter_of_one_campaign_does_not_stop_the_others(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["campaigns/broken.yml"] = shop_files["campaigns/winback.yml"].replace("winback.txt", "bad.txt")
    shop_files["templates/bad.txt"] = "{{ "
    report = run_due(shop, read_workspace(shop_files), NOW, clock, Sender(shop))
    assert made(report) == [("winback", "2026-11")]
    assert [fault.problems[0].at.file for fault in report.faults] == ["templates/bad.txt"]


def test_the_breaker_of_one_mailing_is_named_and_the_others_go_on(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    shop_files["campaigns/next.yml"] = shop_files["campaigns/winback.yml"] + "priority: 40\n"

    class Breaks(Sender):
        def __call__(self, mailing_id: int) -> Tally:
            if not self.calls:
                self.calls.append(mailing_id)
                raise HeldError("too many bounces")
            return super().__call__(mailing_id)

    report = run_due(shop, read_workspace(shop_files), NOW, clock, Breaks(shop))
    assert [held.reason for held in report.held] == ["too many bounces"]
    assert len(report.worked) == 2


def test_after_an_unreachable_relay_the_next_run_goes_on(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    workspace, send = read_workspace(shop_files), Sender(shop)

    def refuses(mailing_id: int) -> Tally:
        raise RelayError("nobody answers")

    with pytest.raises(RelayError):
        run_due(shop, workspace, NOW, clock, refuses)
    report = run_due(shop, workspace, NOW + timedelta(minutes=5), clock, send)
    assert [(work.made, work.tally.sent) for work in report.worked] == [(False, 10)]


def test_missing_settings_stop_it_before_anything_is_made(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    def look() -> None:
        raise RelayError("no relay is set")

    with pytest.raises(RelayError):
        run_due(shop, read_workspace(shop_files), NOW, clock, Sender(shop), look_first=look)
    with shop.reading() as connection:
        assert connection.execute(select(mailing)).all() == []
