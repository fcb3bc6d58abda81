"""`work`: the command itself; what it does for a mailing stands in tests/line/test_work.py."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import update

from rekindle.store.opening import open_store
from rekindle.store.tables import delivery

ROOT = Path(__file__).parents[2]
FILES = {
    ".env": "REKINDLE_SMTP_URL=eml:letters\nREKINDLE_SECRET_KEY=0123456789abcdef\nREKINDLE_PUBLIC_URL=https://m.example\n",
    "rekindle.yml": "organisation: {name: Shop, address: Main St 1, url: https://shop.example}\n"
    "from: Shop <hello@shop.example>\ntimezone: UTC\ncurrency: EUR\ntopics: {offers: Offers}\n",
    "segments/all.yml": "where: {everyone: true}\n",
    "campaigns/c.yml": "topic: offers\nsegment: all\nsubject: Hi\ntemplate: l.txt\nholdout: 0\n",
    "templates/l.txt": "Hi {{ links.unsubscribe }}\n",
    "contacts.csv": "external_id,email,consent\na,a@post.example,*\nb,b@post.example,*\nc,c@post.example,*\n",
}


def test_at_its_end_forever_tells_the_ledger_as_it_stands(
    workspace: Callable[[Mapping[str, str]], Path], database_url: str, rekindle: Any
) -> None:
    """Others go on with a mailing after this process last worked at it: what they left in doubt is said too."""
    root = workspace(FILES)
    shop = ("-C", root, "--database", database_url)
    assert rekindle(*shop, "import", "contacts", root / "contacts.csv").code == 0
    assert "2 wait" in rekindle(*shop, "send", "c", "--yes", "--limit", "1").err
    command = [sys.executable, ROOT / "cli.py", *shop, "--json", "work", "--forever"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as working:
        until = time.monotonic() + 60
        while json.loads(rekindle(*shop, "--json", "mailing", "list").out)[0]["state"] != "done":
            assert time.monotonic() < until, "the letters do not leave"
        store = open_store(database_url)
        with store.writing() as connection:
            connection.execute(update(delivery).where(delivery.c.id == 1).values(state="unknown"))
        store.close()
        working.send_signal(signal.SIGTERM)
        (row,) = json.loads(working.communicate(timeout=60)[0])
    assert (row["state"], row["sent"], row["unknown"], working.returncode) == ("done", 2, 1, 5)
