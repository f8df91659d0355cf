"""What is true of the installation as a whole."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from store.tables import Installation


def installation(session: Session) -> Installation:
    """Returns the one row about this installation, made if it is not there."""
    found = session.get(Installation, 1)
    if found is None:
        found = Installation()
        session.add(found)
    return found


def live_since(session: Session) -> datetime | None:
    """Returns since when messages really go to everybody, or None in rehearsal."""
    found = session.get(Installation, 1)
    return found.live_since if found else None
