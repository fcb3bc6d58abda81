"""The starter workspace: where it lies, and writing it out without touching anything that is there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

from ..model.error import InputError
from .files import CONFIGURATION, read_files

ENVIRONMENT = ".env"
_ENVIRONMENT_TEXT = """\
# What belongs to this machine, not to the workspace. Keep it out of version control; the environment wins over it.

# signs the links and pixels in letters; keep it for as long as any letter may be read
REKINDLE_SECRET_KEY={secret}

# the client store; the default is a file in this folder
# REKINDLE_DATABASE_URL=sqlite:///rekindle.db
# REKINDLE_DATABASE_URL=postgresql://user:password@localhost/rekindle

# the relay that letters leave through; eml:FOLDER writes them into a folder instead
# REKINDLE_SMTP_URL=smtp://user:password@smtp.example.com:587
# REKINDLE_SMTP_URL=smtps://user:password@smtp.example.com:465
# REKINDLE_SMTP_URL=eml:letters

# where readers reach `rekindle serve`
# REKINDLE_PUBLIC_URL=https://mail.example.com
"""
_IGNORE = ".gitignore"
_IGNORE_TEXT = ".env\nrekindle.db*\nletters/\n.rekindle/\n"


@dataclass
class Written:
    """What `write_starter` did: files written, files left alone, and whether a workspace stood there `already`."""

    written: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    already: bool = False


def write_starter(root: Path) -> Written:
    """Write the starter workspace and a .env into `root`. Raises InputError where that cannot be written.

    rekindle.yml comes last: a folder that has one holds a whole workspace, even after an interruption.
    """
    done = Written(already=(root / CONFIGURATION).exists())
    with starter_folder() as folder:
        texts = {} if done.already else read_files(folder)
    names = [name for name in texts if name != CONFIGURATION]
    _write_new(root, ENVIRONMENT, _ENVIRONMENT_TEXT.format(secret=secrets.token_urlsafe(32)), done, private=True)
    if not done.already:
        _write_new(root, _IGNORE, _IGNORE_TEXT, done)
        for name in [*names, CONFIGURATION]:
            _write_new(root, name, texts[name], done)
    return done


@contextmanager
def starter_folder() -> Iterator[Path]:
    """Where the starter workspace lies: inside the installed package, or at the top of a checkout."""
    packaged = files("rekindle").joinpath("starter")
    if packaged.is_dir():
        with as_file(packaged) as folder:
            yield folder
        return
    top = Path(__file__).resolve().parents[2]
    if not (top / CONFIGURATION).is_file():
        raise InputError("the starter workspace is missing from this installation; install rekindle again")
    yield top


def _write_new(root: Path, name: str, text: str, done: Written, *, private: bool = False) -> None:
    """Write one file that must not be there yet; a private one is for its owner alone, whatever the umask."""
    path = root / name
    mode = 0o600 if private else 0o666
    if os.path.lexists(path):
        done.left.append(name)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        if private:
            os.fchmod(file.fileno(), mode)
        file.write(text.encode("utf-8"))
    done.written.append(name)
