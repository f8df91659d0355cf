"""Who knows which version of a meeting, read from what was sent: nobody is told that something moved of which they
never heard, and everybody who may have heard is told.

Whoever may have been told counts as told: an attempt of which nobody knows what became of it, a message whose sending
is under way. Calls and tasks count when somebody has noted that the person knows.
"""

from __future__ import annotations

from sqlmodel import Session

from store import bulk

_KNOWS = """
SELECT w.person_id, MAX(t.meeting_version) AS version
FROM notice t JOIN recipient w ON w.notice_id = t.id JOIN person q ON q.id = w.person_id
     LEFT JOIN delivery x ON x.recipient_id = w.id
WHERE t.meeting_id = ? AND q.status <> 'erased'
      AND (w.task = 'told' OR x.state = 'delivered' OR (x.channel <> 'phone' AND EXISTS (
          SELECT 1 FROM attempt a WHERE a.delivery_id = x.id
          AND COALESCE(a.outcome, 'unknown') NOT IN ('refused', 'deferred', 'broken'))))
GROUP BY w.person_id
"""

_ADDRESSED = """
SELECT z.person_id FROM notice c JOIN recipient z ON z.notice_id = c.id
WHERE c.meeting_id = ? AND c.meeting_version = ?
      AND (c.kind IN ('change', 'cancellation') OR (c.kind = 'invitation' AND z.left_out IS NULL))
"""
"""Whom the news of a version was already meant for."""

TO_TELL = f"""
SELECT k.person_id FROM ({_KNOWS}) k WHERE k.version = ? AND k.person_id NOT IN ({_ADDRESSED})
"""
"""Whom to tell of a version: the meeting, the version that they know, the meeting again, and the version."""

HEARD = f"SELECT k.person_id FROM ({_KNOWS}) k UNION {_ADDRESSED}"
"""Who needs no invitation to a version: the meeting, the meeting again, and the version."""


def told(session: Session, meeting_id: int) -> dict[int, int]:
    """Returns the newest version that each person was told of, by the person's key."""
    return dict(bulk.rows(session, _KNOWS, (meeting_id,)))


def versions_to_tell(session: Session, meeting_id: int, version: int) -> list[int]:
    """Returns the older versions that somebody knows who was not yet meant to hear of this one, newest first."""
    found = bulk.rows(
        session,
        f"SELECT DISTINCT k.version FROM ({_KNOWS}) k WHERE k.version < ? AND k.person_id NOT IN ({_ADDRESSED}) "
        "ORDER BY k.version DESC",
        (meeting_id, version, meeting_id, version),
    )
    return [row[0] for row in found]
