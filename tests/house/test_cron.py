"""docs/cron.md is tried: its crontab line runs as cron runs it, and its units say what systemd can read."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/cron.md").read_text(encoding="utf-8")


def test_the_crontab_line_runs_from_nowhere_with_nothing_in_the_environment(
    workspace: Callable[[Mapping[str, str]], Path],
) -> None:
    """Cron's shell has HOME, a short PATH and no folder of ours; nothing is due, so nothing is printed."""
    root = workspace({"rekindle.yml": "from: Shop <hello@shop.example>\n"})
    (line,) = re.findall(r"^    \*/5 \* \* \* \* (.* run)$", PAGE, flags=re.MULTILINE)
    command = Path(sys.executable).with_name("rekindle")
    if not command.exists():
        pytest.skip("the command is not installed beside this Python")
    asked = line.replace("/srv/shop/.venv/bin/rekindle", shlex.quote(str(command)))
    asked = asked.replace("/srv/shop", shlex.quote(str(root)))
    ran = subprocess.run(
        ["/bin/sh", "-c", asked], cwd="/", env={"PATH": "/usr/bin:/bin", "HOME": "/"}, capture_output=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


def test_the_units_are_units(tmp_path: Path) -> None:
    """Every section has its keys; where systemd is, it verifies them itself."""
    blocks = re.findall(r"`/etc/systemd/system/(rekindle\.\w+)`:\n\n((?:    .*\n|\n)+)", PAGE)
    assert [name for name, _ in blocks] == ["rekindle.service", "rekindle.timer"]
    for name, block in blocks:
        text = re.sub(r"^    ", "", block, flags=re.MULTILINE)
        (tmp_path / name).write_text(text, encoding="utf-8")
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        assert unit["Unit"]["Description"]
        assert name.endswith("timer") or unit["Service"]["ExecStart"].endswith("rekindle run")
    if shutil.which("systemd-analyze"):
        calendar = subprocess.run(["systemd-analyze", "calendar", "*:0/5"], capture_output=True, check=False)
        assert calendar.returncode == 0
