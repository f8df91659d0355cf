"""What came of calls. The call itself is a delivery on the phone channel."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from store.tables.base import Base


class CallOutcome(Base, table=True):
    """What a caller noted after one try to ring somebody."""

    __tablename__ = "call_outcome"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    at: datetime
    by: str
    outcome: str
    note: str = ""
