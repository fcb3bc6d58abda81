"""Reading the other conditions: status, ignored, reachable, top, sample, imported, confirmed (LANGUAGE 2.3)."""

from __future__ import annotations

from collections.abc import Callable

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.duration import Duration
from ..model.problem import did_you_mean
from ..model.segment import (
    AllOf,
    Condition,
    FieldTest,
    Ignored,
    Imported,
    KnownTest,
    Not,
    Reachable,
    Sample,
    StatusTest,
    Top,
    TopBy,
)
from .catalogue import FieldKind
from .field_grammar import read_tests
from .values import (
    Reading,
    read_duration,
    read_flag,
    read_mapping,
    read_share,
    read_text,
    read_texts,
    read_whole,
    shape,
)

_STATUS_KEYS = ("is", "is_not", "in", "not_in", "known", "for_at_least", "entered")


def read_other(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    """One of the conditions of LANGUAGE 2.3 that is not a ladder's."""
    return _READERS[name.text](reading, name, node)


def read_status(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    """`status: NAME`, `[NAMES]`, `{in: [..], for_at_least: D}` or `{entered: D}`; `name` may be any ladder's."""
    ladder = reading.catalogue.ladder(name.text)
    if ladder is None:
        reading.wrong(name.at, "there are no statuses yet", "write a ladder in segments/statuses.yml")
        return None
    if isinstance(node, Mapping):
        return _status_mapping(reading, name, node)
    names = _status_names(reading, name.text, node)
    return None if names is None else StatusTest(ladder.name, names, at=name.at)


def _status_names(reading: Reading, word: str, node: Node) -> tuple[str, ...] | None:
    ladder = reading.catalogue.ladder(word)
    names = read_texts(reading, node, "the name of a status, or a list of names")
    nodes = node.items if isinstance(node, Sequence) else (node,)
    for name, written in zip(names or (), nodes, strict=False):
        if ladder is not None and name not in ladder.names:
            reading.wrong(written.at, f"unknown status '{name}'", did_you_mean(name, ladder.names))
            names = None
    return names


def _status_mapping(reading: Reading, name: Scalar, node: Mapping) -> Condition | None:
    if read_mapping(reading, node, "a status") is None:
        return None
    before = len(reading.problems)
    held: tuple[str, ...] | None = None
    durations: dict[str, Duration | None] = {}
    others: list[Condition] = []
    ladder = reading.catalogue.ladder(name.text)
    word = ladder.name if ladder else name.text
    for key, value in node:
        if key.text in ("is", "in"):
            held = _status_names(reading, name.text, value)
        elif key.text in ("for_at_least", "entered"):
            durations[key.text] = read_duration(reading, value)
        elif key.text in ("is_not", "not_in"):
            names = _status_names(reading, name.text, value) or ()
            others.append(Not(StatusTest(word, names, at=key.at), at=key.at))
        elif key.text == "known":
            known = StatusTest(word, at=key.at)
            others.append(known if read_flag(reading, value) else Not(known, at=key.at))
        else:
            reading.unknown("key", key, _STATUS_KEYS)
    if len(reading.problems) > before:
        return None
    if held is not None or durations:
        others.insert(
            0, StatusTest(word, held or (), durations.get("for_at_least"), durations.get("entered"), at=name.at)
        )
    return others[0] if len(others) == 1 else AllOf(tuple(others), at=name.at)


def _keys(reading: Reading, node: Node, expected: str, known: tuple[str, ...]) -> Mapping | None:
    """A mapping with no other keys than `known`."""
    mapping = read_mapping(reading, node, expected)
    if mapping is None:
        return None
    strange = [key for key, _ in mapping if key.text not in known]
    for key in strange:
        reading.unknown("key", key, known)
    return None if strange else mapping


def _ignored(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    mapping = _keys(reading, node, "{last: N} or {within: DURATION, at_least: N}", ("last", "within", "at_least"))
    if mapping is None:
        return None
    before = len(reading.problems)
    last, within, least = mapping.get("last"), mapping.get("within"), mapping.get("at_least")
    if (last is None) == (within is None) or (last is not None and least is not None):
        hint = "write ignored: {last: 5} or ignored: {within: 90 days, at_least: 3}"
        reading.wrong(name.at, "'ignored' needs either the last N letters or a time", hint)
        return None
    condition = Ignored(
        read_whole(reading, last, 1) if last is not None else None,
        read_duration(reading, within) if within is not None else None,
        (read_whole(reading, least, 1) or 1) if least is not None else 1,
        at=name.at,
    )
    return None if len(reading.problems) > before else condition


def _reachable(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    if not isinstance(node, Mapping):
        flag = read_flag(reading, node)
        condition = Reachable(at=name.at)
        return None if flag is None else condition if flag else Not(condition, at=name.at)
    mapping = _keys(reading, node, "true or {topic: NAME}", ("topic",))
    topic = mapping.get("topic") if mapping else None
    text = read_text(reading, topic, "the name of a topic") if topic is not None else None
    if topic is None or text is None:
        return None
    known = reading.catalogue.topics
    if known is not None and text not in known:
        reading.wrong(topic.at, f"unknown topic '{text}'", did_you_mean(text, known))
        return None
    return Reachable(text, at=name.at)


def _top(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    mapping = _keys(reading, node, "{share: 20%, by: revenue}", ("share", "by", "within"))
    if mapping is None:
        return None
    before = len(reading.problems)
    share, by, within = mapping.get("share"), mapping.get("by"), mapping.get("within")
    if share is None:
        reading.wrong(name.at, "'top' needs a share", "write top: {share: 20%, by: revenue}")
        return None
    part = read_share(reading, share)
    rank = TopBy.REVENUE
    if by is not None:
        word = read_text(reading, by, "revenue or orders")
        if word is not None and word not in TopBy.__members__.values():
            reading.wrong(by.at, f"buyers cannot be ranked by {shape(by)}", did_you_mean(word, tuple(TopBy)))
        elif word is not None:
            rank = TopBy(word)
    span = read_duration(reading, within) if within is not None else None
    return None if part is None or len(reading.problems) > before else Top(part, rank, span, at=name.at)


def _sample(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    mapping = _keys(reading, node, "{share: 10%, salt: TEXT}", ("share", "salt"))
    if mapping is None:
        return None
    share, salt = mapping.get("share"), mapping.get("salt")
    if share is None or salt is None:
        hint = "write sample: {share: 10%, salt: spring}; another salt draws other contacts"
        reading.wrong(name.at, "'sample' needs a share and a salt", hint)
        return None
    part, text = read_share(reading, share), read_text(reading, salt, "any text")
    return None if part is None or text is None else Sample(part, text, at=name.at)


def _imported(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    mapping = _keys(reading, node, "{source: NAME} or {within: DURATION}", ("source", "within"))
    if mapping is None:
        return None
    before = len(reading.problems)
    source, within = mapping.get("source"), mapping.get("within")
    text = read_text(reading, source, "the name of a source") if source is not None else None
    span = read_duration(reading, within) if within is not None else None
    return None if len(reading.problems) > before else Imported(text or "", span, at=name.at)


def _confirmed(reading: Reading, name: Scalar, node: Node) -> Condition | None:
    if not isinstance(node, Mapping):
        flag = read_flag(reading, node)
        return None if flag is None else FieldTest("confirmed_at", KnownTest(flag, at=node.at), at=name.at)
    tests = read_tests(reading, node, FieldKind.DATE)
    if tests is None:
        return None
    leaves = tuple(FieldTest("confirmed_at", test, at=test.at) for test in tests)
    return leaves[0] if len(leaves) == 1 else AllOf(leaves, at=name.at)


_READERS: dict[str, Callable[[Reading, Scalar, Node], Condition | None]] = {
    "ignored": _ignored,
    "reachable": _reachable,
    "top": _top,
    "sample": _sample,
    "imported": _imported,
    "confirmed": _confirmed,
}
