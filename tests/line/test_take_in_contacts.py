"""Contacts from files: who is known, what changes, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from taking_in import NOW, Desk, counts

from rekindle.model.draft import ContactDraft, ImportKind, PointDraft
from rekindle.model.error import InputError
from rekindle.store.contacts import find_contact, load_contacts
from rekindle.store.engine import Store
from rekindle.store.imports import add_import, list_imports, refusals_of
from rekindle.store.intake_kinds import compare_contacts, intake_of, merge_all
from rekindle.store.staging import staging
from rekindle.store.tables import (
    consent,
    contact,
    contact_point,
    contact_reference,
    contact_tag,
    import_run,
    metadata,
    organisation,
    suppression,
)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


FULL = (
    "external_id,email,first_name,last_name,gender,phone,organisation,city,birthday,tags,created_at,consent,consent_at,"
    "consent_source,tracking,shop_area,brands,gift,since,note,email_2\n"
    "c1,Anna@Example.com,Анна,Алёшина,ж,+7 916 123-45-67,Фактура,Пермь,1990-02-28,vip|Свадьба,2024-05-01,offers|news,"
    "2024-05-01T10:00,form,no,12.5,Ilford|Kodak,yes,2020-01-31,любит плёнку,anna@work.example\n"
)


def test_every_canonical_column_is_kept(desk: Desk, store: Store) -> None:
    """A row in canonical columns comes back from the store as what it said."""
    assert counts(desk.take("contacts", FULL)) == (1, 0, 0, 0)
    with store.reading() as connection:
        found = find_contact(connection, "ANNA@example.com")
        assert found == find_contact(connection, "c1") == find_contact(connection, "anna@work.example")
    assert found is not None
    assert (found.email, found.email_domain, found.gender, found.phone) == (
        "Anna@Example.com", "Example.com", "f", "+7 916 123-45-67",
    )  # fmt: skip
    assert found.created_at == datetime(2024, 4, 30, 21, tzinfo=UTC)
    assert found.birthday == date(1990, 2, 28)
    assert found.tracking is False
    assert found.tags == ("vip", "Свадьба")
    assert found.attributes == {
        "shop_area": Decimal("12.5"), "brands": ("Ilford", "Kodak"), "gift": True, "since": date(2020, 1, 31),
        "note": "любит плёнку",
    }  # fmt: skip
    assert desk.rows(contact, "last_name_folded", "organisation_folded", "kind", "address_key") == [
        ("алешина", "фактура", "person", "anna@example.com")
    ]
    assert desk.rows(organisation, "name", "name_folded") == [("Фактура", "фактура")]
    assert desk.rows(contact_point, "kind", "key", "is_primary") == [
        ("email", "anna@example.com", True), ("email", "anna@work.example", False), ("phone", "79161234567", True),
    ]  # fmt: skip
    assert desk.rows(consent, "topic", "given", "source", "proof") == [
        ("offers", True, "form", "contacts.csv line 2"), ("news", True, "form", "contacts.csv line 2"),
    ]  # fmt: skip


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    """Running the same file again changes nothing: every row is unchanged, every table as it was."""
    desk.take("contacts", FULL)
    before = desk.everything(metadata.tables)
    again = desk.take("contacts", FULL, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert counts(again) == (0, 0, 1, 0)
    assert desk.everything(metadata.tables) == before


def test_an_empty_cell_changes_nothing(desk: Desk, store: Store) -> None:
    """Only what a row says changes; the rest stays."""
    desk.take("contacts", FULL)
    changed = desk.take("contacts", "external_id,first_name,city,tags,shop_area,brands\nc1,,Казань,,,Agfa\n")
    assert counts(changed) == (0, 1, 0, 0)
    with store.reading() as connection:
        found = load_contacts(connection, [1])[1]
    assert (found.first_name, found.city, found.tags) == ("Анна", "Казань", ("vip", "Свадьба"))
    assert (found.attributes["shop_area"], found.attributes["brands"]) == (Decimal("12.5"), ("Agfa",))


def test_tags_are_replaced_as_a_whole(desk: Desk) -> None:
    """A cell is the value: tags that it no longer names go, and that is a change."""
    desk.take("contacts", "email,tags\na@x.example,one|two\n")
    assert counts(desk.take("contacts", "email,tags\na@x.example,two\n")) == (0, 1, 0, 0)
    assert desk.rows(contact_tag, "tag") == [("two",)]


def test_a_contact_is_known_by_id_then_address_then_phone(desk: Desk) -> None:
    """External id within its source, else address, else phone (COMMANDS 1)."""
    desk.take("contacts", "external_id,email,phone\n1,a@x.example,8 916 123-45-67\n")
    others = "email,phone,first_name\nA@X.example,,by address\n,+7 (916) 123 45 67,by phone\n"
    assert counts(desk.take("contacts", others)) == (0, 2, 0, 0)
    assert desk.rows(contact, "first_name", "email") == [("by phone", "A@X.example")]
    elsewhere = desk.take("contacts", "external_id,email\n77,a@x.example\n", source="shop")
    assert counts(elsewhere)[0] == 0
    assert desk.rows(contact_reference, "source", "external_id", "contact_id") == [("main", "1", 1), ("shop", "77", 1)]
    assert desk.rows(contact, "external_id") == [("1",)]


def test_ids_of_one_source_keep_sharers_of_a_mailbox_apart(desk: Desk) -> None:
    """Two ids of one system are two people, though they share an address; the same file again changes nothing."""
    text = "external_id,email,first_name\n1,family@x.example,Anna\n2,family@x.example,Boris\n"
    assert counts(desk.take("contacts", text)) == (2, 0, 0, 0)
    assert counts(desk.take("contacts", text)) == (0, 0, 2, 0)


def test_an_office_line_does_not_make_one_person_of_ten(desk: Desk) -> None:
    """A phone leads only to a contact that the row's address does not contradict."""
    text = "email,phone\na@x.example,495 111-22-33\nb@x.example,495 111-22-33\n,495 111-22-33\n"
    assert counts(desk.take("contacts", text)) == (2, 1, 0, 0)
    assert desk.rows(contact, "email") == [("a@x.example",), ("b@x.example",)]
    assert counts(desk.take("contacts", text)) == (0, 0, 3, 0)


