"""The call list, and what came of each call. The call itself is a delivery on the phone channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, select

from core.audience import SAID_NO, reason_to_leave_out
from core.calls import UNANSWERED, CallResult, after_call
from core.content import Content
from core.delivery import State
from core.errors import UserError
from core.notices import NoticeState
from core.people import PHONE
from core.reach import Task
from core.receipts import Outcome, Receipt
from store.notices import content_of, find_notice
from store.routes import for_whom
from store.settle import Ways, apply_move, locked, note_said
from store.tables import CallOutcome, Delivery, Meeting, Notice, Person, Recipient, Route
from store.tables.base import known

SAME_TAP = timedelta(minutes=1)
"""The same result from the same caller within this time is one call that was noted twice."""


@dataclass(frozen=True, slots=True)
class Call:
    """One person to ring. `id` is the delivery's, `for_whom` is set where somebody else may answer.

    `why` is the notice's subject and `content` its words, both still with their placeholders. `tries` counts what was
    noted so far and `last` is the latest of it (empty where nobody has rung yet).
    """

    id: str
    person: str
    name: str
    called: str
    number: str
    held_by: str
    for_whom: str | None
    notice: str
    why: str
    content: Content
    not_after: datetime
    tries: int
    last: str
    language: str
    format: str
    support: str
    notes: str


def open_calls(session: Session, today: date, notice_uid: str | None = None) -> list[Call]:
    """Returns whom to ring now, the most urgent first, then by name; `notice_uid` limits it to one notice.

    Nobody is on it who has died, left, paused or asked us to stop, nobody who was told or said no meanwhile,
    and nothing about an older version of a meeting, whatever the rows still say.
    """
    wanted = (
        select(Delivery, Notice, Route, Person)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Route, col(Route.id) == Delivery.route_id)
        .join(Person, col(Person.id) == Route.person_id)
        .join(Meeting, col(Meeting.id) == Notice.meeting_id, isouter=True)
        .where(Delivery.channel == PHONE, Delivery.state == State.ACCEPTED, Notice.state == NoticeState.OPEN)
        .where(col(Meeting.id).is_(None) | (col(Meeting.version) == Notice.meeting_version))
        .where(func.coalesce(Recipient.left_out, "") != SAID_NO, func.coalesce(Recipient.task, "") != Task.TOLD)
        .order_by(col(Delivery.urgent), col(Delivery.not_after), col(Person.name), col(Delivery.id))
    )
    if notice_uid is not None:
        wanted = wanted.where(Delivery.notice_id == find_notice(session, notice_uid).id)
    calls = []
    for delivery, notice, route, person in session.exec(wanted).all():
        if reason_to_leave_out(person.status, person.paused_until, person.stopped_at is not None, today):
            continue
        noted = _noted(session, known(delivery.id))
        calls.append(
            Call(
                id=delivery.uid,
                person=person.uid,
                name=person.name,
                called=person.called,
                number=route.address or "",
                held_by=person.held_by,
                for_whom=for_whom(session, person, route),
                notice=notice.uid,
                why=notice.subject,
                content=content_of(notice),
                not_after=delivery.not_after,
                tries=len(noted),
                last=noted[-1].outcome if noted else "",
                language=person.language,
                format=person.format,
                support=person.support,
                notes=person.notes,
            )
        )
    return calls


def record_call(
    session: Session, delivery_uid: str, result: str, note: str, by: str, now: datetime, ways: Ways
) -> set[str]:
    """Writes down what came of one call and takes the step that follows; the same tap twice counts once.

    `by` names the caller. Returns the channels on which something new is now waiting. Raises `UserError` for a call
    or a result that there is not.
    """
    if result not in list(CallResult):
        raise UserError(f"There is no result {result[:40]!r}", mend=f"Use one of: {', '.join(CallResult)}.")
    found = select(Delivery.id).where(Delivery.uid == delivery_uid, Delivery.channel == PHONE)
    delivery_id = session.exec(found).first()
    if delivery_id is None:
        raise UserError(f"No call has the code {delivery_uid[:40]!r}", mend="ringround calls list shows them.")
    delivery = locked(session, delivery_id)
    noted = _noted(session, delivery_id)
    if noted and (noted[-1].outcome, noted[-1].by) == (result, by) and now - noted[-1].at < SAME_TAP:
        return set()
    session.add(CallOutcome(delivery_id=delivery_id, at=now, by=by, outcome=result, note=note))
    session.flush()
    unanswered = sum(one in UNANSWERED for one in (*(before.outcome for before in noted), result))
    move = after_call(CallResult(result), State(delivery.state), unanswered)
    said = Receipt(Outcome.ACCEPTED, PHONE, result, reason=move.reason)
    note_said(session, delivery, said, move, now, by)
    return apply_move(session, delivery_id, move, now, ways)


def _noted(session: Session, delivery_id: int) -> list[CallOutcome]:
    wanted = select(CallOutcome).where(CallOutcome.delivery_id == delivery_id).order_by(col(CallOutcome.id))
    return list(session.exec(wanted).all())
