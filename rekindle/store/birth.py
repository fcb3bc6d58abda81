"""When a file was made: what no way of copying it keeps, and no change of its owner, mode or content moves."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_HERE = -100
"""AT_FDCWD of Linux: relative paths begin at the working folder."""
_BIRTH = 0x800
"""STATX_BTIME."""


class _Stamp(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_int64), ("nanoseconds", ctypes.c_uint32), ("_spare", ctypes.c_int32))


class _Statx(ctypes.Structure):
    """`struct statx` of linux/stat.h, as far as the birth time; the rest is room."""

    _fields_ = (
        ("mask", ctypes.c_uint32),
        ("_up_to_times", ctypes.c_uint8 * 60),
        ("accessed", _Stamp),
        ("born", _Stamp),
        ("_rest", ctypes.c_uint8 * 160),
    )


def birth(path: Path) -> int:
    """Nanoseconds since 1970 at which `path` was made; where the file system does not say, when it last changed.

    Raises OSError where there is no such file.
    """
    found = os.stat(path)
    in_seconds: float = getattr(found, "st_birthtime", 0.0)  # where the system has it, Python says it so
    return _by_statx(path) or int(in_seconds * 1e9) or found.st_ctime_ns


def _by_statx(path: Path) -> int | None:
    """Linux tells by statx(2), which Python has no function for."""
    try:
        ask = ctypes.CDLL(None, use_errno=True).statx
    except (OSError, AttributeError, TypeError):
        return None
    answer = _Statx()
    if ask(_HERE, os.fsencode(path), 0, _BIRTH, ctypes.byref(answer)) != 0 or not answer.mask & _BIRTH:
        return None
    return int(answer.born.seconds * 1_000_000_000 + answer.born.nanoseconds)
