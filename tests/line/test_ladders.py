"""The win-back ladder, climbed by `run` day by day: who gets which letter, who leaves it, who is pinned at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, or_, select, update

from rekindle.line.ladders import stop_ladder
from rekindle.line.run_due import RunReport, run_due
from rekindle.line.send import send_mailing
from rekindle.model.delivery import DeliveryState
from rekindle.model.mailing import MailingState
from rekindle.settings import Settings
from rekindle.store.engine import Store
from rekindle.store.mailings import frozen_files, get_mailing, list_mailings, step_mailing
from rekindle.store.reconcile import settle_by_word
from rekindle.store.rungs import occasions_on_the_way
from rekindle.store.tables import (
    activity,
    audience_member,
    consent,
    contact,
    delivery,
    event,
    mailing,
    orders,
    status_history,
)
from rekindle.workspace.freeze import thaw

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
Read = Callable[[dict[str, str]], Any]
STEPS = """\
steps:
  - {}
  - {after: 7 days, unless: [clicked, bought], subject: Second}
  - {after: 14 days, unless: [clicked, bought, inquired], subject: Third, template: last.txt}
then: {status: archive}
"""
STATUSES = """\
statuses:
  - {name: archive, when: {tags: gone}}
  - {name: known, otherwise: true}
"""


@dataclass
class Shop:
    """A store, its files, and the letters that `run` puts into a folder."""

    store: Store
    files: dict[str, str]
    read: Read
    folder: Path

    def run(self, day: float) -> RunReport:
        """Run so many days after the first mailing's moment."""
        now = NOW + day * DAY
        settings = Settings(
            smtp_url="eml:letters", secret_key="0123456789abcdef", public_url="https://m.example", database_url=""
        )
        return run_due(
            self.store,
            self.read(self.files),
            now,
            lambda: datetime.now(UTC),
            lambda mailing_id: send_mailing(self.store, settings, mailing_id, lambda: now, root=self.folder),
        )

    def sent(self, step: int) -> set[int]:
        """Who was sent that step's letter."""
        asked = select(delivery.c.contact_id).join(mailing, mailing.c.id == delivery.c.mailing_id)
        with self.store.reading() as connection:
            return set(connection.scalars(asked.where(mailing.c.step == step, delivery.c.state == "sent")))

    def reasons(self, step: int) -> dict[int, str]:
        """Who was left out at that step, and why."""
        member = audience_member
        asked = select(member.c.contact_id, member.c.reason).join(mailing, mailing.c.id == member.c.mailing_id)
        asked = asked.where(mailing.c.step == step, member.c.verdict == "left_out")
        with self.store.reading() as connection:
            return {row.contact_id: row.reason for row in connection.execute(asked)}

    def status(self, contact_id: int, day: float) -> str:
        """Where a contact stands at that day."""
        moment = NOW + day * DAY
        row = status_history.c
        holds = (
            row.contact_id == contact_id,
            row.since <= moment,
            or_(row.pinned_until.is_(None), row.pinned_until > moment),
        )
        asked = select(row.status).where(*holds).order_by(row.pinned.desc(), row.since.desc()).limit(1)
        with self.store.reading() as connection:
            return str(connection.scalar(asked))

    def write(self, table: Any, **values: Any) -> None:
        with self.store.writing() as connection:
            connection.execute(insert(table), values)

    def clicks(self, contact_id: int, day: float, *, machine: bool = False, mailing_id: int | None = 1) -> None:
        moment = NOW + day * DAY
        common = {"contact_id": contact_id, "mailing_id": mailing_id, "occurred_at": moment, "recorded_at": moment}
        self.write(event, kind="clicked", machine=machine, **common)

    def buys(self, contact_id: int, day: float, status: str = "paid") -> None:
        moment = NOW + day * DAY
        self.write(orders, contact_id=contact_id, number=f"{contact_id}/{day}", source="main", placed_at=moment,
                   placed_on=moment.date(), amount=100, status=status)  # fmt: skip


@pytest.fixture
def ladder(shop: Store, shop_files: dict[str, str], read_workspace: Read, tmp_path: Path) -> Shop:
    shop_files["campaigns/winback.yml"] = shop_files["campaigns/winback.yml"].replace("holdout: 0", "holdout: 20%")
    shop_files["campaigns/winback.yml"] += STEPS
    shop_files["segments/statuses.yml"] = STATUSES
    shop_files["templates/last.txt"] = "Last word, {{ contact.first_name }}. {{ links.unsubscribe }}\n"
    return Shop(shop, shop_files, read_workspace, tmp_path)


