"""A small shop for tests of commands: one scheduled campaign to everybody, letters written into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOW = "2026-11-01T09:05"
LETTER = "topic: offers\nsegment: all\nsubject: Hello\ntemplate: winback.txt\nholdout: 0\n"
FILES = {
    ".env": "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\n"
    "REKINDLE_PUBLIC_URL=https://mail.example.com\n",
    "rekindle.yml": 'organisation: {name: Shop, address: "1 High Street", url: https://shop.example}\n'
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers, news: News}\n",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/winback.yml": LETTER + 'schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}\n',
    "templates/winback.txt": "Come back! {{ links.unsubscribe }}\n",
}


def bring_in_contacts(rekindle: Any, call: tuple[Any, ...], folder: Path, count: int, consent: str = "offers") -> None:
    """Contacts x1, x2 .. with the addresses u1@post.example .., in the store since 2026."""
    rows = "".join(f"x{n},u{n}@post.example,2026-01-01,{consent}\n" for n in range(1, count + 1))
    file = folder / "contacts.csv"
    file.write_text("external_id,email,created_at,consent\n" + rows, encoding="utf-8")
    assert rekindle(*call, "import", "contacts", file).code == 0
