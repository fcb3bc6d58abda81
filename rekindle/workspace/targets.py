"""The targets of rekindle.yml against the ladders: every ladder and status that is planned must be there."""

from __future__ import annotations

from ..model.document import Mapping, Node, Scalar
from ..model.problem import did_you_mean
from ..segment.catalogue import Catalogue
from .reading import Reading

OWN_KEYS = ("period", "growth")


def check_targets(node: Node | None, catalogue: Catalogue, reading: Reading) -> None:
    """Note every ladder and status in `targets` that segments/statuses.yml has not. `node` is rekindle.yml's."""
    targets = node.get("targets") if isinstance(node, Mapping) else None
    for period, planned in targets if isinstance(targets, Mapping) else ():
        for name, numbers in planned if isinstance(planned, Mapping) and period.text not in OWN_KEYS else ():
            _check_ladder(name, numbers, catalogue, reading)


def _check_ladder(name: Scalar, numbers: Node, catalogue: Catalogue, reading: Reading) -> None:
    ladder = catalogue.ladder(name.text)
    if ladder is None:
        hint = did_you_mean(name.text, catalogue.ladder_names) if catalogue.ladders else "write segments/statuses.yml"
        reading.fault(name.at, f"targets name the ladder '{name.text}', which is not there", hint)
        return
    for status, _ in numbers if isinstance(numbers, Mapping) else ():
        if status.text not in ladder.names:
            hint = did_you_mean(status.text, ladder.names)
            reading.fault(status.at, f"the ladder '{ladder.name}' has no status '{status.text}'", hint)
