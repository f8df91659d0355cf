"""Writes down who did what: ids and numbers only, never an address, a name or a text."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from core.roles import Actor
from store.tables import Audit


def note(session: Session, actor: Actor, action: str, subject: str, detail: str, now: datetime) -> None:
    """Adds one line. `subject` is an outside id, or empty; `detail` holds numbers and words of ours."""
    session.add(Audit(at=now, actor=actor.name, action=action, subject=subject, detail=detail))
