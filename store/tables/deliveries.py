"""Deliveries, the attempts at them, and all that was said about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from core.delivery import State
from core.receipts import Outcome
from store.tables.base import Base, index_where, new_uid, one_of


class Delivery(Base, table=True):
    """One rung of a recipient's ladder: one route, tried until it is settled.

    `token` belongs to the attempt under way (or to the last one), `lease_until` says when it is given up; in `unknown`
    it says when to look again. `attempts` numbers the attempts, `tries` counts those that were spent (an attempt that
    failed by our own fault is given back), `crashes` those that ended without any outcome, `looks` how often the
    provider said that it knows nothing of it. `notice_id` repeats the recipient's, so that a claim and a cancellation
    need no join.
    """

    __table_args__ = (
        one_of("state", State),
        UniqueConstraint("recipient_id", "route_id"),
        Index("ix_delivery_notice", "notice_id", "state", "channel"),  # how far a notice has come is read from it alone
        index_where("state = 'queued'", "ix_delivery_due", "channel", "urgent", "not_before", "id"),
        index_where("state IN ('sending', 'unknown')", "ix_delivery_under_way", "lease_until"),
        index_where("state = 'accepted' AND channel = 'phone'", "ix_delivery_calls", "id"),
        index_where("state = 'review'", "ix_delivery_review", "changed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    recipient_id: int = Field(foreign_key="recipient.id")
    notice_id: int = Field(foreign_key="notice.id")
    route_id: int = Field(foreign_key="route.id", index=True)
    channel: str
    state: str = State.QUEUED
    reason: str = ""
    urgent: int = 1
    """0 goes before 1."""
    not_before: datetime
    not_after: datetime
    attempts: int = 0
    tries: int = 0
    crashes: int = 0
    looks: int = 0
    token: str | None = None
    lease_until: datetime | None = None
    changed_at: datetime


class Attempt(Base, table=True):
    """One contact with a provider. No outcome means that nothing is known of it yet."""

    __table_args__ = (
        one_of("outcome", Outcome),
        UniqueConstraint("delivery_id", "n"),
    )

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id")
    n: int
    token: str
    lease_until: datetime
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    provider_ref: str | None = None


class Event(Base, table=True):
    """Something that was said about a delivery, in the order we heard it; never changed.

    `provider` and `ref` are as in a receipt; a repeat of the same statement is absorbed by the unique row. `by` names
    a member of staff where a person said it.
    """

    __table_args__ = (UniqueConstraint("provider", "ref", "status"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    state: str
    provider: str
    ref: str | None
    status: str
    reason: str = ""
    by: str = ""


class StrayReceipt(Base, table=True):
    """A receipt that matches nothing yet: applied when its reference is committed, else kept for staff."""

    __tablename__ = "stray_receipt"
    __table_args__ = (UniqueConstraint("provider", "ref", "status"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    provider: str
    ref: str
    status: str
    receipt: str
    """The receipt as JSON."""
