"""What the notices of a meeting have set going, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from core.content import Content
from store import bulk, notices
from store.tables import Notice
from store.tables.base import known


class Made(NamedTuple):
    """One notice and whom it is meant for: messages by channel, people by the reason for anything else."""

    kind: str
    content: Content
    people: int
    channels: Counter[str]
    needs_person: Counter[str]
    left_out: Counter[str]


def newest_key(session: Session) -> int:
    """Returns the key of the newest notice, 0 where there is none."""
    return int(bulk.rows(session, "SELECT COALESCE(MAX(id), 0) FROM notice")[0][0])


def made_since(
    session: Session, meeting: int, before: int, channels: Collection[str], today: date, now: datetime
) -> list[Made]:
    """Returns a meeting's notices newer than the key `before`; the rest of their audience is written down first."""
    found = []
    wanted = select(Notice).where(Notice.meeting_id == meeting, col(Notice.id) > before).order_by(col(Notice.id))
    for notice in session.exec(wanted).all():
        id_ = known(notice.id)
        while notices.spread(session, id_, channels, today, now):
            pass
        found.append(
            Made(
                notice.kind,
                notices.content_of(notice),
                notice.people,
                _counted(session, "SELECT channel, COUNT(*) FROM delivery WHERE notice_id = ? GROUP BY channel", id_),
                _counted(session, _BY.format("task_reason"), id_),
                _counted(session, _BY.format("left_out"), id_),
            )
        )
    return found


_BY = "SELECT {0}, COUNT(*) FROM recipient WHERE notice_id = ? AND {0} IS NOT NULL GROUP BY {0}"


def _counted(session: Session, sql: str, notice: int) -> Counter[str]:
    return Counter(dict(bulk.rows(session, sql, (notice,))))
