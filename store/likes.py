"""Notices that say the same."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, col, select

from core.content import Content
from core.notices import NoticeState, Whom
from store import after
from store.overview import PERSONAL
from store.tables import Notice
from store.tables.base import known


def like(session: Session, content: Content, since: datetime, *, rehearsal: bool) -> Notice | None:
    """Returns the newest notice made after `since` with the same text or the same subject, or None.

    Case, spaces and signs make no difference. One that was cancelled before anything had gone said nothing to anybody;
    what was only rehearsed counts in a rehearsal alone.
    """
    wanted = (_folded(content.text), _folded(content.subject))
    query = select(Notice).where(Notice.created_at >= since, col(Notice.kind).not_in(PERSONAL))
    if not rehearsal:
        query = query.where(col(Notice.rehearsal).is_(False))
    for notice in session.exec(query.order_by(col(Notice.id).desc())):
        same = _folded(notice.text or "") == wanted[0] or _folded(notice.subject) == wanted[1]
        if same and not _came_to_nothing(session, notice):
            return notice
    return None


def _came_to_nothing(session: Session, notice: Notice) -> bool:
    return notice.state == NoticeState.CANCELLED and not after.count(session, known(notice.id), Whom.SENT)


def _folded(words: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", words.casefold()).split())
