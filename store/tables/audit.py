"""Who did what, and what is true of the installation as a whole."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from store.tables.base import Base


class Audit(Base, table=True):
    """One thing that somebody did: ids and numbers only, never an address or a text."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str = ""


class Installation(Base, table=True):
    """The one row about this installation."""

    id: int = Field(default=1, primary_key=True)
    live_since: datetime | None = None
    backed_up_at: datetime | None = None


class ProviderPause(Base, table=True):
    """That a provider is not used for now, and why; there is no row while all is well."""

    __tablename__ = "provider_pause"

    channel: str = Field(primary_key=True)
    since: datetime
    reason: str
