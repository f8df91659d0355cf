"""Chats of several people: an admin links them, and they see numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from actions.leaving import Surroundings
from core.people import Role
from core.reach import Standing
from core.roles import SERVICE, Actor
from store import group_chats, overview, reach
from store.audit import note
from store.database import Session
from store.group_chats import linked
from store.notices import find_notice

__all__ = ["Numbers", "gone", "link", "linked", "moved", "numbers", "unlink"]

SHOWN, RECENT = 3, timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How far one notice has come, and nothing that names anybody."""

    day: date
    people: int
    reached: int
    trying: int
    needs_person: int


def link(session: Session, actor: Actor, chat: str, title: str, around: Surroundings) -> None:
    """Lets a chat see numbers."""
    actor.must_be(Role.ADMIN, "link a group chat")
    group_chats.link(session, chat, title, actor.name, around.now)
    note(session, actor, "group_chat.link", "", "", around.now)


def unlink(session: Session, actor: Actor, chat: str, around: Surroundings) -> None:
    """Takes that back."""
    actor.must_be(Role.ADMIN, "unlink a group chat")
    group_chats.unlink(session, chat)
    note(session, actor, "group_chat.unlink", "", "", around.now)


def gone(session: Session, chat: str, around: Surroundings) -> None:
    """Forgets a chat that the bot was taken out of."""
    if group_chats.unlink(session, chat):
        note(session, SERVICE, "group_chat.gone", "", "", around.now)


def moved(session: Session, chat: str, to: str) -> None:
    """Follows a chat that has a new number."""
    group_chats.move(session, chat, to)


def numbers(session: Session, chat: str, around: Surroundings) -> list[Numbers]:
    """Gives the numbers of the last few notices of the last days, the newest first; nothing for a chat not linked."""
    if not linked(session, chat):
        return []
    found = []
    for line in overview.listing(session, SHOWN):
        if line.at < around.now - RECENT:
            continue
        counts = reach.reach(session, find_notice(session, line.id)).counts
        people = sum(counts.values()) - counts[Standing.LEFT_OUT]
        day = line.at.astimezone(around.settings.zone).date()
        person = counts[Standing.NEEDS_PERSON] + counts[Standing.NOT_REACHABLE]
        found.append(Numbers(day, people, counts[Standing.REACHED], counts[Standing.TRYING], person))
    return found
