"""campaigns/NAME.yml (LANGUAGE 4): its keys, and the Campaign that they make with rekindle.yml's defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..model.campaign import Again, Campaign, Cost, Goal, Guard, Holdout
from ..model.configuration import Configuration
from ..model.document import Mapping as MappingNode
from ..model.document import Node, Scalar
from ..model.duration import Duration
from .addresses import MAILBOX_HINT, RETURN_HINT, NamedMailbox, return_path_fault
from .configuration import LIMITS
from .offers import POPULAR, Offers
from .reading import Reading, scalar
from .references import SegmentName, StatusName, TemplateName, TopicName
from .schedule import SCHEDULE, WINDOW
from .steps import Steps, Variants
from .tables import Key, Listed, Table, Values, place
from .values import Amount, Choice, Share, Span, Text, Whole

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Durations are compared from here."""

SEGMENTS = Listed(SegmentName(), "a segment's name", or_one=True)

HOLDOUT_TABLE: Table[Holdout] = Table(
    "holdout",
    (
        Key("share", Share(whole=False), "the share kept unmailed", required=True),
        Key("keep", Choice(("campaign", "period")), "campaign: the same people every period"),
    ),
    lambda values: Holdout(values["share"], values.get("keep") == "campaign"),
)


@dataclass(frozen=True, slots=True)
class HoldoutShare:
    """A share, or a share and how long the same people stay held out."""

    def __call__(self, node: Node, reading: Reading) -> Holdout | None:
        if isinstance(node, MappingNode):
            return HOLDOUT_TABLE(node, reading)
        share = Share(whole=False)(node, reading)
        return None if share is None else Holdout(share)


@dataclass(frozen=True, slots=True)
class AgainRule:
    """`never`, or `after DURATION`."""

    def __call__(self, node: Node, reading: Reading) -> Again | None:
        found = scalar(node, reading, "'never' or a time such as 'after 6 months'")
        if found is None:
            return None
        text = " ".join(found.text.split())
        if text == "never":
            return Again(never=True)
        match = re.fullmatch(r"after (.+)", text)
        duration = Span()(Scalar(match[1], node.at), reading) if match else None
        if match is None:
            reading.expected(node, "'never' or a time such as 'after 6 months'")
        return None if duration is None else Again(after=duration)


GUARD: Table[Guard] = Table(
    "guard",
    (
        Key("max_audience", Whole(least=1), "the largest audience that needs no approval"),
        Key("max_growth", Share(beyond=True), "how much larger than last time the audience may be"),
    ),
    lambda values: Guard(**values),
)

WITHIN: Table[Duration] = Table(
    "bought",
    (Key("within", Span(), "how long after the mailing's start", required=True),),
    lambda values: values["within"],
)

GOAL: Table[Goal] = Table(
    "goal",
    (Key("bought", WITHIN, "an order in time after the mailing's start: {within: 14 days}", required=True),),
    lambda values: Goal(values["bought"]),
)

COST: Table[Cost] = Table(
    "cost",
    (
        Key("fixed", Amount(), "what one mailing costs"),
        Key("per_letter", Amount(), "what one letter costs"),
    ),
    lambda values: Cost(**values),
)

THEN: Table[str] = Table(
    "then",
    (Key("status", StatusName(), "the status of those who stayed silent after the last step", required=True),),
    lambda values: values["status"],
)


def _check(values: Values, node: MappingNode, reading: Reading) -> None:
    """What one key cannot see alone: every letter has a subject and a template, and variants differ."""
    for key in ("subject", "template"):
        if node.get(key) is None and not _everywhere(values, node, key):
            hint = "the subject line" if key == "subject" else "a file in templates/"
            reading.fault(node.at, f"'{key}' is missing in a campaign", f"it is {hint}")
    _check_overlap(values, node, reading)
    _check_end(values, node, reading)


def _everywhere(values: Values, node: MappingNode, key: str) -> bool:
    """Whether every step, or every variant, has its own `key`. A list with problems of its own is let pass."""
    for name in ("steps", "variants"):
        if node.get(name) is not None:
            letters = values.get(name)
            if letters is None or all(getattr(letter, key) is not None for letter in letters):
                return True
    return False


