"""A full name into its parts, in the orders that Russian and English records use."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATRONYMIC = re.compile(r"(?:[оеё]вич|ьич|[оеё]вна|инична|ична|оглы|кызы)\Z", re.IGNORECASE)
_SURNAME = re.compile(r"(?:[оеё]ва?|ина?|ская|ский|цкая|цкий|енко|чук|ых|их|швили|дзе|ян)\Z", re.IGNORECASE)
_SON_AND_DAUGHTER = frozenset(["оглы", "кызы"])
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a full name consists of; what is not there is empty."""

    first_name: str = ""
    last_name: str = ""
    patronymic: str = ""


def split_name(full_name: str) -> NameParts:
    """The parts of `full_name`: `Иванова Анна Петровна`, `Анна Петровна Иванова`, `Anna Smith`, `Smith, Anna`.

    Russian order is told by the patronymic, else by the surname's ending; without either the first word is the first
    name. Never loses a word: what has no place stays with the last name.
    """
    before, comma, after = full_name.partition(",")
    if comma and before.strip() and after.strip():
        parts = split_name(after)
        return NameParts(parts.first_name, " ".join([*before.split(), *parts.last_name.split()]), parts.patronymic)
    words = full_name.replace(",", " ").split()
    if not words:
        return NameParts()
    return _cyrillic(words) if _CYRILLIC.search(full_name) else NameParts(words[0], " ".join(words[1:]))


def _cyrillic(words: list[str]) -> NameParts:
    patronymic_at = next((i for i, word in enumerate(words) if i and _PATRONYMIC.search(word)), None)
    if patronymic_at is not None:
        return _around_patronymic(words, patronymic_at)
    if len(words) == 2 and _SURNAME.search(words[0]) and not _SURNAME.search(words[1]):
        return NameParts(words[1], words[0])
    return NameParts(words[0], " ".join(words[1:]))


def _around_patronymic(words: list[str], at: int) -> NameParts:
    """The first name stands right before the patronymic (`Рза оглы` is one of two words); the rest is the surname."""
    begin = at - 1 if words[at].lower() in _SON_AND_DAUGHTER and at > 1 else at
    surname = words[: begin - 1] + words[at + 1 :]
    return NameParts(words[begin - 1], " ".join(surname), " ".join(words[begin : at + 1]))
