"""The database: one writer at a time on SQLite, several on PostgreSQL, and every write one transaction.

The store's functions are plain and synchronous: each takes a session and never commits. `Database.write` runs one in
a thread of its own with a transaction around it, so an `async` caller never blocks the loop, and a caller that is
cancelled can't leave a transaction half-way: the thread finishes it. The terminal uses `writing` and `reading`.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from core.errors import ConfigError, StoreError
from store.stop_log import StopLog

__all__ = ["Database", "Session"]  # other rooms take Session from here: SQLModel stays in this one

P = ParamSpec("P")
R = TypeVar("R")

BUSY_SECONDS = 10


class Database:
    """The tables, on SQLite or PostgreSQL. `url` is a SQLAlchemy address (`sqlite:///…`, `postgresql://…`).

    Raises `ConfigError` for an address that names neither, and `StoreError` from every call where the database is
    locked, read-only, full, damaged or away.
    """

    def __init__(self, url: str, stop_log: StopLog | None = None) -> None:
        self.stop_log = stop_log
        try:
            address = make_url(url)
        except SQLAlchemyError:
            raise ConfigError("RINGROUND_DATABASE_URL is not a database address") from None
        backend = address.get_backend_name()
        if backend == "sqlite" and address.database not in (None, "", ":memory:"):
            self.path: Path | None = Path(address.database)
            self.writer, self.reader = _sqlite(self.path, reading=False), _sqlite(self.path, reading=True)
        elif backend == "postgresql":
            self.path = None
            try:
                self.writer = create_engine(
                    address.set(drivername="postgresql+psycopg"),
                    hide_parameters=True,
                    pool_size=5,
                    max_overflow=5,
                    pool_pre_ping=True,
                )
            except ModuleNotFoundError:
                raise ConfigError(
                    "PostgreSQL needs one more package", mend="Install it: pip install 'ringround[postgres]'."
                ) from None
            self.reader = self.writer
        else:
            raise ConfigError("RINGROUND_DATABASE_URL must begin with sqlite:/// (and name a file) or postgresql://")
        self.listeners: list[Callable[[], None]] = []
        """Called in whatever thread has just committed a write."""
        self._threads = ThreadPoolExecutor(1 if self.is_sqlite else 4, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="reader")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.path is not None

    @contextmanager
    def writing(self, *, silently: bool = False) -> Iterator[Session]:
        """Gives a session in one transaction: committed at the end, undone on any error.

        Stops that the transaction makes are on the disk, outside the database, before it commits. `silently` does not
        tell the listeners.
        """
        with _in_plain_words(self.path), Session(self.writer, expire_on_commit=False) as session, session.begin():
            yield session
            session.flush()
            if self.stop_log and (stops := session.info.pop("stops", [])):
                self.stop_log.append(stops)
        if not silently:
            for listener in self.listeners:
                listener()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Gives a session that sees one moment and changes nothing."""
        with _in_plain_words(self.path), Session(self.reader, expire_on_commit=False) as session:
            yield session
            session.rollback()

    async def write(self, do: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs `do(session, …)` in a writer thread, as one transaction, and returns what it returns."""
        return await self._in_thread(lambda session: do(session, *args, **kwargs), silently=False)

    async def write_silently(self, do: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Does what `write` does without telling the listeners: for the dispatcher, which knows what it has done."""
        return await self._in_thread(lambda session: do(session, *args, **kwargs), silently=True)

    async def _in_thread(self, do: Callable[[Session], R], *, silently: bool) -> R:
        def work() -> R:
            with self.writing(silently=silently) as session:
                return do(session)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def read(self, do: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs `do(session, …)` in a reader thread and returns what it returns."""

        def work() -> R:
            with self.reading() as session:
                return do(session, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def read_version(self) -> object:
        """Returns a value that changes when another process has committed a write."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._version)

    def _version(self) -> object:
        # SQLite tells each connection what all the others did; this process writes through this one alone.
        asked = "PRAGMA data_version" if self.is_sqlite else "SELECT pg_current_wal_lsn()::text"
        try:
            with closing(self.writer.raw_connection()) as connection:
                cursor = connection.cursor()
                cursor.execute(asked)
                return cursor.fetchone()
        except Exception as error:  # beneath SQLAlchemy each driver has errors of its own
            raise StoreError("The database does not answer", where=_place(self.path)) from error

    def close(self) -> None:
        """Waits for what is being written, then closes every connection."""
        self._threads.shutdown()
        self._readers.shutdown()
        self.writer.dispose()
        self.reader.dispose()


def _sqlite(path: Path, *, reading: bool) -> Engine:
    """Makes an engine with the settings that our promises stand on.

    A transaction that reads and then writes fails at once under contention whatever the busy timeout, so writers
    begin immediately. `synchronous=FULL`: a claim that is lost with the power would be sent twice.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        hide_parameters=True,
        pool_size=2 if reading else 1,
        max_overflow=2 if reading else 0,
        pool_timeout=60,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: Any) -> None:
        with suppress(PermissionError):  # somebody else's file, which we may write all the same
            path.chmod(0o600)  # before the journal is made, which takes over the file's mode
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        if reading:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cache_size = -512")  # KiB; a reader looks once and goes
        elif connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def _in_plain_words(path: Path | None) -> Iterator[None]:
    """Turns what a database driver says into what an operator can mend."""
    try:
        yield
    except DBAPIError as error:
        if explained := _explained(error, path):
            raise explained from error
        raise
    except PoolTimeout as error:
        mend = "Close the other program, or try again in a minute."
        raise StoreError("The database did not answer in time", where=_place(path), mend=mend) from error


_SIGNS = (
    ("locked", "The database is locked by another program", "Close the other program, or try again in a minute."),
    (
        "readonly|read-only",
        "The database can't be written to",
        "Give this user the right to write to the file and its folder.",
    ),
    (
        "disk is full|no space left|disk i/o",
        "The disk that holds the database is full or failing",
        "Make room on it; what was written before is safe.",
    ),
    (
        "unable to open",
        "The database file can't be opened",
        "Check that the folder exists and this user may use it.",
    ),
    ("not a database", "The database file is not a database", "Restore a backup: ringround restore FILE."),
    ("malformed", "The database file is damaged", "Restore a backup: ringround restore FILE."),
    (
        "authentication failed|no password supplied|role .* does not exist",
        "The database server refuses the user name or the password",
        "Check RINGROUND_DATABASE_URL.",
    ),
    (
        "database .* does not exist",
        "The database server has no database of this name",
        "Make it (createdb), or check RINGROUND_DATABASE_URL.",
    ),
    (
        "no such table|relation .* does not exist",
        "The database has no tables yet",
        "Run: ringround init.",
    ),
    (
        "connection|starting up|shutting down|too many clients",
        "The database server does not answer",
        "Check RINGROUND_DATABASE_URL and that the server runs.",
    ),
)
"""What the drivers say, in their own words, and what that means."""


def _explained(error: DBAPIError, path: Path | None) -> StoreError | None:
    """Finds the plain words for a trouble of the surroundings; None for a fault in our own statements."""
    if isinstance(error, IntegrityError):
        return None
    said = str(error.orig).lower()
    found = next(((what, mend) for sign, what, mend in _SIGNS if re.search(sign, said)), None)
    return StoreError(found[0], where=_place(path), mend=found[1]) if found else None


def _place(path: Path | None) -> str:
    return str(path) if path else "the PostgreSQL server"
