"""Fixtures: databases of both kinds, migrated and empty, for whoever asks.

SQLite is a copy of one file. Making a PostgreSQL database takes a third of a second, so each worker makes one, and a
test gets it emptied of whatever the last one left.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from store import migrate
from store.database import Database
from tests.postgres import CanNotStart, Server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database that every test copies."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a server's own database: TEST_DATABASE_URL, else a server that is started for this run."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    try:
        server = Server()
    except CanNotStart as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    yield server.url()
    server.stop()


@pytest.fixture(scope="session")
def postgres_migrated(postgres_url: str) -> Iterator[str]:
    """The address of a migrated database, which the tests of this worker use one after the other."""
    with _new_database(postgres_url) as url:
        database = Database(url)
        migrate.upgrade(database)
        database.close()
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "ringround.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database_url(postgres_migrated: str) -> str:
    _empty(postgres_migrated)
    return postgres_migrated


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated, empty database that no other test uses meanwhile, once on each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_database_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def open_again(database_url: str) -> Iterator[Callable[[], Database]]:
    """Opens the test's database as another process would.

    All are closed at the end, also of a test that fails: a connection left open is an error of whichever test runs
    when the collector finds it.
    """
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(Database(database_url)))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any tables, once on each kind: for whoever changes the tables themselves."""
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
        yield opened
        opened.close()
        return
    with _new_database(request.getfixturevalue("postgres_url")) as url:
        opened = Database(url)
        yield opened
        opened.close()


@contextmanager
def _new_database(server: str) -> Iterator[str]:
    name = f"ringround_test_{uuid4().hex[:12]}"
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY FILE_COPY"))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


_EMPTIED = """
DO $$
DECLARE one regclass;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica; -- no rule about which table goes first
    FOR one IN SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version' LOOP
        EXECUTE 'DELETE FROM ' || one;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
    UPDATE alembic_version SET version_num = '{version}';
END $$
"""
_USED = """
SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
"""


def _empty(url: str) -> None:
    """Takes every row out, so that keys begin at 1 again, and the space that the rows took."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(_EMPTIED.format(version=migrate.HEAD)))
            if used := connection.execute(text(_USED)).scalar():
                connection.execute(text(f"VACUUM {used}"))
    finally:
        engine.dispose()
