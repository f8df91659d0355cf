"""The people of another notice: those to whom it went, or may have, and those whom it missed."""

from __future__ import annotations

from sqlmodel import Session

from core.audience import BY_WISH
from core.notices import Whom
from store import bulk

_MAY_HAVE_GONE = """(x.state = 'delivered' OR (x.channel <> 'phone' AND EXISTS (
    SELECT 1 FROM attempt a WHERE a.delivery_id = x.id
    AND COALESCE(a.outcome, 'unknown') NOT IN ('refused', 'deferred', 'broken'))))"""
"""A call counts where somebody was reached; a message also where nobody knows what became of it."""

_SENT = f"""
SELECT w.person_id FROM recipient w WHERE w.notice_id = ? AND (w.task = 'told' OR EXISTS (
    SELECT 1 FROM delivery x WHERE x.recipient_id = w.id AND {_MAY_HAVE_GONE}))
"""

_NOT_OVER = "('queued', 'held', 'sending', 'unknown', 'review', 'accepted', 'delivered')"

_MISSED = f"""
SELECT w.person_id FROM recipient w WHERE w.notice_id = ? AND COALESCE(w.task, '') <> 'told'
AND COALESCE(w.left_out, '') NOT IN ({{wishes}}) AND NOT EXISTS (
    SELECT 1 FROM delivery x WHERE x.recipient_id = w.id AND x.state IN {_NOT_OVER})
"""


def people_of(notice_id: int, whom: Whom) -> tuple[str, tuple[int, ...]]:
    """Gives the condition of `store.audience.members_of` for the people of a notice.

    `Whom.SENT`: everybody to whom something was sent, or may have been, and whom a person told. `Whom.MISSED`:
    everybody else whom it was meant for, but neither those who want nothing nor those to whom it is still on its way:
    a message that waits, a call that somebody is still to make. What was sent on a channel that gives no proof has not
    missed them either, or they would get it twice.
    """
    return f"p.id IN ({_query(whom)})", (notice_id,)


def count(session: Session, notice_id: int, whom: Whom) -> int:
    """Counts the people of a notice, as `people_of` finds them."""
    found = bulk.rows(session, f"SELECT count(*) FROM ({_query(whom)}) f", (notice_id,))
    return int(found[0][0])


def _query(whom: Whom) -> str:
    if whom is Whom.SENT:
        return _SENT
    return _MISSED.format(wishes=", ".join(f"'{reason}'" for reason in BY_WISH))
