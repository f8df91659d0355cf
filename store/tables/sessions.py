"""Log-ins to the web pages."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from store.tables.base import Base


class WebSession(Base, table=True):
    """That a member of staff is logged in on some device; only the hash of the cookie's token is kept."""

    __tablename__ = "web_session"

    hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    made_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
