"""Meetings, what they were before, what goes out for them and when, and who comes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from core.answers import Answer
from core.meetings import MeetingState
from core.notices import Kind
from core.planned import PlannedState
from store.tables.base import Base, index_where, new_uid, one_of


class MeetingFields(Base):
    """What is known of a meeting. `starts` is what the clocks in `zone` show, as ISO 8601 without an offset."""

    title: str
    starts: str
    zone: str
    minutes: int
    place: str = ""
    link: str = ""
    join_phone: str = ""
    access: str = ""
    agenda: str = ""
    state: str = MeetingState.PLANNED
    version: int = 1
    series: str = ""
    why: str = ""
    thanks: str = ""


class Meeting(MeetingFields, table=True):
    """A meeting as it is now. `starts_at` and `ends_at` are worked out from the wall clock, for lists."""

    __table_args__ = (one_of("state", MeetingState),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    group_id: int | None = Field(default=None, foreign_key="people_group.id")
    starts_at: datetime = Field(index=True)
    ends_at: datetime = Field(index=True)
    created_by: str
    created_at: datetime
    changed_at: datetime


class MeetingVersion(MeetingFields, table=True):
    """A meeting as it was in one version: what people were told, and what it moved from."""

    __tablename__ = "meeting_version"
    __table_args__ = (UniqueConstraint("meeting_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    at: datetime


class Planned(Base, table=True):
    """One notice that is to go out for one version of a meeting; whoever makes it first has made it for all.

    `name` says which of its kind it is, `reason` why it was skipped, missed or held. `notice_id` is the notice that
    came of it; a change that nobody had to be told of has none.
    """

    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", PlannedState),
        index_where("state = 'coming'", "ix_planned_coming", "due_at", "id"),
        Index("ix_planned_state_due_at", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    version: int
    kind: str
    name: str
    due_at: datetime
    not_after: datetime
    urgent: bool = False
    every_route: bool = False
    state: str = PlannedState.COMING
    reason: str = ""
    notice_id: int | None = Field(default=None, foreign_key="notice.id", index=True)
    changed_at: datetime


class MeetingAnswer(Base, table=True):
    """What somebody answered to a meeting; never changed, the latest counts. `medium` is how we heard it."""

    __tablename__ = "meeting_answer"
    __table_args__ = (
        one_of("value", Answer),
        Index("ix_meeting_answer_meeting_id", "meeting_id", "person_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    value: str
    medium: str
    at: datetime
