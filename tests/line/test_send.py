"""A whole mailing through a real SMTP server: each once, what fails fails alone, the ledger adds up."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from mailing_rows import FILES, NOW, made_mailing
from smtp_server import SmtpServer
from sqlalchemy import select, update

from rekindle.line.member import WorkerLostError
from rekindle.line.send import send_mailing
from rekindle.model.error import HeldError, RelayError
from rekindle.model.mailing import MailingState, Tally
from rekindle.seal import Purpose, Sealer, returned_delivery
from rekindle.settings import MissingSettingError, Settings
from rekindle.store.deliveries import cancel_waiting, recover
from rekindle.store.engine import Store
from rekindle.store.leases import take_lease
from rekindle.store.mailings import get_mailing, mailings_to_resume, step_mailing, tally
from rekindle.store.tables import attempt, contact, delivery, event, link, suppression
from rekindle.store.verify import ledger_faults

Serve = Callable[..., SmtpServer]
KEY = "0123456789abcdef"


def settings(url: str) -> Settings:
    return Settings("", smtp_url=url, secret_key=KEY, public_url="https://mail.shop.example")


def send(store: Store, url: str, now: datetime = NOW, *, running: bool = False, **options: Any) -> Tally:
    """Send mailing 1; the ledger must add up afterwards whatever happens. `running`: the clock runs on from `now`."""
    began = datetime.now(UTC)
    try:
        clock = (lambda: now + (datetime.now(UTC) - began)) if running else lambda: now
        return send_mailing(store, settings(url), 1, clock, **options)
    finally:
        with store.reading() as connection:
            assert ledger_faults(connection, 1) == []


def rows(store: Store, *names: str) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(*(delivery.c[name] for name in names)).order_by(delivery.c.id)))


def html_of(content: bytes) -> str:
    letter = email.message_from_bytes(content, policy=email.policy.default)
    html: str = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    return html


def test_everybody_gets_one_letter_of_their_own(store: Store, serve: Serve) -> None:
    """Personal text, sealed links, one-click headers, a return path that names the delivery, a stable Message-ID."""
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(1, 251)])
    ledger = send(store, server.url)
    assert (ledger.planned, ledger.sent, ledger.waiting) == (250, 250, 0)
    assert Counter(to for to, _ in server.accepted()) == Counter(f"r{n}@x.test" for n in range(1, 251))
    assert {(to, mid) for to, mid in server.accepted()} == {tuple(row) for row in rows(store, "address", "message_id")}
    with store.reading() as connection:
        assert get_mailing(connection, 1).state is MailingState.DONE
        targets = {row.id: row.url for row in connection.execute(select(link.c.id, link.c.url))}
        numbers = {row.address: row.id for row in connection.execute(select(delivery.c.address, delivery.c.id))}
    to, content = next(one for one in server.letters if one[0] == "r7@x.test")
    letter = email.message_from_bytes(content, policy=email.policy.default)
    html = html_of(content)
    assert letter["Subject"] == "Здравствуйте, Name7"
    assert "Name7: 10%" in html
    sealer = Sealer(KEY.encode())
    clicks = [sealer.open(Purpose.CLICK, word) for word in re.findall(r"/c/([\w-]+)", html)]
    assert [(one.delivery_id, targets[one.link_id]) for one in clicks if one] == [
        (numbers[to], "https://shop.example/back"),
        (numbers[to], "https://shop.example/of/C-7"),
    ]
    mail = next(line for line in server.commands if f"+{letter['Message-ID'][1:40]}@" in line)
    word = re.match(r"MAIL FROM:<bounces\+(\w+)@shop\.example>", mail)
    assert word is not None
    assert returned_delivery(sealer, word[1]) == numbers[to]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_sending_again_sends_nothing_again(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, ["a@x.test", "b@x.test"])
    first, second = send(store, server.url), send(store, server.url)
    assert (first, len(server.accepted())) == (second, 2)


def test_each_fault_ends_as_the_ledger_says(store: Store, serve: Serve) -> None:
    server = serve()
    names = ["gone.rcpt-550-5.1.1", "blocked.dot-550-5.7.1", "full.rcpt-452-4.2.2", "grey.rcpt-450-4.2.0x1",
             "lost.drop-late", "ok"]  # fmt: skip
    made_mailing(store, [f"{name}@x.test" for name in names])
    ledger = send(store, server.url)
    assert ledger == Tally(planned=6, sent=1, failed=2, unknown=1, waiting=2)
    assert [(row.state, row.reason) for row in rows(store, "state", "reason")] == [
        ("failed", "recipient"),
        ("failed", "policy"),
        ("deferred", "mailbox_full"),
        ("deferred", "temporary"),
        ("unknown", "connection"),
        ("sent", ""),
    ]
    with store.reading() as connection:
        bounced = connection.scalars(select(event.c.kind)).all()
        suppressed = connection.scalars(select(suppression.c.key)).all()
    assert (bounced, suppressed) == (["bounced"], ["gone.rcpt-550-5.1.1@x.test"])
    # nothing is due before its time; then the greylisted one goes through, under the same Message-ID
    assert send(store, server.url, NOW + timedelta(seconds=59)) == ledger
    before = dict(tuple(row) for row in rows(store, "address", "message_id"))
    later = send(store, server.url, NOW + timedelta(minutes=2))
    assert (later.sent, later.waiting, later.unknown) == (2, 1, 1)
    assert dict(tuple(row) for row in rows(store, "address", "message_id")) == before


def test_after_three_days_a_letter_is_given_up(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, ["full.rcpt-452-4.2.2@x.test"])
    tries, now = 0, NOW
    while send(store, server.url, now).waiting:
        tries += 1
        (row,) = rows(store, "due_at")
        now = row.due_at
    ((state, reason, attempts),) = (tuple(row) for row in rows(store, "state", "reason", "attempts"))
    assert (state, reason) == ("failed", f"mailbox_full: given up after {attempts} tries")
    assert timedelta(days=2, hours=18) < now - NOW <= timedelta(days=3)
    with store.reading() as connection:
        assert len(connection.execute(select(attempt.c.id)).all()) == attempts == tries + 1


def test_one_contact_whose_letter_cannot_be_made_fails_alone(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(1, 6)])
    with store.writing() as connection:
        connection.execute(update(contact).where(contact.c.external_id == "C-3").values(first_name=""))
    ledger = send(store, server.url)
    assert (ledger.sent, ledger.failed) == (4, 1)
    reason = rows(store, "reason")[2].reason
    assert reason.startswith("unrenderable: ")
    assert "first_name" in reason


def test_a_contact_without_tracking_gets_plain_links_and_no_pixel(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, ["a@x.test"], tracking=False)
    send(store, server.url)
    html = html_of(server.letters[0][1])
    assert "https://shop.example/back" in html
    assert not re.search(r"/[co]/", html.replace("https://shop.example/of/", ""))


def test_an_unreachable_relay_is_told_in_seconds_and_nothing_is_lost(store: Store) -> None:
    made_mailing(store, ["a@x.test", "b@x.test"])
    began = time.monotonic()
    with pytest.raises(RelayError, match=r"127\.0\.0\.1:1 cannot be reached"):
        send(store, "smtp://127.0.0.1:1")
    assert time.monotonic() - began < 6
    assert [(row.state, row.attempts) for row in rows(store, "state", "attempts")] == [("queued", 0)] * 2


@pytest.mark.parametrize("missing", ["smtp_url", "secret_key", "public_url"])
def test_a_missing_setting_stops_it_before_anything(store: Store, missing: str) -> None:
    made_mailing(store, ["a@x.test"])
    given = {"smtp_url": "smtp://127.0.0.1:1", "secret_key": KEY, "public_url": "https://m.example", missing: ""}
    with pytest.raises(MissingSettingError):
        send_mailing(store, Settings("", **given), 1, lambda: NOW)
    assert rows(store, "state")[0].state == "queued"


def test_a_limit_is_kept_and_the_rest_waits(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(30)])
    assert send(store, server.url, limit=7) == Tally(planned=30, sent=7, waiting=23)
    assert send(store, server.url) == Tally(planned=30, sent=30)
    assert len(server.accepted()) == 30


def test_stopping_settles_what_is_in_hand_and_puts_the_rest_back(store: Store, serve: Serve) -> None:
    server, stop = serve(), threading.Event()
    made_mailing(store, [f"r{n}.slow-0.3@x.test" for n in range(40)])

    def stop_midway() -> None:
        until = time.monotonic() + 20
        while len(server.accepted()) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        stop.set()

    threading.Thread(target=stop_midway).start()
    ledger = send(store, server.url, stop=stop)
    assert 3 <= ledger.sent == len(server.accepted()) < 40
    assert Counter(row.state for row in rows(store, "state")) == {"sent": ledger.sent, "queued": 40 - ledger.sent}


def test_who_leaves_while_the_mailing_runs_gets_nothing(store: Store, serve: Serve) -> None:
    """Looked at again at claim: a suppression made after the first letters stops the later ones."""
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(10)])
    send(store, server.url, limit=5)
    with store.writing() as connection:
        connection.execute(update(contact).where(contact.c.external_id == "C-9").values(address_key=""))
    assert send(store, server.url) == Tally(planned=10, sent=9, skipped=1)


def test_a_mailing_that_rests_is_not_sent(store: Store, serve: Serve) -> None:
    made_mailing(store, ["a@x.test"])
    with store.writing() as connection:
        step_mailing(connection, 1, MailingState.PAUSED, NOW)
    with pytest.raises(HeldError, match="is paused; `rekindle resume 1` lets it go"):
        send(store, serve().url)


def test_a_mailing_sent_by_another_process_is_left_alone(store: Store, serve: Serve) -> None:
    made_mailing(store, ["a@x.test"])
    with store.writing() as connection:
        take_lease(connection, "mailing:1", datetime.now(UTC))
    with pytest.raises(HeldError, match="mailing 1 is being sent by process"):
        send(store, serve().url)


def test_pausing_a_mailing_in_flight_stops_it_at_the_next_claim(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, [f"r{n}.slow-0.02@x.test" for n in range(600)])

    def pause() -> None:
        while not server.accepted():
            time.sleep(0.01)
        with store.writing() as connection:
            step_mailing(connection, 1, MailingState.PAUSED, NOW)

    meanwhile = threading.Thread(target=pause)
    meanwhile.start()
    ledger = send(store, server.url)
    meanwhile.join()
    assert 0 < ledger.sent < 600
    assert ledger.waiting == 600 - ledger.sent
    with store.reading() as connection:
        assert get_mailing(connection, 1).state is MailingState.PAUSED


@pytest.mark.parametrize("to", [MailingState.PAUSED, MailingState.CANCELLED])
def test_a_word_to_stop_is_heard_before_what_is_claimed_has_left(store: Store, serve: Serve, to: MailingState) -> None:
    """Two hundred letters are claimed at once; over a slow relay they would go on leaving for long."""
    server = serve()
    made_mailing(store, [f"r{n}.slow-0.3@x.test" for n in range(200)])

    def stop() -> None:
        while not server.accepted():
            time.sleep(0.01)
        with store.writing() as connection:
            step_mailing(connection, 1, to, NOW)
            if to is MailingState.CANCELLED:
                cancel_waiting(connection, 1, NOW)

    meanwhile = threading.Thread(target=stop)
    meanwhile.start()
    ledger = send(store, server.url)
    meanwhile.join()
    assert 0 < ledger.sent == len(server.accepted()) < 100
    assert (ledger.waiting, ledger.skipped) == (
        (200 - ledger.sent, 0) if to is MailingState.PAUSED else (0, 200 - ledger.sent)
    )


def test_the_unknown_stay_parked_unless_resending_is_asked_for(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, ["a.drop-dot@x.test", "b.drop-late@x.test"])
    assert send(store, server.url).unknown == 2
    assert send(store, server.url).unknown == 2
    assert len(server.accepted()) == 1
    send(store, server.url, resend_unknown=True)
    again = [mid for to, mid in server.accepted() if to.startswith("b")]
    assert len(again) == 2
    assert len(set(again)) == 1


def test_a_crew_of_processes_sends_each_letter_once(store: Store, serve: Serve) -> None:
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(400)])
    assert send(store, server.url, workers=2) == Tally(planned=400, sent=400)
    assert Counter(to for to, _ in server.accepted()) == Counter(f"r{n}@x.test" for n in range(400))


def test_bounces_come_to_the_campaigns_sender_where_no_other_is_named(store: Store, serve: Serve) -> None:
    server = serve()
    everybody = [line for line in FILES["rekindle.yml"].splitlines() if not line.startswith(("from", "return_path"))]
    files = {
        **FILES,
        "rekindle.yml": "\n".join(everybody) + "\n",
        "campaigns/winback.yml": FILES["campaigns/winback.yml"] + "from: Shop <hello@shop.example>\n",
    }
    made_mailing(store, ["a@x.test"], files)
    assert send(store, server.url).sent == 1
    assert [line for line in server.commands if re.match(r"MAIL FROM:<hello\+\w{39}@shop\.example>", line)]


def test_few_letters_are_shared_by_the_whole_crew(store: Store, serve: Serve) -> None:
    """None of two workers takes all of a small mailing for its own two connections."""
    server = serve()
    made_mailing(store, [f"r{n}.slow-0.05@x.test" for n in range(30)], limited())
    assert send(store, server.url, workers=2).sent == 30
    assert server.most_open == 4


def test_a_crew_tells_of_an_unreachable_relay(store: Store) -> None:
    made_mailing(store, ["a@x.test", "b@x.test"])
    with pytest.raises(RelayError, match="cannot be reached"):
        send(store, "smtp://127.0.0.1:1", workers=2)
    with store.reading() as connection:
        assert tally(connection, 1) == Tally(planned=2, waiting=2)


def test_a_template_that_is_changed_midway_changes_nothing(store: Store, serve: Serve) -> None:
    """What is sent comes from the mailing's frozen files, not from a folder."""
    server = serve()
    files = {**FILES, "templates/winback.html": FILES["templates/winback.html"].replace("leave", "frozen words")}
    made_mailing(store, ["a@x.test"], files)
    send(store, server.url)
    assert "frozen words" in html_of(server.letters[0][1])


