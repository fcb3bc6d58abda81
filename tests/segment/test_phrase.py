"""Sentences that a person can read: each way of saying in both languages, numbers that bend their words, no gaps."""

# ruff: noqa: E501 (sentences as they stand are long)

from __future__ import annotations

from random import Random

import pytest

from rekindle.model.contact import AttributeKind
from rekindle.model.segment import Ladder, Rung
from rekindle.segment.bounds import moved_bounds
from rekindle.segment.catalogue import Catalogue
from rekindle.segment.grammar import read_condition
from rekindle.segment.phrase import phrase
from rekindle.workspace.document import read_document
from tests.property.random_tree import condition as random_condition
from tests.property.random_world import catalogue as random_catalogue
from tests.property.written import node_of

KINDS = {"gift": AttributeKind.FLAG, "brands": AttributeKind.LIST, "renewal": AttributeKind.DATE}
CATALOGUE = Catalogue(KINDS, (Ladder("status", (Rung("idle"), Rung("lost"))),))

LABELLED = (
    Ladder("relationship", (Rung("active", "Действующий"), Rung("idle", "давно спит"), Rung("lost"))),
    Ladder("warmth", (Rung("hot", "Горячий"),)),
)


def test_statuses_are_said_by_their_labels() -> None:
    """The label where there is one; the first ladder is the status."""
    node, _ = read_document("[status: [active, idle, lost], warmth: {in: [hot], for_at_least: 30 days}]", "x.yml")
    assert node is not None
    condition, problems = read_condition(node, Catalogue(ladders=LABELLED))
    assert problems == []
    assert condition is not None
    assert phrase(condition, "ru", LABELLED) == (
        "Контакты, у которых статус — Действующий, «давно спит» или lost и у которых warmth — Горячий уже 30 дней или дольше."
    )
    assert phrase(condition, "en", LABELLED) == (
        "Contacts whose status is Действующий, “давно спит” or lost and whose warmth is Горячий for at least 30 days."
    )


SAID = [
    ("everyone: true", "Every contact.", "Все контакты."),
    ("any: []", "Nobody.", "Никто."),
    ("not: {channel: vk}", "All contacts except those whose channel is vk.", "Все контакты, кроме тех, у которых канал — vk."),
    ("[not: {segment: old}, bought: true]", "Contacts who bought, except those who are in the segment old.",
     "Контакты, которые покупали, кроме тех, которые входят в сегмент old."),
    ("[bought: true, opened: true, not_clicked: true]", "Contacts who bought, opened a letter and clicked no link.",
     "Контакты, которые покупали, открывали письма и не переходили по ссылкам."),
    ("none: [bought: true, channel: vk]", "All contacts except those who bought or whose channel is vk.",
     "Все контакты, кроме тех, которые покупали или у которых канал — vk."),
    ("[bought: true, any: [channel: vk, city: Riga]]", "Contacts who bought and (whose channel is vk or whose city is Riga).",
     "Контакты, которые покупали и (у которых канал — vk или у которых город — Riga)."),
    ("not: {not: {bought: true}}", "Contacts who bought.", "Контакты, которые покупали."),
    ("not: {bought: {at_least: 2, within: 1 year}}", "Contacts who bought fewer than 2 times within the last year.",
     "Контакты, которые покупали менее 2 раз за последний год."),
    ("not: {bought: {total: {at_least: 1000}}}", "All contacts except those who bought (total is at least 1,000).",
     "Все контакты, кроме тех, которые покупали (всего на сумму не меньше 1\u00a0000)."),
    ("bought: {exactly: 2, in: last month}", "Contacts who bought exactly 2 times last month.",
     "Контакты, которые покупали ровно 2 раза в прошлом месяце."),
    ("did: {activity: visit, within: 21 days}", "Contacts who did “visit” within the last 21 days.",
     "Контакты, у которых было «visit» за последний 21 день."),
    ("[city: {known: false}, gift: true, renewal: {in_next: 1 week}]",
     "Contacts whose city is not known, whose gift is yes and whose renewal is within the next week.",
     "Контакты, у которых город не указан, у которых gift — да и у которых renewal — в ближайшую неделю."),
    ("[brands: {has_none: [a, b c]}, tags: {count: {at_least: 2}}]",
     "Contacts whose brands do not include a or “b c” and whose number of tags is at least 2.",
     "Контакты, у которых в списке brands нет ни a, ни «b c» и у которых число меток не меньше 2."),
    ("[created_at: {within: 30 days}, last_opened_at: {known: false}, last_order_at: {older_than: 3 months}]",
     "Contacts who came into the store within the last 30 days, opened no letter and whose last order was 3 months ago or "
     "earlier.",
     "Контакты, которые появились в базе за последние 30 дней, не открывали писем и у которых последний заказ был 3 месяца "
     "назад или раньше."),
    ("[birthday: {anniversary: {in_next: 7 days}}, birthday: {month: [1, 2]}]",
     "Contacts whose birthday is within the next 7 days (in any year) and whose birthday is in January or February.",
     "Контакты, у которых день рождения в ближайшие 7 дней (в любой год) и у которых день рождения в январе или феврале."),
    ("ignored: {last: 1}", "Contacts who ignored their last letter.", "Контакты, которые оставили без внимания последнее письмо."),
    ("ignored: {last: 22}", "Contacts who ignored their last 22 letters.",
     "Контакты, которые оставили без внимания последние 22 письма."),
    ("status: {in: [idle, lost], entered: 2 weeks, for_at_least: 1 day}",
     "Contacts whose status became idle or lost within the last 2 weeks for at least 1 day.",
     "Контакты, у которых статус стал idle или lost за последние 2 недели и держится уже 1 день или дольше."),
    ("revenue: {less_than: {field: average_order, times: 2.5}}", "Contacts whose revenue is less than 2.5 times average order.",
     "Контакты, у которых выручка меньше 2,5 × средний заказ."),
    ("channel: {not_in: [vk, site]}", "Contacts whose channel is none of vk or site.",
     "Контакты, у которых канал — не vk и не site."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "english", "russian"), SAID, ids=[text for text, _, _ in SAID])
def test_a_condition_in_both_languages(text: str, english: str, russian: str) -> None:
    """One sentence, with the article, case and number that a reader expects."""
    node, _ = read_document(text, "x.yml")
    assert node is not None
    found, problems = read_condition(node, CATALOGUE)
    assert problems == []
    assert found is not None
    assert (phrase(found, "en"), phrase(found, "ru")) == (english, russian)


@pytest.mark.parametrize("seed", range(300))
def test_whatever_can_be_asked_can_be_said(seed: int) -> None:
    """No template with a gap, nothing left unsaid: a moved bound changes the sentence."""
    found, problems = read_condition(node_of(random_condition(Random(seed))), random_catalogue())
    assert problems == []
    assert found is not None
    for language in ("en", "ru"):
        said = phrase(found, language)
        assert ("{" in said, said.endswith(".")) == (False, True)
        assert [moved.part for moved in moved_bounds(found) if phrase(moved.condition, language) == said] == []
