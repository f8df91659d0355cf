"""The pictures and documents of notices that are still being written."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from core.errors import UserError
from core.notices import Attachment
from store.tables import DraftFile

KEPT_FOR = timedelta(days=7)
"""How long a file waits for its notice; a conversation is forgotten sooner, a proposal is out of date sooner."""


def keep(session: Session, attachment: Attachment, now: datetime) -> str:
    """Keeps a file and returns its outside id; files of notices that came to nothing are removed meanwhile."""
    session.exec(delete(DraftFile).where(col(DraftFile.at) < now - KEPT_FOR))
    row = DraftFile(
        name=attachment.name,
        media_type=attachment.media_type,
        description=attachment.description,
        data=attachment.data,
        at=now,
    )
    session.add(row)
    session.flush()
    return row.uid


def find(session: Session, uid: str) -> Attachment:
    """Returns a kept file; raises UserError where it was kept for too long."""
    row = session.get(DraftFile, uid)
    if row is None:
        raise UserError("The picture or file is not here any more", mend="Please send it again.")
    return Attachment(row.name, row.media_type, row.data, row.description)


def forget(session: Session, uid: str) -> None:
    """Removes a file that is not needed any more."""
    if row := session.get(DraftFile, uid):
        session.delete(row)
        session.flush()