def test_a_crew_member_that_dies_is_told_and_its_letters_are_settled(store: Store, serve: Serve) -> None:
    """kill -9 of one worker: its letters in hand are unknown, the rest goes on or waits, and the sum adds up."""
    server = serve()
    made_mailing(store, [f"r{n}.slow-0.05@x.test" for n in range(300)])
    killed: list[int] = []

    def kill_one() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and not killed:
            if len(server.accepted()) > 20:
                for listed in Path("/proc/self/task").glob("*/children"):
                    workers = [one for one in map(int, listed.read_text().split()) if is_worker(one)]
                    for one in workers[:1]:
                        os.kill(one, signal.SIGKILL)
                        killed.append(one)
                        server.release()
            time.sleep(0.02)

    def is_worker(process: int) -> bool:
        with contextlib.suppress(OSError):
            return b"rekindle.line.worker" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return False

    killer = threading.Thread(target=kill_one)
    killer.start()
    with pytest.raises(WorkerLostError, match="ended by itself"):
        send(store, server.url, workers=2)
    killer.join()
    ledger = send(store, server.url)
    accepted = Counter(to for to, _ in server.accepted())
    assert (ledger.waiting, ledger.sent + ledger.unknown, max(accepted.values())) == (0, 300, 1)
    assert ledger.unknown <= 2
    assert ledger.sent <= len(accepted) <= 300


