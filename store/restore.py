"""Brings a backup back, so that nobody is written to by a database that does not know what was sent since.

The file is first made ready in a private folder: checked, migrated, everything held whose sending may have gone on,
and the log of stops replayed. Only then does it take the database's place, in one step, so that no crash can leave a
database that would begin to send by itself.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from core.clock import Clock
from core.errors import StoreError, UserError
from core.people import Role
from core.roles import Actor
from store import bulk, migrate
from store.backup import backup, copy_rows, private_folder, seal, sync
from store.database import Database
from store.holding import Restored, hold_back
from store.stop_log import StopLog
from store.tables.base import Base

_TABLES = {"alembic_version", "person", "route", "notice", "recipient", "delivery", "attempt", "installation"}


def restore(database: Database, path: Path, log: StopLog, actor: Actor, clock: Clock) -> Restored:
    """Puts the backup at `path` in the database's place and returns what that means for staff.

    The caller holds the dispatcher's lock. Raises `UserError` for a file that is no backup of ours, is damaged or from
    a newer version, and `StoreError` where the database is in use or the disk is full: then nothing has changed.
    """
    actor.must_be(Role.ADMIN, "restore a backup")
    now = clock.now()
    home = (database.path or log.path.absolute()).parent
    with private_folder(home) as folder:
        draft = folder / "restored.sqlite3"
        _copy_checked(path, draft)
        ready = Database(f"sqlite:///{draft}")
        try:
            if migrate.pending(ready):
                migrate.upgrade(ready)
            with ready.writing() as session:
                restored = hold_back(session, log, actor, now)
            if database.path is None:
                safety = _fill_server(database, ready, home, clock)
        finally:
            ready.close()
        if database.path is not None:
            seal(draft, path)
            safety = _take_place(database, database.path, draft, now)
    return replace(restored, safety=safety)


def _copy_checked(path: Path, draft: Path) -> None:
    """Copies the backup, which itself is never written to, and makes sure that it is one."""
    if not path.is_file():
        raise UserError("There is no such file", where=str(path), mend="Give the name of a backup.")
    draft.touch(mode=0o600)
    try:
        shutil.copyfile(path, draft)
        if (journal := path.with_name(f"{path.name}-wal")).is_file():  # a plain copy of a database in use has one
            shutil.copyfile(journal, draft.with_name(f"{draft.name}-wal"))
    except PermissionError:
        raise UserError("This file can't be read", where=str(path), mend="Let this user read it.") from None
    try:
        with closing(sqlite3.connect(draft)) as copy:
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            whole = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            version = copy.execute("SELECT version_num FROM alembic_version").fetchone() if tables >= _TABLES else None
    except sqlite3.DatabaseError as error:
        if "not a database" in str(error):
            raise _no_backup(path) from None
        whole, version = False, None
    if not whole:
        raise UserError("This backup is damaged", where=str(path), mend="Use another one; nothing was changed.")
    if version is None or not str(version[0]).isdigit():
        raise _no_backup(path)
    if version[0] > migrate.HEAD:
        raise UserError(
            f"This backup was made by a newer version of Ringround (it is at {version[0]}, this one knows "
            f"{migrate.HEAD})",
            where=str(path),
            mend="Install the newer version first; nothing was changed.",
        )


def _no_backup(path: Path) -> UserError:
    return UserError(
        "This file is not a backup of Ringround",
        where=str(path),
        mend="Backups are made by: ringround backup FILE. Nothing was changed.",
    )


def _take_place(database: Database, path: Path, draft: Path, now: datetime) -> Path | None:
    """Renames the draft to the database's name, after the old one got a second name beside it."""
    database.writer.dispose()
    database.reader.dispose()
    safety = None
    if path.exists():
        safety = path.with_name(f"{path.stem}-before-restore-{now:%Y-%m-%d-%H%M%S}{path.suffix}")
        with _alone(path):
            try:
                safety.hardlink_to(path)
            except OSError:  # not every file system has hard links
                shutil.copy2(path, safety)
            # A damaged database may have left these; next to the restored one they would destroy it.
            for part in ("-wal", "-shm", "-journal"):
                if (beside := path.with_name(path.name + part)).exists():
                    beside.rename(safety.with_name(safety.name + part))
            draft.replace(path)
    else:
        draft.replace(path)
    sync(path.parent)
    return safety


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Makes the present database one single file and keeps everybody else out of it.

    Raises `StoreError` where another program has it open: what that wrote afterwards would be lost.
    """
    with closing(sqlite3.connect(path, isolation_level=None, timeout=2)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise StoreError(
                    "Another program is using the database",
                    where=str(path),
                    mend="Stop the service and close everything else that uses it, then do this again.",
                ) from None
            # It is damaged, which may well be why it is being replaced: it is kept as it is.
        yield


def _fill_server(database: Database, ready: Database, home: Path, clock: Clock) -> Path | None:
    """Empties the tables of a server and fills them, in one transaction; what they held goes into a backup first."""
    safety = None
    with database.reading() as session:
        fresh = migrate.version(session) is None
    if migrate.pending(database):
        migrate.upgrade(database)
    if not fresh:
        safety = home / f"ringround-before-restore-{clock.now():%Y-%m-%d-%H%M%S}.sqlite3"
        backup(database, safety, clock)
    tables = [table.name for table in Base.metadata.sorted_tables]
    with ready.reading() as source, database.writing() as target:
        bulk.change(target, f"TRUNCATE {', '.join(tables)}")
        copy_rows(source, target)
        for table in Base.metadata.sorted_tables:
            if (key := table.autoincrement_column) is not None:
                sequence = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
                bulk.rows(
                    target, f"SELECT setval({sequence}, COALESCE(max({key.name}), 0) + 1, false) FROM {table.name}"
                )
        bulk.change(target, f"ANALYZE {', '.join(tables)}")
    return safety
