# ruff: noqa: E501 - SQL is read best in its own lines
"""The ten questions in SQL by hand, each in one or several forms; the fastest form is what the engine is held against.

Written with the schema, the moments and the language's rules in mind (nothing after as_of, `paid` only, days of the
workspace's calendar, which is UTC here), and with what each database does best.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from segment_world import AS_OF, NOW

TODAY = AS_OF.date().toordinal()


def questions(dialect: str) -> dict[str, list[str]]:
    """By segment: complete statements that count its members."""
    sqlite = dialect == "sqlite"

    def ago(days: int) -> str:
        moment = AS_OF - timedelta(days=days)
        if sqlite:
            return str(NOW - days * 86_400 * 10**6)
        return f"TIMESTAMPTZ '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S+00}'"

    now, year = ago(0), ago((AS_OF - datetime(2025, 11, 1, 9, tzinfo=UTC)).days)
    alive = f"c.exists_from <= {now}"
    whole = f"SELECT count(*) FROM contact c WHERE {alive} AND "
    no = "0" if sqlite else "false"
    yes = "1" if sqlite else "true"

    def bought(since: str = "", until: str = now) -> str:
        low = f" AND o.placed_at > {since}" if since else ""
        return f"EXISTS (SELECT 1 FROM orders o WHERE o.contact_id = c.id AND o.status = 'paid' AND o.placed_at <= {until}{low})"

    def opened(days: int) -> str:
        return (f"EXISTS (SELECT 1 FROM event e WHERE e.contact_id = c.id AND e.kind = 'opened' AND e.machine = {no} "
                f"AND e.occurred_at <= {now} AND e.occurred_at > {ago(days)})")  # fmt: skip

    def mailed(days: int) -> str:
        return (f"EXISTS (SELECT 1 FROM delivery d WHERE d.contact_id = c.id AND d.state = 'sent' "
                f"AND d.sent_at <= {now} AND d.sent_at > {ago(days)})")  # fmt: skip

    attributes = "(c.channel_folded IN ('instagram', 'vk') AND (c.specialization_folded = 'photographer' OR c.city_folded = 'city 3'))"
    never = f"(NOT {bought()} AND c.channel_folded = 'instagram')"
    dormant = f"({bought()} AND NOT {bought(ago(90))} AND {opened(180)} AND NOT {mailed(30)})"
    nested = f"NOT ((c.channel_folded = 'vk' AND {bought(year)}) OR NOT {opened(90)})"
    twice = (f"SELECT o.contact_id FROM orders o WHERE o.status = 'paid' AND o.placed_at > {ago(180)} "
             f"AND o.placed_at <= {now} GROUP BY o.contact_id HAVING count(*) >= 2")  # fmt: skip
    return {
        "attributes": [whole + attributes],
        "bought twice": [
            f"{whole} c.id IN ({twice})",
            f"SELECT count(*) FROM ({twice}) o JOIN contact c ON c.id = o.contact_id WHERE {alive}",
            f"{whole} EXISTS (SELECT 1 FROM orders o WHERE o.contact_id = c.id AND o.status = 'paid' AND o.placed_at > {ago(180)} "
            f"AND o.placed_at <= {now} LIMIT 1 OFFSET 1)",
        ],
        "never bought": [whole + never],
        "dormant, opened, not mailed": [whole + dormant],
        "top fifth": _top(now, alive),
        "overdue twice": [_overdue(now)],
        "nested not": [whole + nested],
        "ignored the last 5": _ignored(now, whole, no, sqlite=sqlite),
        "status for 30 days": [_status(now, ago(30), whole, no, yes)],
        "union of three": [whole + f"({never} OR {dormant} OR c.id IN ({twice}))"],
    }


def _top(now: str, alive: str) -> list[str]:
    paid = (f"SELECT o.contact_id, sum(o.amount) AS score FROM orders o WHERE o.status = 'paid' AND o.placed_at <= {now} "
            f"GROUP BY o.contact_id HAVING sum(o.amount) > 0")  # fmt: skip
    sums = f"SELECT p.contact_id, p.score FROM ({paid}) p JOIN contact c ON c.id = p.contact_id WHERE {alive}"
    ranked = (f"SELECT contact_id, row_number() OVER (ORDER BY score DESC, contact_id) AS place, count(*) OVER () AS many "
              f"FROM ({sums}) s")  # fmt: skip
    listed = "SELECT contact_id FROM s ORDER BY score DESC, contact_id LIMIT (SELECT (count(*) + 4) / 5 FROM s)"
    return [
        f"SELECT count(*) FROM contact c WHERE {alive} AND c.id IN (SELECT contact_id FROM ({ranked}) r WHERE place * 5 <= many + 4)",
        f"WITH s AS MATERIALIZED ({sums}) SELECT count(*) FROM contact c WHERE {alive} AND c.id IN ({listed})",
    ]


def _overdue(now: str) -> str:
    """(today - last) x (n + 2) >= 2 x (n m + 2 M), all doubled so that medians are whole; M from a count of each gap."""
    unborn = f"SELECT 1 FROM contact c WHERE c.id = o.contact_id AND c.exists_from > {now}"
    return f"""
    WITH steps AS MATERIALIZED (
        SELECT contact_id, placed_on, placed_on - lag(placed_on) OVER (PARTITION BY contact_id ORDER BY placed_on) AS gap
        FROM orders o WHERE o.status = 'paid' AND o.placed_at <= {now} AND NOT EXISTS ({unborn})),
    ranked AS (SELECT contact_id, gap, row_number() OVER (PARTITION BY contact_id ORDER BY gap) AS place,
                      count(*) OVER (PARTITION BY contact_id) AS own FROM steps WHERE gap > 0),
    counted AS (SELECT gap, sum(count(*)) OVER (ORDER BY gap) AS passed, sum(count(*)) OVER () AS many
                FROM steps WHERE gap > 0 GROUP BY gap),
    common AS MATERIALIZED (SELECT min(CASE WHEN 2 * passed >= many THEN gap END)
                                   + min(CASE WHEN 2 * passed > many THEN gap END) AS twice FROM counted),
    medians AS (SELECT contact_id, own, 2 * sum(gap) / count(*) AS twice FROM ranked
                WHERE place * 2 BETWEEN own AND own + 2 GROUP BY contact_id, own),
    buyers AS (SELECT contact_id, max(placed_on) AS last_day FROM steps GROUP BY contact_id)
    SELECT count(*) FROM contact c WHERE c.exists_from <= {now} AND c.id IN (
        SELECT b.contact_id FROM buyers b LEFT JOIN medians m ON m.contact_id = b.contact_id, common
        WHERE ({TODAY} - b.last_day) * 2 * (coalesce(m.own, 0) + 2)
              >= 2 * (coalesce(m.own * m.twice, 0) + 2 * common.twice))"""


def _ignored(now: str, whole: str, no: str, *, sqlite: bool) -> list[str]:
    plus = "+" if sqlite else ""
    sent = f"d.state = 'sent' AND d.sent_at <= {now}"
    answered = f"e.kind IN ('opened', 'clicked') AND e.machine = {no} AND e.occurred_at <= {now}"
    by_one = f"""{whole}
      EXISTS (SELECT 1 FROM delivery d WHERE d.contact_id = c.id AND {sent} LIMIT 1 OFFSET 4)
      AND NOT EXISTS (SELECT 1 FROM (SELECT d.id FROM delivery d WHERE d.contact_id = c.id AND {sent}
                                     ORDER BY d.sent_at DESC, d.id DESC LIMIT 5) l
                      JOIN event e ON e.delivery_id = l.id WHERE {answered})"""
    # the plus keeps SQLite clear of SeekScan, which passes over the bound of occurred_at
    by_contact = f"""{whole}
      EXISTS (SELECT 1 FROM delivery d WHERE d.contact_id = c.id AND {sent} LIMIT 1 OFFSET 4)
      AND NOT EXISTS (SELECT 1 FROM event e WHERE e.contact_id = c.id AND {plus}{answered}
                      AND e.delivery_id IN (SELECT d.id FROM delivery d WHERE d.contact_id = c.id AND {sent}
                                            ORDER BY d.sent_at DESC, d.id DESC LIMIT 5))"""
    by_windows = f"""{whole} c.id IN (
      SELECT l.contact_id FROM (SELECT d.id, d.contact_id, row_number() OVER (
          PARTITION BY d.contact_id ORDER BY d.sent_at DESC, d.id DESC) AS place FROM delivery d WHERE {sent}) l
      WHERE l.place <= 5 GROUP BY l.contact_id HAVING count(*) = 5 AND NOT max(CASE WHEN EXISTS (
          SELECT 1 FROM event e WHERE e.delivery_id = l.id AND {answered}) THEN 1 ELSE 0 END) = 1)"""
    by_reader = f"""{whole} c.id IN (
      SELECT r.contact_id FROM (SELECT d.contact_id FROM delivery d WHERE {sent}
                                GROUP BY d.contact_id HAVING count(*) >= 5 OFFSET 0) r
      WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.contact_id = r.contact_id AND {answered}
                        AND e.delivery_id IN (SELECT d.id FROM delivery d WHERE d.contact_id = r.contact_id AND {sent}
                                              ORDER BY d.sent_at DESC, d.id DESC LIMIT 5) OFFSET 0))"""
    # of a million contacts PostgreSQL asks the first two for minutes: an anti-join, and the last five for every event
    return [by_one, by_contact, by_windows] if sqlite else [by_reader, by_windows]


def _status(now: str, then: str, whole: str, no: str, yes: str) -> str:
    """The deciding row: standing pins first, then the latest; of the run of its status since `then`."""
    own = "{0}.contact_id = h.contact_id AND {0}.ladder = 'status'"
    standing = f"(h.pinned = {no} OR h.pinned_until IS NULL OR h.pinned_until > {now})"
    latest = f"""(SELECT h.id FROM status_history h WHERE h.contact_id = c.id AND h.ladder = 'status' AND h.since <= {now}
      AND {standing} ORDER BY h.pinned DESC, h.since DESC, h.id DESC LIMIT 1)"""
    run = f"""EXISTS (SELECT 1 FROM status_history a WHERE {own.format("a")} AND a.pinned = {no} AND a.status = h.status
      AND a.since <= {then} AND NOT EXISTS (SELECT 1 FROM status_history b WHERE {own.format("b")} AND b.pinned = {no}
        AND b.status <> h.status AND b.since <= {now} AND (b.since, b.id) > (a.since, a.id)))"""
    pin = f"""EXISTS (SELECT 1 FROM status_history p WHERE {own.format("p")} AND p.status <> h.status AND p.pinned = {yes}
      AND p.since <= {now} AND p.pinned_until > {then} AND p.pinned_until <= {now})"""
    return f"""{whole} EXISTS (SELECT 1 FROM status_history h WHERE h.id = {latest} AND h.status = 'active'
      AND ((h.pinned = {yes} AND h.since <= {then}) OR (h.pinned = {no} AND {run})) AND NOT {pin})"""
