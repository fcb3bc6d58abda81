"""A small shop for the tests of the line: ten contacts with consent, a segment of all of them, one campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from rekindle.model.address import address_key
from rekindle.model.folding import fold
from rekindle.store.engine import Store
from rekindle.store.tables import consent, contact
from rekindle.workspace.load import Workspace, parse_workspace

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

FILES = {
    "rekindle.yml": """\
organisation: {name: Shop, address: "1 High Street", url: https://shop.example}
from: Shop <hello@shop.example>
timezone: UTC
currency: EUR
topics: {offers: Offers}
""",
    "segments/all.yml": "where: {everyone: true}\n",
    "segments/vip.yml": "where: {city: Paris}\n",
    "campaigns/winback.yml": """\
topic: offers
segment: all
subject: "Hello {{ contact.first_name }}"
template: winback.txt
holdout: 0
schedule: {cron: "0 9 1 * *", max_lateness: 12 hours}
""",
    "templates/winback.txt": "{{ contact.first_name }}, come back! {{ links.unsubscribe }}\n",
}


@pytest.fixture
def shop_files() -> dict[str, str]:
    """The files of the shop's workspace, to be changed by a test."""
    return dict(FILES)


@pytest.fixture
def read_workspace() -> Callable[[Mapping[str, str]], Workspace]:
    """Files as the workspace that they are; their problems fail the test."""

    def read(files: Mapping[str, str]) -> Workspace:
        workspace, problems = parse_workspace(files)
        assert workspace is not None, "\n".join(map(str, problems))
        return workspace

    return read


@pytest.fixture
def shop(store: Store) -> Store:
    """The store with ten contacts, all of whom may be written to; the first two live in Paris."""
    with store.writing() as connection:
        for number in range(1, 11):
            add_contact(connection, f"u{number}@post.example", f"Name{number}", "Paris" if number < 3 else "Rome")
    return store


def add_contact(connection: Connection, email: str, first_name: str, city: str = "Rome") -> int:
    """A contact with a consent to everything, a year old."""
    past = NOW - timedelta(days=365)
    texts = {"email": email, "first_name": first_name, "city": city, "external_id": email.partition("@")[0]}
    folded = {f"{name}_folded": fold(value) for name, value in texts.items()}
    row = {**texts, **folded, "address_key": address_key(email), "first_seen_at": past, "exists_from": past}
    made: int = connection.execute(insert(contact).values(row).returning(contact.c.id)).scalar_one()
    given = {"contact_id": made, "topic": "*", "given": True, "occurred_at": past, "recorded_at": past}
    connection.execute(insert(consent), given)
    return made
