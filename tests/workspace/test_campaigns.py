"""campaigns/NAME.yml: every key of the language, its defaults, and what is said of a wrong one."""
# ruff: noqa: E501 (the words that a user gets stand in one line)

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from decimal import Decimal

import pytest

from rekindle.model.address import Mailbox
from rekindle.model.campaign import (
    Again,
    Campaign,
    Cap,
    Cost,
    Goal,
    Guard,
    Holdout,
    Popular,
    Schedule,
    Step,
    Variant,
    Window,
)
from rekindle.model.duration import Duration, DurationUnit
from rekindle.workspace.load import Workspace

Files = Callable[..., dict[str, str]]
Sound = Callable[[dict[str, str]], Workspace]
Said = Callable[[dict[str, str]], list[str]]

HEAD = "topic: offers\nsegment: buyers\nsubject: Hello\ntemplate: letter.mjml\n"


def days(count: int) -> Duration:
    return Duration(count, DurationUnit.DAY)


@pytest.fixture
def campaign(files: Files, sound: Sound) -> Callable[[str], Campaign]:
    """Read a campaign of HEAD and these lines."""

    def read(lines: str = "") -> Campaign:
        texts = files(campaign=HEAD + lines)
        texts["segments/top.yml"] = "where: {revenue: {at_least: 1000}}\n"
        texts["segments/statuses.yml"] = "statuses: [{name: archive, otherwise: true}]\n"
        texts["templates/second.mjml"] = texts["templates/letter.mjml"]
        return sound(texts).campaigns["back"]

    return read


@pytest.fixture
def complaint(files: Files, said: Said) -> Callable[[str], list[str]]:
    """What is said of a campaign of HEAD and these lines; the first added line is line 5."""

    def read(lines: str) -> list[str]:
        texts = files(campaign=HEAD + lines)
        texts["segments/statuses.yml"] = "statuses: [{name: archive, otherwise: true}]\n"
        return said(texts)

    return read


def test_defaults_are_filled_in(campaign: Callable[[str], Campaign]) -> None:
    """Ten percent are held out where nothing is said, and the sender is rekindle.yml's."""
    expected = Campaign(
        name="back",
        topic="offers",
        segments=("buyers",),
        sender=Mailbox("hello@faktura.example", "Faktura"),
        subject="Hello",
        template="letter.mjml",
        holdout=Holdout(Decimal("0.1")),
    )
    assert expected == campaign("")


KEYS: dict[str, tuple[str, str, object]] = {
    "exclude": ("exclude: top", "exclude", ("top",)),
    "exclude list": ("exclude: [top, buyers]", "exclude", ("top", "buyers")),
    "from": ("from: Shop <a@b.example>", "sender", Mailbox("a@b.example", "Shop")),
    "reply_to": ("reply_to: sales@b.example", "reply_to", Mailbox("sales@b.example")),
    "preheader": ("preheader: until {{ offer.until }}", "preheader", "until {{ offer.until }}"),
    "priority": ("priority: 70", "priority", 70),
    "holdout share": ("holdout: 20%", "holdout", Holdout(Decimal("0.2"))),
    "no holdout": ("holdout: 0", "holdout", Holdout(Decimal(0))),
    "holdout kept": ("holdout: {share: 5%, keep: campaign}", "holdout", Holdout(Decimal("0.05"), True)),
    "never again": ("again: never", "again", Again(never=True)),
    "again": ("again: after 6 months", "again", Again(after=Duration(6, DurationUnit.MONTH))),
    "hand over": ("hand_over: top", "hand_over", ("top",)),
    "schedule": (
        'schedule: {cron: "0 10 1 * *", max_lateness: 12 hours}',
        "schedule",
        Schedule("0 10 1 * *", Duration(12, DurationUnit.HOUR)),
    ),
    "window": (
        "window: {hours: 09:00-20:00, days: mon-fri, timezone: contact}",
        "window",
        Window(time(9), time(20), frozenset(range(5)), True),
    ),
    "window over sunday": (
        "window: {hours: 9:00-24:00, days: [sat-mon, wed]}",
        "window",
        Window(time(9), time.max, frozenset([5, 6, 0, 2])),
    ),
    "limits": ("limits: {per_contact: {letters: 1, within: 7 days}}", "cap", Cap(1, days(7))),
    "guard": (
        "guard: {max_audience: 5000, max_growth: 150%}",
        "guard",
        Guard(5000, Decimal("1.5")),
    ),
    "goal": ("goal: {bought: {within: 14 days}}", "goal", Goal(days(14))),
    "cost": ("cost: {fixed: 500, per_letter: 0.05}", "cost", Cost(Decimal(500), Decimal("0.05"))),
    "popular": ("popular: {by: style, limit: 5, within: 30 days}", "popular", Popular("style", 5, days(30))),
    "popular defaults": ("popular: {by: city}", "popular", Popular("city", 3, days(365))),
    "variants": (
        "variants: [{name: warm}, {name: short, share: 30%, subject: Hi, template: second.mjml}]",
        "variants",
        (Variant("warm"), Variant("short", Decimal("0.3"), "Hi", None, "second.mjml")),
    ),
    "steps": (
        "steps: [{subject: One}, {after: 7 days, unless: [clicked, bought]}, {after: 14 days, unless: opened}]",
        "steps",
        (
            Step(subject="One"),
            Step(days(7), ("clicked", "bought")),
            Step(days(14), ("opened",)),
        ),
    ),
    "then": ("then: {status: archive}", "then_status", "archive"),
}


