"""`check` tries letters on real contacts where a store exists, and never makes one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rekindle.line.check_letters import check_letters
from rekindle.line.check_workspace import Checked, check_files
from rekindle.store.engine import Store
from rekindle.store.existing import existing_store

from .conftest import FILES, NOW, add_contact

Write = Callable[[Mapping[str, str]], Path]


def checked(workspace: Write, **changes: str) -> Checked:
    """The shop's workspace on disk, read; `campaign` and `letter` replace a file's text."""
    files = dict(FILES)
    files["campaigns/winback.yml"] = changes.get("campaign", FILES["campaigns/winback.yml"])
    files["templates/winback.txt"] = changes.get("letter", FILES["templates/winback.txt"])
    found = check_files(workspace(files))
    assert [str(problem) for problem in found.problems] == []
    return found


def said(store: Store, found: Checked) -> list[str]:
    return [str(problem) for problem in check_letters(store, found, NOW).problems]


def test_letters_that_everybody_can_get_are_no_problem(shop: Store, workspace: Write) -> None:
    """Ten contacts, one letter."""
    tried = check_letters(shop, checked(workspace), NOW)
    assert (tried.letters, tried.problems) == (10, ())


def test_a_missing_field_is_named_with_its_contact_and_place(shop: Store, workspace: Write) -> None:
    """The emptiest contacts are among those tried, however late they came."""
    with shop.writing() as connection:
        for number in range(300):
            add_contact(connection, f"more{number}@post.example", "Named")
        nameless = [add_contact(connection, f"nameless{number}@post.example", "") for number in range(2)]
    letter = "Hi there {{ links.unsubscribe }}\n{% if contact.city %}\nDear {{ contact.first_name }}\n{% endif %}\n"
    found = checked(
        workspace, campaign=FILES["campaigns/winback.yml"].replace(" {{ contact.first_name }}", ""), letter=letter
    )
    expected = (
        f"templates/winback.txt:3:6: contact #{nameless[0]} and 1 more of those tried: contact.first_name has no value;"
        " write {{ contact.first_name | default('..') }} or ask for it with an if"
    )
    assert [expected] == said(shop, found)


def test_a_subject_that_fails_is_shown_where_the_campaign_says_it(shop: Store, workspace: Write) -> None:
    """At the subject's own line."""
    with shop.writing() as connection:
        add_contact(connection, "nameless@post.example", "")
    found = checked(workspace, letter="Hi {{ links.unsubscribe }}\n")
    assert [line.split(": ")[0] for line in said(shop, found)] == ["campaigns/winback.yml:3:10"]


def test_who_gets_no_letter_cannot_fail(shop: Store, workspace: Write) -> None:
    """Neither who has no address, nor who is excluded."""
    with shop.writing() as connection:
        add_contact(connection, "", "")
        add_contact(connection, "paris@post.example", "", "Paris")
    found = checked(workspace, campaign=FILES["campaigns/winback.yml"] + "exclude: vip\n")
    tried = check_letters(shop, found, NOW)
    assert (tried.letters, tried.problems) == (8, ())


def test_the_command_tries_the_store_that_is_there(
    shop: Store, database_url: str, workspace: Write, rekindle: Callable[..., object]
) -> None:
    """Problems of letters count like all others: exit 1."""
    with shop.writing() as connection:
        add_contact(connection, "nameless@post.example", "")
    root = workspace(FILES)
    ran = rekindle("-C", root, "--database", database_url, "--now", "2026-11-01T09:00", "check")
    lines = ran.out.splitlines()  # type: ignore[attr-defined]
    places = [line.split(": ")[0] for line in lines]
    assert (places, ran.code) == (["campaigns/winback.yml:3:10"], 1)  # type: ignore[attr-defined]
    assert "11 letters tried on real contacts of the store" in ran.err  # type: ignore[attr-defined]


@pytest.mark.parametrize("there", [False, True])
def test_no_store_is_made_by_looking(workspace: Write, rekindle: Callable[..., object], there: bool) -> None:
    """Neither a file where there is none, nor tables in an empty one."""
    root = workspace(FILES)
    if there:
        (root / "rekindle.db").touch()
    ran = rekindle("-C", root, "check")
    assert ran.code == 0  # type: ignore[attr-defined]
    sizes = [path.stat().st_size for path in root.glob("rekindle.db")]
    assert ([0] if there else []) == sizes


def test_a_store_that_cannot_be_opened_is_an_error(workspace: Write, rekindle: Callable[..., object]) -> None:
    """Not silence: the letters were not tried. The workspace's own problems come first, by their own exit code."""
    root = workspace(FILES)
    (root / "rekindle.db").write_text("this is no database, and long enough to be looked at " * 100)
    ran = rekindle("-C", root, "check")
    assert (ran.code, ran.out) == (3, "")  # type: ignore[attr-defined]
    assert "the file is not an SQLite database" in ran.err  # type: ignore[attr-defined]


def test_an_empty_postgresql_has_no_store(postgres_server: str) -> None:
    """Looking into a database without our tables finds none, and makes none."""
    with existing_store(postgres_server) as store:
        assert store is None
