"""rekindle.yml: every key of the language, its defaults, and what is said of a wrong one."""
# ruff: noqa: E501 (the words that a user gets stand in one line)

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from rekindle.model.address import Mailbox
from rekindle.model.campaign import Cap
from rekindle.model.configuration import (
    Configuration,
    DomainLimit,
    Sender,
    Sending,
    StopWhen,
    Targets,
    Warmup,
)
from rekindle.model.contact import AttributeKind
from rekindle.model.duration import Duration, DurationUnit
from rekindle.workspace.load import Workspace, parse_workspace

Sound = Callable[[dict[str, str]], Workspace]

WHOLE = """\
organisation: {name: Мастерская «Фактура», address: "Москва, ул. Примерная, 1", url: https://faktura.example}
from: Мастерская «Фактура» <hello@faktura.example>
return_path: bounces@faktura.example
unsubscribe_mailto: leave@faktura.example
notify: boss@faktura.example
locale: ru_RU
timezone: Europe/Moscow
currency: RUB
topics: {offers: Скидки и акции, news: Новости мастерской}
attributes: {shop_area: number, brands: list, birthday_gift: flag, площадь: text, signed: date}
limits: {per_contact: {letters: 2, within: 7 days}}
sending: {connections: 4, per_second: 2.5, domains: {Mail.ru: {connections: 2, per_second: 5}},
          warmup: {start: 200, factor: 1.5}}
stop_when: {bounced: 4%, complained: 0.2%, after: 100}
targets: {period: 45 days, 2026-11: {status: {active: 120, new: 20}}, growth: sqrt}
tracking: false
"""


def test_every_key_becomes_what_it_means(sound: Sound) -> None:
    """The whole example of the language, read."""
    week = Duration(7, DurationUnit.DAY)
    expected = Configuration(
        organisation=Sender("Мастерская «Фактура»", "Москва, ул. Примерная, 1", "https://faktura.example"),
        sender=Mailbox("hello@faktura.example", "Мастерская «Фактура»"),
        return_path="bounces@faktura.example",
        unsubscribe_mailto="leave@faktura.example",
        topics={"offers": "Скидки и акции", "news": "Новости мастерской"},
        notify="boss@faktura.example",
        locale="ru_RU",
        timezone=ZoneInfo("Europe/Moscow"),
        currency="RUB",
        attributes={
            "shop_area": AttributeKind.NUMBER,
            "brands": AttributeKind.LIST,
            "birthday_gift": AttributeKind.FLAG,
            "площадь": AttributeKind.TEXT,
            "signed": AttributeKind.DATE,
        },
        cap=Cap(2, week),
        sending=Sending(4, Decimal("2.5"), {"mail.ru": DomainLimit(2, Decimal(5))}, Warmup(200, Decimal("1.5"))),
        stop_when=StopWhen(Decimal("0.04"), Decimal("0.002"), 100),
        tracking=False,
        targets=Targets("45 days", "sqrt", {"2026-11": {"status": {"active": 120, "new": 20}}}),
    )
    assert expected == sound({"rekindle.yml": WHOLE}).configuration


def test_what_is_not_said_has_a_default(sound: Sound) -> None:
    """One line is enough: bounces and requests to leave come to the sender's own address."""
    configuration = sound({"rekindle.yml": "from: a@b.example\n"}).configuration
    expected = Configuration(
        organisation=Sender(), sender=Mailbox("a@b.example"), return_path="a@b.example",
        unsubscribe_mailto="a@b.example", topics={},
    )  # fmt: skip
    assert expected == configuration


