"""A copy of the store does not send until it is adopted (LEDGER 8); what is no copy is never taken for one."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text

from rekindle.model.mailing import MailingState
from rekindle.store.adoption import adopt
from rekindle.store.backup import back_up
from rekindle.store.birth import birth
from rekindle.store.engine import open_engine
from rekindle.store.home import CopiedStoreError, look_for_home, stride, why_no_home
from rekindle.store.mailings import NewMailing, get_mailing, insert_mailing
from rekindle.store.opening import open_store
from rekindle.store.remembered import remember
from rekindle.store.schedules import mark_schedule_seen, schedule_seen
from rekindle.store.tables import contact, delivery, meta

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def made(folder: Path) -> Path:
    """A store of two strides in a folder of its own."""
    folder.mkdir(parents=True)
    store = open_store(f"sqlite:///{folder / 'rekindle.db'}")
    look_for_home(store)
    stride(store)
    stride(store)
    store.close()
    return folder


def refusal(file: Path) -> str:
    """Why the store in this file does not send; empty where it does."""
    store = open_store(f"sqlite:///{file}")
    try:
        look_for_home(store)
    except CopiedStoreError as error:
        return str(error)
    finally:
        store.close()
    return ""


def by_cp(folder: Path) -> Path:
    shutil.copy2(folder / "rekindle.db", folder / "copy.db")
    return folder / "copy.db"


def by_cp_of_the_folder(folder: Path) -> Path:
    subprocess.run(["cp", "-a", folder, f"{folder}-2"], check=True)
    return Path(f"{folder}-2") / "rekindle.db"


def by_tar_to_the_same_place(folder: Path) -> Path:
    subprocess.run(["tar", "-C", folder.parent, "-cf", folder.parent / "all.tar", folder.name], check=True)
    shutil.rmtree(folder)
    subprocess.run(["tar", "-C", folder.parent, "-xpf", folder.parent / "all.tar"], check=True)
    return folder / "rekindle.db"


def by_the_online_backup(folder: Path) -> Path:
    target = folder / "elsewhere" / "rekindle.db"
    target.parent.mkdir()
    with closing(sqlite3.connect(folder / "rekindle.db")) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


def by_db_backup_put_in_its_place(folder: Path) -> Path:
    store = open_store(f"sqlite:///{folder / 'rekindle.db'}")
    back_up(store, folder / "backup.db")
    store.close()
    (folder / "backup.db").replace(folder / "rekindle.db")
    return folder / "rekindle.db"


def by_writing_an_older_state_over_it(folder: Path) -> Path:
    """The same file, the same folder: only what has left since says that it went back in time."""
    file = folder / "rekindle.db"
    older = file.read_bytes()
    store = open_store(f"sqlite:///{file}")
    stride(store)
    store.close()
    file.write_bytes(older)
    return file


@pytest.mark.parametrize(
    "copied",
    [
        by_cp,
        by_cp_of_the_folder,
        by_tar_to_the_same_place,
        by_the_online_backup,
        by_db_backup_put_in_its_place,
        by_writing_an_older_state_over_it,
    ],
)
def test_a_copy_is_refused_until_it_is_adopted(tmp_path: Path, copied: Callable[[Path], Path]) -> None:
    file = copied(made(tmp_path / "shop"))
    assert "`rekindle db adopt`" in refusal(file)
    store = open_store(f"sqlite:///{file}")
    adopt(store, NOW)
    stride(store)
    store.close()
    assert refusal(file) == ""


def test_the_original_goes_on_beside_its_copy(tmp_path: Path) -> None:
    folder = made(tmp_path / "shop")
    for copied in (by_cp, by_cp_of_the_folder, by_the_online_backup):
        assert refusal(copied(folder))
    assert refusal(folder / "rekindle.db") == ""


def test_a_folder_that_is_moved_is_no_copy(tmp_path: Path) -> None:
    """Moving leaves nothing behind that could send as well."""
    folder = made(tmp_path / "shop")
    (tmp_path / "clients").mkdir()
    folder.rename(tmp_path / "clients" / "shop")
    assert refusal(tmp_path / "clients" / "shop" / "rekindle.db") == ""


def test_what_every_night_may_change_is_no_reason_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container of another name each time, a volume whose modes are set anew at every start."""
    folder = made(tmp_path / "shop")
    if birth(folder) == folder.stat().st_ctime_ns != birth(folder / "rekindle.db"):
        pytest.skip("this file system does not say when a file was made")
    monkeypatch.setattr("platform.node", lambda: "0a1b2c3d")
    subprocess.run(["chmod", "-R", "g+rX", folder], check=True)
    subprocess.run(["touch", folder / "rekindle.db-home"], check=True)
    assert refusal(folder / "rekindle.db") == ""