def test_ids_go_in_order_of_first_appearance(desk: Desk) -> None:
    """Contact ids are integers in order of first appearance, over files and batches."""
    text = "external_id\n" + "".join(f"n{number}\n" for number in range(9000, 0, -1))
    desk.take("contacts", text)
    desk.take("orders", "number,external_id,placed_at,amount\n1,z,2026-01-01,5\n2,a,2026-01-02,5\n")
    found = desk.rows(contact, "id", "external_id")
    assert [contact_id for contact_id, _ in found] == list(range(1, 9003))
    assert (found[0][1], found[8999][1], found[9000][1], found[9001][1]) == ("n9000", "n1", "z", "a")


def test_a_withdrawal_is_never_cleared(desk: Desk, store: Store) -> None:
    """An import adds consent where nothing was said, and never gives back what was withdrawn (COMMANDS 1)."""
    desk.take("contacts", "email,consent\na@x.example,offers\nb@x.example,\n")
    with store.writing() as connection:
        withdrawn = {"given": False, "occurred_at": NOW, "recorded_at": NOW}
        connection.execute(insert(consent), [{"contact_id": 1, "topic": "offers", **withdrawn}])
        connection.execute(insert(consent), [{"contact_id": 2, "topic": "*", **withdrawn}])
    later = datetime(2027, 1, 1, tzinfo=UTC)
    text = "email,consent,consent_at\na@x.example,*,2026-12-01\nb@x.example,offers|news,2026-12-01\n"
    count = desk.take("contacts", text, now=later)
    assert desk.rows(consent, "contact_id", "topic", "given") == [
        (1, "offers", True), (1, "offers", False), (2, "*", False), (1, "news", True),
    ]  # fmt: skip
    assert counts(count) == (0, 1, 1, 0)
    assert any("3 consents not taken" in warning for warning in count.warnings)


