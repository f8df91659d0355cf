"""Statements that run for many rows at once, straight on the driver.

Making a message costs more than sending it, and a row through the ORM more than either: the outbox and the fan-out go
this way. The rows travel as one JSON value (`table`), so that a batch is one statement in the database's own code: on
SQLite that leaves Python free to send meanwhile, where a loop of small statements fights with it for the interpreter.
Everything else uses SQLModel.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session


def postgres(session: Session) -> bool:
    """Tells whether a session speaks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def stamp(session: Session, moment: datetime) -> Any:
    """Writes an aware UTC moment as the driver wants it, the same way SQLModel's own columns are written."""
    return moment if postgres(session) else moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def day(value: Any) -> date | None:
    """Reads a date as the driver gives it: SQLite knows only text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def table(session: Session, columns: Mapping[str, type[int] | type[str]]) -> str:
    """Returns what stands in a FROM clause for a value made by `packed`: a table named `v` with these columns."""
    if postgres(session):
        types = {int: "bigint", str: "text"}
        read = ", ".join(f"(j ->> {i})::{types[kind]} AS {name}" for i, (name, kind) in enumerate(columns.items()))
        return f"(SELECT {read} FROM jsonb_array_elements(CAST(? AS jsonb)) j) v"
    read = ", ".join(f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(columns))
    return f"(SELECT {read} FROM json_each(?)) v"


def packed(values: Iterable[Sequence[int | str | None]]) -> str:
    """Writes rows as the one value that `table` reads."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def rows(session: Session, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Runs one statement, `?` for values, and returns its rows."""
    return list(_run(session, sql, values).all())


def fetch(session: Session, columns: Sequence[str], sql: str, values: tuple[Any, ...] = ()) -> list[list[Any]]:
    """Runs one statement whose columns are named, and returns its rows as numbers, text and None.

    They come as one JSON value, for the same reason as in `table`: row by row, the thread that reads would fight for
    the interpreter with the one that sends. Moments and dates come as text, so compare them in the statement.
    """
    names = ", ".join(f"q.{name}" for name in columns)
    if postgres(session):
        made = f"SELECT json_agg(json_build_array({names}))::text FROM ({sql}) q"
    else:
        made = f"SELECT json_group_array(json_array({names})) FROM ({sql}) q"
    found = _run(session, made, values).scalar()
    return json.loads(found) if found else []


def change(session: Session, sql: str, values: tuple[Any, ...] = ()) -> int:
    """Runs one statement, `?` for values, and returns how many rows it changed."""
    return int(_run(session, sql, values).rowcount)


def _run(session: Session, sql: str, values: Any) -> Any:
    if postgres(session):
        sql = sql.replace("?", "%s")
    return session.connection().exec_driver_sql(sql, values)
