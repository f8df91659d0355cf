"""How far we have read what others keep for us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from store.tables import Bookmark

_AT_ONCE = 500
"""Names in one statement: SQLite takes a limited number of values."""


def bookmarks(session: Session, begin: str) -> dict[str, str]:
    """Returns the bookmarks whose names begin so, by the rest of their names."""
    found = session.exec(
        select(Bookmark.name, Bookmark.value).where(col(Bookmark.name).startswith(begin, autoescape=True))
    )
    return {name[len(begin) :]: value for name, value in found if name.startswith(begin)}  # SQLite ignores the case


def remember(session: Session, begin: str, values: Mapping[str, str], now: datetime) -> None:
    """Writes bookmarks down, by the rest of their names, in the place of older ones."""
    forget(session, begin, values)
    if rows := [{"name": begin + rest, "value": value, "at": now} for rest, value in values.items()]:
        session.execute(insert(Bookmark), rows)


def forget(session: Session, begin: str, rests: Iterable[str]) -> None:
    """Takes bookmarks out again."""
    names = [begin + rest for rest in rests]
    for first in range(0, len(names), _AT_ONCE):
        session.execute(delete(Bookmark).where(col(Bookmark.name).in_(names[first : first + _AT_ONCE])))
