"""A letter whose answer was lost, and its reader: the pixel in it is the evidence that it had left."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import urllib.request

from mailing_rows import made_mailing

from tests.journey.conftest import ON_SQLITE, SEND, Shop

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"


def pixel_of(letter: bytes) -> str:
    """The path of the picture that tells of an opening, as a mail program finds it in the letter."""
    body = email.message_from_bytes(letter, policy=email.policy.default).get_body(("html",))
    assert body is not None
    found = re.findall(r'<img[^>]+src="https://mail\.shop\.example(/o/[^"]+)"', body.get_content())
    assert len(found) == 1
    return str(found[0])


def open_letter(shop: Shop, letter: bytes) -> None:
    """Fetch its picture from the running tracker, which is then ended and has written down what it heard."""
    tracker = shop.begin("serve", "--port", "0")
    assert tracker.stderr is not None
    listening = re.search(r"http://127\.0\.0\.1:\d+", tracker.stderr.readline())
    assert listening
    request = urllib.request.Request(listening[0] + pixel_of(letter), headers={"User-Agent": BROWSER})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/gif")
    tracker.terminate()
    tracker.communicate(timeout=20)


def states(shop: Shop) -> list[str]:
    """What became of each letter, in the order of the readers."""
    told = shop.call("mailing", "show", "1", "--deliveries", "csv").stdout
    return [row["state"] for row in csv.DictReader(io.StringIO(told))]


@ON_SQLITE
def test_the_picture_of_a_letter_in_doubt_settles_it(shop: Shop) -> None:
    """LEDGER 2: `unknown` after a lost answer, and not before it was opened do we know better; then it is `sent`."""
    shop.server.keep_letters = True
    made_mailing(shop.store, ["anna.drop-late@x.test", "boris@x.test", "vera.drop-dot@x.test"])
    assert shop.call(*SEND).returncode == 5
    assert states(shop) == ["unknown", "sent", "unknown"]
    before = shop.call("--json", "mailing", "reconcile", "1")
    assert (before.returncode, json.loads(before.stdout)["by_evidence"]) == (5, 0)
    (letter,) = [content for to, content in shop.server.letters if to.startswith("anna")]
    open_letter(shop, letter)
    settled = json.loads(shop.call("--json", "mailing", "reconcile", "1").stdout)
    assert {key: settled[key] for key in ("by_evidence", "by_word", "sent", "unknown")} == {
        "by_evidence": 1, "by_word": 0, "sent": 2, "unknown": 1,
    }  # fmt: skip
    assert states(shop) == ["sent", "sent", "unknown"]
