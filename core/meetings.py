"""A meeting: a date the group meets. Its version goes up when its time, place or state changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.calendar import instant


class MeetingState(StrEnum):
    """Whether a meeting is still to be held."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What is known of a meeting.

    `starts` is the wall-clock time in `zone` (an IANA name), without an offset: what people put in their diaries.
    `minutes` is its length. `version` counts from 1. `series` is the id that the dates of a series share, or empty.
    `why` says why it was cancelled. `thanks` is what a coordinator wrote for the day after, or empty.
    """

    id: str
    title: str
    starts: datetime
    zone: str
    minutes: int
    place: str = ""
    link: str = ""
    join_phone: str = ""
    access: str = ""
    agenda: str = ""
    group: str | None = None
    state: MeetingState = MeetingState.PLANNED
    version: int = 1
    series: str = ""
    why: str = ""
    thanks: str = ""

    @property
    def starts_at(self) -> datetime:
        """The moment it starts, as aware UTC (a local time that does not exist counts as the later one)."""
        return instant(self.starts, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The moment it ends, as aware UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)
