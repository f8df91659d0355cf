"""Whom a notice has not reached yet, and what is known of what comes next for each."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select as select_many  # SQLModel's is typed for four columns at most
from sqlmodel import Session, and_, col, exists, func, or_, select

from core.delivery import State
from core.people import PHONE
from core.reach import Task
from store.tables import Delivery, Notice, Person, Recipient


class Behind(NamedTuple):
    """Somebody who is still to be reached. `task` and `reason` are the staff's, or of the last delivery.

    `channel` and `state` are the last delivery's, `due` when it may leave (aware UTC); None where there is none. `zone`
    is empty for the group's own.
    """

    name: str
    zone: str
    task: Task | None
    reason: str
    channel: str
    state: State | None
    due: datetime | None


def behind(session: Session, notice: Notice, limit: int) -> tuple[list[Behind], int]:
    """Names those who are still to be reached, first those for whom nothing happens by itself; and counts them all.

    Whoever was sent something on a channel that gives no proof is not among them, nor who is left out on purpose.
    """
    last = (
        select(func.max(Delivery.id)).where(col(Delivery.recipient_id) == col(Recipient.id)).correlate(Recipient)
    ).scalar_subquery()
    proved = exists().where(
        and_(col(Delivery.recipient_id) == col(Recipient.id), col(Delivery.state) == State.DELIVERED)
    )
    sent = and_(col(Delivery.state) == State.ACCEPTED, col(Delivery.channel) != PHONE)
    wanted = (
        select_many(
            col(Person.name),
            col(Person.timezone),
            col(Recipient.task),
            func.coalesce(Recipient.task_reason, Delivery.reason, ""),
            col(Delivery.channel),
            col(Delivery.state),
            col(Delivery.not_before),
            func.count().over(),
        )
        .select_from(Recipient)
        .join(Person, col(Person.id) == col(Recipient.person_id))
        .join(Delivery, col(Delivery.id) == last, isouter=True)
        .where(
            col(Recipient.notice_id) == notice.id,
            col(Recipient.left_out).is_(None),
            func.coalesce(Recipient.task, "") != Task.TOLD,
            ~proved.correlate(Recipient),
            or_(col(Recipient.task).is_not(None), col(Delivery.id).is_(None), ~sent),
        )
        .order_by(col(Recipient.task).is_(None), col(Delivery.channel) != PHONE, col(Person.name))
        .limit(limit)
    )
    rows = session.execute(wanted).all()
    found = [
        Behind(name, zone, Task(task) if task else None, reason, channel or "", State(state) if state else None, due)
        for name, zone, task, reason, channel, state, due, _ in rows
    ]
    return found, rows[0][-1] if rows else 0
