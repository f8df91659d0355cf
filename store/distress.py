"""Possible distress: every coordinator and admin is told on all their routes, again and again until one has it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from core.inbox import InboxState, Why
from core.notices import NoticeState
from core.people import PHONE, SMS, RouteState
from store.alerts import tell_staff
from store.notices import TO_TAKE, cancel
from store.tables import InboxItem, Notice, Person, Route

AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480))
"""When the alert goes out once more while nobody has said: I have it."""

AT_ONCE = timedelta(minutes=5)
"""Within this time the next message of the same person is kept, and brings no alert of its own."""

SHOWN = 300
"""Characters of what somebody wrote that an alert repeats."""


def alert(session: Session, item: InboxItem, now: datetime) -> None:
    """Tells staff of an item that is new, unless they were told of the same sender minutes ago."""
    before = select(InboxItem.id).where(
        InboxItem.provider == item.provider,
        InboxItem.sender == item.sender,
        InboxItem.why == Why.DISTRESS,
        InboxItem.at > now - AT_ONCE,
        InboxItem.id != item.id,
        InboxItem.state == InboxState.OPEN,
    )
    if session.exec(before.limit(1)).first() is None:
        _tell(session, item, 0, now)


def escalate(session: Session, now: datetime) -> int:
    """Tells staff once more of what nobody has taken; returns how many alerts were made.

    The oldest message of each sender speaks for the others.
    """
    wanted = (
        select(InboxItem)
        .where(InboxItem.why == Why.DISTRESS, InboxItem.state == InboxState.OPEN)
        .order_by(col(InboxItem.id))
    )
    oldest: dict[tuple[str, str], InboxItem] = {}
    for item in session.exec(wanted):
        oldest.setdefault((item.provider, item.sender), item)
    made = 0
    for item in oldest.values():
        turn = sum(now - item.at >= span for span in AGAIN_AFTER)
        if turn and not _was_told(session, item, turn):
            _tell(session, item, turn, now)
            made += 1
    return made


def take(session: Session, item: InboxItem, by: str, now: datetime) -> None:
    """Has everybody know that somebody has it: alerts that have not left are withdrawn, the others are told who."""
    begin = f"{TO_TAKE}{item.uid}:"
    for notice in session.exec(select(Notice).where(col(Notice.key).startswith(begin, autoescape=True))).all():
        if notice.state != NoticeState.CANCELLED:
            cancel(session, notice, now)
    whose = _name(session, item)
    tell_staff(session, f"have:{item.uid}", f"{by} has it", f"{by} has the message of {whose}.", now, urgent=True)


def _tell(session: Session, item: InboxItem, turn: int, now: datetime) -> None:
    name = _name(session, item)
    text = item.text or ""
    words = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    again = "Nobody has taken this yet.\n\n" if turn else ""
    tell_staff(
        session,
        f"distress:{item.uid}:{turn}",
        f"Please look at once: {name}",
        f"{again}{name} may be in distress. They wrote:\n\n{words}\n\n{_number(session, item)}"
        "Please say that you have it: press I have it under /inbox in the chat, or type "
        f"ringround inbox have {item.uid[-8:]}.",
        now,
        urgent=True,
        all_routes=True,
    )


def _was_told(session: Session, item: InboxItem, turn: int) -> bool:
    key = f"{TO_TAKE}{item.uid}:{turn}"
    return session.exec(select(Notice.id).where(Notice.key == key)).first() is not None


def _name(session: Session, item: InboxItem) -> str:
    person = session.get(Person, item.person_id) if item.person_id else None
    return person.name if person else "somebody whom we do not know"


def _number(session: Session, item: InboxItem) -> str:
    """Says where the person can be rung, if we know."""
    if item.provider in (SMS, PHONE):
        return f"Their number: {item.sender}.\n\n"
    wanted = (
        select(Route.address)
        .where(Route.person_id == item.person_id, col(Route.channel).in_((PHONE, SMS)), col(Route.address).is_not(None))
        .where(Route.state != RouteState.DEAD)
        .order_by(col(Route.position))
    )
    number = session.exec(wanted.limit(1)).first() if item.person_id else None
    return f"Their number: {number}.\n\n" if number else ""
