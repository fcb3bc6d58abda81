from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from small_shop import FILES, LETTER, NOW, bring_in_contacts

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        ("offers", "campaigns/news.yml:1:8: warning: no contact has consented to 'news' (nobody would get a letter; "
                   "`import contacts` takes consents in the column consent)\n"),
        ("offers|news", ""),
        ("*", ""),
    ],
)  # fmt: skip
def test_a_topic_that_nobody_has_consented_to_is_named_with_its_line(
    workspace: Write, database_url: str, tmp_path: Path, rekindle: Any, consent: str, expected: str
) -> None:
    """A campaign about it would mail nobody. It is a warning: consents may come before its day."""
    root = workspace({**FILES, "campaigns/news.yml": LETTER.replace("offers", "news")})
    call = ("-C", root, "--database", database_url, "--now", NOW)
    assert rekindle(*call, "check").out == "", "no contacts, no warning"
    bring_in_contacts(rekindle, call, tmp_path, 2, consent)
    ran = rekindle(*call, "check")
    assert (ran.out, ran.code) == (expected, 0)