def test_a_process_woken_up_after_another_took_over_sends_nothing_more(store: Store, serve: Serve) -> None:
    """SIGSTOP past the lease, then SIGCONT (LEDGER 4): seen here as a fence that has moved on under a sender."""
    server = serve()
    made_mailing(store, [f"r{n}.slow-0.05@x.test" for n in range(60)])

    def take_over() -> None:
        until = time.monotonic() + 20
        while len(server.accepted()) < 5 and time.monotonic() < until:
            time.sleep(0.01)
        with store.writing() as connection:
            recover(connection, 1, fence=10, now=NOW)

    timer = threading.Thread(target=take_over)
    timer.start()
    with pytest.raises(HeldError, match="another process has taken over this mailing"):
        send(store, server.url)
    timer.join()
    stopped_at = len(server.accepted())
    ledger = send(store, server.url)
    accepted = Counter(to for to, _ in server.accepted())
    assert 0 < stopped_at < 60
    assert (max(accepted.values()), ledger.waiting, ledger.sent + ledger.unknown) == (1, 0, 60)


def test_a_letter_is_signed_by_the_key_of_the_settings(store: Store, serve: Serve, tmp_path: Path) -> None:
    """For the sender's domain, over the octets that leave; what arrives verifies."""
    key = rsa.generate_private_key(65537, 2048)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "dkim.pem").write_bytes(key.private_bytes(*kinds))
    shape = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    said = b"v=DKIM1; k=rsa; p=" + base64.b64encode(key.public_key().public_bytes(*shape))
    server = serve()
    made_mailing(store, ["a@x.test"])
    signing = replace(settings(server.url), dkim_key=str(tmp_path / "dkim.pem"), dkim_selector="r1")
    assert send_mailing(store, signing, 1, lambda: NOW).sent == 1
    asked: list[bytes] = []
    letter = dkim.DKIM(server.letters[0][1])
    assert letter.verify(dnsfunc=lambda name, **_: asked.append(name) or said)
    assert asked == [b"r1._domainkey.shop.example."]
    signed = {name for name, _ in letter.signed_headers}
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id"} <= signed