def test_the_same_state_brought_back_is_not_older(tmp_path: Path) -> None:
    """Copied aside and back with nothing sent in between: the ledger is whole."""
    file = made(tmp_path / "shop") / "rekindle.db"
    shutil.copy2(file, tmp_path / "aside.db")
    shutil.copy2(tmp_path / "aside.db", file)
    assert refusal(file) == ""


def test_a_crash_between_store_and_folder_is_no_reason_to_refuse(tmp_path: Path) -> None:
    """The store is written first: it may know more than the folder, never less."""
    file = made(tmp_path / "shop") / "rekindle.db"
    number = file.with_name("rekindle.db-home") / "strides"
    before = number.read_bytes()
    store = open_store(f"sqlite:///{file}")
    stride(store)
    store.close()
    number.write_bytes(before)
    assert refusal(file) == ""


def test_who_looks_while_another_process_sends_sees_no_older_state(tmp_path: Path) -> None:
    """Between a look at the store and one at the folder both may have gone on: that is no backup brought back."""
    file = made(tmp_path / "shop") / "rekindle.db"
    sender, looker = open_store(f"sqlite:///{file}"), open_store(f"sqlite:///{file}")
    over = threading.Event()

    def send() -> None:
        while not over.is_set():
            stride(sender)

    sending = threading.Thread(target=send)
    sending.start()
    try:
        assert {why_no_home(looker) for _ in range(300)} == {""}
    finally:
        over.set()
        sending.join()
        sender.close()
        looker.close()


def test_a_store_from_before_stores_had_a_home_is_adopted_silently(database_url: str) -> None:
    store = open_store(database_url)
    with store.writing() as connection:
        connection.execute(meta.delete())
    look_for_home(store)
    with store.reading() as connection:
        kept = connection.scalars(select(meta.c.key)).all()
    look_for_home(store)
    store.close()
    assert kept == ["home"]


def test_a_store_in_memory_has_no_copies() -> None:
    store = open_store("sqlite://")
    look_for_home(store)
    stride(store)
    assert why_no_home(store) == ""


def test_a_database_made_from_a_template_is_a_copy(postgres_url: str) -> None:
    """And so is one that a dump is brought back into: its tables are made anew."""
    first = open_store(postgres_url)
    look_for_home(first)
    first.close()
    name = f"{make_url(postgres_url).database}_copy"
    administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE {make_url(postgres_url).database}")
    try:
        copy = open_store(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
        with pytest.raises(CopiedStoreError, match="copied, restored or recovered"):
            look_for_home(copy)
        adopt(copy, NOW)
        look_for_home(copy)
        with copy.writing() as connection:
            rows = connection.execute(meta.select()).all()
            meta.drop(connection)
            meta.create(connection)
            connection.execute(meta.insert(), [row._asdict() for row in rows])
        with pytest.raises(CopiedStoreError):
            look_for_home(copy)
        copy.close()
    finally:
        administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
    first = open_store(postgres_url)
    look_for_home(first)
    first.close()


def test_a_role_without_rights_of_its_own_can_ask_where_it_is(postgres_url: str) -> None:
    administer(postgres_url, "DROP ROLE IF EXISTS plain_role")
    administer(postgres_url, "CREATE ROLE plain_role LOGIN")
    administer(postgres_url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain_role")
    store = open_engine(make_url(postgres_url).set(username="plain_role").render_as_string(hide_password=False))
    look_for_home(store)
    assert why_no_home(store) == ""
    store.close()
    administer(postgres_url, "DROP OWNED BY plain_role")
    administer(postgres_url, "DROP ROLE plain_role")


def test_what_may_have_left_elsewhere_does_not_leave_again_by_itself(database_url: str) -> None:
    """Adopted, mailings in flight pause and periods that were due before are not made; the rest stays as it was."""
    store = open_store(database_url)
    with store.writing() as connection:
        person = connection.execute(contact.insert().values(first_seen_at=NOW, exists_from=NOW).returning(contact.c.id))
        row = {"contact_id": person.scalar_one(), "address": "a@x.test", "address_key": "a@x.test", "domain": "x.test"}
        for period, state in (("1", "queued"), ("2", "sent")):
            mailing = insert_mailing(connection, NewMailing("winback", period, NOW, NOW))
            assert mailing is not None
            values = {**row, "mailing_id": mailing.mailing_id, "arm": "letter", "state": state}
            connection.execute(delivery.insert().values(**values))
        mark_schedule_seen(connection, "winback", datetime(2026, 10, 1, tzinfo=UTC))
        remember(connection, "home", "copy")
    paused = adopt(store, NOW)
    with store.reading() as connection:
        states = [get_mailing(connection, number).state for number in (1, 2)]
        seen = schedule_seen(connection, "winback")
    store.close()
    assert [one.period for one in paused] == ["1"]
    assert states == [MailingState.PAUSED, MailingState.SENDING]
    assert seen == NOW


def administer(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
