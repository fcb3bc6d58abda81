from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from rekindle.line import proof_room
from rekindle.line.make_plan import make_plan
from rekindle.line.proofs import Failed, Proofed, Proofs
from rekindle.plan.summary import Plan
from rekindle.store import audiences
from rekindle.store.engine import Connection, Store

from .conftest import add_contact

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
Read = Callable[[dict[str, str]], Any]
NAMELESS = [number for number in range(11, 200) if number % 7 == 0]


@pytest.fixture
def made_here(shop: Store, shop_files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[Proofed]:
    """A shop worth two more processes, which are waited for; in the list is whose letters this process made itself."""
    monkeypatch.setattr(proof_room, "WORTH_A_CHILD", 50)
    monkeypatch.setattr(audiences, "PAGE", 10)
    shop_files["campaigns/winback.yml"] = shop_files["campaigns/winback.yml"].replace("holdout: 0", "holdout: 10%")
    with shop.writing() as connection:
        for number in range(11, 200):
            add_contact(connection, f"u{number}@post.example", "" if number in NAMELESS else "Anna")
    order, failures, made = proof_room._Crew.order, Proofs.failures, list[Proofed]()

    def order_and_wait(crew: proof_room._Crew, what: dict[str, Any]) -> None:
        order(crew, what)
        while not all(hand.ready for hand in crew.children.values()):
            assert not list(crew.answers(None))

    def make(proofs: Proofs, connection: Connection, members: Sequence[Proofed]) -> list[Failed]:
        made.extend(members)
        return failures(proofs, connection, members)

    monkeypatch.setattr(proof_room._Crew, "order", order_and_wait)
    monkeypatch.setattr(Proofs, "failures", make)
    return made


def planned(shop: Store, workspace: Any, cores: int) -> Plan:
    """The plan made on so many cores."""
    return make_plan(shop, workspace, "winback", "p", NOW, cores=cores)


def test_the_plan_is_the_same_however_many_processes_make_the_letters(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, made_here: list[Proofed]
) -> None:
    """Contacts who fail are named in order, wherever their letter was tried."""
    workspace = read_workspace(shop_files)
    alone = planned(shop, workspace, 1)
    assert len(made_here) == 199
    made_here.clear()
    assert planned(shop, workspace, 3) == alone
    assert len(made_here) < 199, "the others had nothing to do"
    assert list(alone.unrenderable) == NAMELESS == [each.contact_id for each in alone.problems]
    assert planned(shop, workspace, 3).hash == alone.hash


def test_what_a_process_that_died_had_in_hand_is_made_by_us(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, made_here: list[Proofed],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    workspace = read_workspace(shop_files)
    alone, say = planned(shop, workspace, 1), proof_room._Crew._say

    def kill_and_say(crew: proof_room._Crew, hand: proof_room._Hand, word: Any) -> None:
        if hand.ready:
            hand.child._process.kill()
        say(crew, hand, word)

    made_here.clear()
    monkeypatch.setattr(proof_room._Crew, "_say", kill_and_say)
    assert planned(shop, workspace, 3) == alone
    assert len(made_here) == 199


def test_a_child_dies_with_its_parent() -> None:
    """However the parent ends: nobody is there to be told anything."""
    code = """
import time
from rekindle.line.child import Child
child = Child("rekindle.line.proof_room")
print(child._process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child_id = int(parent.stdout.readline())
        os.kill(child_id, 0)
        parent.send_signal(signal.SIGKILL)
    give_up_at = time.monotonic() + 60
    with suppress(ProcessLookupError):
        while time.monotonic() < give_up_at:
            with open(f"/proc/{child_id}/stat", encoding="ascii") as stat:
                if stat.read().split()[2] == "Z":  # ended, and nobody of ours to collect it
                    return
            time.sleep(0.05)
        pytest.fail("the child lives on")
