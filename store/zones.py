"""The time zones that people live in."""

from __future__ import annotations

from sqlmodel import Session

from store import bulk


def zones_in_use(session: Session) -> set[str]:
    """Returns the names of the zones that people on file have named."""
    return {row[0] for row in bulk.rows(session, "SELECT DISTINCT timezone FROM person WHERE timezone <> ''")}
