"""What the chat door keeps: which updates were dealt with, and what is under way and offered in each chat."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from core.delivery import State
from core.people import TELEGRAM
from store.tables import Bookmark, Conversation, Delivery, Route

REMEMBERED = 300
"""Updates of a bot that are remembered: more than are ever under way at once, so that none is dealt with twice."""

FORGOTTEN_AFTER = timedelta(days=1)
"""A conversation that nobody went on with for so long is over: its next message would surprise everybody."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is under way in a chat (`name` is empty where nothing is) and what was offered there last.

    `data` holds plain JSON values, `buttons` pairs of label and data below the message `message`.
    """

    name: str = ""
    step: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    message: int = 0
    buttons: tuple[tuple[str, str], ...] = ()


def kept(session: Session, chat: str, now: datetime) -> Kept:
    """Reads what is under way and offered in a chat."""
    row = session.get(Conversation, chat)
    if row is None or row.at < now - FORGOTTEN_AFTER:
        return Kept()
    if not row.name and (not row.offered or _told_since(session, chat, row.at)):
        return Kept()
    message, buttons = json.loads(row.offered) if row.offered else (0, [])
    offered = tuple((label, data) for label, data in buttons)
    return Kept(row.name, row.step, json.loads(row.data), message, offered)


def _told_since(session: Session, chat: str, at: datetime) -> bool:
    """Tells whether a notice has gone to a chat since: a word that is typed then answers that."""
    told = (State.SENDING, State.ACCEPTED, State.DELIVERED, State.UNKNOWN)
    wanted = (
        select(Delivery.id)
        .join(Route, col(Route.id) == Delivery.route_id)
        .where(Route.channel == TELEGRAM, Route.address == chat, col(Delivery.state).in_(told))
        .where(Delivery.changed_at > at)
    )
    return session.exec(wanted.limit(1)).first() is not None


def keep(session: Session, chat: str, what: Kept, now: datetime) -> None:
    """Keeps what is under way and offered in a chat, in the place of what was."""
    if what == Kept():
        forget(session, chat)
        return
    row = session.get(Conversation, chat) or Conversation(chat=chat, at=now)
    row.name, row.step, row.data, row.at = what.name, what.step, json.dumps(what.data), now
    row.offered = json.dumps([what.message, what.buttons]) if what.buttons else ""
    session.add(row)
    session.flush()


def offer(session: Session, chat: str, message: int, buttons: tuple[tuple[str, str], ...], now: datetime) -> None:
    """Keeps which buttons a chat was shown by a message that nobody there had asked for.

    Where a conversation is under way, its own buttons go on to be what typed words mean.
    """
    if not kept(session, chat, now).name:
        keep(session, chat, Kept(message=message, buttons=buttons), now)


def forget(session: Session, chat: str) -> None:
    """Forgets what was under way in a chat."""
    if row := session.get(Conversation, chat):
        session.delete(row)
        session.flush()


def was_dealt_with(session: Session, bot: str, update: int) -> bool:
    """Tells whether a bot's update is one of those that were dealt with lately."""
    row = session.get(Bookmark, _name(bot))
    return row is not None and str(update) in row.value.split()


def dealt_with(session: Session, bot: str, update: int, now: datetime) -> None:
    """Writes down that an update was dealt with.

    Ids are remembered one by one: chats are dealt with side by side, so there is no "up to here", and after a quiet
    week Telegram goes on with any number (https://core.telegram.org/bots/api#update).
    """
    wanted = select(Bookmark).where(Bookmark.name == _name(bot)).with_for_update()
    row = session.exec(wanted).first()
    if row is None:
        try:
            with session.begin_nested():
                session.add(Bookmark(name=_name(bot), value=str(update), at=now))
            return
        except IntegrityError:  # another chat's turn has just made it
            row = session.exec(wanted).one()
    ids = row.value.split()
    if str(update) not in ids:
        row.value, row.at = " ".join([*ids, str(update)][-REMEMBERED:]), now
        session.flush()


def remember_name(session: Session, bot: str, name: str, now: datetime) -> None:
    """Writes down by which name people find a bot."""
    key = f"telegram.name:{bot}"
    row = session.get(Bookmark, key) or Bookmark(name=key, value=name, at=now)
    row.value, row.at = name, now
    session.add(row)


def bot_name(session: Session, bot: str) -> str:
    """Returns the name by which people find a bot; empty where we have not met it yet."""
    row = session.get(Bookmark, f"telegram.name:{bot}")
    return row.value if row else ""


def _name(bot: str) -> str:
    return f"telegram.updates:{bot}"
