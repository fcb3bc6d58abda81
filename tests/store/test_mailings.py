from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, update

from rekindle.model.delivery import WAITING_STATES, DeliveryState
from rekindle.model.error import InputError, StoreError
from rekindle.model.mailing import MailingState, Tally
from rekindle.store.engine import Store
from rekindle.store.mailings import (
    ALLOWED_STEPS,
    NewMailing,
    find_mailing,
    frozen_files,
    get_mailing,
    held_reason,
    insert_mailing,
    last_mailing,
    list_mailings,
    made_periods,
    mailings_to_resume,
    step_mailing,
    tally,
)
from rekindle.store.tables import audience_member, contact, delivery, mailing

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def make(connection: Connection, **changes: Any) -> int:
    values = {"campaign": "winback", "period": "2026-11", "as_of": NOW, "created_at": NOW} | changes
    made = insert_mailing(connection, NewMailing(**values))
    assert made is not None
    return made.mailing_id


def fill(connection: Connection, mailing_id: int, states: list[str], held_out: int = 0, **changes: Any) -> None:
    for number, state in enumerate([*states, *["held"] * held_out]):
        person = connection.execute(
            insert(contact).values(first_seen_at=NOW, exists_from=NOW).returning(contact.c.id)
        ).scalar_one()
        verdict = "held_out" if state == "held" else "chosen"
        connection.execute(
            insert(audience_member), {"mailing_id": mailing_id, "contact_id": person, "verdict": verdict}
        )
        if verdict == "chosen":
            row = {"mailing_id": mailing_id, "contact_id": person, "address": "a", "address_key": f"{number}",
                   "domain": "d", "arm": "letter", "state": state} | changes  # fmt: skip
            connection.execute(insert(delivery), row)


def test_one_period_has_one_mailing(store: Store) -> None:
    """UNIQUE (campaign, period, step): the second making gives nothing and changes nothing (LEDGER 4)."""
    with store.writing() as connection:
        first = make(connection, frozen='{"a": "b"}')
        again = NewMailing("winback", "2026-11", NOW + DAY, NOW + DAY, frozen="{}")
        assert insert_mailing(connection, again) is None
        assert insert_mailing(connection, NewMailing("winback", "2026-11", NOW, NOW, step=2)) is not None
        assert frozen_files(connection, first) == '{"a": "b"}'
        found = find_mailing(connection, "winback", "2026-11")
    assert found is not None
    assert (found.mailing_id, found.as_of, found.state, found.started_at) == (first, NOW, MailingState.SENDING, NOW)


@pytest.mark.parametrize("source", list(MailingState))
@pytest.mark.parametrize("target", list(MailingState))
def test_only_the_allowed_steps_are_taken(store: Store, source: MailingState, target: MailingState) -> None:
    """The steps are data and the store refuses others; staying where it is is no step."""
    with store.writing() as connection:
        mailing_id = make(connection, state=source)
        if target in ALLOWED_STEPS[source] or target is source:
            assert step_mailing(connection, mailing_id, target, NOW + DAY).state is target
        else:
            with pytest.raises(StoreError, match=f"mailing {mailing_id} is {source}: it cannot become {target}"):
                step_mailing(connection, mailing_id, target, NOW + DAY)
            assert get_mailing(connection, mailing_id).state is source


def test_a_mailing_keeps_when_it_started_and_ended(store: Store) -> None:
    with store.writing() as connection:
        mailing_id = make(connection, state=MailingState.HELD, held_reason="too many")
        assert get_mailing(connection, mailing_id).started_at is None
        assert held_reason(connection, mailing_id) == "too many"
        assert step_mailing(connection, mailing_id, MailingState.SENDING, NOW + DAY).started_at == NOW + DAY
        step_mailing(connection, mailing_id, MailingState.PAUSED, NOW + 2 * DAY)
        assert step_mailing(connection, mailing_id, MailingState.SENDING, NOW + 3 * DAY).started_at == NOW + DAY
        assert step_mailing(connection, mailing_id, MailingState.DONE, NOW + 4 * DAY).finished_at == NOW + 4 * DAY
        assert step_mailing(connection, mailing_id, MailingState.SENDING, NOW + 5 * DAY).finished_at is None


def test_an_unknown_number_says_where_to_look(store: Store) -> None:
    with (
        store.reading() as connection,
        pytest.raises(InputError, match="there is no mailing 7; `rekindle mailing list`"),
    ):
        get_mailing(connection, 7)