@pytest.mark.parametrize(("line", "field", "expected"), KEYS.values(), ids=KEYS)
def test_each_key_becomes_what_it_means(
    campaign: Callable[[str], Campaign], line: str, field: str, expected: object
) -> None:
    """The file's words become the model's values, exactly."""
    assert expected == getattr(campaign(line + "\n"), field)


def test_offers_keep_their_own_keys_and_order(campaign: Callable[[str], Campaign]) -> None:
    """The marketer's keys are texts as written; the last offer is for everybody."""
    read = campaign("offers:\n  - {when: {revenue: {at_least: 10}}, discount: 15%, code: 007}\n  - {discount: 10%}\n")
    assert [dict(offer.values) for offer in read.offers] == [{"discount": "15%", "code": "007"}, {"discount": "10%"}]
    assert [offer.when is not None for offer in read.offers] == [True, False]


WRONG = {
    "unknown key": ("segmnt: x", "5:1: unknown key 'segmnt' in a campaign (did you mean 'segment'?)"),
    "nothing": ("exclude:", "5:9: expected a segment, found nothing"),
    "holdout": ("holdout: 120%", "5:10: 120% is more than the whole (write it like 10% or 0.1)"),
    "holdout all": ("holdout: 100%", "5:10: 100% is the whole, so nobody would be left (write it like 10% or 0.1)"),
    "holdout bare": ("holdout: 10", "5:10: 10 is more than the whole (write it like 10% or 0.1)"),
    "holdout minus": ("holdout: -5%", "5:10: -5% is less than nothing (write it like 10% or 0.1)"),
    "holdout word": (
        "holdout: a tenth",
        "5:10: expected a share such as 10%, found 'a tenth' (write it like 10% or 0.1)",
    ),
    "holdout key": (
        "holdout: {share: 5%, keep: always}",
        "5:28: 'always' is not known here (known: campaign, period)",
    ),
    "again": ("again: sometimes", "5:8: expected 'never' or a time such as 'after 6 months', found 'sometimes'"),
    "again after": (
        "again: after a while",
        "5:8: 'a while' is not a duration; write it like 90 days, 6 months, 2 weeks, 36 hours",
    ),
    "cron": (
        "schedule: {cron: monthly}",
        "5:18: 'monthly' is not a cron expression"
        ' (minute hour day month weekday, such as "0 10 1 * *": at 10:00 on the first of each month)',
    ),
    "cron of six": (
        'schedule: {cron: "0 0 10 1 * *"}',
        "5:18: '0 0 10 1 * *' is not a cron expression"
        ' (minute hour day month weekday, such as "0 10 1 * *": at 10:00 on the first of each month)',
    ),
    "cron out of range": (
        'schedule: {cron: "61 10 1 * *"}',
        "5:18: '61 10 1 * *' is not a cron expression"
        ' (minute hour day month weekday, such as "0 10 1 * *": at 10:00 on the first of each month)',
    ),
    "cron that never comes": (
        'schedule: {cron: "0 10 31 2 *"}',
        "5:18: '0 10 31 2 *' never comes: no month has such a day"
        ' (minute hour day month weekday, such as "0 10 1 * *": at 10:00 on the first of each month)',
    ),
    "no cron": (
        "schedule: {max_lateness: 1 day}",
        "5:11: 'cron' is missing in schedule (it is when: minute hour day month weekday, such as"
        ' "0 10 1 * *": at 10:00 on the first of each month)',
    ),
    "hours": ("window: {hours: morning}", "5:17: expected hours such as 09:00-20:00, found 'morning'"),
    "hours turned": (
        "window: {hours: 20:00-09:00}",
        "5:17: '20:00-09:00' closes before it opens (write the earlier hour first)",
    ),
    "days": (
        "window: {hours: 9:00-18:00, days: mon-fry}",
        "5:35: 'mon-fry' is not a day or days such as mon-fri (did you mean 'fri'?)",
    ),
    "letters": (
        "limits: {per_contact: {letters: 0, within: 7 days}}",
        "5:33: 0 will not do; it must be at least 1",
    ),
    "number": ("priority: high", "5:11: expected a whole number, found 'high' (digits only)"),
    "list": ("priority: [1, 2]", "5:11: expected a whole number, found a list"),
    "money": ("cost: {fixed: -1}", "5:15: -1 will not do; it must be 0 or more"),
    "goal": ("goal: {clicked: {within: 1 day}}", "5:8: unknown key 'clicked' in goal (known: bought)"),
    "shares over": (
        "variants: [{name: a, share: 70%}, {name: b, share: 60%}]",
        "5:11: the variants' shares come to 130% (together they may be 100% at most)",
    ),
    "shares under": (
        "variants: [{name: a, share: 30%}, {name: b, share: 60%}]",
        "5:11: the variants' shares come to 90% only (together they must be 100%)",
    ),
    "shares used up": (
        "variants: [{name: a, share: 100%}, {name: b}]",
        "5:11: the variants without a share get nothing, as the others' come to 100%"
        " (lower a share, or give every variant one)",
    ),
    "variant twice": (
        "variants: [{name: a}, {name: a}]",
        "5:30: a second variant is called 'a' (rename one)",
    ),
    "variant holdout": (
        "variants: [{name: holdout}]",
        "5:19: 'holdout' cannot be a variant's name: the word has a meaning already (rename it)",
    ),
    "no variants": (
        "variants: []",
        "5:11: the list is empty; a list of variants is expected (take the key away if none is meant)",
    ),
    "variants as mapping": (
        "variants: {name: a}",
        "5:11: expected a list of variants, found a mapping (each entry on its own line after '- ')",
    ),
    "steps without after": (
        "steps: [{subject: a}, {subject: b}]",
        "5:23: step 2 has no 'after' (say how long after the one before, such as 7 days)",
    ),
    "first step after": (
        "steps: [{after: 1 day}, {after: 1 day}]",
        "5:10: the first step cannot have 'after': nothing comes before it (take it away)",
    ),
    "unless": (
        "steps: [{}, {after: 1 day, unless: [clickd]}]",
        "5:37: 'clickd' is not known here (did you mean 'clicked'?)",
    ),
    "offers cut off": (
        "offers: [{discount: 5%}, {discount: 9%}]",
        "5:10: this offer has no 'when', so the offers below it are never given"
        " (give it a 'when', or move it to the end)",
    ),
    "offer key": (
        "offers: [{the code: A}]",
        "5:11: 'the code' cannot be a key of an offer (letters, digits and _, no space or dash, not a digit first)",
    ),
    "offer condition": (
        "offers: [{when: {revenu: 5}, code: A}]",
        "5:18: unknown field or condition 'revenu' (did you mean 'revenue'?)",
    ),
    "offer segment": (
        "offers: [{when: {segment: byers}, code: A}]",
        "5:27: unknown segment 'byers' (did you mean 'buyers'?)",
    ),
    "popular": ("popular: {by: orders}", "5:15: 'orders' is not a text field"),
    "status": ("then: {status: archived}", "5:16: unknown status 'archived' (did you mean 'archive'?)"),
    "sender": (
        "from: Shop",
        "5:7: 'Shop' is not an e-mail address (write it like Our shop <hello@example.com>)",
    ),
    "sender's domain": (
        "from: Shop <hello@shop>",
        "5:7: 'hello@shop' is not an e-mail address (write it like Our shop <hello@example.com>)",
    ),
    "sender's lines": (
        'from: "Shop\\nBcc: x <hello@b.example>"',
        "5:7: the sender's name holds a line break or a control character (write it like Our shop <hello@example.com>)",
    ),
    "template": (
        "variants: [{name: a, template: leter.mjml}]",
        "5:32: there is no templates/leter.mjml (did you mean 'letter.mjml'?)",
    ),
    "template outside": (
        "variants: [{name: a, template: ../rekindle.yml}]",
        "5:32: '../rekindle.yml' leads out of templates/ (letters lie in templates/ only)",
    ),
    "template kind": (
        "variants: [{name: a, template: letter.docx}]",
        "5:32: 'letter.docx' is not a letter (its name ends in .mjml, .html or .txt)",
    ),
    "variant unused": (
        "variants: [{name: a, subject: x}]\nsteps: [{subject: a}, {after: 1 day, subject: b}]",
        "5:11: the variants' 'subject' is never used, as every step has its own (take it off a step)",
    ),
}