def test_each_step_goes_to_who_was_sent_the_one_before_and_stayed_silent(ladder: Shop) -> None:
    """Due at sent_at + after; a click or a paid order since the letter before ends the ladder for that contact."""
    ladder.run(0)
    first = sorted(ladder.sent(1))
    assert 0 < len(first) < 10
    clicker, machine, buyer, opener = first[:4]
    ladder.clicks(clicker, 1)
    ladder.clicks(machine, 1, machine=True)
    ladder.clicks(opener, 2, mailing_id=None)
    ladder.buys(buyer, 3)
    ladder.buys(opener, 3, status="open")
    assert ladder.run(6.99).is_quiet
    report = ladder.run(7)
    assert [(work.mailing.step, work.made, work.tally.sent) for work in report.worked] == [(2, True, len(first) - 2)]
    assert ladder.sent(2) == set(first) - {clicker, buyer}
    assert ladder.reasons(2) == {clicker: "clicked", buyer: "bought"}
    assert ladder.run(7).is_quiet
    assert ladder.run(20.9).is_quiet
    ladder.run(21)
    assert ladder.sent(3) == ladder.sent(2)
    with ladder.store.reading() as connection:
        assert all(tally.adds_up for _, tally in list_mailings(connection))
        arms = connection.execute(select(delivery.c.contact_id, delivery.c.arm).distinct()).all()
    assert len(arms) == len(first)


def test_the_silent_are_pinned_after_the_last_step_and_an_answer_ends_it(ladder: Shop) -> None:
    """`then`: never the held-out; once; as long after the last letter as before it; over by the next order."""
    for day in (0, 7, 21):
        ladder.run(day)
    silent, answers = sorted(ladder.sent(3))[1:], sorted(ladder.sent(3))[0]
    ladder.write(activity, contact_id=answers, kind="Inquiry", kind_folded="inquiry", fingerprint="a",
                 occurred_at=NOW + 22 * DAY)  # fmt: skip
    pins = select(status_history.c.contact_id, status_history.c.status, status_history.c.pinned_until)
    pins = pins.where(status_history.c.pinned_by == "winback").order_by(status_history.c.contact_id)
    for day in (29.9, 30.1, 35, 36):  # the next period's first letter is on the thirtieth
        ladder.run(day)
        with ladder.store.reading() as connection:
            found = connection.execute(pins).all()
        assert [row.contact_id for row in found] == (silent if day >= 35 else [])
    assert {row.status for row in found} == {"archive"}
    ladder.buys(silent[0], 37)
    ladder.run(38)
    with ladder.store.reading() as connection:
        ends = {row.contact_id: row.pinned_until for row in connection.execute(pins)}
    assert ends[silent[0]] == NOW + 37 * DAY
    assert {ends[number] for number in silent[1:]} <= {None}


def test_an_order_that_comes_in_late_shows_that_there_was_no_silence(ladder: Shop) -> None:
    """Bought in the morning, pinned at noon, imported in the evening: the pin never held."""
    for day in (0, 7, 21, 36):
        ladder.run(day)
    buyer, *silent = sorted(ladder.sent(3))
    archived = {number for number in (buyer, *silent) if ladder.status(number, 36.5) == "archive"}
    assert archived == {buyer, *silent}
    ladder.buys(buyer, 35.9)
    ladder.run(37)
    assert ladder.status(buyer, 36.5) == ladder.status(buyer, 37) == "known"
    assert {ladder.status(number, 37) for number in silent} == {"archive"}


@pytest.mark.parametrize(("steps", "pinned_at"), [(2, 36), (4, 36)])
def test_silence_goes_by_the_ladder_that_was_begun(ladder: Shop, steps: int, pinned_at: float) -> None:
    """A step taken away or added since changes nothing for an occasion on its way: its own last letter counts."""
    for day in (0, 7):
        ladder.run(day)
    campaign = ladder.files["campaigns/winback.yml"]
    third = next(line for line in STEPS.splitlines(keepends=True) if "Third" in line)
    shorter = campaign.replace(third, "")
    longer = campaign.replace(third, third + "  - {after: 3 days, subject: Fourth}\n")
    ladder.files["campaigns/winback.yml"] = shorter if steps == 2 else longer
    ladder.run(21)
    first = sorted(ladder.sent(3))
    for day in (22, 25, 29, 34.9):
        ladder.run(day)
        assert {ladder.status(number, day) for number in first} == {"known"}, day
    ladder.run(pinned_at)
    assert {ladder.status(number, pinned_at) for number in first} == {"archive"}