def test_the_tally_adds_up_and_is_one_statement(store: Store) -> None:
    """planned = sent + failed + skipped + expired + unknown + waiting; one SELECT, so all of one moment."""
    states = [state.value for number, state in enumerate(DeliveryState, 1) for _ in range(number)]
    statements: list[str] = []
    with store.writing() as connection:
        mailing_id, other = make(connection), make(connection, period="2026-10")
        fill(connection, mailing_id, states, held_out=4)
        fill(connection, other, ["sent"], held_out=1)
        event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
        counts = tally(connection, mailing_id)
    numbers = {state: number for number, state in enumerate(DeliveryState, 1)}
    assert counts == Tally(
        planned=45,
        held_out=4,
        sent=numbers[DeliveryState.SENT],
        failed=numbers[DeliveryState.FAILED],
        skipped=numbers[DeliveryState.SKIPPED],
        expired=numbers[DeliveryState.EXPIRED],
        unknown=numbers[DeliveryState.UNKNOWN],
        waiting=sum(numbers[state] for state in WAITING_STATES),
    )
    assert counts.adds_up
    assert len(statements) == 1


def test_mailings_are_listed_newest_first(store: Store) -> None:
    with store.writing() as connection:
        first, second = make(connection), make(connection, campaign="promo")
        fill(connection, first, ["sent", "queued"], held_out=1)
        listed = list_mailings(connection)
    assert [each.mailing_id for each, _ in listed] == [second, first]
    assert [counts for _, counts in listed] == [Tally(), Tally(planned=2, held_out=1, sent=1, waiting=1)]


def test_periods_and_the_last_mailing(store: Store) -> None:
    with store.writing() as connection:
        october = make(connection, period="2026-10", as_of=NOW - 31 * DAY)
        make(connection, period="2026-10", step=2, as_of=NOW - 24 * DAY)
        make(connection, period="2026-11", state=MailingState.CANCELLED, as_of=NOW - DAY)
        make(connection, campaign="promo", as_of=NOW - DAY)
        assert made_periods(connection, "winback") == ["2026-10", "2026-11"]
        last = last_mailing(connection, "winback", NOW)
        assert last is not None
        assert last.mailing_id == october
        assert last_mailing(connection, "winback", NOW - 31 * DAY) is None


@pytest.mark.parametrize(
    ("states", "due_at", "expected"),
    [
        (["queued"], None, True),
        (["queued"], NOW, True),
        (["queued", "sent"], NOW + DAY, False),
        (["deferred"], NOW + DAY, False),
        (["deferred"], NOW, True),
        (["claimed"], NOW + DAY, True),  # left in hand by one that died
        (["handing"], None, True),
        (["sent", "failed"], None, True),  # only the end is to be written down
        ([], None, True),
    ],
)
def test_a_mailing_is_taken_up_when_it_has_something_to_do(
    store: Store, states: list[str], due_at: datetime | None, expected: bool
) -> None:
    with store.writing() as connection:
        mailing_id = make(connection)
        fill(connection, mailing_id, states, due_at=due_at)
        assert [each.mailing_id for each in mailings_to_resume(connection, NOW)] == ([mailing_id] if expected else [])


@pytest.mark.parametrize("state", [MailingState.PLANNED, MailingState.HELD, MailingState.DONE, MailingState.CANCELLED])
def test_what_is_not_being_sent_is_not_taken_up(store: Store, state: MailingState) -> None:
    with store.writing() as connection:
        fill(connection, make(connection, state=state), ["queued"])
        assert mailings_to_resume(connection, NOW) == []


def test_a_pause_ends_at_its_moment(store: Store) -> None:
    with store.writing() as connection:
        mailing_id = make(connection)
        fill(connection, mailing_id, ["queued"])
        step_mailing(connection, mailing_id, MailingState.PAUSED, NOW, paused_until=NOW + DAY)
        assert mailings_to_resume(connection, NOW + DAY - timedelta(seconds=1)) == []
        assert [each.mailing_id for each in mailings_to_resume(connection, NOW + DAY)] == [mailing_id]
        connection.execute(update(mailing).values(paused_until=None))  # a pause without an end waits for a person
        assert mailings_to_resume(connection, NOW + 9 * DAY) == []
