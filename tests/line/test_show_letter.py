"""View in browser: the letter that was sent, made again from the frozen files, through the real tracker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from rekindle.line.make_mailing import make_mailing
from rekindle.line.show_letter import ShownLetters
from rekindle.seal import Purpose, Sealer
from rekindle.store.engine import Store
from rekindle.store.links import ensure_links
from rekindle.store.tables import contact, delivery, link, mailing
from rekindle.track.app import make_app
from rekindle.workspace.load import Workspace

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
SEALER = Sealer(b"0123456789abcdef")
URL = "https://mail.shop.example"
LETTER = """\
<html><body><p>{{ contact.first_name }}, <a href="https://shop.example/new">look</a></p>
<a href="{{ links.unsubscribe }}">leave</a> <a href="{{ links.browser }}">view</a></body></html>
"""

Read = Callable[[Mapping[str, str]], Workspace]


def sent(shop: Store, files: Mapping[str, str], read: Read) -> int:
    """A mailing with an HTML letter and its link; the first delivery's id."""
    changed = {**files, "templates/winback.html": LETTER}
    changed["campaigns/winback.yml"] = files["campaigns/winback.yml"].replace("winback.txt", "winback.html")
    made = make_mailing(shop, read(changed), "winback", "2026-11", NOW, NOW)
    with shop.writing() as connection:
        ensure_links(connection, made.mailing_id, ["https://shop.example/new"])
        return int(connection.scalar(select(func.min(delivery.c.id))) or 0)


def shown(shop: Store, delivery_id: int) -> str | None:
    return ShownLetters(shop, SEALER, URL).page(delivery_id)


def test_the_letter_is_shown_with_its_sealed_links(
    shop: Store, shop_files: dict[str, str], read_workspace: Read, tmp_path: Path
) -> None:
    """Scripts, forms and frames are forbidden to it, whatever the template holds."""
    delivery_id = sent(shop, shop_files, read_workspace)
    options: dict[str, Any] = {"journal": tmp_path / "j.jsonl", "now": lambda: NOW}
    with shop.reading() as connection:
        link_id = connection.scalar(select(link.c.id)) or 0
        frozen = connection.execute(select(mailing.c.campaign)).one()
    configuration = read_workspace(shop_files).configuration
    app = make_app(shop, SEALER, configuration, letter_page=ShownLetters(shop, SEALER, URL).page, **options)
    with TestClient(app) as client:
        answers = [client.get(f"/v/{SEALER.seal(Purpose.BROWSER, delivery_id)}") for _ in range(2)]
        unknown = client.get(f"/v/{SEALER.seal(Purpose.BROWSER, 10**9)}")
    assert [answer.status_code for answer in (*answers, unknown)] == [200, 200, 404]
    assert frozen.campaign == "winback"
    for part in (
        "Name1, ",
        f"{URL}/c/{SEALER.seal(Purpose.CLICK, delivery_id, link_id)}",
        f"{URL}/u/{SEALER.seal(Purpose.UNSUBSCRIBE, delivery_id)}",
        f"{URL}/v/{SEALER.seal(Purpose.BROWSER, delivery_id)}",
    ):
        assert part in answers[0].text
    policy = answers[0].headers["content-security-policy"]
    assert ("sandbox" in policy, "script-src" in policy, "allow-scripts" in policy) == (True, False, False)
    assert policy.startswith("default-src 'none'")


def test_who_does_not_want_to_be_tracked_sees_plain_links(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    delivery_id = sent(shop, shop_files, read_workspace)
    with shop.writing() as connection:
        connection.execute(update(contact).values(tracking=False))
    text = shown(shop, delivery_id) or ""
    assert ('href="https://shop.example/new"' in text, "/c/" in text, "/o/" in text) == (True, False, False)


def test_a_link_that_the_mailing_does_not_have_is_plain_and_not_made(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """Showing changes nothing in the store."""
    delivery_id = sent(shop, shop_files, read_workspace)
    with shop.writing() as connection:
        connection.execute(link.delete())
    text = shown(shop, delivery_id) or ""
    with shop.reading() as connection:
        links = connection.scalar(select(func.count()).select_from(link))
    assert ('href="https://shop.example/new"' in text, links) == (True, 0)


def test_what_cannot_be_made_any_more_is_not_shown(
    shop: Store, shop_files: dict[str, str], read_workspace: Read
) -> None:
    """An unknown delivery, a contact that lost the field, a mailing that was brought in from elsewhere."""
    delivery_id = sent(shop, shop_files, read_workspace)
    with shop.writing() as connection:
        connection.execute(update(contact).values(first_name="", first_name_folded=""))
    assert (shown(shop, 10**9), shown(shop, delivery_id)) == (None, None)
    with shop.writing() as connection:
        connection.execute(update(mailing).values(frozen="{}"))
    assert shown(shop, delivery_id) is None
