"""All that is kept about one person, for themself: nothing is left out but who among the staff did what."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from store.people import person_card
from store.tables import CallOutcome, Delivery, InboxItem, Meeting, MeetingAnswer, Notice, Person, Recipient
from store.tables.base import known


def everything_about(session: Session, person: Person) -> dict[str, Any]:
    """Gathers it as plain data: the card, messages to them, their answers, what they wrote and their calls."""
    id_ = known(person.id)
    messages = session.exec(
        select(Delivery, Notice)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .where(Recipient.person_id == id_)
        .order_by(col(Delivery.id))
    )
    answers = session.exec(
        select(MeetingAnswer, Meeting.title, Meeting.starts)
        .join(Meeting, col(Meeting.id) == MeetingAnswer.meeting_id)
        .where(MeetingAnswer.person_id == id_)
        .order_by(col(MeetingAnswer.id))
    )
    wrote = session.exec(select(InboxItem).where(InboxItem.person_id == id_).order_by(col(InboxItem.id)))
    calls = session.exec(
        select(CallOutcome)
        .join(Delivery, col(Delivery.id) == CallOutcome.delivery_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .where(Recipient.person_id == id_)
        .order_by(col(CallOutcome.id))
    )
    card = person_card(session, person.uid).to_json()
    card.pop("deliveries")
    return {
        "you": card,
        "messages": [
            {
                "at": delivery.changed_at.isoformat(),
                "by": delivery.channel,
                "state": delivery.state,
                "subject": notice.subject,
                "text": notice.text,
            }
            for delivery, notice in messages
        ],
        "answers": [
            {"at": one.at.isoformat(), "meeting": title, "starts": starts, "answer": one.value, "by": one.medium}
            for one, title, starts in answers
        ],
        "what you wrote": [{"at": one.at.isoformat(), "by": one.provider, "text": one.text} for one in wrote],
        "calls": [{"at": one.at.isoformat(), "outcome": one.outcome, "note": one.note} for one in calls],
    }
