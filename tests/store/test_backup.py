from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.clock import SteppedClock
from core.errors import StoreError, UserError
from store.backup import backup
from store.database import Database
from store.installation import installation
from store.tables import Installation, Person
from store.tables.base import Base
from tests.store.people import NOON, add_person, claim, publish, say

ROOT = Path(__file__).parents[2]
CLOCK = SteppedClock(NOON)

# Each transaction adds a person and, at the very end, their route: a copy that has one without the other is torn.
WRITER = """
import sys, threading
from store.database import Database
from tests.store.people import add_person

database, stop = Database(sys.argv[1]), threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
written = 0
while not stop.is_set():
    with database.writing() as session:
        add_person(session, f"Person {written}", "email")
    written += 1
    if written == 5:
        print("writing", flush=True)
database.close()
print(written)
"""


@contextmanager
def somebody_writing(url: str) -> Iterator[subprocess.Popen[str]]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, url], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        yield writer
    finally:
        writer.kill()
        writer.communicate()


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name != "installation"
        }


def test_a_backup_holds_every_row_of_every_table(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        add_person(session, "Ann Carter", "email", "sms", staff="coordinator", groups=["Walkers"], consent=["email"])
        add_person(session, "Søren 王", "phone")
        publish(session)
        say(session, claim(session)[0], "accepted", ref="m1")
    path = tmp_path / "copy.sqlite3"
    backup(database, path, CLOCK)
    copy = Database(f"sqlite:///{path}")
    assert contents(copy) == contents(database)
    copy.close()


def test_a_backup_says_when_it_was_made_and_the_database_stays_as_it_was(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "copy.sqlite3"
    backup(database, path, CLOCK)
    copy = Database(f"sqlite:///{path}")
    with copy.reading() as session:
        assert installation(session).backed_up_at == NOON
    copy.close()
    with database.reading() as session:
        assert session.get(Installation, 1) is None


def test_only_the_owner_can_read_a_backup_and_nothing_is_left_beside_it(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    before = os.umask(0)
    try:
        backup(database, folder / "copy.sqlite3", CLOCK)
    finally:
        os.umask(before)
    assert [path.name for path in folder.iterdir()] == ["copy.sqlite3"]
    assert (folder / "copy.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_backup_taken_while_another_process_writes_is_whole(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    counts = []
    with somebody_writing(database_url) as writer:
        for number in range(4):
            path = tmp_path / f"copy-{number}.sqlite3"
            backup(database, path, CLOCK)
            assert rows(path, "PRAGMA integrity_check") == [("ok",)]
            [(people, routes)] = rows(path, "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM route)")
            assert people == routes
            counts.append(people)
        assert writer.poll() is None
        said, _ = writer.communicate("")
    assert counts == sorted(counts)
    assert 5 <= counts[0] < int(said)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == int(said)


def test_an_existing_file_is_left_alone_unless_it_may_be_replaced(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_text("precious")
    with pytest.raises(UserError, match="exists already"):
        backup(database, path, CLOCK)
    assert path.read_text() == "precious"
    backup(database, path, CLOCK, overwrite=True)
    assert rows(path, "SELECT count(*) FROM person") == [(0,)]


def test_a_folder_in_place_of_a_file_or_one_that_is_not_there_is_explained(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name of a file"):
        backup(database, tmp_path, CLOCK)
    with pytest.raises(UserError, match="Nothing can be written to this folder"):
        backup(database, tmp_path / "nowhere" / "copy.sqlite3", CLOCK)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even root may write to")
def test_a_folder_that_nobody_may_write_to_is_explained(database: Database) -> None:
    with pytest.raises(UserError, match="Choose a folder"):
        backup(database, Path("/proc/self/copy.sqlite3"), CLOCK)


def test_a_disk_that_takes_no_more_leaves_nothing_half_done(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    attempt = """
import resource, sys
from pathlib import Path
from core.clock import SystemClock
from core.errors import StoreError
from store.backup import backup
from store.database import Database

resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    backup(Database(sys.argv[1]), Path(sys.argv[2]) / "copy.sqlite3", SystemClock())
except StoreError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", attempt, sqlite_url, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert "could not be made" in ran.stdout, ran.stderr
    assert list(folder.iterdir()) == []


def test_a_damaged_database_is_not_taken_for_a_good_backup(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        for number in range(300):
            add_person(session, f"Person {number}", "email")
    database.close()
    assert database.path is not None
    with database.path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xa5" * 4096 * 20)
    with pytest.raises(StoreError):
        backup(database, tmp_path / "copy.sqlite3", CLOCK)
    assert not (tmp_path / "copy.sqlite3").exists()