def test_unsubscribing_and_an_answer_while_the_letter_waits_let_go_at_claim(ladder: Shop) -> None:
    """The snapshot of a step is beaten by what happens until the letter leaves."""
    ladder.run(0)
    ladder.files["campaigns/winback.yml"] += "window: {hours: 10:00-11:00}\n"
    leaver, buyer, *others = sorted(ladder.sent(1))
    ladder.run(7)
    assert ladder.sent(2) == set()
    ladder.buys(buyer, 7.01)
    moment = NOW + 7.01 * DAY
    ladder.write(consent, contact_id=leaver, topic="*", given=False, occurred_at=moment, recorded_at=moment)
    ladder.run(7.05)
    assert ladder.sent(2) == set(others)
    asked = select(delivery.c.contact_id, delivery.c.reason).where(delivery.c.state == "skipped")
    with ladder.store.reading() as connection:
        assert dict(map(tuple, connection.execute(asked))) == {leaver: "no_consent", buyer: "bought"}


def test_a_step_freezes_at_its_own_first_letter(ladder: Shop) -> None:
    """Edits reach the steps that have not begun; new arms or offers do not, as contacts keep theirs."""
    ladder.run(0)
    ladder.files["campaigns/winback.yml"] = ladder.files["campaigns/winback.yml"].replace("Second", "Better")
    ladder.run(7)
    ladder.files["campaigns/winback.yml"] = ladder.files["campaigns/winback.yml"].replace("Better", "Too late")
    ladder.files["campaigns/winback.yml"] += "variants: [{name: a}, {name: b}]\n"
    ladder.run(21)
    subjects = [path.read_text() for path in sorted((ladder.folder / "letters").glob("*.eml"))]
    count = len(ladder.sent(1))
    found = {word: sum(f"Subject: {word}" in text for text in subjects) for word in ("Hello", "Better", "Too", "Third")}
    assert found == {"Hello": count, "Better": count, "Too": 0, "Third": count}
    with ladder.store.reading() as connection:
        assert "variants" not in thaw(frozen_files(connection, 3)).files["campaigns/winback.yml"]


def test_a_cap_delays_a_step_and_never_drops_it(ladder: Shop) -> None:
    """The next letter waits for the cap, and counts from when it was sent."""
    ladder.files["campaigns/winback.yml"] += "limits: {per_contact: {letters: 1, within: 10 days}}\n"
    for day in (0, 7):
        ladder.run(day)
    assert ladder.sent(2) == set()
    ladder.run(10)
    assert ladder.sent(2) == ladder.sent(1)
    ladder.run(23.9)
    assert ladder.sent(3) == set()
    ladder.run(24)
    assert ladder.sent(3) == ladder.sent(1)


@pytest.mark.parametrize("state", [MailingState.CANCELLED, MailingState.PAUSED])
def test_an_occasion_that_rests_goes_no_further(ladder: Shop, state: MailingState) -> None:
    """Whoever cancels or pauses a mailing of a ladder stops the ladder of that occasion."""
    ladder.run(0)
    with ladder.store.writing() as connection:
        step_mailing(connection, 1, MailingState.SENDING, NOW)
        step_mailing(connection, 1, state, NOW)
    assert ladder.run(7).is_quiet


def test_history_and_ladders_that_were_longer_later_send_nothing(ladder: Shop) -> None:
    """Letters brought in from elsewhere are no first step, and a step added today is not sent to old occasions."""
    ladder.files["campaigns/winback.yml"] = ladder.files["campaigns/winback.yml"].replace(STEPS, "")
    ladder.run(0)
    ladder.files["campaigns/winback.yml"] += STEPS
    assert ladder.run(7).is_quiet
    ladder.run(30)
    with ladder.store.writing() as connection:
        connection.execute(update(mailing).values(imported=True))
    assert ladder.run(40).is_quiet


def test_a_letter_of_a_step_that_nobody_can_get_is_a_fault_and_keeps_nothing(ladder: Shop) -> None:
    """The template of a later step that fits nobody: named, nothing made, and sent once it is mended."""
    ladder.run(0)
    ladder.files["templates/winback.txt"] = "{{ contact.city }}{{ contact.patronymic }} {{ links.unsubscribe }}\n"
    report = ladder.run(7)
    assert [str(fault).partition(" (")[0] for fault in report.faults] != []
    with ladder.store.reading() as connection:
        assert len(list_mailings(connection)) == 1
        people = select(contact.c.id)
        assert len(connection.scalars(people).all()) == 10
    ladder.files["templates/winback.txt"] = "Mended. {{ links.unsubscribe }}\n"
    ladder.run(8)
    assert ladder.sent(2) == ladder.sent(1)


