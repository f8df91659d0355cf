"""The chat door: who is invited into it, what is under way in it, and what it shows."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from core.chats import InvitePurpose, ProposalState, RequestState
from store.tables.base import Base, new_uid, one_of


class Invite(Base, table=True):
    """A link or a short code that was given to one person; only its hash is kept. `used_at` ends it."""

    __table_args__ = (one_of("purpose", InvitePurpose),)

    hash: str = Field(primary_key=True)
    purpose: str
    person_id: int = Field(foreign_key="person.id", index=True)
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class JoinRequest(Base, table=True):
    """A stranger in the chat who would like to be told things; `told` once coordinators know of it."""

    __tablename__ = "join_request"
    __table_args__ = (one_of("state", RequestState),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    chat: str = Field(unique=True)
    name: str
    at: datetime
    state: str = RequestState.OPEN
    told: bool = False
    person_id: int | None = Field(default=None, foreign_key="person.id")
    settled_by: str = ""


class Conversation(Base, table=True):
    """What is under way in one chat: which conversation, at which step, and what was gathered (JSON).

    `name` is empty where there is none. `offered` is the message (JSON: its id, and pairs of label and data) that
    showed buttons last: whoever types a label presses it.
    """

    chat: str = Field(primary_key=True)
    name: str = ""
    step: str = ""
    data: str = "{}"
    offered: str = ""
    at: datetime


class GroupChat(Base, table=True):
    """A chat of several people that an admin linked: it sees numbers only."""

    __tablename__ = "group_chat"

    chat: str = Field(primary_key=True)
    title: str
    linked_by: str
    linked_at: datetime


class ProgressCard(Base, table=True):
    """The message in a coordinator's chat that shows how a notice comes along; `done` once its result was told."""

    __tablename__ = "progress_card"

    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    chat: str
    message: int
    shown: str = ""
    done: bool = False


class DraftFile(Base, table=True):
    """A picture or document that is to go along with a notice which is still being written in a chat."""

    __tablename__ = "draft_file"

    uid: str = Field(default_factory=new_uid, primary_key=True)
    name: str
    media_type: str
    description: str
    data: bytes
    at: datetime = Field(index=True)


class Proposal(Base, table=True):
    """A notice to many people that waits for a second coordinator; `draft` is all of it as JSON."""

    __table_args__ = (one_of("state", ProposalState),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    draft: str
    people: int
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    state: str = ProposalState.OPEN
    settled_by: str = ""
    notice_id: int | None = Field(default=None, foreign_key="notice.id")
