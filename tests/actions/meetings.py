"""A meeting and its surroundings in a line or two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actions import meetings
from actions.leaving import Surroundings
from actions.meeting_orders import NewMeeting
from channels.base import Channel
from config.settings import Settings
from core.roles import TERMINAL
from core.strategy import Strategy
from store.database import Session
from tests.scheduler.scripted import Scripted

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""Noon on a Monday; the meeting is four weeks later, after the clocks have gone forward."""

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MEETING = "2026-03-30 14:00"


def around(at: datetime = START, *, channels: Sequence[str] = ("email", "sms", "phone"), **more: Any) -> Surroundings:
    """What the actions are handed at a moment."""
    on: dict[str, Channel] = {name: Scripted(name) for name in channels}
    settings = Settings(data_dir=Path("/nowhere"), live=True)
    return Surroundings(settings, on, at, more.pop("strategy", None) or Strategy(**more))


def new(starts: str = MEETING, **more: Any) -> NewMeeting:
    values: dict[str, Any] = {"title": "Spring meeting", "minutes": 90, "place": "The library"}
    return NewMeeting(starts=starts, **(values | more))


def add(session: Session, starts: str = MEETING, at: datetime = START, **more: Any) -> str:
    """Puts a meeting in and returns its id."""
    return meetings.add(session, TERMINAL, new(starts, **more), around(at))[0]
