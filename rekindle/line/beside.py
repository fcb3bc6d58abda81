"""A process of ours beside this one, begun: which Python, which rekindle, and who hears Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def start_beside(module: str, *words: str, **streams: Any) -> subprocess.Popen[bytes]:
    """`python -m module words`, of the rekindle that runs here; `streams` as subprocess.Popen takes them.

    Ctrl-C at the terminal reaches us alone: the other hears of it from us.
    """
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(  # noqa: S603 our own module
        [sys.executable, "-m", module, *words],
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
        **streams,
    )
