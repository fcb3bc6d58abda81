"""The URL of an SQLite store and the file that it names: a URL quotes what a path may hold, `%` and `?`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

PREFIX = "sqlite:///"


def sqlite_url(file: Path) -> str:
    """`file` as the URL of a store."""
    return PREFIX + str(file).replace("%", "%25").replace("?", "%3F")


def sqlite_file(url: str) -> Path | None:
    """The file that `url` names, or None for a store in memory and for another database."""
    path = url.partition("?")[0].removeprefix(PREFIX)
    return Path(unquote(path)) if url.startswith(PREFIX) and path not in ("", ":memory:") else None
