"""The random conditions leave no word of the language out: else the two readers agree about what is never asked."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from rekindle.model.segment import BehaviourKind
from rekindle.segment.catalogue import (
    BEHAVIOUR_WORDS,
    LOGIC_WORDS,
    OPERATORS,
    OTHER_WORDS,
    FieldKind,
    behaviour_keys,
)

from .random_tree import FIELDS, condition
from .random_world import catalogue

TREES = 3000
Words = Iterator[tuple[str, ...]]


def said(written: Any) -> Words:
    """Every word of a condition: alone, with the operator of a field's kind, with the key of a behaviour."""
    if isinstance(written, list):
        for part in written:
            yield from said(part)
    for word, value in written.items() if isinstance(written, dict) else ():
        yield (word,)
        keys = list(value) if isinstance(value, dict) else []
        if word in FIELDS:
            yield from ((FIELDS[word], operator) for operator in keys)
        elif word in BEHAVIOUR_WORDS:
            yield from ((word.removeprefix("not_"), key) for key in keys)
        elif word == "at_least":
            yield from said(value["of"])
        elif word in LOGIC_WORDS:
            yield from said(value)


def test_every_word_is_asked() -> None:
    """Every field, behaviour and condition; every operator of every kind of field; every key of every behaviour."""
    random = Random(1)
    found = {words for _ in range(TREES) for words in said(condition(random))}
    words = {(word,) for word in (*LOGIC_WORDS, *OTHER_WORDS, *catalogue().ladder_names, *BEHAVIOUR_WORDS, *FIELDS)}
    kinds = {(kind, operator) for kind in set(FIELDS.values()) for operator in OPERATORS[kind]}
    keys = {(kind.value, key) for kind in BehaviourKind for key in behaviour_keys(kind)}
    assert FieldKind.COLUMN not in {kind for kind, _ in kinds}
    assert (words | kinds | keys) - found == set()
