"""People who were told of a meeting and write back, in a line or two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlmodel import col, select

from actions import hearing
from actions.hearing import Heard, Reply
from actions.leaving import Surroundings
from core.notices import Kind
from store import answers, notices
from store.database import Session
from store.tables import InboxItem, Meeting, Notice, Person, Route
from store.tables.base import known
from tests.actions.meetings import around as surroundings
from tests.store.meetings import make_all, put_in
from tests.store.people import CHANNELS, NOON, TODAY, add_person, claim, say

SECRET = b"a secret of the tests"
ANN, JOE = "+447700900001", "+447700900002"
CHAT = "700900001"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_refs = count(1)


def around(at: datetime = NOON + HOUR, **more: Any) -> Surroundings:
    return replace(surroundings(at, channels=CHANNELS, **more), secret=SECRET)


def invited(session: Session, *people: Person, starts: datetime = NOON + 10 * DAY, **more: Any) -> Meeting:
    """Puts a meeting in, tells everybody of it and has every message accepted; `people` are there already."""
    row = put_in(session, starts, **more)
    make_all(session, NOON)
    send_all(session)
    return row


def send_all(session: Session, at: datetime = NOON) -> list[str]:
    """Spreads and hands over all that is due; returns the texts of what went out, oldest first."""
    for one in notices.spreading(session):
        while notices.spread(session, one, CHANNELS, TODAY, at):
            pass
    sent = []
    for channel in CHANNELS:
        for mine in claim(session, channel, at=at):
            say(session, mine, "accepted", at, provider=channel, ref=f"{mine.uid}-{mine.n}")
            sent.append(mine)
    texts = []
    for mine in sorted(sent, key=lambda one: one.id):
        notice = session.get_one(Notice, mine.notice_id)
        texts.append(notice.sms_text or notice.text or "")
    return texts


def write(
    session: Session,
    text: str,
    address: str = ANN,
    channel: str = "sms",
    at: datetime = NOON + HOUR,
    *,
    ref: str = "",
    **more: Any,
) -> Reply | None:
    return hearing.hear(session, Heard(channel, address, text, ref or f"SM{next(_refs)}", **more), around(at))


def said(session: Session, row: Meeting) -> dict[str, str]:
    """What each person answered last, by name."""
    found = answers.answers(session, known(row.id))
    return {session.get_one(Person, person).name: value.value for person, value in found.items()}


def items(session: Session) -> list[InboxItem]:
    wanted = select(InboxItem).order_by(col(InboxItem.id)).execution_options(populate_existing=True)
    return list(session.exec(wanted).all())


def last(session: Session) -> InboxItem:
    return items(session)[-1]


def alerts(session: Session, begin: str = "") -> list[Notice]:
    wanted = select(Notice).where(Notice.kind == Kind.ALERT, col(Notice.key).startswith(f"alert:{begin}"))
    return list(session.exec(wanted.order_by(col(Notice.id)).execution_options(populate_existing=True)).all())


def replies(session: Session) -> list[Notice]:
    wanted = select(Notice).where(Notice.kind == Kind.REPLY).order_by(col(Notice.id))
    return list(session.exec(wanted.execution_options(populate_existing=True)).all())


def states(session: Session) -> dict[tuple[str, str], str]:
    """The state of every route, by its person's name and its channel."""
    rows = session.exec(
        select(Route, Person).join(Person, col(Person.id) == Route.person_id).execution_options(populate_existing=True)
    )
    return {(person.name, route.channel): route.state for route, person in rows}


def person_with(session: Session, name: str, channels: Sequence[str], **addresses: str) -> Person:
    return add_person(session, name, *channels, addresses=addresses)
