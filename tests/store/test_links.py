"""Links: one row for each URL of a mailing, whoever asks and how often; on both databases."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, func, insert, select

from rekindle.store.engine import Store
from rekindle.store.links import ensure_links, link_url
from rekindle.store.tables import link, mailing
from tests.conftest import NOW


def plant(connection: Connection, campaign: str = "winback") -> int:
    row = {"campaign": campaign, "period": "2026-11", "state": "sending", "as_of": NOW, "created_at": NOW}
    return connection.execute(insert(mailing).values(row).returning(mailing.c.id)).scalar_one()


def test_a_url_keeps_its_id(store: Store) -> None:
    urls = ["https://shop.example/a", "https://shop.example/b?x=1&y=пример", "https://shop.example/a"]
    with store.writing() as connection:
        mailing_id = plant(connection)
        first = ensure_links(connection, mailing_id, urls)
        again = ensure_links(connection, mailing_id, [*urls, "https://shop.example/c"])
    assert set(first) == set(urls)
    assert {url: again[url] for url in first} == first
    assert len(again) == 3


def test_links_of_two_mailings_are_two(store: Store) -> None:
    with store.writing() as connection:
        first = ensure_links(connection, plant(connection), ["https://shop.example/"])
        second = ensure_links(connection, plant(connection, "news"), ["https://shop.example/"])
    assert first != second


def test_many_urls_come_in_chunks(store: Store) -> None:
    urls = [f"https://shop.example/{number}" for number in range(1201)]
    with store.writing() as connection:
        ids = ensure_links(connection, plant(connection), urls)
        assert len(set(ids.values())) == 1201
        assert link_url(connection, ids[urls[1200]]) == urls[1200]


def test_nothing_to_link_and_unknown_links(store: Store) -> None:
    with store.writing() as connection:
        assert ensure_links(connection, plant(connection), []) == {}
        assert link_url(connection, 404) is None


def test_several_workers_at_once_get_the_same_ids(store: Store) -> None:
    with store.writing() as connection:
        mailing_id = plant(connection)
    urls = [f"https://shop.example/{number}" for number in range(50)]
    found: list[dict[str, int]] = []

    def work() -> None:
        with store.writing() as connection:
            found.append(ensure_links(connection, mailing_id, urls))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(link)) == 50
    assert found == [found[0]] * 4
