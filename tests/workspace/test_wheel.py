"""The wheel is the truth: what `init` writes comes out of an installed package, with no checkout beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rekindle.workspace.files import read_files
from rekindle.workspace.starter import starter_folder

CHECKOUT = Path(__file__).parents[2]


def test_the_wheel_writes_the_starter_workspace(tmp_path: Path) -> None:
    """Built, unpacked elsewhere and run from there: the same files as in the checkout, and `check` finds no fault."""
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "PYTHONSAFEPATH": "1"}
    program = "import sys; from rekindle.commands import main; sys.exit(main(sys.argv[1:]))"
    for arguments in (["init", "shop"], ["-C", "shop", "check"]):
        command = [sys.executable, "-c", program, *arguments]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stderr if ran.returncode else "") == (0, "")
    with starter_folder() as folder:
        assert read_files(folder) == read_files(tmp_path / "shop")
