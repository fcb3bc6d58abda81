"""The demo's folder: a small workspace, the bundled files, and a mark by which a former demo is known again."""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
from pathlib import Path

from ..model.error import UsageError

MARK = ".rekindle-demo"
_HERE = Path(__file__).parent

ENVIRONMENT = """\
# The demo's own settings: letters that you send from here are written into letters/, nobody gets any.
REKINDLE_SECRET_KEY={secret}
REKINDLE_SMTP_URL=eml:letters
REKINDLE_PUBLIC_URL=http://127.0.0.1:8025
"""


def set_stage(folder: Path) -> None:
    """Lay the demo out in `folder`; what a former demo left there, whole or broken off, goes first.

    Raises UsageError where the folder holds anything else.
    """
    if (folder / MARK).exists():
        shutil.rmtree(folder)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} holds something that is not a demo; name another folder: rekindle demo DIR")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()
        shutil.copytree(_HERE / "workspace", folder, dirs_exist_ok=True)
        for packed in (_HERE / "data").glob("*.csv.gz"):
            (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
        shutil.copy(_HERE / "data" / "README.md", folder / "ABOUT-THE-DATA.md")
        _write_environment(folder / ".env")
    except OSError as error:
        raise UsageError(f"the demo cannot be laid out in {folder}: {error.strerror}") from error


def _write_environment(path: Path) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(ENVIRONMENT.format(secret=secrets.token_urlsafe(32)))
