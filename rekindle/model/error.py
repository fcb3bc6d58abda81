"""Errors: our inability to go on. Each class knows its exit code; its text says what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from .problem import Problem


class ExitCode(IntEnum):
    """What the shell and cron get back (docs/reference)."""

    DONE = 0
    PROBLEMS = 1
    USAGE = 2
    STORE = 3
    RELAY = 4
    FAILURES = 5
    HELD = 6
    BELOW_PLAN = 7


class RekindleError(Exception):
    """Base of every error that a command shows in one line instead of a traceback."""

    exit_code: ExitCode = ExitCode.PROBLEMS


class ProblemsError(RekindleError):
    """The workspace or an input file has problems; carries all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InputError(RekindleError):
    """A file given on the command line cannot be taken at all (unreadable, unknown header, unknown contact)."""


class UsageError(RekindleError):
    """The command was called in a way that cannot be meant."""

    exit_code = ExitCode.USAGE


class StoreError(RekindleError):
    """The client store cannot be opened, is locked, full, or of another version."""

    exit_code = ExitCode.STORE


class RelayError(RekindleError):
    """The relay or the network does not let us work."""

    exit_code = ExitCode.RELAY


class HeldError(RekindleError):
    """A guard, a breaker or a drifted plan wants a person."""

    exit_code = ExitCode.HELD


class MissingExtraError(RekindleError):
    """An optional library is needed; the text names the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': pip install 'rekindle[{extra}]'")