def limited(**sending: object) -> dict[str, str]:
    """The files with these limits under `sending`."""
    said = ", ".join(f"{key}: {value}" for key, value in {"connections": 4, **sending}.items())
    return {**FILES, "rekindle.yml": FILES["rekindle.yml"].replace("{connections: 4}", f"{{{said}}}")}


def test_a_rate_is_kept_by_a_crew_together(store: Store, serve: Serve) -> None:
    """All workers draw from one rate: 20 letters at 10 a second take the time that 18 need."""
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(20)], limited(per_second=10))
    began = time.monotonic()
    assert send(store, server.url, running=True, workers=2).sent == 20
    assert time.monotonic() - began > 1.7
    assert len(server.accepted()) == 20


def test_a_domain_with_one_connection_has_one_letter_in_hand(store: Store, serve: Serve) -> None:
    """Whatever the others do meanwhile; of all workers together."""
    server = serve()
    slow = [f"r{n}.slow-0.05@slow.test" for n in range(6)]
    made_mailing(store, [*slow, *(f"q{n}@x.test" for n in range(20))], limited(domains="{slow.test: {connections: 1}}"))
    began = time.monotonic()
    assert send(store, server.url, running=True).sent == 26
    assert time.monotonic() - began > 6 * 0.05
    assert Counter(to.partition("@")[2] for to, _ in server.accepted()) == {"slow.test": 6, "x.test": 20}