def _check_overlap(values: Values, node: MappingNode, reading: Reading) -> None:
    """A variant's letter that every step overrules would never be sent, and the test would compare equal letters."""
    steps, variants = values.get("steps", ()), values.get("variants", ())
    for key in ("subject", "preheader", "template"):
        if steps and all(getattr(step, key) for step in steps) and any(getattr(variant, key) for variant in variants):
            at = place(node, "variants").at
            reading.fault(at, f"the variants' '{key}' is never used, as every step has its own", "take it off a step")


def _check_end(values: Values, node: MappingNode, reading: Reading) -> None:
    """Whoever begins a ladder again before its end is on it twice, and never comes to the end of it."""
    again, steps = values.get("again"), values.get("steps") or ()
    if again is None or again.after is None:
        return
    end = _SOME_DAY
    for step in steps:
        end = step.after.after(end, UTC) if step.after else end
    if steps and again.after.after(_SOME_DAY, UTC) <= end:
        message = f"the ladder is begun again after {again.after}, when it is not over yet: it never ends"
        reading.warn(place(node, "again").at, message, "make 'again' longer than all steps together")


CAMPAIGN: Table[Values] = Table(
    "a campaign",
    (
        Key("description", Text(), "one line about it"),
        Key("topic", TopicName(), "what the consent and the unsubscribe link are about", required=True),
        Key("segment", SEGMENTS, "who gets it: the name of a segment, or a list of names", required=True),
        Key("exclude", SEGMENTS, "segments whose members get nothing"),
        Key("from", NamedMailbox(), "the sender; by default rekindle.yml's"),
        Key("reply_to", NamedMailbox(), "where answers go"),
        Key("subject", Text(), "the subject line"),
        Key("preheader", Text(), "the line that a reader's program shows beside the subject"),
        Key("template", TemplateName(), "the letter: a file in templates/"),
        Key("offers", Offers(), "the first whose 'when' holds becomes 'offer' in the letter"),
        Key("popular", POPULAR, "what buyers alike buy most, for the letter"),
        Key("holdout", HoldoutShare(), "the share kept unmailed to measure; 10% by default, 0 must be said"),
        Key("again", AgainRule(), "whether who had it may get it again: never, or after a time"),
        Key("hand_over", SEGMENTS, "segments whose members go to a call list instead"),
        Key("variants", Variants(), "letters of an A/B test"),
        Key("schedule", SCHEDULE, "when it goes out by itself"),
        Key("expires", Span(), "how long after its mailing was made a letter may still leave; later it is expired"),
        Key("window", WINDOW, "the hours in which letters leave"),
        Key("limits", LIMITS, "how many letters one contact gets at most, in place of rekindle.yml's"),
        Key("priority", Whole(most=1000), "which campaign wins a contact; 50 by default, larger wins"),
        Key("guard", GUARD, "beyond which an unattended run waits for approval"),
        Key("goal", GOAL, "what counts as success"),
        Key("cost", COST, "what it costs, in the workspace's currency"),
        Key("steps", Steps(), "a ladder of letters"),
        Key("then", THEN, "what becomes of those who stayed silent"),
    ),
    lambda values: values,
    check=_check,
)

_FIELDS: Mapping[str, str] = {
    # what differs between the file's word and the model's
    "segment": "segments",
    "from": "sender",
    "limits": "cap",
    "then": "then_status",
}


def read_campaign(name: str, node: Node, configuration: Configuration, reading: Reading) -> Campaign | None:
    """The campaign that `node` is, or None with its problems in `reading`."""
    values = CAMPAIGN.values(node, reading)
    if values is None:
        return None
    if "from" not in values and not configuration.sender.address and "from" not in reading.unreadable:
        reading.fault(node.at, "'from' is missing here and in rekindle.yml", MAILBOX_HINT)
        return None
    campaign = campaign_of(name, values, configuration)
    if not configuration.return_path and (fault := return_path_fault(campaign.sender.address)):
        assert isinstance(node, MappingNode), "else there would be no values"
        reading.fault(place(node, "from").at, fault, RETURN_HINT)
        return None
    return campaign


def campaign_of(name: str, values: Values, configuration: Configuration) -> Campaign:
    """The Campaign of what was read, rekindle.yml's defaults filled in."""
    filled: dict[str, Any] = {
        "sender": configuration.sender,
        "cap": configuration.cap,
        "subject": "",
        "template": "",
    }
    filled.update({_FIELDS.get(key, key): value for key, value in values.items()})
    make: Callable[..., Campaign] = Campaign
    return make(name=name, **filled)
