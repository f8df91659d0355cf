"""What people answer to a meeting, and what that stops: whoever answered knows of it, and a no wants no reminder."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from core.answers import Answer
from core.audience import SAID_NO, TOLD_ALREADY
from core.delivery import State
from core.errors import UserError
from core.notices import Kind
from core.people import PHONE
from core.reach import Task
from store import bulk
from store.audience import ANSWERS
from store.settle import stop_ladder
from store.tables import Delivery, MeetingAnswer, Notice, Person, Recipient
from store.tables import Meeting as MeetingRow
from store.tables.base import known

ANSWERED = (Kind.INVITATION, Kind.REMINDER, Kind.CHANGE)
"""Whoever answers knows what these say. A cancellation asks for no answer, so none ends it."""

UNWANTED = (Kind.INVITATION, Kind.REMINDER, Kind.THANKS)
"""What whoever said no does not want; that it moved or is cancelled concerns them all the same."""

_LEFT = frozenset({State.SENDING, State.ACCEPTED, State.UNKNOWN})


def answer(session: Session, row: MeetingRow, person_uid: str, value: Answer, medium: str, now: datetime) -> None:
    """Writes down what somebody answered, the latest counts, and stops what makes no sense any more.

    An answer proves that the person knows the version that they were last told of. What was published of it by now
    stands as reached: no further rung, no call, no task for staff. A no withdraws what has not left, but for the news
    of a newer version. Raises `UserError` for a person who is not on file.
    """
    person = session.exec(select(Person.id).where(Person.uid == person_uid)).first()
    if person is None:
        raise UserError("No such person is on file", where=f"person {person_uid[:40]!r}")
    session.add(MeetingAnswer(meeting_id=known(row.id), person_id=person, value=Answer(value), medium=medium, at=now))
    session.flush()
    version = _known_version(session, row, person)
    wanted = (
        select(Recipient, Notice)
        .join(Notice, col(Notice.id) == Recipient.notice_id)
        .where(Notice.meeting_id == row.id, Recipient.person_id == person)
        .where(col(Notice.kind).in_({*ANSWERED, *UNWANTED}), col(Recipient.left_out).is_(None))
        .order_by(col(Recipient.id))
        .with_for_update(of=Recipient)
        .execution_options(populate_existing=True)
    )
    for recipient, notice in session.exec(wanted).all():
        knows = notice.kind in ANSWERED and (notice.meeting_version or 0) <= version
        _stop(session, recipient, notice, Answer(value), medium, now, knows=knows)
    session.flush()


def _stop(
    session: Session, recipient: Recipient, notice: Notice, value: Answer, medium: str, now: datetime, *, knows: bool
) -> None:
    """Stops what an answer has made pointless for one recipient, unless that has been told already."""
    rungs = session.exec(
        select(Delivery).where(Delivery.recipient_id == recipient.id).execution_options(populate_existing=True)
    ).all()
    if recipient.task == Task.TOLD or any(rung.state == State.DELIVERED for rung in rungs):
        return
    refused = value is Answer.NO and notice.kind in UNWANTED
    if knows and (not refused or any(rung.state in _LEFT and rung.channel != PHONE for rung in rungs)):
        stop_ladder(session, recipient, TOLD_ALREADY, now, calls_only=notice.all_routes)
        recipient.task, recipient.task_reason = Task.TOLD, None
        recipient.task_by, recipient.task_note = medium, f"answered {value}"
    elif refused:
        stop_ladder(session, recipient, SAID_NO, now)
        recipient.left_out = SAID_NO
    session.flush()


_TOLD = """
SELECT MAX(t.meeting_version) FROM notice t JOIN recipient w ON w.notice_id = t.id
     LEFT JOIN delivery x ON x.recipient_id = w.id
WHERE t.meeting_id = ? AND w.person_id = ?
      AND (w.task = 'told' OR x.state = 'delivered' OR (x.state = 'accepted' AND x.channel <> 'phone'))
"""


def _known_version(session: Session, row: MeetingRow, person: int) -> int:
    """Returns the version that somebody who answers has in mind at most: the newest one that they were told of.

    Stricter than `store.told`, where whoever may have heard counts: a doubt must not end the news of a change. Where
    there is one version only, the answer is to that one, however the person heard of it.
    """
    told = bulk.rows(session, _TOLD, (row.id, person))[0][0]
    return 1 if row.version == 1 else int(told or 0)


def answers(session: Session, meeting_id: int) -> dict[int, Answer]:
    """Returns the latest answer of everybody who answered, by the person's key."""
    return {person: Answer(value) for person, value in bulk.rows(session, ANSWERS, (meeting_id,))}
