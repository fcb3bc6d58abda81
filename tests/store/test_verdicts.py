"""The verdicts of the one statement, against a plain reckoning in Python over stores drawn at random."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from rekindle.model.address import Mailbox
from rekindle.model.campaign import Campaign, Holdout, Variant
from rekindle.plan.arms import arm_salt, arms_of, draw_arm
from rekindle.store.audience_terms import AudienceRules
from rekindle.store.audiences import audience_rows, staged_audience
from rekindle.store.engine import Store
from rekindle.store.tables import audience_member, consent, contact, delivery, mailing, suppression

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
SINCE = NOW - timedelta(days=3)
DAY = (NOW - timedelta(hours=9), NOW + timedelta(hours=15))
CAMPAIGN = Campaign(
    "winback", "offers", ("all",), Mailbox("a@b.example"), "s", "t.mjml",
    holdout=Holdout(Decimal("0.2")), variants=(Variant("a"), Variant("b")),
)  # fmt: skip
# few moments, so that many are the same to the microsecond and some lie on an edge
MOMENTS = [NOW - timedelta(days=days) for days in (6, 4, 3, 2, 1, 0)] + [NOW + timedelta(days=1)]
UNREACHABLE = ("suppressed", "no_consent", "no_address")
NEVER_HAD = ("failed", "skipped", "expired")
Row = dict[str, Any]


class World:
    """A store's rows drawn at random, and what they mean, told one contact at a time."""

    def __init__(self, seed: int) -> None:
        self.draw = draw = random.Random(seed)
        self.ids = range(1, 81)
        keys = [f"u{number % 60}@{draw.choice('xyz')}.example" for number in self.ids]
        self.contacts = [self._contact(one, key) for one, key in zip(self.ids, keys, strict=True)]
        self.consents = [self._consent(number) for number in range(1, 241)]
        self.suppressions = [self._suppression(number, keys) for number in range(draw.choice([0, 25]))]
        self.mailings = [self._mailing(number) for number in range(1, 6)]
        self.deliveries = self._deliveries()
        taken = draw.sample([(mailing, one) for mailing in range(1, 6) for one in self.ids], 40)
        self.taken = [
            {"mailing_id": mailing, "contact_id": one, "verdict": draw.choice(["chosen", "held_out"])}
            for mailing, one in taken
        ]
        self.excluded, self.handed_over, self.offered, self.members = (
            set(draw.sample(self.ids, size)) for size in (8, 6, 30, 70)
        )

    def _contact(self, number: int, key: str) -> Row:
        key = "" if self.draw.random() < 0.05 else key
        return {"id": number, "email": key, "address_key": key, "first_seen_at": NOW, "exists_from": NOW}

    def _consent(self, number: int) -> Row:
        at, topic = self.draw.choice(MOMENTS), self.draw.choice(["*", "offers", "offers", "news"])
        given = self.draw.random() < 0.8
        return {"id": number, "contact_id": self.draw.choice(self.ids), "topic": topic, "given": given,
                "occurred_at": at, "recorded_at": at}  # fmt: skip

    def _suppression(self, number: int, keys: list[str]) -> Row:
        kind = "domain" if number == 0 else "address"
        key = "x.example" if kind == "domain" else self.draw.choice(keys)
        lifted = self.draw.choice(MOMENTS)  # all are lifted, some in time to come: the same key may stand twice
        return {"kind": kind, "key": key, "topic": self.draw.choice(["", "offers", "news"]), "reason": "bounced",
                "since": self.draw.choice(MOMENTS), "lifted_at": lifted}  # fmt: skip

    def _mailing(self, number: int) -> Row:
        made, state = self.draw.choice(MOMENTS), self.draw.choice(["done", "sending", "cancelled"])
        return {"id": number, "campaign": self.draw.choice(["winback", "news"]), "state": state,
                "period": "2026-11" if number == 1 else str(number), "as_of": made, "created_at": made}  # fmt: skip

    def _deliveries(self) -> list[Row]:
        rows = []
        for place in self.draw.sample(range(5 * 80), 160):
            state = self.draw.choice(["sent", "sent", "sent", "failed", "queued", "unknown", "skipped", "handing"])
            moment = self.draw.choice(MOMENTS)
            handed = moment if state in ("sent", "unknown", "handing") else None
            rows.append(
                {"mailing_id": place // 80 + 1, "contact_id": place % 80 + 1, "address": "", "domain": "", "arm": "",
                 "address_key": str(place), "state": state, "handed_at": handed,
                 "sent_at": moment if state == "sent" else None}
            )  # fmt: skip
        return rows

    def fill(self, connection: Connection) -> None:
        """Bring the rows in."""
        pieces = ((contact, self.contacts), (consent, self.consents), (suppression, self.suppressions),
                  (mailing, self.mailings), (delivery, self.deliveries), (audience_member, self.taken))  # fmt: skip
        for table, rows in pieces:
            if rows:
                connection.execute(insert(table), rows)

    def rules(self) -> AudienceRules:
        """The campaign, with every kind of exclusion."""

        def only(ids: set[int]) -> Any:
            return select(contact.c.id).where(contact.c.id.in_(sorted(ids)))

        return AudienceRules(
            CAMPAIGN.name, "2026-11", "offers", NOW, only(self.members), arm_salt(CAMPAIGN, "2026-11"),
            arms_of(CAMPAIGN), excluded=only(self.excluded), handed_over=only(self.handed_over), capped=(2, SINCE),
            had_since=SINCE, outranked_by=["news"], day=DAY, offers=[(0, only(self.offered)), (1, None)],
        )  # fmt: skip

    def expected(self) -> list[tuple[int, str, str, str, int | None]]:
        """Every member's verdict."""
        reasons = {one: self._reason(one) for one in sorted(self.members)}
        first: dict[str, int] = {}
        for one, reason in reasons.items():
            if reason not in UNREACHABLE:
                first.setdefault(self._key(one), one)
        rows: list[tuple[int, str, str, str, int | None]] = []
        for one, reason in reasons.items():
            if reason not in UNREACHABLE and first[self._key(one)] != one:
                reason = "duplicate"
            arm = "" if reason else draw_arm(CAMPAIGN, "2026-11", self._key(one), one)
            verdict = "left_out" if reason else "held_out" if arm == "holdout" else "chosen"
            rows.append((one, verdict, arm, reason, None if reason else 0 if one in self.offered else 1))
        return rows

    def _key(self, one: int) -> str:
        return str(self.contacts[one - 1]["address_key"])

    def _reason(self, one: int) -> str:
        letters = [(row, self.mailings[row["mailing_id"] - 1]) for row in self.deliveries if row["contact_id"] == one]
        tests = {
            "suppressed": self._suppressed(self._key(one)),
            "no_consent": not self._consented(one),
            "no_address": not self._key(one),
            "capped": sum(_went_out(row) for row, _ in letters) >= 2,
            "outranked": any(self._outranks(row) for row in self.taken if row["contact_id"] == one),
            "excluded": one in self.excluded,
            "had_it": any(_had(row, of) for row, of in letters),
            "handed_over": one in self.handed_over,
        }
        return next((reason for reason, holds in tests.items() if holds), "")

    def _suppressed(self, key: str) -> bool:
        keys = {"address": key, "domain": key.partition("@")[2]}
        return any(
            keys[row["kind"]] == row["key"] and row["since"] <= NOW < row["lifted_at"] and row["topic"] != "news"
            for row in self.suppressions
        )

    def _consented(self, one: int) -> bool:
        own = [row for row in self.consents if row["contact_id"] == one and row["topic"] != "news"]
        own = [row for row in own if row["occurred_at"] <= NOW]
        return bool(own) and bool(max(own, key=lambda row: (row["occurred_at"], row["id"]))["given"])

    def _outranks(self, row: Row) -> bool:
        of = self.mailings[row["mailing_id"] - 1]
        today = DAY[0] <= of["as_of"] <= NOW
        return bool(of["campaign"] == "news" and of["state"] != "cancelled" and today and row["verdict"] == "chosen")


def _went_out(row: Row) -> bool:
    moment = row["handed_at"] if row["state"] == "unknown" else row["sent_at"]
    return moment is not None and SINCE < moment <= NOW


def _had(row: Row, of: Row) -> bool:
    moment = row["sent_at"] or row["handed_at"] or of["created_at"]
    own = of["campaign"] == CAMPAIGN.name and of["period"] != "2026-11"
    return own and row["state"] not in NEVER_HAD and SINCE < moment <= NOW


@pytest.mark.parametrize("seed", range(8))
def test_the_statement_says_what_plain_python_says_contact_by_contact(store: Store, seed: int) -> None:
    """Reasons in their order, arms, offers, one letter a mailbox; ties of consents, edges of spans."""
    world = World(seed)
    with store.writing() as connection:
        world.fill(connection)
    with store.reading() as connection, staged_audience(connection, world.rules()) as audience:
        found = [tuple(row) for page in audience_rows(connection, audience) for row in page]
    assert found == world.expected()
    assert len({row[3] for row in found}) >= 6, "a world in which little happens shows little"
