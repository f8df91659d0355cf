"""Who comes to a meeting, who has said nothing, and what those who come need."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session, col, select

from store import bulk
from store.audience import ANSWERS
from store.tables import MeetingAnswer


class Guest(NamedTuple):
    """Somebody who was meant to hear of a meeting or has answered; `answer` is empty where they said nothing."""

    person: str
    name: str
    answer: str
    support: str
    format: str
    language: str


_GUESTS = f"""
SELECT p.uid, p.name, COALESCE(a.value, ''), p.support, p.format, p.language
FROM person p LEFT JOIN ({ANSWERS}) a ON a.person_id = p.id
WHERE p.status IN ('active', 'paused') AND (a.value IS NOT NULL OR EXISTS (
    SELECT 1 FROM recipient r JOIN notice n ON n.id = r.notice_id
    WHERE r.person_id = p.id AND n.meeting_id = ? AND n.kind IN ('invitation', 'reminder', 'change')
    AND (r.left_out IS NULL OR EXISTS (SELECT 1 FROM delivery d WHERE d.recipient_id = r.id
         AND d.state IN ('accepted', 'delivered')))))
ORDER BY p.name, p.id
"""


def guests(session: Session, meeting: int) -> list[Guest]:
    """Returns everybody who was invited, or answered without it, by name; without those who died or left."""
    return [Guest(*row) for row in bulk.rows(session, _GUESTS, (meeting, meeting))]


def latest(session: Session, meeting: int, person: int) -> MeetingAnswer | None:
    """Returns what one person answered last, or None."""
    wanted = select(MeetingAnswer).where(MeetingAnswer.meeting_id == meeting, MeetingAnswer.person_id == person)
    return session.exec(wanted.order_by(col(MeetingAnswer.id).desc()).limit(1)).first()
