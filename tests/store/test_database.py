from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from core.errors import ConfigError, StoreError
from store import bulk, migrate
from store import database as module
from store.database import Database, Session
from store.stop_log import StopLog, remember_person
from store.tables import Person
from tests.store.people import NOON, add_person


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)


@pytest.fixture
def sqlite(impatient: None, sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def names(session: Session) -> list[str]:
    return list(session.exec(select(Person.name).order_by(Person.name)).all())


def test_what_raises_leaves_nothing_behind(database: Database) -> None:
    def fail_at_the_end(session: Session) -> None:
        add_person(session, "Ann")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.writing() as session:
        fail_at_the_end(session)
    with database.reading() as session:
        assert names(session) == []


async def test_a_caller_who_is_cancelled_leaves_no_transaction_half_way(
    database: Database, open_again: Callable[[], Database]
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(session: Session) -> None:
        add_person(session, "Ann")
        begun.set()
        go_on.wait(20)
        add_person(session, "Joe")

    task = asyncio.create_task(database.write(slowly))
    await asyncio.to_thread(begun.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await asyncio.to_thread(database.close)  # waits for what is being written
    assert await open_again().read(names) == ["Ann", "Joe"]


async def test_listeners_hear_of_a_write_once_it_is_there_and_not_of_a_silent_one(database: Database) -> None:
    heard: list[list[str]] = []

    def listen() -> None:
        with database.reading() as session:
            heard.append(names(session))

    database.listeners.append(listen)
    await database.write(add_person, "Ann")
    await database.write_silently(add_person, "Joe")
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda session: 1 / 0)
    assert heard == [["Ann"]]


async def test_the_version_changes_with_every_write_of_another_process(sqlite: Database, sqlite_url: str) -> None:
    other = Database(sqlite_url)
    first = await sqlite.read_version()
    assert await sqlite.read_version() == first
    with other.writing() as session:
        add_person(session, "Ann")
    assert await sqlite.read_version() != first
    other.close()


async def test_a_database_that_is_gone_is_named_when_its_version_is_asked(sqlite: Database) -> None:
    await sqlite.read_version()
    sqlite.writer.dispose()
    assert sqlite.path is not None
    sqlite.path.parent.rename(sqlite.path.parent.with_name("gone"))
    with pytest.raises(StoreError):
        await sqlite.read_version()


def test_a_reader_on_sqlite_can_change_nothing(sqlite: Database) -> None:
    with pytest.raises(StoreError), sqlite.reading() as session:
        add_person(session, "Ann")


def test_moments_come_back_as_they_went_in(database: Database) -> None:
    odd = datetime(2026, 10, 25, 1, 30, 15, 123456, tzinfo=UTC)
    with database.writing() as session:
        person = add_person(session, "Ann", stopped_at=odd)
        bulk.change(session, "UPDATE person SET changed_at = ?", (bulk.stamp(session, odd),))
    with database.reading() as session:
        read = session.get_one(Person, person.id)
        assert read.stopped_at == read.changed_at == odd
        assert read.created_at == NOON


def test_a_batch_goes_in_and_out_unharmed(database: Database) -> None:
    odd = "quotes \" ' \\ and 🙂 and \n and %s and ? and :x"
    with database.writing() as session:
        people = [add_person(session, f"Person {at}") for at in range(3)]
        v = bulk.table(session, {"id": int, "name": str})
        renamed = bulk.packed([(people[0].id, odd), (people[1].id, None)])
        assert (
            bulk.change(
                session,
                f"UPDATE person SET called = COALESCE(v.name, 'none') FROM {v} WHERE person.id = v.id",
                (renamed,),
            )
            == 2
        )
        assert bulk.rows(session, "SELECT called FROM person ORDER BY id") == [(odd,), ("none",), ("",)]


@pytest.mark.parametrize("old", [0o022, 0o000])
def test_the_file_is_for_its_owner_only(tmp_path: Path, old: int) -> None:
    script = (
        "import os, sys; os.umask(int(sys.argv[2]));"
        "from store.database import Database; from store import migrate;"
        "d = Database('sqlite:///' + sys.argv[1]); migrate.upgrade(d);"
        "print([oct(os.stat(sys.argv[1] + end).st_mode & 0o777) for end in ('', '-wal', '-shm')]); d.close()"
    )
    path = tmp_path / "db.sqlite3"
    said = subprocess.run([sys.executable, "-c", script, path, str(old)], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(["0o600"] * 3)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def problem(database: Database) -> StoreError:
    with pytest.raises(StoreError) as raised, database.writing() as session:
        add_person(session, "Ann " * 2000)
    error = raised.value
    assert error.what
    assert error.mend
    assert str(database.path) in error.where if database.path else "PostgreSQL" in error.where
    assert "Ann Ann" not in str(error)
    return error


def test_a_database_that_another_process_holds(sqlite: Database) -> None:
    hold = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); "
        "print(flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(sqlite.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdin
        holder.stdout.readline()
        assert "locked" in problem(sqlite).what
        holder.stdin.write(b"\n")
        holder.stdin.close()
    with sqlite.writing() as session:
        add_person(session, "Ann")


def test_a_writer_that_never_ends_is_said_to_be_slow(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite.writer.pool, "_timeout", 0.05)
    with sqlite.writing() as session:
        add_person(session, "Joe")
        assert "did not answer in time" in problem(sqlite).what


def test_a_disk_that_is_full(sqlite: Database) -> None:
    with sqlite.writing() as session:
        bulk.rows(session, "PRAGMA max_page_count = 1")
    assert "full" in problem(sqlite).what


def test_a_database_that_cannot_be_written_to(sqlite: Database) -> None:
    with sqlite.writing() as session:
        bulk.change(session, "PRAGMA query_only = ON")
    assert "can't be written" in problem(sqlite).what


def test_a_folder_that_is_not_there(impatient: None, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no folder' / 'db.sqlite3'}")
    assert "can't be opened" in problem(database).what
    database.close()


def test_a_file_that_is_no_database(impatient: None, tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    path.write_text("These are my notes. " * 200)
    database = Database(f"sqlite:///{path}")
    assert "not a database" in problem(database).what
    database.close()


def test_a_file_that_is_damaged(sqlite_url: str, impatient: None) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    database = Database(sqlite_url)
    assert "damaged" in problem(database).what
    database.close()


def test_a_database_without_tables(empty_database: Database) -> None:
    assert "no tables" in problem(empty_database).what


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    database = Database(f"postgresql://postgres@/any?host={tmp_path}")
    assert "does not answer" in problem(database).what
    database.close()


def test_a_name_that_the_server_does_not_know(postgres_url: str) -> None:
    server = make_url(postgres_url).set(database="no_such_database")
    database = Database(server.render_as_string(hide_password=False))
    assert "no database of this name" in problem(database).what
    database.close()


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_names_no_database_of_ours(url: str) -> None:
    with pytest.raises(ConfigError, match="RINGROUND_DATABASE_URL"):
        Database(url)


def test_a_fault_of_ours_is_not_hidden_behind_plain_words(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", uid="disk is full locked connection")
    with pytest.raises(IntegrityError), database.writing() as session:
        bulk.change(session, "INSERT INTO person SELECT * FROM person")


class Clock:
    def now(self) -> datetime:
        return NOON


def test_nothing_is_committed_where_the_log_of_stops_cannot_be_written(database: Database, tmp_path: Path) -> None:
    database.stop_log = StopLog(tmp_path / "no folder" / "stops.log", b"secret", Clock())  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="log of people who asked us to stop"), database.writing() as session:
        remember_person(session, add_person(session, "Ann"), "died")
    with database.reading() as session:
        assert names(session) == []


def test_a_database_from_a_newer_version_is_left_alone(database: Database) -> None:
    assert migrate.pending(database) is False
    with database.writing() as session:
        bulk.change(session, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        migrate.pending(database)


def test_sqlite_promises_what_we_stand_on(sqlite: Database) -> None:
    with sqlite.writing() as session:
        settings = [
            bulk.rows(session, f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]
    assert sqlite3.sqlite_version_info >= (3, 35)
