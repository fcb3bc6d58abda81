"""A process of ours beside this one: it is told things and answers, and it dies with us."""

from __future__ import annotations

import contextlib
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from .beside import start_beside

GRACE = 5.0
"""Seconds that a child gets to end by itself when its line to us is closed."""


class ChildLostError(Exception):
    """The child has ended without an answer."""


class Child:
    """`python -m module FD`: what is given to `say` comes out of `hear` there, and the other way round.

    The line is a socket between the two alone (what goes over it is pickled); its end is the word to stop, and it ends
    when either process does, however it does. Ctrl-C at the terminal reaches us only.
    """

    def __init__(self, module: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = start_beside(module, str(number), stdin=subprocess.DEVNULL, pass_fds=[number])
        self._line = Connection(ours.detach())

    def say(self, word: Any) -> None:
        """Tell the child something. Raises ChildLostError."""
        with _lost():
            self._line.send(word)

    def hear(self) -> Any:
        """Its next answer, waited for. Raises ChildLostError."""
        with _lost():
            return self._line.recv()

    def close(self) -> None:
        """Let it end; whoever does not is killed."""
        self._line.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
            return
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """End it at once: nothing that it does is wanted any more."""
        self._line.close()
        self._process.kill()
        self._process.wait()

    @staticmethod
    def with_answers(children: Sequence[Child], timeout: float | None) -> list[Child]:
        """Those that have an answer, or have ended; waits for the first of them so many seconds, None: as it takes."""
        ready = wait([child._line for child in children], timeout)
        return [child for child in children if child._line in ready]


@contextlib.contextmanager
def _lost() -> Any:
    try:
        yield
    except (EOFError, OSError, pickle.UnpicklingError) as error:
        raise ChildLostError from error


def obey(answer: Callable[[Any], Any]) -> None:
    """In the child: give back what `answer` makes of each word until the line ends."""
    with Connection(int(sys.argv[1])) as line, contextlib.suppress(EOFError, OSError):
        while True:
            line.send(answer(line.recv()))
