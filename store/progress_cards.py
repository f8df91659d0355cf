"""The messages in coordinators' chats that show how their notices come along."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session, col, select

from core.delivery import State
from core.people import PHONE
from store import bulk
from store.overview import WAITING
from store.tables import Notice, ProgressCard
from store.tables.base import known


class Card(NamedTuple):
    """A message that follows a notice; `shown` is what stands in it now."""

    id: int
    notice: str
    chat: str
    message: int
    shown: str


class Tally(NamedTuple):
    """How far a notice has come. `sent` counts messages that left by machine, of which `arrived` are known to have;
    `to_ring` are calls that nobody has made yet; `spread` says that `people` is the last word.
    """

    spread: bool
    people: int
    sent: int
    arrived: int
    to_ring: int
    waiting: int


def follow(session: Session, notice: str, chat: str, message: int) -> None:
    """Has a message follow a notice, in the place of any other in the same chat."""
    key = session.exec(select(Notice.id).where(Notice.uid == notice)).one()
    query = select(ProgressCard).where(ProgressCard.notice_id == key, ProgressCard.chat == chat)
    row = session.exec(query).first() or ProgressCard(notice_id=known(key), chat=chat, message=message)
    row.message, row.shown, row.done = message, "", False
    session.add(row)
    session.flush()


def following(session: Session) -> list[Card]:
    """Lists the messages whose notice has not come to its end, oldest first."""
    query = (
        select(ProgressCard, Notice.uid)
        .join(Notice, col(Notice.id) == ProgressCard.notice_id)
        .where(col(ProgressCard.done).is_(False))
        .order_by(col(ProgressCard.id))
    )
    return [Card(known(row.id), uid, row.chat, row.message, row.shown) for row, uid in session.exec(query)]


def show(session: Session, card: int, shown: str, *, done: bool = False) -> None:
    """Writes down what stands in a message now; `done` ends its following."""
    row = session.get_one(ProgressCard, card)
    row.shown, row.done = shown, done
    session.flush()


def forget(session: Session, notice: Notice, chat: str) -> None:
    """Ends the following of a notice in one chat."""
    query = select(ProgressCard).where(ProgressCard.notice_id == notice.id, ProgressCard.chat == chat)
    for row in session.exec(query):
        row.done = True
    session.flush()


def tally(session: Session, notice: Notice) -> Tally:
    """Counts how far a notice has come: quick enough to ask every second."""
    sent = arrived = ring = waiting = 0
    rows = bulk.rows(
        session, "SELECT channel, state, count(*) FROM delivery WHERE notice_id = ? GROUP BY 1, 2", (notice.id,)
    )
    for channel, state, count in rows:
        if state in WAITING:
            waiting += count
        elif (channel, state) == (PHONE, State.ACCEPTED):
            ring += count
        elif state == State.DELIVERED:
            arrived += count
        elif state == State.ACCEPTED:
            sent += count
    return Tally(notice.spread_at is not None, notice.people, sent + arrived, arrived, ring, waiting)
