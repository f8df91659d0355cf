"""What all tables share."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, cast

import uuid_utils
from sqlalchemy import CheckConstraint, ColumnElement, Index, MetaData, literal_column, text
from sqlmodel import SQLModel


class Base(SQLModel):
    """What every table derives from; its constraints have names, which Alembic needs on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_uid() -> str:
    """Makes an outside id: a UUIDv7 as text, so that ids sort by age (RFC 9562)."""
    return str(uuid_utils.uuid7())


def one_of(column: str, choices: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """Limits a text column to `choices`: a CHECK, not a native enum, so that a new state is a small migration."""
    words = ", ".join(f"'{choice}'" for choice in choices)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def known(id_: int | None) -> int:
    """Returns the key of a row that has been written; raises `ValueError` for one that has not."""
    if id_ is None:
        raise ValueError("this row has not been written yet")
    return id_


def index_where(condition: str, name: str, *columns: str) -> Index:
    """Makes an index of the few rows that `condition` holds for; `literally` words it in a query."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


def literally(column: Any, value: StrEnum) -> ColumnElement[bool]:
    """Compares a column with a word of ours written into the statement: only so SQLite uses a partial index."""
    return cast(ColumnElement[bool], column == literal_column(f"'{value}'"))
