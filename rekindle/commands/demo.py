"""`rekindle demo`: the whole story on bundled real orders, told by the real commands."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model.error import ExitCode, RekindleError
from ..model.store_url import sqlite_url
from .door import Door

if TYPE_CHECKING:
    from ..demo.clock import StoryClock
    from ..demo.mailroom import Mailroom

CAMPAIGN = "win-back"
SHOWN_BUYER = "customer-12350@buyers.example"
MORNING = "2011-12-10T10:00"
AFTERWARDS = "2011-12-27T09:00"


@click.command("demo")
@click.argument("folder", metavar="[DIR]", default="demo", type=click.Path(path_type=Path))
@click.pass_obj
def command(_door: Door, folder: Path) -> int:
    """Tell the whole story in DIR (default: demo): import, segment, plan, send, read, buy again, report. Offline."""
    from ..demo.stage import set_stage

    begun = time.monotonic()
    set_stage(folder)
    story = Story(folder)
    with _environment(story.settings):
        story.tell()
    _say(f"\nThe story took {time.monotonic() - begun:.0f} s. Look around:")
    for what, where in story.places().items():
        click.echo(f"  {what:<14}{where}")
    click.echo(f"\nAnd go on from here:  {_program()} -C {folder} --now {AFTERWARDS} segment count")
    return ExitCode.DONE


class Story:
    """The steps in order. Each is a real command, shown as it would be typed, on the demo's own database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = sqlite_url((folder / "rekindle.db").resolve())
        self._letters = folder / "letters"
        self._report = folder / "report.html"
        self.settings = {"REKINDLE_DATABASE_URL": self._database, "REKINDLE_SECRET_KEY": _secret(folder)}

    def places(self) -> Mapping[str, Path]:
        """Where everything lies that the story leaves behind."""
        return {
            "letters": self._letters,
            "HTML report": self._report,
            "database": self._folder / "rekindle.db",
            "workspace": self._folder,
        }

    def tell(self) -> None:
        """From the shop's files to the report."""
        _say("A gift shop's real orders of a year, as its shop system exported them (names and addresses made up):")
        self._run(
            MORNING, "import", "contacts", self._folder / "contacts.csv", "--map", self._folder / "contacts.map.yml"
        )
        self._run(MORNING, "import", "orders", self._folder / "orders.csv", "--map", self._folder / "orders.map.yml")
        _say("\nSegments are YAML files. How many are in each, and why is this one in?")
        self._run(MORNING, "segment", "count")
        self._run(MORNING, "segment", "explain", "silent-buyers", SHOWN_BUYER)
        _say("\nWho would get the win-back letter, and who not, and why:")
        self._run(MORNING, "plan", CAMPAIGN)
        self._send_and_read()
        self._buy_again()
        _say("\nWhat it was worth, against the quarter that got no letter:")
        self._run(AFTERWARDS, "report", CAMPAIGN, "--html", self._report)

    def _send_and_read(self) -> None:
        from ..demo.clock import StoryClock
        from ..demo.mailroom import open_mailroom

        clock = StoryClock()
        with open_mailroom(self._letters) as (mailroom, smtp_url), self._tracker(clock) as url:
            with _environment({"REKINDLE_SMTP_URL": smtp_url, "REKINDLE_PUBLIC_URL": url}):
                _say(
                    "\nThe letters go out through a real SMTP server on loopback; cron's `run` then finds nothing left:"
                )
                self._run(MORNING, "send", CAMPAIGN, "--yes")
                self._run(MORNING, "run")
                self._run(MORNING, "mailing", "list")
            self._read(mailroom, clock)

    def _read(self, mailroom: Mailroom, clock: StoryClock) -> None:
        from ..demo.clock import OPENING
        from ..demo.readers import Deeds, read, scan

        self._deeds = Deeds()
        clock.jump(OPENING + timedelta(minutes=1))
        scan(mailroom.letters, self._deeds)
        clock.jump(OPENING + timedelta(hours=9), speed=3600)
        read(mailroom.letters, self._deeds)
        deeds = self._deeds
        _say(
            f"\nSimulated readers fetched real pixels and links from the tracker: {len(deeds.opened)} opened,"
            f" {len(deeds.clicked)} clicked, {len(deeds.left)} left by one click,"
            f" {len(deeds.scanned)} letters were scanned by machines."
        )

    def _buy_again(self) -> None:
        from ..demo.clock import OPENING
        from ..demo.returns import write_returns

        file = self._folder / "orders-afterwards.csv"
        count = write_returns(file, self._audience(), self._deeds.clicked, OPENING)
        _say(f"\nIn the fortnight after, {count} of everybody drawn (mailed or not) buy again; their orders come in:")
        self._run(AFTERWARDS, "import", "orders", file, "--map", self._folder / "orders.map.yml")

    def _audience(self) -> list[tuple[str, str]]:
        from ..model.audience import Verdict
        from ..store.audiences import Audience, audience_pages
        from ..store.mailings import find_mailing
        from ..store.opening import open_store
        from ..store.tables import audience_member

        store = open_store(self._database)
        try:
            with store.reading() as connection:
                mailing = find_mailing(connection, CAMPAIGN, "2011-12")
                assert mailing is not None, "the letters were sent"
                audience = Audience(audience_member, mailing.mailing_id)
                pages = audience_pages(connection, audience, [Verdict.CHOSEN, Verdict.HELD_OUT])
                return [(member.external_id, member.email) for page in pages for member in page]
        finally:
            store.close()

    @contextmanager
    def _tracker(self, clock: StoryClock) -> Iterator[str]:
        from ..seal import Sealer
        from ..store.opening import open_store
        from ..track.journal import journal_path
        from ..track.serving import Tracker
        from ..workspace.load import load_workspace

        store = open_store(self._database)
        sealer = Sealer(self.settings["REKINDLE_SECRET_KEY"].encode())
        configuration = load_workspace(self._folder).configuration
        journal = journal_path(str(self._folder / "rekindle.db"), self._folder)
        try:
            with Tracker(store, sealer, configuration, journal=journal, now=clock) as tracker:
                yield tracker.url
        finally:
            store.close()

    def _run(self, now: str, *arguments: object) -> None:
        """Show the command as it would be typed, then really run it. Raises RekindleError when it fails."""
        from .root import run

        words = [str(argument) for argument in arguments]
        shown = [word.removeprefix(f"{self._folder}{os.sep}") for word in words]
        click.secho(f"\n$ rekindle --now {now} {' '.join(shown)}", fg="cyan", bold=True)
        sys.stdout.flush()
        code = run(["-C", str(self._folder), "--now", now, *words])
        if code != ExitCode.DONE:
            raise RekindleError(f"`rekindle {' '.join(shown)}` ended with {code}; this is a fault of the demo")


def _program() -> str:
    """How this command can be called again: by its name where the shell finds it, else by its place."""
    return "rekindle" if shutil.which("rekindle") else os.path.relpath(sys.argv[0])


def _say(words: str) -> None:
    click.echo(words)
    sys.stdout.flush()


def _secret(folder: Path) -> str:
    from ..settings import load_settings

    return load_settings(folder, {}).secret_key


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Settings that hold while the story is told, whatever this machine's own are."""
    former = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
