"""Russian names in the other cases, by the optional library pytrovich (extra `ru`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..model.error import MissingExtraError

CASES = ("nominative", "genitive", "dative", "accusative", "instrumental", "prepositional")


@lru_cache(maxsize=1)
def _library() -> tuple[Any, Any, Any, Any]:
    try:
        from pytrovich.enums import Case, Gender, NamePart
        from pytrovich.maker import PetrovichDeclinationMaker
    except ImportError as error:
        raise MissingExtraError("the filter case(..) of Russian names", "ru") from error
    return PetrovichDeclinationMaker(), Case, Gender, NamePart


@lru_cache(maxsize=65536)
def in_case(name: str, case: str, part: str = "first_name", gender: str = "") -> str:
    """`name` (a `first_name`, `last_name` or `patronymic`) in `case` (one of CASES); `gender` is `m`, `f` or unknown.

    The nominative and a name without Cyrillic letters come back as they are. Raises ValueError for an unknown case
    or part, MissingExtraError without the extra `ru`.
    """
    if case not in CASES:
        raise ValueError(f"unknown case '{case}'; the cases are {', '.join(CASES)}")
    if part not in ("first_name", "last_name", "patronymic"):
        raise ValueError(f"unknown part '{part}' of a name; it is first_name, last_name or patronymic")
    if case == "nominative" or not any("а" <= letter <= "я" or letter == "ё" for letter in name.lower()):
        return name
    maker, cases, genders, parts = _library()
    sex = {"m": genders.MALE, "f": genders.FEMALE}.get(gender, genders.ANDROGYNOUS)
    kind = {"first_name": parts.FIRSTNAME, "last_name": parts.LASTNAME, "patronymic": parts.MIDDLENAME}[part]
    return str(maker.make(kind, sex, getattr(cases, case.upper()), name))
