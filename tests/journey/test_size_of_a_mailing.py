"""LEDGER 7: a mailing ten times as large takes no more memory, and no more time a letter."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

SMALL, LARGE = 10_000, 100_000
CONNECTIONS = 10
TURNS = 2
"""Whatever else the machine does only adds: each size is measured so often, and the least counts."""


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/send_million.py, whose functions these are."""
    if shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") is None:
        pytest.skip("Postfix's smtp-sink is not installed (package postfix): NOTHING is known about memory and speed")
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = Path(__file__).parents[2] / "benchmarks" / "send_million.py"
    spec = importlib.util.spec_from_file_location("send_million", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "send_million", module)  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


@pytest.mark.soak
@pytest.mark.postfix
@pytest.mark.timeout(1200)
def test_a_mailing_ten_times_as_large(benchmark: ModuleType, tmp_path: Path) -> None:
    """Memory of 100,000 letters at most 1.2 times that of 10,000, time a letter at most 1.1 times (steady)."""
    megabytes: dict[int, list[float]] = {SMALL: [], LARGE: []}
    each: dict[int, list[float]] = {SMALL: [], LARGE: []}
    with benchmark.sink() as port:
        for turn in range(TURNS):
            for letters in (SMALL, LARGE):
                folder = tmp_path / f"{turn}-{letters}"
                folder.mkdir()
                size = benchmark.sent(benchmark.made(folder, letters, CONNECTIONS), port, 1, letters)
                megabytes[letters].append(size.megabytes)
                each[letters].append(size.each)
                shutil.rmtree(folder)
    assert max(megabytes[LARGE]) <= 1.2 * min(megabytes[SMALL]), megabytes
    assert min(each[LARGE]) <= 1.1 * min(each[SMALL]), each
