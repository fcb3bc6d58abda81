"""The letters of a campaign beside its own: variants of an A/B test, and the steps of a ladder."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..model.audience import HOLDOUT, SINGLE_ARM
from ..model.campaign import Step, Variant
from ..model.document import Mapping, Node, Sequence
from .reading import Reading
from .references import TemplateName
from .tables import Key, Listed, Table, place
from .values import Choice, Name, Share, Span, Text

HAPPENINGS = ("opened", "clicked", "bought", "ordered", "inquired")
"""What a later step may be left out for."""

NEARLY_ALL = Decimal("0.99")
"""Three shares of 33.3% are meant to be the whole."""

_LETTER_KEYS = (
    Key("subject", Text(), "its subject, where it differs from the campaign's"),
    Key("preheader", Text(), "the line that a reader's program shows beside the subject"),
    Key("template", TemplateName(), "its file in templates/, where it differs from the campaign's"),
)

VARIANT: Table[Variant] = Table(
    "a variant",
    (
        Key("name", Name("a variant's name", (HOLDOUT, SINGLE_ARM)), "its name in reports", required=True),
        Key("share", Share(), "its share of those who get a letter; equal where none is said"),
        *_LETTER_KEYS,
    ),
    lambda values: Variant(**values),
)


@dataclass(frozen=True, slots=True)
class Variants:
    """A list of variants with different names, whose shares come to the whole."""

    def __call__(self, node: Node, reading: Reading) -> tuple[Variant, ...] | None:
        variants = Listed(VARIANT, "a list of variants")(node, reading)
        if variants is None or not isinstance(node, Sequence):
            return variants
        seen: set[str] = set()
        for variant, item in zip(variants, node.items, strict=True):
            if variant.name in seen and isinstance(item, Mapping):
                reading.fault(place(item, "name").at, f"a second variant is called '{variant.name}'", "rename one")
            seen.add(variant.name)
        _check_shares(variants, node, reading)
        return variants


def _check_shares(variants: tuple[Variant, ...], node: Sequence, reading: Reading) -> None:
    given = [variant.share for variant in variants if variant.share is not None]
    total = sum(given, Decimal(0))
    if total > 1:
        reading.fault(node.at, f"the variants' shares come to {percent(total)}", "together they may be 100% at most")
    elif len(given) == len(variants) and total < NEARLY_ALL:
        reading.fault(node.at, f"the variants' shares come to {percent(total)} only", "together they must be 100%")
    elif len(given) < len(variants) and total == 1:
        hint = "lower a share, or give every variant one"
        reading.fault(node.at, "the variants without a share get nothing, as the others' come to 100%", hint)


def percent(share: Decimal) -> str:
    """A share for people: `105%`, `33.3%`."""
    number = format((share * 100).normalize(), "f")
    return f"{number}%"


STEP: Table[Step] = Table(
    "a step",
    (
        Key("after", Span(), "how long after the step before"),
        Key("unless", Listed(Choice(HAPPENINGS), "what happened", or_one=True), "whom it leaves out: who did so since"),
        *_LETTER_KEYS,
    ),
    lambda values: Step(**values),
)


@dataclass(frozen=True, slots=True)
class Steps:
    """A ladder of letters: the first at once, each other `after` the one before."""

    def __call__(self, node: Node, reading: Reading) -> tuple[Step, ...] | None:
        steps = Listed(STEP, "a list of steps")(node, reading)
        if isinstance(node, Sequence):
            for number, item in enumerate(node):
                if isinstance(item, Mapping):
                    _check_place(number, item, reading)
        return steps


def _check_place(number: int, item: Mapping, reading: Reading) -> None:
    if number > 0 and item.get("after") is None:
        reading.fault(item.at, f"step {number + 1} has no 'after'", "say how long after the one before, such as 7 days")
    for key, _ in item:
        if number == 0 and key.text in ("after", "unless"):
            reading.fault(key.at, f"the first step cannot have '{key.text}': nothing comes before it", "take it away")