def test_a_day_of_the_warm_up_has_its_allowance(store: Store, serve: Serve) -> None:
    """What is over it waits for tomorrow, and a run in between has nothing to do."""
    server = serve()
    made_mailing(store, [f"r{n}@x.test" for n in range(9)], limited(warmup="{start: 4, factor: 1.5}"))
    assert send(store, server.url) == Tally(planned=9, sent=4, waiting=5)
    with store.reading() as connection:
        assert mailings_to_resume(connection, NOW + timedelta(hours=1)) == []
    assert send(store, server.url, NOW + timedelta(days=1)).sent == 9


def test_too_many_bounces_pause_the_mailing_until_a_person_lets_it_go(store: Store, serve: Serve) -> None:
    server = serve()
    files = {**FILES, "rekindle.yml": FILES["rekindle.yml"] + "stop_when: {bounced: 5%, after: 20}\n"}
    addresses = [f"r{n}.rcpt-550-5.1.1@x.test" if n % 2 else f"r{n}@x.test" for n in range(600)]
    made_mailing(store, addresses, files)
    with pytest.raises(HeldError, match=r"is paused: \d+ of \d+ letters bounced or were refused .*`rekindle resume 1`"):
        send(store, server.url)
    with store.reading() as connection:
        ledger, state = tally(connection, 1), get_mailing(connection, 1).state
    assert (state, ledger.adds_up, ledger.unknown) == (MailingState.PAUSED, True, 0)
    assert 0 < ledger.waiting < 600
    assert mailing_ids(store) == []


def mailing_ids(store: Store) -> list[int]:
    """The mailings that a run would take up."""
    with store.reading() as connection:
        return [one.mailing_id for one in mailings_to_resume(connection, NOW)]