def climbed(ladder: Shop) -> dict[tuple[str, int], bool]:
    with ladder.store.reading() as connection:
        rows = connection.execute(select(mailing.c.period, mailing.c.step, mailing.c.climbed_at)).all()
    return {(row.period, row.step): row.climbed_at is not None for row in rows}


def test_a_step_that_has_nobody_left_to_look_at_is_not_looked_at_again(ladder: Shop) -> None:
    """What a run costs must not grow with the ladders that are over."""
    ladder.run(0)
    assert climbed(ladder) == {("2026-11", 1): False}
    ladder.run(7)
    assert climbed(ladder) == {("2026-11", 1): True, ("2026-11", 2): False}
    ladder.run(21)
    assert climbed(ladder) == {("2026-11", 1): True, ("2026-11", 2): True, ("2026-11", 3): True}
    with ladder.store.reading() as connection:
        assert occasions_on_the_way(connection, "winback") == []


def test_a_letter_that_turns_out_to_have_been_sent_goes_on(ladder: Shop) -> None:
    """Settled by a word after the others were done with: the next step and the pin of the silent come all the same."""
    ladder.run(0)
    first, last = sorted(ladder.sent(1))[:2]

    def unknown(contact_id: int, step: int) -> None:
        of_step = select(mailing.c.id).where(mailing.c.step == step)
        own = (delivery.c.contact_id == contact_id, delivery.c.mailing_id.in_(of_step))
        lost = {"state": "unknown", "handed_at": delivery.c.sent_at, "sent_at": None}
        with ladder.store.writing() as connection:
            connection.execute(update(delivery).where(*own).values(**lost))

    def settled(mailing_id: int, day: float) -> int:
        with ladder.store.writing() as connection:
            return settle_by_word(connection, mailing_id, DeliveryState.SENT, [], NOW + day * DAY)

    unknown(first, 1)
    ladder.run(7)
    assert ladder.sent(2) == ladder.sent(1) - {first}
    assert settled(1, 8) == 1
    ladder.run(8)
    assert first in ladder.sent(2)
    ladder.run(21)
    unknown(last, 3)
    ladder.run(22)  # the one who came later
    ladder.run(37)
    pins = select(status_history.c.contact_id).where(status_history.c.pinned_by == "winback")
    with ladder.store.reading() as connection:
        assert set(connection.scalars(pins)) == ladder.sent(3)
    assert settled(3, 38) == 1
    ladder.run(38)
    with ladder.store.reading() as connection:
        assert sorted(connection.scalars(pins)) == sorted(ladder.sent(3))
    assert last in ladder.sent(3)


def test_nobody_is_begun_with_again_while_on_the_ladder(ladder: Shop) -> None:
    """Steps more than six months apart: the contact still waits for one, so the next occasion leaves it out."""
    ladder.files["campaigns/winback.yml"] = ladder.files["campaigns/winback.yml"].replace(
        "after: 7 days", "after: 1 year"
    )
    ladder.run(0)
    first = ladder.sent(1)
    ladder.run(30)  # December: within six months anyway
    with ladder.store.writing() as connection:
        connection.execute(delete(delivery).where(delivery.c.mailing_id == 2))
        connection.execute(delete(audience_member).where(audience_member.c.mailing_id == 2))
        connection.execute(delete(mailing).where(mailing.c.id == 2))
    ladder.run(242)  # July 2027
    assert {number for number, why in ladder.reasons(1).items() if why == "had_it"} == first


@pytest.mark.parametrize(("sent", "taken"), [("2026-05-01T23:30", True), ("2026-05-02T00:30", False)])
def test_six_months_go_from_day_to_day(ladder: Shop, sent: str, taken: bool) -> None:
    """A letter that left some time after the schedule's hour does not make six months seven."""
    ladder.run(-184)
    who = ladder.sent(1)
    moment = datetime.fromisoformat(sent).replace(tzinfo=UTC)
    with ladder.store.writing() as connection:
        connection.execute(update(delivery).values(sent_at=moment))
        connection.execute(update(mailing).values(climbed_at=moment))
    ladder.run(0)
    assert ({why for number, why in ladder.reasons(1).items() if number in who} == set()) is taken


def test_a_ladder_whose_letters_are_out_can_be_stopped_between_two_steps(ladder: Shop) -> None:
    """`cancel` of a done mailing: nobody gets the next step."""
    ladder.run(0)
    with ladder.store.writing() as connection:
        first = get_mailing(connection, 1)
        assert stop_ladder(connection, first, NOW)
        assert not stop_ladder(connection, first, NOW)
    assert ladder.run(7).is_quiet