def test_who_unsubscribes_while_the_file_is_read_stays_unsubscribed(desk: Desk, store: Store) -> None:
    """Consent is looked at again inside the merge, for others write while a file is staged."""
    desk.take("contacts", "email\na@x.example\n")
    point = PointDraft("email", "a@x.example", "a@x.example")
    with staging(store) as stage:
        intake = intake_of(ImportKind.CONTACTS, stage, "main", "RUB", NOW)
        intake.add([ContactDraft(2, "", (point,), (point,), {}, consent=("offers",))])
        intake.settle()
        compare_contacts(stage, "main", ["offers"])
        with store.writing() as connection:
            row = {"contact_id": 1, "topic": "*", "given": False, "occurred_at": NOW, "recorded_at": NOW}
            connection.execute(insert(consent).values(row))
        values = dict.fromkeys(["kind", "source", "file_name", "sha256"], "x")
        numbers = dict.fromkeys(["rows", "new", "changed", "unchanged", "refused"], 0)
        with stage.merging():
            run_id = add_import(stage, {**values, **numbers, "imported_at": NOW})
            merge_all(stage, intake, run_id=run_id, source="main", now=NOW, proof="")
    assert desk.rows(consent, "topic", "given") == [("*", False)]


def test_a_suppression_stands_through_an_import(desk: Desk, store: Store) -> None:
    """An import never clears a suppression."""
    desk.take("suppressions", "email,reason\na@x.example,bounced\n")
    desk.take("contacts", "email,consent\na@x.example,*\n")
    assert desk.rows(suppression, "key", "reason", "lifted_at") == [("a@x.example", "bounced", None)]


BAD = """external_id,email,gender,birthday,phone,timezone,kind,shop_area,gift
1,not-an-address,,,,,,,
2,,x,,,,,,
3,,,31.12.1990,,,,,
4,,,,12,,,,
5,,,,,Mars/Base,,,
6,,,,,,robot,,
7,,,,,,,"1,234",
8,,,,,,,,perhaps
,,f,,,,,,
9,good@x.example,,,,,,,
10,a@b..example,,,,,,,
11,,,,,,,,yes,too,many
"""


def test_a_row_that_cannot_be_taken_is_kept_with_its_reason(desk: Desk, store: Store) -> None:
    """Refused rows are in the store with line, reason and raw text; the good ones are taken."""
    count = desk.take("contacts", BAD)
    assert counts(count) == (1, 0, 0, 11)
    assert count.refused_by_rule == 0
    with store.reading() as connection:
        found = refusals_of(connection, 1)
        assert [run.refused for run in list_imports(connection)] == [11]
    assert [row.line for row in found] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13]
    assert found[0].reason.startswith("'not-an-address' is not an e-mail address")
    assert found[1].reason == "the gender 'x' is neither f nor m"
    assert found[2].reason == "'31.12.1990' is not a date; expected 2026-11-01"
    assert found[3].reason == "'12' is not a phone number: 2 digits"
    assert found[4].reason == "the timezone 'Mars/Base' is not known; write it like Europe/Moscow"
    assert found[8].reason == "neither external_id, e-mail nor phone: there is nobody to know the row by"
    assert found[10].reason == "the row has 11 cells, the header 9"
    assert found[10].raw == "11,,,,,,,,yes,too,many\n"


def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    """`--dry-run` counts as the import would, and leaves every table as it was."""
    before = desk.everything(metadata.tables)
    dry = desk.take("contacts", BAD, dry_run=True)
    assert desk.everything(metadata.tables) == before
    assert desk.rows(import_run, "id") == []
    assert counts(desk.take("contacts", BAD)) == counts(dry)


def test_several_rows_about_one_contact_become_one(desk: Desk) -> None:
    """The later row's cells hold; a row that says the same again is unchanged; counts add up."""
    text = "email,first_name,city\na@x.example,Anna,Perm\na@x.example,Anna,Perm\na@x.example,,Kazan\n"
    assert counts(desk.take("contacts", text)) == (1, 1, 1, 0)
    assert desk.rows(contact, "first_name", "city") == [("Anna", "Kazan")]
    assert counts(desk.take("contacts", text)) == (0, 0, 3, 0)


