"""Verdicts: for every member of a campaign's segments the first reason that keeps it out, else its arm and offer.

One statement over the whole set; the order of the reasons is the contract's (COMMANDS 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    Update,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    update,
)

from ..model.audience import HOLDOUT, LeftOutReason, Verdict
from .audience_terms import AudienceRules, Contacts
from .caps import capped_contacts
from .draw import sample_number_of
from .earlier_letters import HAS_HAD, MAY_HAVE, had_it, outranked, was_sent_it
from .reach import consented_at_a_look, consented_clause, has_address, suppressed_clause, suppressed_in_lists
from .tables import contact

_UNREACHABLE = (LeftOutReason.SUPPRESSED.value, LeftOutReason.NO_CONSENT.value, LeftOutReason.NO_ADDRESS.value)


def audience_statement(mailing_id: int, rules: AudienceRules, dialect: str) -> Select[Any]:
    """The rows of `audience_member` as one statement, duplicates not yet found.

    SQLite asks each question only of whom no earlier reason keeps out; PostgreSQL joins all the answers.
    """
    on_sqlite = dialect == "sqlite"
    # OFFSET 0 keeps the planners from folding the layers into one, which would ask every question several times
    told = (_told_in_turn if on_sqlite else _told_by_joins)(rules).offset(0).subquery("told")
    in_draw = told.c.reason == ""
    number = case((in_draw, sample_number_of(literal(rules.salt), told.c.address_key)), else_=null())
    drawn = select(told, number.label("number")).offset(0).subquery("drawn")
    in_draw = drawn.c.reason == ""
    arm = case(
        (not_(in_draw), ""),
        *((drawn.c.number < each.end, each.name) for each in rules.arms[:-1]),
        else_=rules.arms[-1].name,
    )
    held_end = next((each.end for each in rules.arms if each.name == HOLDOUT), 0)
    verdict = case(
        (not_(in_draw), Verdict.LEFT_OUT.value),
        (drawn.c.number < held_end, Verdict.HELD_OUT.value),
        else_=Verdict.CHOSEN.value,
    )
    source, offer = _with_offer(rules, drawn, on_sqlite)
    return select(literal(mailing_id), drawn.c.contact_id, verdict, arm, drawn.c.reason, offer).select_from(source)


def _told_by_joins(rules: AudienceRules) -> Select[Any]:
    """Each member with the first reason that keeps it out, in the contract's order; '' for none."""
    sets = _sets(rules, HAS_HAD)
    source, held = _joined(contact, contact.c.id, {f"is_{name}": ids for name, ids in sets.items()})
    suppressed = suppressed_clause(rules.topic, rules.as_of)
    consented = consented_clause(rules.topic, rules.as_of)
    reason = _reason(suppressed, consented, {name: held[f"is_{name}"] for name in sets})
    return _members(rules, reason).select_from(source)


def _told_in_turn(rules: AudienceRules) -> Select[Any]:
    """The same, one question after another: what is asked last is asked of the fewest."""
    sets = _sets(rules, MAY_HAVE)
    held = {name: _among(contact.c.id, ids) for name, ids in sets.items()}
    if rules.had_since is not None:
        held[LeftOutReason.HAD_IT] = or_(was_sent_it(rules), held[LeftOutReason.HAD_IT])
    suppressed = suppressed_in_lists(rules.topic, rules.as_of)
    consented = consented_at_a_look(rules.topic, rules.as_of)
    return _members(rules, _reason(suppressed, consented, held))


def _sets(rules: AudienceRules, may_have: ColumnElement[bool]) -> dict[LeftOutReason, Contacts]:
    """Who is kept out for what the store knows of letters and lists, in the contract's order."""
    sets = {
        LeftOutReason.CAPPED: _capped(rules),
        LeftOutReason.OUTRANKED: outranked(rules),
        LeftOutReason.EXCLUDED: rules.excluded,
        LeftOutReason.HAD_IT: had_it(rules, may_have),
        LeftOutReason.HANDED_OVER: rules.handed_over,
    }
    return {name: ids for name, ids in sets.items() if ids is not None}


