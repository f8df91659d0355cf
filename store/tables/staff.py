"""Staff: people with a role."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from core.people import Role
from store.tables.base import Base, one_of


class Staff(Base, table=True):
    """That a person has a role, and since when they may not use it."""

    __table_args__ = (one_of("role", Role),)

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    role: str
    added_at: datetime
    suspended_at: datetime | None = None
