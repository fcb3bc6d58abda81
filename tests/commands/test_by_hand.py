from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_shop import FILES, NOW, bring_in_contacts

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def begun(workspace: Write, tmp_path: Path, rekindle: Any) -> tuple[Any, ...]:
    """A mailing of three letters, one of them sent."""
    call = ("-C", workspace(FILES), "--database", f"sqlite:///{tmp_path / 'shop.db'}", "--now", NOW)
    bring_in_contacts(rekindle, call, tmp_path, 3)
    assert rekindle(*call, "send", "winback", "--yes", "--limit", "1").code == 0
    return call


def test_a_mailing_rests_goes_on_and_ends_by_a_person_s_word(begun: tuple[Any, ...], rekindle: Any) -> None:
    """Each verb says what became of the mailing; --json gives the same four keys."""
    paused = rekindle(*begun, "pause", "1", "--until", "2026-11-03")
    assert "mailing 1 winback 2026-11 is paused until 2026-11-03 00:00 UTC" in paused.err
    state = {"id": 1, "campaign": "winback", "period": "2026-11"}
    assert json.loads(rekindle(*begun, "--json", "pause", "1").out) == {**state, "state": "paused"}
    assert json.loads(rekindle(*begun, "--json", "resume", "1").out) == {**state, "state": "sending"}
    assert rekindle(*begun, "cancel", "1").out == (
        "mailing 1 winback 2026-11 is cancelled: "
        "planned 3 = sent 1 + failed 0 + skipped 2 + expired 0 + unknown 0 + waiting 0\n"
    )


@pytest.mark.parametrize("verb", ["approve", "resume", "pause", "cancel"])
def test_a_step_that_cannot_be_meant_is_wrong_usage(begun: tuple[Any, ...], rekindle: Any, verb: str) -> None:
    """Nothing is the matter with the store: exit 2, and the state is said; an unknown number is 1."""
    assert rekindle(*begun, "send", "winback", "--yes").code == 0
    ran = rekindle(*begun, verb, "1")
    assert ran.code == 2
    assert "mailing 1" in ran.err
    assert "done" in ran.err
    assert rekindle(*begun, verb, "7").code == 1