WRONG = {
    "unknown": ("timezon: UTC", "1:1: unknown key 'timezon' in rekindle.yml (did you mean 'timezone'?)"),
    "timezone": ("timezone: Europe/Moskow", "1:11: unknown timezone 'Europe/Moskow' (did you mean 'Europe/Moscow'?)"),
    "timezone path": (
        "timezone: ../../etc/passwd",
        "1:11: unknown timezone '../../etc/passwd' (write it like Europe/Moscow or UTC)",
    ),
    "currency": ("currency: RUR", "1:11: unknown currency 'RUR' (did you mean 'RUB'?)"),
    "currency word": (
        "currency: пезо",
        "1:11: unknown currency 'пезо' (three capital letters, such as RUB or EUR)",
    ),
    "locale": ("locale: russian", "1:9: 'russian' is not a locale (write it like ru_RU or en_GB)"),
    "address": ("notify: boss", "1:9: 'boss' is not an e-mail address (write it like hello@example.com)"),
    "site": (
        "organisation: {name: F, url: faktura.example}",
        "1:30: 'faktura.example' is not a web address (write it like https://example.com)",
    ),
    "topic": (
        "topics: {Special offers: x}",
        "1:10: 'Special offers' cannot be a topic's name (only a-z, 0-9 and - may stand in it)",
    ),
    "topics as list": ("topics: [offers]", "1:9: expected topics with their titles, found a list"),
    "attribute kind": (
        "attributes: {area: integer}",
        "1:20: 'integer' is not known here (known: date, flag, list, number, text)",
    ),
    "attribute as field": (
        "attributes: {city: text}",
        "1:14: an attribute cannot be called 'city': that is a field already (rename it)",
    ),
    "attribute as behaviour": (
        "attributes: {not_bought: flag}",
        "1:14: an attribute cannot be called 'not_bought': that is a behaviour already (rename it)",
    ),
    "attribute name": (
        "attributes: {shop area: number}",
        "1:14: 'shop area' cannot be an attribute (letters, digits and _, no space or dash, not a digit first)",
    ),
    "domain": (
        "sending: {domains: {mail_ru: {connections: 2}}}",
        "1:21: 'mail_ru' is not a domain (write it like example.com)",
    ),
    "rate": ("sending: {per_second: 0}", "1:23: 0 will not do; it must be more than 0"),
    "breaker": ("stop_when: {bounced: 500%}", "1:22: 500% is more than the whole (write it like 10% or 0.1)"),
    "targets": (
        "targets: {perod: month}",
        "1:11: 'perod' is neither a key of targets nor a period (write it like 2026-11)",
    ),
    "target number": (
        "targets: {2026-11: {status: {active: many}}}",
        "1:38: expected a whole number, found 'many' (digits only)",
    ),
    "flag": ("tracking: yes", "1:11: expected true or false, found 'yes' (without quotes)"),
    "not a mapping": (
        "just words",
        "1:1: expected rekindle.yml as lines of key: value, found 'just words' (its keys are organisation, from, return_path, unsubscribe_mailto, notify, locale, ..)",
    ),
}


@pytest.mark.parametrize(("text", "expected"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_named_in_plain_words(text: str, expected: str) -> None:
    """One fault, one problem, at the value's own place."""
    workspace, problems = parse_workspace({"rekindle.yml": text + "\n"})
    assert (None, [f"rekindle.yml:{expected}"]) == (workspace, [str(problem) for problem in problems])


def test_without_rekindle_yml_there_is_no_workspace() -> None:
    """The message says what writes one."""
    expected = (
        "rekindle.yml:1:1: there is no rekindle.yml here (`rekindle init` writes one; -C DIR names the workspace)"
    )
    assert [expected] == [str(problem) for problem in parse_workspace({})[1]]


def test_a_broken_configuration_blames_no_segment() -> None:
    """Where the attributes cannot be known, a segment that asks for one is not called wrong."""
    files = {"rekindle.yml": "attributes: {area: size}\n", "segments/a.yml": "where: {area: {more_than: 5}}\n"}
    said = [str(problem) for problem in parse_workspace(files)[1]]
    expected = "rekindle.yml:1:20: 'size' is not known here (known: date, flag, list, number, text)"
    assert [expected] == said


def test_without_a_configuration_a_campaign_is_not_blamed(files: Callable[..., dict[str, str]]) -> None:
    """Its sender, topic, fields and conditions hang on what is missing: one fault, one problem."""
    campaign = files()["campaigns/back.yml"] + "popular: {by: style}\noffers: [{when: {shop_area: 5}, code: A}]\n"
    texts = files(campaign=campaign)
    del texts["rekindle.yml"]
    assert [str(problem.at) for problem in parse_workspace(texts)[1]] == ["rekindle.yml:1:1"]
