"""The pictures and documents that go along with notices."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session, col, select

from core.notices import Attachment
from store.tables import Attachment as Row


def attach(session: Session, notice_id: int, attachment: Attachment) -> None:
    """Writes down what goes along with a notice."""
    session.add(
        Row(
            notice_id=notice_id,
            name=attachment.name,
            media_type=attachment.media_type,
            description=attachment.description,
            data=attachment.data,
        )
    )


def attachments(session: Session, ids: Collection[int]) -> dict[int, Attachment]:
    """Returns what goes along with notices, by their keys; most have nothing."""
    rows = session.exec(select(Row).where(col(Row.notice_id).in_(ids))).all()
    return {row.notice_id: Attachment(row.name, row.media_type, row.data, row.description) for row in rows}
