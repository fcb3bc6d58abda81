"""A small ground to track on: two contacts behind one mailbox, a mailing, its deliveries and a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, insert, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rekindle.model.address import Mailbox
from rekindle.model.configuration import Configuration, Sender
from rekindle.seal import Purpose, Sealer
from rekindle.store.engine import Store
from rekindle.store.opening import open_store
from rekindle.store.tables import consent, contact, delivery, event, link, mailing
from rekindle.track.app import make_app
from tests.conftest import NOW

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what does not depend on the database: the test runs once."""

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
SENT_AT = NOW - timedelta(hours=2)
TARGET = "https://shop.example/новинки?from=letter&x=a%20b"

CONFIGURATION = Configuration(
    organisation=Sender("Мастерская «Фактура»", "Москва, ул. Примерная, 1", "https://faktura.example"),
    sender=Mailbox("hello@faktura.example", "Мастерская «Фактура»"),
    return_path="bounces@faktura.example",
    unsubscribe_mailto="leave@faktura.example",
    topics={"offers": "Скидки и акции", "news": "Новости мастерской"},
    locale="ru_RU",
)


@dataclass
class Ground:
    """The store and what lies in it; `anna` and `annas_double` read one mailbox, `boris` another."""

    store: Store
    folder: Path
    sealer: Sealer = field(default_factory=lambda: Sealer(b"0123456789abcdef-test"))
    configuration: Configuration = CONFIGURATION
    anna: int = 0
    annas_double: int = 0
    boris: int = 0
    mailing: int = 0
    to_anna: int = 0
    to_boris: int = 0
    link: int = 0
    said: list[str] = field(default_factory=list)
    shift: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        self._ticks = 0
        self.anna = self.plant(contact, **person("anna@example.com", locale="ru"))
        self.annas_double = self.plant(contact, **person("anna@example.com"))
        self.boris = self.plant(contact, **person("boris@example.com", locale="en_GB"))
        self.mailing = self.plant(
            mailing, campaign="winback", period="2026-11", state="sending", topic="offers", as_of=NOW, created_at=NOW
        )
        self.to_anna = self.deliver(self.anna, "anna@example.com")
        self.to_boris = self.deliver(self.boris, "boris@example.com")
        self.link = self.plant(link, mailing_id=self.mailing, url=TARGET)
        for contact_id in (self.anna, self.annas_double, self.boris):
            at = NOW - timedelta(days=30)
            self.plant(consent, contact_id=contact_id, topic="*", given=True, occurred_at=at, recorded_at=at)

    def deliver(self, contact_id: int, address: str) -> int:
        """A delivery of the mailing that was sent."""
        return self.plant(
            delivery, mailing_id=self.mailing, contact_id=contact_id, address=address, address_key=address,
            domain="example.com", arm="letter", state="sent", sent_at=SENT_AT,
        )  # fmt: skip

    def plant(self, table: Table, **values: Any) -> int:
        """Insert one row; its id."""
        with self.store.writing() as connection:
            return int(connection.execute(insert(table).values(values).returning(table.c.id)).scalar_one())

    def rows(self, table: Table) -> list[Row[Any]]:
        """All rows of a table, by id."""
        with self.store.reading() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)))

    def events(self) -> list[tuple[str, int, bool, str]]:
        """(kind, delivery, machine, detail) of all events."""
        return [(row.kind, row.delivery_id, row.machine, row.detail) for row in self.rows(event)]

    def consents(self) -> list[tuple[int, str, bool]]:
        """(contact, topic, given) of what was recorded after the ground was laid."""
        return [(row.contact_id, row.topic, row.given) for row in self.rows(consent)[3:]]

    def now(self) -> datetime:
        """A clock that moves by ten minutes at every look, so that moments tell events apart."""
        self._ticks += 1
        return NOW + self.shift + self._ticks * timedelta(minutes=10)

    def seal(self, purpose: Purpose, delivery_id: int, link_id: int = 0) -> str:
        """The word for these ids."""
        return self.sealer.seal(purpose, delivery_id, link_id)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "events.jsonl"

    def app(self, **options: Any) -> Starlette:
        """The application over this ground."""
        return make_app(
            self.store, self.sealer, self.configuration, journal=self.journal, now=self.now, say=self.said.append,
            **options,
        )  # fmt: skip


def person(address: str, locale: str = "", tracking: bool | None = None) -> dict[str, Any]:
    """The columns of a contact."""
    seen = NOW - timedelta(days=90)
    return {
        "first_seen_at": seen, "exists_from": seen, "email": address, "address_key": address, "locale": locale,
        "tracking": tracking,
    }  # fmt: skip


@pytest.fixture
def ground(store: Store, tmp_path: Path) -> Ground:
    """On SQLite and on PostgreSQL."""
    return Ground(store, tmp_path)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Ground]:
    """On an SQLite file alone."""
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield Ground(opened, tmp_path)
    opened.close()


@pytest.fixture
def client(ground: Ground) -> Iterator[TestClient]:
    """A reader's browser at the running application; it follows no redirect."""
    with TestClient(ground.app(), follow_redirects=False, headers={"user-agent": BROWSER}) as opened:
        yield opened


@pytest.fixture
def folded(client: TestClient) -> Callable[[], None]:
    """Wait until all that was heard is in the store."""

    def fold() -> None:
        app = client.app
        assert app.state.listener.fold()  # type: ignore[attr-defined]

    return fold
