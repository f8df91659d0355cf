"""A mailbox that letters are put into, and what has been heard of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.message import EmailMessage
from itertools import count

from sqlmodel import col, select

from actions import receipts
from channels.letters import read_letter
from core.clock import SteppedClock
from core.receipts import Inbound, Receipt
from scheduler.mailbox import EVERY, Box, Mailbox
from store.database import Database, Session
from store.tables import InboxItem
from tests.actions.replies import around
from tests.store.people import NOON, add_person

_numbers = count(1)


def letter(text: str, *, sender: str = "ann@example.org", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "group@example.org", "Re: We meet"
    made["Message-ID"] = f"<{next(_numbers)}@example.org>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def ann(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann Carter", "email", addresses={"email": "ann@example.org"})


def take(session: Session, statements: Sequence[Receipt | Inbound]) -> None:
    receipts.take_all(session, statements, around())


def mailbox(
    box: Box,
    database: Database,
    taking: Callable[[Session, Sequence[Receipt | Inbound]], None] = take,
    every: float = EVERY,
) -> Mailbox:
    return Mailbox(box, database, SteppedClock(NOON + timedelta(hours=1)), read_letter, taking, every)


def heard(database: Database) -> list[str]:
    """What was heard, in the order in which it was taken."""
    with database.reading() as session:
        return [text or "" for text in session.exec(select(InboxItem.text).order_by(col(InboxItem.id)))]


async def until(condition: Callable[[], bool], patience: float = 20.0) -> None:
    """Waits for something that comes by itself; long, because a busy machine is no fault."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it does not come"
        await asyncio.sleep(0.01)
