"""What came of calls, and who has which call in hand. The call itself is a delivery on the phone channel."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from store.tables.base import Base


class CallOutcome(Base, table=True):
    """What a caller noted after one try to ring somebody.

    `token` is the lease's that it was noted under, or names the row of the sheet that it came back in: the same twice
    is one try.
    """

    __tablename__ = "call_outcome"

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    at: datetime = Field(index=True)
    by: str
    outcome: str
    note: str = ""
    token: str | None = Field(default=None, unique=True)


class CallLease(Base, table=True):
    """That somebody has a call in hand until a time: on the screen for minutes, on paper for as long as agreed.

    `by` is the caller's outside id; on paper it may be the name of somebody who is not on the staff.
    """

    __tablename__ = "call_lease"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    token: str
    by: str = Field(index=True)
    until: datetime
    paper: bool = False


class CallBack(Base, table=True):
    """That a person asked to be rung at a time, by the same caller (`by`, an outside id) or by anyone (empty)."""

    __tablename__ = "call_back"

    delivery_id: int = Field(foreign_key="delivery.id", primary_key=True)
    at: datetime
    by: str = ""
