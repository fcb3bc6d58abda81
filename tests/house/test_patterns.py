"""House rule: no pattern uses a construct that some Python we support reads wrongly."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import rekindle

ONE_CHARACTER = (_constants.IN, _constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.CATEGORY)


def test_no_pattern_has_a_possessive_or_atomic_group() -> None:
    """Python 3.11.0 to 3.11.4 (Debian 12 has 3.11.2) match those that hold alternatives wrongly (gh-106052)."""
    assert [name for name, pattern in patterns() if has_possessive_group(pattern)] == []


def test_a_possessive_run_of_characters_is_no_possessive_group() -> None:
    wrong = [r"(?:ab|c)*+", r"(a)?+", r"x(?>a|b)", r"(?:(?=(?:ab)++)c)", r"(?:[ab]++)++"]
    right = [r"[ab]++", r"(a)+", r"\s*+", r".++", r"[()*+,]+"]
    assert [has_possessive_group(re.compile(text)) for text in (*wrong, *right)] == [True] * 5 + [False] * 5


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every pattern that a module of ours holds by name."""
    for found in pkgutil.walk_packages(rekindle.__path__, "rekindle."):
        if ".migrations." in found.name or found.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(found.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{found.name}.{name}", value


def has_possessive_group(pattern: re.Pattern[Any]) -> bool:
    return any(_is_possessive_group(*step) for step in _steps(_parser.parse(pattern.pattern, pattern.flags)))


def _is_possessive_group(operation: object, argument: Any) -> bool:
    if operation is _constants.POSSESSIVE_REPEAT:
        return next(one for one, _ in argument[2]) not in ONE_CHARACTER or len(argument[2]) > 1
    return operation is _constants.ATOMIC_GROUP


def _steps(part: Any) -> Iterator[tuple[object, Any]]:
    """Every step of a parsed pattern, however deep it lies."""
    if isinstance(part, _parser.SubPattern):
        for operation, argument in part:
            yield operation, argument
            yield from _steps(argument)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _steps(one)
