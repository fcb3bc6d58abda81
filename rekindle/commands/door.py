"""The door: what every verb gets: the workspace, the settings, the store and the one moment of this command."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..model.duration import local_moment
from ..model.error import ProblemsError, RekindleError, UsageError
from ..model.problem import Position, Problem
from ..model.store_url import sqlite_file
from ..settings import Settings, load_settings, setting_problems

if TYPE_CHECKING:
    from ..store.engine import Store
    from ..workspace.load import Workspace


def _elapsed() -> float:
    """Seconds that go on by themselves, also while the machine sleeps where the system counts that."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass
class Door:
    """The options that stand before the verb, and what is opened through them, once and only when asked for."""

    root: Path = field(default_factory=Path)
    database: str | None = None
    now_text: str | None = None
    as_json: bool = False
    row_by_row: bool = False
    debug: bool = False
    _stores: list[Store] = field(default_factory=list)

    @cached_property
    def settings(self) -> Settings:
        """The environment and .env."""
        return load_settings(self.root)

    @cached_property
    def workspace(self) -> Workspace:
        """Every file of the workspace, read. Raises ProblemsError when any has a problem."""
        from ..workspace.load import load_workspace

        workspace = load_workspace(self.root)
        if "store" in self.__dict__:
            self._in_step(self.store, workspace)
        return workspace

    @property
    def database_url(self) -> str:
        """`--database`, else the setting."""
        return self.settings.database_url if self.database is None else self.database

    @cached_property
    def store(self) -> Store:
        """The client store, ready to use. Raises StoreError; ProblemsError rather than make one in an odd folder."""
        from ..store.opening import open_store

        if self.database is None:
            look_for_workspace(self.root, self.settings.database_url)
        store = open_store(self.database_url)
        self._stores.append(store)
        if "workspace" in self.__dict__:
            self._in_step(store, self.workspace)
        return store

    def _in_step(self, store: Store, workspace: Workspace) -> None:
        """Orders carry their local day: where the workspace's timezone has changed, so do they."""
        from ..store.local_days import keep_local_days

        zone = workspace.configuration.timezone
        changed = keep_local_days(store, zone)
        if changed:
            self.say(f"the timezone is {zone.key} now: the local day of {changed:,} orders was computed again")

    @cached_property
    def now(self) -> datetime:
        """The command's one moment (aware UTC): `--now`, read in the workspace's timezone, else the clock."""
        if self.now_text is None:
            return datetime.now(UTC)
        return parse_moment(self.now_text, self.workspace.configuration.timezone)

    def local(self, moment: datetime) -> str:
        """A moment as the marketer's clock shows it; UTC where no workspace says which clock."""
        try:
            zone: tzinfo = self.workspace.configuration.timezone
        except RekindleError:
            zone = UTC
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"

    def running_now(self) -> datetime:
        """The running clock: with `--now` it starts there and runs on."""
        opened_at = self._opened_at  # before the clock is read: the first answer may not lie before `now`
        return self.now + (datetime.now(UTC) - opened_at)

    @cached_property
    def _opened_at(self) -> datetime:
        return datetime.now(UTC)

    def steady_clock(self) -> Callable[[], datetime]:
        """A clock for one stretch of sending: it begins at the running clock, and no setting of the clock moves it."""
        began, elapsed = self.running_now(), _elapsed()
        return lambda: began + timedelta(seconds=_elapsed() - elapsed)

    def say(self, words: str) -> None:
        """Words for a person: stderr. That nobody hears them any more is no reason to break off the work."""
        with suppress(OSError):
            click.echo(words, err=True)

    def warn_of_unheeded(self) -> None:
        """Say which settings this version does not act on, and which it does not know."""
        for problem in setting_problems(self.root):
            self.say(str(problem))

    def give(self, data: str) -> None:
        """Data: stdout."""
        click.echo(data)

    def give_json(self, document: Any) -> None:
        """One JSON document on stdout; with `row_by_row` an array is NDJSON, a line for each of its rows."""
        if self.row_by_row and isinstance(document, list):
            for row in document:
                click.echo(json.dumps(row, ensure_ascii=False, default=str))
            return
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))

    @property
    def on_terminal(self) -> bool:
        """Whether a person watches (progress bars, questions)."""
        return sys.stderr.isatty() and sys.stdin.isatty()

    def close(self) -> None:
        """Give back what was opened."""
        for store in self._stores:
            store.close()


def look_for_workspace(root: Path, database_url: str) -> None:
    """Raise ProblemsError where a store would be made in a folder that is no workspace."""
    file = root.resolve() / "rekindle.db"
    if sqlite_file(database_url) == file and not file.exists() and not (root / "rekindle.yml").exists():
        hint = "`rekindle init` writes one; -C DIR names the workspace"
        raise ProblemsError([Problem(Position("rekindle.yml"), "there is no rekindle.yml here", hint)])


def parse_moment(text: str, zone: Any) -> datetime:
    """`2026-11-01`, `2026-11-01T10:00` in `zone`, or with an offset of its own. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"'{text}' is not a time; write 2026-11-01 or 2026-11-01T10:00") from error
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return local_moment(moment, zone)


def seconds(span: timedelta) -> str:
    """A span for people: `1.2 s`, `3 min 5 s`."""
    total = span.total_seconds()
    return f"{total:.1f} s" if total < 60 else f"{int(total // 60)} min {int(total % 60)} s"
