"""A mailing made by hand: contacts with consent, frozen files, queued deliveries; for tests of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from rekindle.model.address import address_key
from rekindle.model.mailing import Mailing
from rekindle.store.engine import Store
from rekindle.store.mailings import NewMailing, insert_mailing
from rekindle.store.tables import audience_member, consent, contact, delivery
from rekindle.workspace.freeze import freeze
from rekindle.workspace.load import parse_workspace

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PAST = NOW - timedelta(days=365)

FILES = {
    "rekindle.yml": """\
organisation: {name: Shop, address: "1 High Street", url: https://shop.example}
from: Shop <hello@shop.example>
return_path: bounces@shop.example
timezone: UTC
currency: EUR
topics: {offers: Offers}
sending: {connections: 4}
""",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/winback.yml": """\
topic: offers
segment: all
subject: "Здравствуйте, {{ contact.first_name }}"
template: winback.html
holdout: 0
offers: [{discount: 10%}]
""",
    "templates/winback.html": """\
<html><body><p>{{ contact.first_name }}: {{ offer.discount }}, <a href="https://shop.example/back">back</a>
<a href="https://shop.example/of/{{ contact.external_id }}">yours</a></p>
<p><a href="{{ links.unsubscribe }}">leave</a></p></body></html>
""",
}


def made_contacts(connection: Connection, addresses: Sequence[str], **contact_values: Any) -> list[int]:
    """A contact with consent for each address; their ids in one order."""
    people = [
        {
            "email": address,
            "address_key": address_key(address),
            "external_id": f"C-{number}",
            "first_name": f"Name{number}",
            "first_seen_at": PAST,
            "exists_from": PAST,
            **contact_values,
        }
        for number, address in enumerate(addresses, 1)
    ]
    rows = connection.execute(insert(contact).returning(contact.c.id, sort_by_parameter_order=True), people)
    ids = [row.id for row in rows]
    given = {"topic": "offers", "given": True, "occurred_at": PAST, "recorded_at": PAST}
    connection.execute(insert(consent), [{"contact_id": n, **given} for n in ids])
    return ids


def made_mailing(
    store: Store, addresses: Sequence[str], files: Mapping[str, str] = FILES, **contact_values: Any
) -> Mailing:
    """The mailing `winback 2026-11` with one delivery for each address; delivery, contact and address in one order."""
    workspace, problems = parse_workspace(files)
    assert workspace is not None, problems
    with store.writing() as connection:
        frozen = freeze(workspace, workspace.campaigns["winback"])
        mailing = insert_mailing(connection, NewMailing("winback", "2026-11", NOW, NOW, topic="offers", frozen=frozen))
        assert mailing is not None
        ids = made_contacts(connection, addresses, **contact_values)
        member = {"mailing_id": mailing.mailing_id, "arm": "letter", "offer": 0}
        connection.execute(insert(audience_member), [{"contact_id": n, "verdict": "chosen", **member} for n in ids])
        letters = [
            {"contact_id": n, "address": address, "address_key": address_key(address), "state": "queued"}
            | {"domain": address_key(address).rpartition("@")[2]}
            for n, address in zip(ids, addresses, strict=True)
        ]
        connection.execute(insert(delivery), [{**letter, **member} for letter in letters])
    return mailing
