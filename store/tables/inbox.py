"""What people wrote to us, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from core.inbox import InboxState, Why
from store.tables.base import Base, index_where, new_uid, one_of


class InboxItem(Base, table=True):
    """Something that somebody wrote, in the order we heard it, with its context.

    `sender` is the address that it came from (empty once erased), `person_id` and `route_id` whose it is where that is
    known. `delivery_id` is what they were told last on that route. `notice_id` is our latest answer. `pinned` is for
    what nobody may overlook. `asked` is what we asked back, as JSON, so that a number that comes next is understood;
    `honest` says that the sender was told that nobody may read it for hours.
    """

    __tablename__ = "inbox_item"
    __table_args__ = (
        one_of("why", Why),
        one_of("state", InboxState),
        UniqueConstraint("provider", "ref"),
        index_where("state IN ('open', 'taken')", "ix_inbox_item_open", "pinned", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    at: datetime
    provider: str
    ref: str
    sender: str = ""
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    route_id: int | None = Field(default=None, foreign_key="route.id")
    delivery_id: int | None = Field(default=None, foreign_key="delivery.id")
    text: str | None
    """Empty only after it was erased."""
    why: str
    pinned: bool = False
    asked: str = ""
    honest: bool = False
    state: str = InboxState.OPEN
    taken_by: str = ""
    taken_at: datetime | None = None
    notice_id: int | None = Field(default=None, foreign_key="notice.id")
