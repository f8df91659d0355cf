"""Backs up the whole database into one file while the service runs: always an SQLite file, whatever the database is.

One format means that one way of restoring serves both engines, and that a group can move from one to the other.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select
from sqlmodel import Session

from core.clock import Clock
from core.errors import RingroundError, StoreError, UserError
from store import migrate
from store.database import Database
from store.installation import installation
from store.tables.base import Base

ROWS_AT_ONCE = 1_000


def backup(database: Database, path: Path, clock: Clock, *, overwrite: bool = False) -> None:
    """Writes a copy of the database, as it is at one moment, to the file `path`, which only its owner can read.

    The file appears whole and checked, or not at all. It says of itself when it was made. Raises `UserError` for a
    file that exists (unless `overwrite`) or a folder that can't be used, and `StoreError` where the disk is full or the
    copy does not come out well.
    """
    path = path.absolute()
    if path.is_dir():
        raise UserError("This is a folder: the backup needs the name of a file", where=str(path))
    if path.exists() and not overwrite:
        raise _exists(path)
    with private_folder(path.parent) as folder:
        draft = folder / path.name
        # Taken before the copy begins: whatever is stopped from now on is replayed if this copy is ever restored.
        moment = clock.now()
        if database.path is not None:
            _copy_file(database.path, draft)
        else:
            _copy_server(database, draft)
        _date(draft, moment)
        seal(draft, path)
        _put(draft, path, overwrite=overwrite)


@contextmanager
def private_folder(beside: Path) -> Iterator[Path]:
    """Makes a folder inside `beside` that only its owner can enter, and removes it with all that is in it."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".ringround-", dir=beside))
    except OSError as error:
        raise UserError(
            f"Nothing can be written to this folder: {error.strerror}",
            where=str(beside),
            mend="Choose a folder that exists and that this user may write to.",
        ) from None
    try:
        with _in_plain_words(beside):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seal(file: Path, where: Path) -> None:
    """Makes an SQLite database one single file, checks it through and waits until it is on the disk.

    `where` is what an error names. Raises `StoreError` for a damaged file.
    """
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        found = connection.execute("PRAGMA integrity_check").fetchone()
    if found != ("ok",):
        raise StoreError("The copy of the database is damaged, so it was thrown away", where=str(where))
    file.chmod(0o600)
    sync(file)


def sync(file: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy_rows(source: Session, target: Session) -> None:
    """Copies every row of every table, a thousand at a time; the target's tables must be empty."""
    for table in Base.metadata.sorted_tables:
        found = source.execute(select(table), execution_options={"yield_per": ROWS_AT_ONCE}).mappings()
        for rows in found.partitions():
            target.execute(insert(table), [dict(row) for row in rows])


def _copy_file(database: Path, draft: Path) -> None:
    draft.touch(mode=0o600, exist_ok=False)
    # `query_only`, which our readers set, forbids this; it only reads all the same.
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as reader:
        reader.execute("VACUUM INTO ?", (str(draft),))


def _copy_server(database: Database, draft: Path) -> None:
    copy = Database(f"sqlite:///{draft}")
    try:
        migrate.upgrade(copy)
        with database.reading() as source, copy.writing() as target:
            source.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            copy_rows(source, target)
    finally:
        copy.close()


def _date(draft: Path, moment: datetime) -> None:
    copy = Database(f"sqlite:///{draft}")
    try:
        with copy.writing() as session:
            installation(session).backed_up_at = moment
    finally:
        copy.close()


def _put(draft: Path, path: Path, *, overwrite: bool) -> None:
    if not overwrite:
        try:
            path.hardlink_to(draft)  # unlike a rename, this never replaces what somebody else has just written
        except FileExistsError:
            raise _exists(path) from None
        except OSError:  # a memory stick knows no hard links
            draft.rename(path)
    else:
        draft.replace(path)
    with suppress(OSError):  # some file systems can't sync a folder
        sync(path.parent)


def _exists(path: Path) -> UserError:
    return UserError("This file exists already", where=str(path), mend="Choose another name; it was left as it is.")


@contextmanager
def _in_plain_words(folder: Path) -> Iterator[None]:
    """Turns what the disk or SQLite says into what an operator can mend."""
    try:
        yield
    except RingroundError:
        raise
    except sqlite3.Error as error:
        full = "full" in str(error)
        what = "The disk is full" if full else f"The copy could not be made: {error}"
        mend = "Make room on it, or choose another folder." if full else "Run: ringround doctor."
        raise StoreError(what, where=str(folder), mend=mend) from error
    except OSError as error:
        raise StoreError(f"The copy could not be made: {error.strerror}", where=str(folder)) from error