def _reason(
    suppressed: ColumnElement[bool],
    consented: ColumnElement[bool],
    held: Mapping[LeftOutReason, ColumnElement[bool]],
) -> ColumnElement[str]:
    tests = [
        (suppressed, LeftOutReason.SUPPRESSED),
        (not_(consented), LeftOutReason.NO_CONSENT),
        (not_(has_address(contact)), LeftOutReason.NO_ADDRESS),
        *((test, name) for name, test in held.items()),
    ]
    return case(*((test, literal(name.value)) for test, name in tests), else_=literal(""))


def _members(rules: AudienceRules, reason: ColumnElement[str]) -> Select[Any]:
    own = (contact.c.id.label("contact_id"), contact.c.address_key, reason.label("reason"))
    if rules.members.get_final_froms() == [contact]:
        # the segment's own look at each contact: not gathered first and looked up then
        return rules.members.with_only_columns(*own)
    return select(*own).where(_among(contact.c.id, rules.members))


def _among(contact_id: ColumnElement[int], ids: Contacts) -> ColumnElement[bool]:
    return contact_id.in_(ids.correlate(None))


def _joined(
    left: FromClause, contact_id: ColumnElement[int], sets: Mapping[str, Contacts]
) -> tuple[FromClause, dict[str, ColumnElement[bool]]]:
    """`left` with each set of contact ids (each id once) joined to its side, and whether a row is in it.

    Not IN: PostgreSQL would look such a list through anew for every row once it outgrows its memory for hashing.
    """
    held: dict[str, ColumnElement[bool]] = {}
    for name, ids in sets.items():
        side = ids.subquery(name)
        left = left.outerjoin(side, side.c[0] == contact_id)
        held[name] = side.c[0].is_not(None)
    return left, held


def _with_offer(rules: AudienceRules, drawn: FromClause, on_sqlite: bool) -> tuple[FromClause, ColumnElement[Any]]:
    """What to select from, and the index of the first offer whose condition holds, for those in the draw."""
    sets = {f"offer_{index}": ids for index, ids in rules.offers if ids is not None}
    held: Mapping[str, ColumnElement[bool]]
    if on_sqlite:
        source, held = drawn, {name: _among(drawn.c.contact_id, ids) for name, ids in sets.items()}
    else:
        source, held = _joined(drawn, drawn.c.contact_id, sets)
    choices: list[tuple[ColumnElement[bool], Any]] = [(drawn.c.reason != "", cast(null(), Integer))]
    for index, ids in rules.offers:
        choices.append((true() if ids is None else held[f"offer_{index}"], literal(index, Integer)))
    return source, case(*choices, else_=null())


def _capped(rules: AudienceRules) -> Contacts | None:
    if rules.capped is None:
        return None
    letters, since = rules.capped
    return capped_contacts(letters, since, rules.as_of)


def duplicates_left_out(table: Table, mailing_id: int) -> Update:
    """Of the members whom letters may reach and who share one mailbox the earliest stays, whatever else keeps it out.

    A mailbox whose first holder had the campaign, or is excluded or handed over, must not get it by way of the second.
    Only addresses that come twice are looked at.
    """
    row, person, other = table.alias("row"), contact.alias("person"), contact.alias("other")
    shared = select(contact.c.address_key).where(contact.c.address_key != "")
    shared = shared.group_by(contact.c.address_key).having(func.count() > 1)

    def reached(whom: FromClause) -> ColumnElement[bool]:
        # EXISTS, not a join: SQLite without statistics would walk all earlier members for each of them
        mine = (row.c.mailing_id == mailing_id, row.c.contact_id == whom.c.id)
        return exists().where(*mine, row.c.reason.not_in(_UNREACHABLE)).correlate_except(row)

    same = (other.c.address_key == person.c.address_key, other.c.id < person.c.id)
    earlier = exists().where(*same, reached(other)).correlate_except(other)
    # from the few addresses to their contacts, not from every member to its address
    doubled = select(person.c.id).where(person.c.address_key.in_(shared), reached(person), earlier)
    return (
        update(table)
        .where(table.c.mailing_id == mailing_id, table.c.contact_id.in_(doubled))
        .values(**left_out_values(LeftOutReason.DUPLICATE))
    )


def left_out_values(reason: LeftOutReason) -> dict[str, Any]:
    """What a row of the audience says when its contact is left out because of `reason`."""
    return {"verdict": Verdict.LEFT_OUT.value, "arm": "", "reason": reason.value, "offer": None}
