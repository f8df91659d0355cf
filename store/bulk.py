"""Statements that run for many rows at once, straight on the driver.

Making a message costs more than sending it, and a row through the ORM more than either: the outbox and the fan-out go
this way, with tuples and constant SQL. Everything else uses SQLModel.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

Rows = Sequence[tuple[Any, ...]]


def postgres(session: Session) -> bool:
    """Tells whether a session speaks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def stamp(session: Session, moment: datetime) -> Any:
    """Writes an aware UTC moment as the driver wants it, the same way SQLModel's own columns are written."""
    return moment if postgres(session) else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def day(value: Any) -> date | None:
    """Reads a date as the driver gives it: SQLite knows only text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def rows(session: Session, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Runs one statement, `?` for values, and returns its rows."""
    return list(_run(session, sql, values).all())


def change(session: Session, sql: str, values: tuple[Any, ...] = ()) -> int:
    """Runs one statement, `?` for values, and returns how many rows it changed."""
    return int(_run(session, sql, values).rowcount)


def change_many(session: Session, sql: str, values: Rows) -> int:
    """Runs one statement once for each tuple, and returns how many rows were changed altogether."""
    return int(_run(session, sql, list(values)).rowcount) if values else 0


def _run(session: Session, sql: str, values: Any) -> Any:
    if postgres(session):
        sql = sql.replace("?", "%s")
    return session.connection().exec_driver_sql(sql, values)
