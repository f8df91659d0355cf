"""What staff settle: a doubt that no provider could clear up, and people whom no machine reaches."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlmodel import Session, select

from core.audience import TOLD_ALREADY
from core.delivery import State
from core.errors import UserError
from core.reach import Task
from core.receipts import Outcome, Receipt
from core.settling import Move
from store.notices import find_notice
from store.settle import Ways, apply_move, attempts_at, locked, note_said, stop_ladder
from store.tables import Delivery, Person, Recipient

Sent = Literal["sent", "not sent", "give up"]
Told = Literal["told", "unreachable"]


def settle_review(session: Session, delivery_uid: str, verdict: Sent, by: str, now: datetime, ways: Ways) -> set[str]:
    """Has staff say what became of a delivery of which nobody knew whether it was sent.

    "sent" leaves it at that, "not sent" sends it again, "give up" takes the next rung. `by` names who says so. Returns
    the channels on which something new is now waiting. Raises `UserError` where there is no doubt (any more).
    """
    delivery_id = session.exec(select(Delivery.id).where(Delivery.uid == delivery_uid)).first()
    delivery = None if delivery_id is None else locked(session, delivery_id)
    if delivery_id is None or delivery is None or delivery.state != State.REVIEW:
        raise UserError("Nobody is in doubt about this message (any more)", where=f"delivery {delivery_uid[:40]!r}")
    if verdict == "sent":
        # Kept as the attempt's own word, so that it weighs as much as a provider's.
        attempts_at(session, delivery_id)[-1].outcome = Outcome.ACCEPTED
        move = Move(State.ACCEPTED, "staff found that it was sent")
    elif verdict == "not sent":
        move = Move(State.QUEUED, "staff found that it was not sent")
    else:
        move = Move(State.FAILED, "staff gave it up", climb=True)
    said = Receipt(Outcome.UNKNOWN, delivery.channel, verdict, reason=move.reason)
    note_said(session, delivery, said, move, now, by)
    return apply_move(session, delivery_id, move, now, ways)


def settle_task(
    session: Session, notice_uid: str, person_uid: str, verdict: Told, note: str, by: str, now: datetime
) -> None:
    """Has staff say how it went with somebody: told in person, or not to be reached by anyone.

    Somebody who was told needs nothing more, so what else waits for them is withdrawn. Raises `UserError` for somebody
    whom the notice is not meant for, and where there is nothing to settle.
    """
    notice = find_notice(session, notice_uid)
    wanted = (
        select(Recipient)
        .join(Person)
        .where(Recipient.notice_id == notice.id, Person.uid == person_uid)
        .with_for_update(of=Recipient)
        .execution_options(populate_existing=True)
    )
    recipient = session.exec(wanted).first()
    if recipient is None:
        raise UserError("This notice is not meant for that person", where=f"notice {notice.uid}")
    if recipient.left_out:
        raise UserError(f"This person was left out on purpose: {recipient.left_out}", where=f"notice {notice.uid}")
    if verdict == "unreachable" and recipient.task is None:
        raise UserError(
            "Other ways are still being tried", where=f"notice {notice.uid}", mend="Wait until staff are asked."
        )
    if verdict == "told":
        stop_ladder(session, recipient, TOLD_ALREADY, now)
    recipient.task = Task(verdict)
    recipient.task_by, recipient.task_note = by, note
    session.flush()
