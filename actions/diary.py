"""Meetings on file: which there are, and all that is known of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from core.answers import Answer
from core.meetings import Meeting
from core.people import Role
from core.roles import Actor
from store import answers as said
from store import meetings
from store.database import Session
from store.tables.base import known


@dataclass(frozen=True, slots=True)
class Page:
    """All that is known of a meeting. `versions` are what it was, the first one first, each with when it was made
    (aware UTC); `answers` count people by the last thing they said.
    """

    meeting: Meeting
    versions: list[tuple[datetime, Meeting]]
    answers: Counter[Answer]


def listing(session: Session, actor: Actor, *, since: datetime | None = None, limit: int = 200) -> list[Meeting]:
    """Lists meetings that end after `since` (all, where it is None) in the order in which they start."""
    actor.must_be(Role.VIEWER, "see meetings")
    return [meetings.meeting_of(session, row) for row in meetings.listing(session, since=since, limit=limit)]


def show(session: Session, actor: Actor, id_: str) -> Page:
    """Shows a meeting by its id or the beginning of it; raises `UserError` where there is none."""
    actor.must_be(Role.VIEWER, "see meetings")
    row = meetings.find(session, id_)
    answers = Counter(said.answers(session, known(row.id)).values())
    return Page(meetings.meeting_of(session, row), meetings.history(session, row), answers)
