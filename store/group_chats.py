"""Chats of several people that an admin linked."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from store.tables import GroupChat


def linked(session: Session, chat: str) -> bool:
    """Tells whether an admin has linked a chat."""
    return session.get(GroupChat, chat) is not None


def link(session: Session, chat: str, title: str, by: str, now: datetime) -> None:
    """Links a chat; `by` is the outside id of the admin."""
    row = session.get(GroupChat, chat) or GroupChat(chat=chat, title=title, linked_by=by, linked_at=now)
    row.title, row.linked_by, row.linked_at = title, by, now
    session.add(row)
    session.flush()


def unlink(session: Session, chat: str) -> bool:
    """Forgets a chat; returns whether it was linked."""
    row = session.get(GroupChat, chat)
    if row is not None:
        session.delete(row)
        session.flush()
    return row is not None


def move(session: Session, chat: str, to: str) -> None:
    """Gives a linked chat the number that it has from now on: it became a supergroup."""
    if row := session.get(GroupChat, chat):
        link(session, to, row.title, row.linked_by, row.linked_at)
        unlink(session, chat)
