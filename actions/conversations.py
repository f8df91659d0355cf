"""What the chat door asks before and after each turn: who is there, what is under way, and that it was dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions import staff
from actions.staff import ChatPerson
from store import chats
from store.chats import Kept
from store.database import Session


@dataclass(frozen=True, slots=True)
class CameIn:
    """What is known as something comes in. `repeat`: it was dealt with already, and only its confirmation got lost."""

    repeat: bool
    person: ChatPerson | None
    kept: Kept


def come_in(session: Session, bot: str, update: int, chat: str, user: str, now: datetime) -> CameIn:
    """Says who wrote (`user`, the number of their own chat), and what is under way in `chat`."""
    return CameIn(
        chats.was_dealt_with(session, bot, update), staff.known_by_chat(session, user), chats.kept(session, chat, now)
    )


def go_out(session: Session, bot: str, update: int, chat: str, kept: Kept | None, now: datetime) -> None:
    """Writes down that an update was dealt with, and what is under way now (None: as it was)."""
    if kept is not None:
        chats.keep(session, chat, kept, now)
    chats.dealt_with(session, bot, update, now)


def offer(session: Session, chat: str, message: int, buttons: tuple[tuple[str, str], ...], now: datetime) -> None:
    """Keeps which buttons a chat was shown by something that nobody had asked for, such as a result."""
    chats.offer(session, chat, message, buttons, now)


def introduce(session: Session, bot: str, name: str, now: datetime) -> None:
    """Writes down by which name people find the bot: links lead there."""
    chats.remember_name(session, bot, name, now)
