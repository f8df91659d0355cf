"""How far we have read what others keep for us."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from store.tables.base import Base


class Bookmark(Base, table=True):
    """How far a provider's list or a mailbox has been read; `value` is in the words of whoever is read."""

    name: str = Field(primary_key=True)
    value: str
    at: datetime