@pytest.mark.parametrize(("line", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_named_in_plain_words(complaint: Callable[[str], list[str]], line: str, expected: str) -> None:
    """One fault, one problem, at the value's own place."""
    assert [f"campaigns/back.yml:{expected}"] == complaint(line + "\n")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("topic", "'topic' is missing in a campaign (it is what the consent and the unsubscribe link are about)"),
        (
            "segment",
            "'segment' is missing in a campaign (it is who gets it: the name of a segment, or a list of names)",
        ),
        ("subject", "'subject' is missing in a campaign (it is the subject line)"),
        ("template", "'template' is missing in a campaign (it is a file in templates/)"),
    ],
)
def test_what_a_campaign_cannot_be_without(files: Files, said: Said, key: str, expected: str) -> None:
    """Four keys must be there, or no letter can go out."""
    lines = [line for line in HEAD.splitlines(keepends=True) if not line.startswith(key)]
    assert [f"campaigns/back.yml:1:1: {expected}"] == said(files(campaign="".join(lines)))


@pytest.mark.parametrize(
    "rest",
    [
        "steps: [{subject: a, template: letter.mjml}, {after: 1 day, subject: b, template: letter.mjml}]\n",
        "variants: [{name: a, subject: a, template: letter.mjml}, {name: b, subject: b, template: letter.mjml}]\n",
    ],
)
def test_letters_of_their_own_spare_the_campaigns_own(files: Files, sound: Sound, rest: str) -> None:
    """Where every step or every variant has a subject and a template, the campaign needs none."""
    assert sound(files(campaign="topic: offers\nsegment: buyers\n" + rest)).campaigns["back"].subject == ""


def test_a_sender_is_needed_somewhere(files: Files, said: Said) -> None:
    """Neither the campaign nor rekindle.yml says who writes."""
    expected = "campaigns/back.yml:1:1: 'from' is missing here and in rekindle.yml (write it like Our shop <hello@example.com>)"
    assert [expected] == said(files(configuration="topics: {offers: Offers}\n"))
