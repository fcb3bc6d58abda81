"""Contact + template -> .eml, octet for octet. `GOLDEN=write pytest tests/compose/test_golden.py` writes them anew."""

# ruff: noqa: E501 (a template and its words are read best on one line)

from __future__ import annotations

import email
import email.policy
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from rekindle.compose.letter import DeliverySeals, LetterFacts, LetterSource, LetterStyle, compile_letter
from rekindle.compose.mime import ListWords, Skeleton
from rekindle.model.address import Mailbox

from .anna import FACTS, SEALER, STYLE

GOLDEN = Path(__file__).parent.parent / "golden" / "letters"
SENT = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
WORDS = ListWords("offers.faktura.example", "Скидки", "leave@faktura.example", "winback:2026-11:offers:faktura")


FIRM = Mailbox("hello@faktura.example", "Мастерская «Фактура»")
READER = Mailbox("anna@почта.рф", "Анна Иванова")


@dataclass(frozen=True)
class Case:
    """One golden letter: the template's file and what differs from the usual."""

    folder: str
    template: str
    subject: str
    preheader: str = ""
    sender: Mailbox = FIRM
    to: Mailbox = READER
    style: LetterStyle = STYLE
    tracked: bool = True


ENGLISH = replace(STYLE, locale="en_GB", currency="GBP")
CASES = [
    Case("winback", "letter.mjml", "{{ contact.first_name | default('Здравствуйте') }}, для вас {{ offer.discount }} на всё до конца месяца", "Скидка действует до {{ as_of | date('d MMMM') }}"),
    Case("english", "letter.html", "What is new, {{ contact.first_name | default('friend') }}?", "", Mailbox("hello@shop.example", "The Shop, Ltd."), style=ENGLISH),
    Case("untracked", "letter.html", "Plain", "", Mailbox("hello@shop.example"), Mailbox("anna@example.com"), ENGLISH, tracked=False),
]  # fmt: skip


def octets(case: Case, facts: LetterFacts) -> bytes:
    folder = GOLDEN / case.folder
    names = [path for path in folder.rglob("*") if path.suffix in (".mjml", ".html", ".txt")]
    files = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in names}
    letter = compile_letter(LetterSource(case.subject, case.preheader, case.template, files), case.style)
    assert letter.once
    filled = letter.fill(facts)
    seals = DeliverySeals(SEALER, "https://mail.faktura.example", 5, case.tracked)
    made = filled.finish(seals, {url: number for number, url in enumerate(filled.urls, 1)})
    skeleton = Skeleton(case.sender, WORDS)
    return skeleton.letter_bytes(made, case.to, "5.1@faktura.example", SENT, seals.unsubscribe_url())


def shown(content: bytes) -> list[str]:
    """Headers and bodies in words, so that a difference can be read."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    parts = [str(part.get_content()) for part in message.iter_parts() if isinstance(part, EmailMessage)]
    return [*(f"{name}: {value}" for name, value in message.items()), *"\n".join(parts).splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.folder)
def test_a_letter_is_what_it_was(case: Case) -> None:
    path = GOLDEN / f"{case.folder}.eml"
    made = octets(case, FACTS)
    if os.environ.get("GOLDEN") == "write":
        path.write_bytes(made)
    assert shown(made) == shown(path.read_bytes())
    assert made == path.read_bytes()
