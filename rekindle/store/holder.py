"""Who holds a lease: a process, told from every other by host, boot, process id and start time."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Holder:
    """One process. A process id alone is not enough: ids come again, after a boot and in every container.

    `space` is the namespace of the ids (Linux), empty where the system has none.
    """

    host: str
    space: str
    boot: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    def as_text(self, until: float) -> str:
        """As the store keeps it; `until` is the end of the lease by this boot's monotonic clock, in seconds."""
        return json.dumps({**asdict(self), "until": until})


def read_holder(text: str) -> tuple[Holder, float] | None:
    """What `as_text` wrote, or None where nobody holds."""
    if not text:
        return None
    values = json.loads(text)
    until = float(values.pop("until"))
    return Holder(**values), until


def this_process() -> Holder:
    """The process that asks."""
    pid = os.getpid()
    return Holder(platform.node(), id_space(), boot_id(), pid, start_time(pid))


def is_gone(holder: Holder) -> bool:
    """Whether `holder` certainly runs no more: of this host, from an earlier boot, ended, or its number reused.

    What another host or container does cannot be known from here: False.
    """
    if (holder.host, holder.space) != (platform.node(), id_space()):
        return False
    return holder.boot != boot_id() or start_time(holder.pid) != holder.started


@cache
def boot_id() -> str:
    """What tells this boot of this machine from every other; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


@cache
def id_space() -> str:
    """The namespace that this process's id is counted in; empty where the system has none."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def start_time(pid: int) -> str:
    """When the process `pid` started, in the system's own words; empty where there is no such process or it is dead."""
    try:
        # the command's name (in brackets) may hold spaces and brackets itself: what counts comes after the last one
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _start_time_by_ps(pid)


def _start_time_by_ps(pid: int) -> str:
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return asked.stdout.strip()


def monotonic() -> float:
    """Seconds that no change of the clock moves; the same for all processes of one boot."""
    return time.monotonic()
