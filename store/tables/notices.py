"""Notices, and the people each is meant for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from core.delivery import DuplicatePolicy
from core.notices import Kind, NoticeState, Whom
from core.reach import Task
from store.tables.base import Base, index_where, new_uid, one_of


class Notice(Base, table=True):
    """One thing to tell an audience.

    `cursor` is the last person written down while the notice spreads over its audience, `people` how many are, and
    `spread_at` when the last page was.

    `meeting_id` and `meeting_version` say which version of which meeting it is about, and `known_version` which one
    those know whom a change is for. Without `calls` nobody is rung for it; with `all_routes` it goes by every route of
    a person at once. `person_id` is the one person who is meant and `route_id` the only way to use for them; `after_id`
    the notice whose people are meant.
    """

    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", NoticeState),
        one_of("policy", DuplicatePolicy),
        one_of("audience", Whom),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    key: str = Field(unique=True)
    kind: str
    state: str = NoticeState.OPEN
    text: str | None
    """Empty only after it was erased by schedule."""
    subject: str
    sms_text: str | None
    language: str
    format: str
    purpose: str
    policy: str
    group_id: int | None = Field(default=None, foreign_key="people_group.id")
    staff_only: bool = False
    rehearsal: bool = False
    urgent: bool = False
    unfit: str = "person"
    person_id: int | None = Field(default=None, foreign_key="person.id")
    route_id: int | None = Field(default=None, foreign_key="route.id")
    after_id: int | None = Field(default=None, foreign_key="notice.id")
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id", index=True)
    meeting_version: int | None = None
    known_version: int | None = None
    audience: str = Whom.EVERYONE
    calls: bool = True
    all_routes: bool = False
    not_before: datetime
    not_after: datetime
    cursor: int = 0
    people: int = 0
    spread_at: datetime | None = Field(default=None, index=True)
    created_at: datetime
    created_by: str


class Attachment(Base, table=True):
    """The picture or document that goes along with a notice."""

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    name: str
    media_type: str
    description: str
    data: bytes


class Recipient(Base, table=True):
    """One person on one notice: exactly one row, whatever groups they are in.

    `left_out` says why nothing is sent on purpose; `task` how far staff are with someone whom no machine reaches, and
    `task_reason` why. `task_by` and `task_note` are filled when staff settle it.
    """

    __table_args__ = (
        one_of("task", Task),
        UniqueConstraint("notice_id", "person_id"),
        Index("ix_recipient_person_id", "person_id"),
        index_where("task = 'open'", "ix_recipient_open", "notice_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id")
    person_id: int = Field(foreign_key="person.id")
    left_out: str | None = None
    task: str | None = None
    task_reason: str | None = None
    task_by: str | None = None
    task_note: str | None = None
