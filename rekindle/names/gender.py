"""Words that agree with a person's gender."""

from __future__ import annotations


def by_gender(gender: object, masculine: str, feminine: str, otherwise: str) -> str:
    """`masculine` for `m`, `feminine` for `f`, else `otherwise`: an unknown gender is a normal case, not an error."""
    letter = str(gender).strip().lower() if gender else ""
    return {"m": masculine, "f": feminine}.get(letter, otherwise)
