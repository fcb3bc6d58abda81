"""The documentation is true: every verb, option, setting and YAML key stands in the reference, and no link is dead."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from rekindle.commands.root import VERBS
from rekindle.settings import KNOWN

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = (DOCS / "reference/commands.md").read_text(encoding="utf-8")
ROOT_README = (DOCS.parent / "README.md").read_text(encoding="utf-8")


def verbs() -> Iterator[tuple[str, click.Command]]:
    """Every verb and sub-verb with its command."""
    for verb, (module, _) in VERBS.items():
        command = importlib.import_module(f"rekindle.commands.{module}").command
        yield verb, command
        if isinstance(command, click.Group):
            yield from ((f"{verb} {name}", below) for name, below in command.commands.items())


def heading_names(text: str) -> set[str]:
    """The verbs that stand in backticks anywhere, `a b|c` written out."""
    names: set[str] = set()
    for quoted in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text):
        first, *rest = quoted.split() or [""]
        if rest and re.fullmatch(r"[a-z|]+", rest[0]):
            names |= {f"{verb} {name}" for verb in first.split("|") for name in rest[0].split("|")}
        names |= set(first.split("|"))
    return names


@pytest.mark.parametrize(("verb", "command"), list(verbs()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_verb_and_option_is_in_the_reference_and_has_help(verb: str, command: click.Command) -> None:
    """What can be typed is written down."""
    documented = heading_names(COMMANDS)
    options = [
        option
        for param in command.params
        if isinstance(param, click.Option) and not param.hidden
        for option in param.opts
        if option.startswith("--")
    ]

    assert verb in documented
    assert (command.help or command.short_help or "").strip()
    assert [option for option in options if option not in COMMANDS] == []


def test_the_reference_names_no_verb_that_does_not_exist() -> None:
    """A heading of the reference is a command that can be called."""
    headings = re.findall(r"^### (.+)$", COMMANDS, flags=re.MULTILINE)
    named = {name for heading in headings for name in heading_names(heading)}
    known = {name for verb, _ in verbs() for name in (verb, verb.split()[0])}

    assert named - known == set()


@pytest.mark.parametrize("name", KNOWN)
def test_every_setting_is_in_the_reference(name: str) -> None:
    """A name that .env may hold is written down."""
    assert f"`{name}`" in COMMANDS


def test_every_link_of_the_readme_and_docs_leads_to_a_file() -> None:
    """No dead links."""
    pages = [DOCS.parent / "README.md", *DOCS.rglob("*.md")]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert dead == []
