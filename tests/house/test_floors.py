"""The floors hold: the contracts pass on the code as it is, and each catches an offender planted for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

OFFENDERS = {
    "Imports only point down, and rooms on one floor are strangers": (
        "model/planted.py",
        "from rekindle.store import tables",
    ),
    "SQL": ("plan/planted.py", "import sqlalchemy"),
    "Templates": ("plan/planted.py", "import jinja2"),
    "YAML": ("plan/planted.py", "import ruamel.yaml"),
    "The web": ("plan/planted.py", "import starlette"),
    "SMTP out": ("plan/planted.py", "import aiosmtplib"),
    "The command line": ("plan/planted.py", "import click"),
    "Settings": ("plan/planted.py", "import dotenv"),
    "Addresses": ("plan/planted.py", "import email_validator"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package that lies in `folder`."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
    )


def test_no_room_imports_upwards_or_its_neighbour() -> None:
    """The code as it stands keeps every contract."""
    ran = lint(ROOT)

    assert ran.returncode == 0, ran.stdout


def test_every_contract_catches_the_offender_planted_for_it(tmp_path: Path) -> None:
    """A contract that cannot break guards nothing: a copy of the code with an offender for each names them all."""
    shutil.copytree(ROOT / "rekindle", tmp_path / "rekindle", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in OFFENDERS.values():
        with (tmp_path / "rekindle" / file).open("a") as planted:
            planted.write(line + "\n")

    ran = lint(tmp_path)
    broken = re.findall(r"^(.+?) BROKEN$", ran.stdout, flags=re.MULTILINE)

    assert sorted(name.split(":")[0] for name in broken) == sorted(OFFENDERS)


def test_every_contract_has_an_offender() -> None:
    """A new contract needs a new offender above."""
    assert sorted(contract["name"].split(":")[0] for contract in CONTRACTS) == sorted(OFFENDERS)
