"""Withdraws at once what has not left yet: after a stop, a death, a cancellation or a newer version."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from core.audience import NEWER_VERSION
from core.delivery import LIVE
from store import bulk

UNSENT = "(state IN ('queued', 'held', 'review') OR (state = 'accepted' AND channel = 'phone'))"
"""Nothing of these has reached anybody; an accepted call is one that nobody has made yet."""

_LIVE = ", ".join(f"'{state}'" for state in sorted(LIVE))


def withdraw_person(session: Session, person_id: int, reason: str, now: datetime) -> int:
    """Withdraws all that waits for a person, tasks for staff included; returns how many deliveries."""
    withdrawn = _withdraw(
        session, "recipient_id IN (SELECT id FROM recipient WHERE person_id = ?)", person_id, reason, now
    )
    _drop_tasks(session, "person_id = ?", person_id, reason)
    return withdrawn


def withdraw_route(session: Session, route_id: int, reason: str, now: datetime) -> int:
    """Withdraws all that waits for a route; no other route and no call is started in its place."""
    return _withdraw(session, "route_id = ?", route_id, reason, now)


def withdraw_notice(session: Session, notice_id: int, reason: str, now: datetime) -> int:
    """Withdraws all of a notice that has not left, tasks for staff included."""
    withdrawn = _withdraw(session, "notice_id = ?", notice_id, reason, now)
    _drop_tasks(session, "notice_id = ?", notice_id, reason)
    return withdrawn


_OLDER = """notice_id IN (SELECT n.id FROM notice n JOIN meeting m ON m.id = n.meeting_id
WHERE m.id = ? AND n.meeting_version < m.version)"""


def withdraw_older(session: Session, meeting_id: int, now: datetime) -> int:
    """Withdraws what has not left about the older versions of a meeting, tasks for staff included; says how much."""
    withdrawn = _withdraw(session, _OLDER, meeting_id, NEWER_VERSION, now)
    _drop_tasks(session, _OLDER, meeting_id, NEWER_VERSION)
    return withdrawn


def meetings_with_older(session: Session, now: datetime) -> list[int]:
    """Returns the keys of meetings of which an older version still waits: a call that was put on the list just as the
    newer one was made.
    """
    found = bulk.rows(
        session,
        "SELECT DISTINCT m.id FROM meeting m JOIN notice n ON n.meeting_id = m.id "
        f"JOIN delivery ON delivery.notice_id = n.id WHERE m.ends_at > ? AND m.version > 1 "
        f"AND n.meeting_version < m.version AND {UNSENT.replace('state', 'delivery.state')}",
        (bulk.stamp(session, now),),
    )
    return [row[0] for row in found]


def _withdraw(session: Session, which: str, key: int, reason: str, now: datetime) -> int:
    """Withdraws first and asks then whose: what another process has just claimed is neither withdrawn nor left out.

    Nor is anybody left out whom the same notice reaches, or may yet reach, by another route.
    """
    at = bulk.stamp(session, now)
    withdrawn = bulk.change(
        session,
        f"UPDATE delivery SET state = 'withdrawn', reason = ?, lease_until = NULL, changed_at = ? "
        f"WHERE {which} AND {UNSENT}",
        (reason, at, key),
    )
    if withdrawn:
        bulk.change(
            session,
            "UPDATE recipient SET left_out = ? WHERE left_out IS NULL AND id IN (SELECT recipient_id FROM delivery "
            f"WHERE {which} AND state = 'withdrawn' AND reason = ? AND changed_at = ?) AND NOT EXISTS (SELECT 1 "
            f"FROM delivery o WHERE o.recipient_id = recipient.id AND o.state IN ({_LIVE}))",
            (reason, key, reason, at),
        )
    return withdrawn


def _drop_tasks(session: Session, which: str, key: int, reason: str) -> None:
    bulk.change(
        session,
        "UPDATE recipient SET left_out = COALESCE(left_out, ?), task = NULL, task_reason = NULL "
        f"WHERE task = 'open' AND {which}",
        (reason, key),
    )