def test_rows_ahead_and_strange_topics_are_taken_with_a_warning(desk: Desk) -> None:
    """Rows dated ahead are taken with a warning; a topic that rekindle.yml does not declare is named."""
    count = desk.take("contacts", "email,created_at,consent\na@x.example,2027-01-01,ofers\n")
    assert counts(count) == (1, 0, 0, 0)
    assert count.warnings == (
        "created_at lies ahead of 2026-11-01 09:00 UTC: 1 row, the first in line 2",
        "topic 'ofers' is not in rekindle.yml (did you mean 'offers'?): 1 row, the first in line 2",
    )


def test_undeclared_columns_are_named_and_not_stored(desk: Desk) -> None:
    """Columns that mean nothing to us are named."""
    count = desk.take("contacts", "E-mail;email;Colour\nx;a@x.example;red\n")
    assert count.ignored_columns == ("E-mail", "Colour")


def test_an_unknown_contact_exists_from_the_imports_moment(desk: Desk) -> None:
    """`created_at` as given; without one the import's moment, or an earlier order of its own (LANGUAGE 1)."""
    desk.take("contacts", "external_id,created_at\n1,2025-06-01\n2,\n3,\n")
    desk.take("orders", "number,external_id,placed_at,amount\n1,1,2024-01-01,5\n2,2,2024-01-01T00:00Z,5\n")
    assert desk.rows(contact, "exists_from") == [
        (datetime(2025, 5, 31, 21, tzinfo=UTC),), (datetime(2024, 1, 1, tzinfo=UTC),), (NOW,),
    ]  # fmt: skip


def test_a_full_name_is_split_where_no_parts_are_given(desk: Desk) -> None:
    """`full_name` fills the three name columns."""
    desk.take(
        "contacts", "email,full_name,first_name\na@x.example,Иванова Анна Петровна,\nb@x.example,Иванова Анна,Аня\n"
    )
    assert desk.rows(contact, "last_name", "first_name", "patronymic") == [
        ("Иванова", "Анна", "Петровна"),
        ("", "Аня", ""),
    ]


def test_a_header_without_a_known_column_is_an_error(desk: Desk, store: Store) -> None:
    """No known column: the file cannot be read, and nothing is written."""
    with pytest.raises(InputError, match="has no column of contacts; did you mean 'email'"):
        desk.take("contacts", "emial,fst\na@x.example,b\n")
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(import_run)) == 0


def test_a_map_says_what_their_values_mean_here(desk: Desk) -> None:
    """Folded; several columns of one row at once; what is not named stays as it is, and a rule comes last."""
    theirs = "Почта,Откуда,Согласие,Город\na@x.example, САЙТ ,да,Омск\nb@x.example,Звонок,нет,Тверь\n"
    theirs += "c@x.example,вк,ДА,Псков\n"
    its_map = """
kind: contacts
columns:
  email: Почта
  channel: {column: Откуда, values: {Сайт: site, ВК: vk}}
  consent: {column: Согласие, values: {да: offers, нет: ''}}
  city: Город
rules: [{when: {Город: Псков}, set: {channel: market}}]
"""

    assert counts(desk.take("contacts", theirs, its_map)) == (3, 0, 0, 0)
    assert [row[0] for row in desk.rows(contact, "channel")] == ["site", "Звонок", "market"]
    assert desk.rows(consent, "contact_id", "topic") == [(1, "offers"), (3, "offers")]


def test_a_cell_made_inert_for_a_spreadsheet_comes_back_as_it_was(desk: Desk) -> None:
    """What an export protected is not doubled by the next import; an honest apostrophe stays."""
    desk.take("contacts", "email,first_name,last_name\na@x.example,'=Ann(),'t Hooft\n")

    assert desk.rows(contact, "first_name", "last_name") == [("=Ann()", "'t Hooft")]
