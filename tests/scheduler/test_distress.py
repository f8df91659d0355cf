"""Possible distress that nobody has taken is told again by the dispatcher's round, by every route, at night too."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from config.settings import QuietSettings
from core.inbox import InboxState, Why
from store import inbox
from store.database import Database
from store.tables import InboxItem
from tests.scheduler.scripted import Scripted, TickingClock, dispatching, until
from tests.store.people import MINUTE, add_person


def written(database: Database, clock: TickingClock, state: InboxState) -> None:
    with database.writing() as session:
        add_person(session, "Sue Hill", "email", "sms", staff="coordinator")
        at = clock.now() - 16 * MINUTE
        item = InboxItem(at=at, provider="sms", ref="1", sender="+447700900001", text="I can't cope", why=Why.DISTRESS)
        item.pinned, item.state = True, state
        inbox.keep(session, item)


async def test_what_nobody_has_taken_is_told_again_on_every_route_in_quiet_hours(database: Database) -> None:
    clock = TickingClock()
    written(database, clock, InboxState.OPEN)
    email, sms = Scripted("email"), Scripted("sms")
    all_day = QuietSettings(start=time(0, 1), end=time(0, 0))
    async with dispatching(database, [email, sms], clock, quiet=all_day):
        await until(lambda: email.told and sms.told)
    assert len(email.told) == len(sms.told) == 1


async def test_in_the_chat_it_is_taken_by_a_button(database: Database) -> None:
    clock = TickingClock()
    written(database, clock, InboxState.OPEN)
    chat = Scripted("sms")
    chat.limits = replace(chat.limits, buttons=True)
    async with dispatching(database, [chat], clock):
        await until(lambda: chat.told)
    with database.reading() as session:
        ((item, _),) = inbox.listing(session, everything=False, limit=9)
        assert chat.told[0].buttons[0] == ("I have it", f"ib:have:{item.uid}")


async def test_what_somebody_has_taken_is_not(database: Database) -> None:
    clock = TickingClock()
    written(database, clock, InboxState.TAKEN)
    email = Scripted("email")
    async with dispatching(database, [email], clock) as dispatcher:
        await dispatcher.round()
    assert email.told == []
