"""Reading segments/statuses.yml: the ladders of statuses (LANGUAGE 3)."""

from __future__ import annotations

from ..model.document import Mapping, Node, Scalar, Sequence
from ..model.segment import Condition, Ladder, Rung
from .catalogue import name_conflict
from .grammar import condition_of
from .values import Reading, read_flag, read_mapping, read_scalar, read_text, shape

RUNG_KEYS = ("name", "label", "when", "otherwise")
MAIN_LADDER = "status"


def ladders_of(reading: Reading, node: Node) -> tuple[Ladder, ...]:
    """The ladders in file order, the one under `statuses:` first."""
    mapping = read_mapping(reading, node, "statuses: or ladders:")
    if mapping is None:
        return ()
    for key, _ in mapping:
        if key.text not in ("statuses", "ladders"):
            reading.unknown("key", key, ("statuses", "ladders"))
    ladders: list[Ladder] = []
    reading.forbidden = frozenset((MAIN_LADDER, *reading.catalogue.ladder_names, *_named(mapping.get("ladders"))))
    statuses, several = mapping.get("statuses"), mapping.get("ladders")
    if statuses is not None:
        ladders.append(_ladder(reading, MAIN_LADDER, statuses))
    if several is not None:
        ladders += _several(reading, several, taken=statuses is not None)
    return tuple(ladders)


def _named(node: Node | None) -> tuple[str, ...]:
    return node.keys() if isinstance(node, Mapping) else ()


def _several(reading: Reading, node: Node, taken: bool) -> list[Ladder]:
    mapping = read_mapping(reading, node, "ladders by name")
    ladders = []
    for name, value in mapping or ():
        conflict = name_conflict(name.text) or ("an attribute" if name.text in reading.catalogue.attributes else "")
        if name.text == MAIN_LADDER and not taken:
            conflict = ""
        if conflict:
            reading.wrong(name.at, f"a ladder cannot be called '{name.text}': that is {conflict}")
        ladders.append(_ladder(reading, name.text, value))
    return ladders


def _ladder(reading: Reading, name: str, node: Node) -> Ladder:
    if not isinstance(node, Sequence) or not node.items:
        reading.wrong(node.at, f"expected a list of statuses, found {shape(node)}", "the first whose when holds counts")
        return Ladder(name, at=node.at)
    rungs: list[Rung] = []
    closed = False
    for item in node:
        rung = _rung(reading, item)
        if rung is None:
            continue
        if rung.name in (other.name for other in rungs):
            reading.wrong(rung.at, f"the status '{rung.name}' stands twice", "write one when with any: [..]")
        if closed:
            reading.wrong(rung.at, f"nobody reaches '{rung.name}'", "otherwise: true must stand last")
        rungs.append(rung)
        closed = isinstance(item, Mapping) and item.get("otherwise") is not None
    return Ladder(name, tuple(rungs), at=node.at)


def _rung(reading: Reading, node: Node) -> Rung | None:
    mapping = read_mapping(reading, node, "a status with name and when")
    if mapping is None:
        return None
    for key, _ in mapping:
        if key.text not in RUNG_KEYS:
            reading.unknown("key", key, RUNG_KEYS)
    named, label = mapping.get("name"), mapping.get("label")
    if named is None:
        if reading.lacks(mapping, "name", RUNG_KEYS):
            reading.wrong(mapping.at, "the status has no name", "write {name: active, when: CONDITION}")
        return None
    name = read_text(reading, named, "the name of a status")
    shown = read_scalar(reading, label, "a label") if isinstance(label, Scalar) else None
    when = _when(reading, mapping)
    return Rung(name, shown.text if shown else "", when, at=named.at) if name else None


def _when(reading: Reading, mapping: Mapping) -> Condition | None:
    """The condition of a rung; None for `otherwise: true` (or after a problem)."""
    when, otherwise = mapping.get("when"), mapping.get("otherwise")
    lacking = all(reading.lacks(mapping, key, RUNG_KEYS) for key in ("when", "otherwise"))
    if lacking or (when is not None and otherwise is not None):
        reading.wrong(mapping.at, "a status needs either when or otherwise: true")
        return None
    if otherwise is not None and read_flag(reading, otherwise) is False:
        reading.wrong(otherwise.at, "otherwise can only be true")
    return None if when is None else condition_of(reading, when)
