"""A small town: people with their devices in the pretend world, the real service, and a clock that the test moves."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import vobject  # type: ignore[import-untyped]
from sqlmodel import col, select

from actions import meetings
from actions.leaving import Surroundings
from actions.meeting_orders import Cancellation, Change, NewMeeting
from cli import service
from config.settings import Settings, load
from core.delivery import State
from core.roles import TERMINAL
from sandbox.record import Arrival
from sandbox.world import World
from scheduler.dispatch import Dispatcher
from scheduler.meetings import MeetingNotices
from scheduler.timetable import Timetable
from store import call_results, calls, notices, stops
from store.database import Database
from store.planned import anything_due
from store.tables import Delivery, Person, Route
from tests.journeys.clock import MovedClock
from tests.store.people import add_person

LONDON = ZoneInfo("Europe/London")
PATIENCE = 20.0
"""Seconds until a test gives up: long, because a busy machine is no fault."""

_FOR = re.compile(r"For (\w+): ")
_DAY = re.compile(r"\b\d{1,2} (?:April|May)\b")
_OPENINGS = {
    "invited": "invitation",
    "invitation": "invitation",
    "changed": "change",
    "cancelled": "cancellation",
    "today": "today",
    "reminder": "reminder",
    "thank you": "thanks",
}
"""What a message is, by the words of which the first stand in it."""


def london(text: str) -> datetime:
    """A moment by the clocks of London: "2026-04-02 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


class Entry(NamedTuple):
    """One calendar entry, as a reader of calendars that is not ours understands it."""

    method: str
    uid: str
    sequence: int
    starts: datetime


class Town:
    """The service and all that it works with; `run` has it on, and `until` lets time pass."""

    def __init__(self, world: World, settings: Settings, start: datetime) -> None:
        self.world, self.settings = world, settings
        self.clock = MovedClock(start)
        self.house = service.build(settings, self.clock)
        self._owner: dict[tuple[str, str], str] = {}
        self._dispatcher: Dispatcher | None = None
        self._timetable: Timetable | None = None

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def around(self) -> Surroundings:
        return service.surroundings(self.house)

    def person(self, name: str, /, *, staff: str | None = None, **addresses: str) -> None:
        """Puts somebody on file with these devices in this order, and in the pretend world."""
        for device in addresses.items():
            self._owner.setdefault(device, name)
        if "telegram" in addresses:
            self.world.started_chat(int(addresses["telegram"]), name)
        with self.database.writing() as session:
            add_person(session, name, *addresses, staff=staff, addresses=addresses)

    def stop(self, address: str) -> None:
        """Lets a person stop one way of reaching them."""
        with self.database.writing() as session:
            route = session.exec(select(Route).where(Route.address == address)).one()
            stops.stop_route(session, route, self.clock.now())

    def answer(self, meeting: str, name: str, value: str) -> None:
        with self.database.writing() as session:
            person = session.exec(select(Person).where(Person.name == name)).one()
            meetings.answer(session, TERMINAL, meeting, person.uid, value, "phone", self.around)

    def thank(self, meeting: str, words: str) -> None:
        with self.database.writing() as session:
            meetings.move(session, TERMINAL, Change(meeting, thanks=words), self.around)

    def meet(self, starts: str, title: str = "Spring meeting", thanks: str = "") -> str:
        new = NewMeeting(title, starts, 90, place="The library", thanks=thanks)
        with self.database.writing() as session:
            return meetings.add(session, TERMINAL, new, self.around)[0]

    def move(self, meeting: str, starts: str) -> None:
        with self.database.writing() as session:
            meetings.move(session, TERMINAL, Change(meeting, starts=starts), self.around)

    def cancel(self, meeting: str, why: str = "") -> None:
        with self.database.writing() as session:
            meetings.cancel(session, TERMINAL, Cancellation(meeting, why), self.around)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Has the service on for as long as the block lasts."""
        making = self.around.making
        async with (
            service.dispatching(self.house) as self._dispatcher,
            Timetable(
                self.database, self.settings, self.clock, MeetingNotices(self.database, making, self.clock)
            ) as self._timetable,
        ):
            await self.calm()
            yield
        self._dispatcher = self._timetable = None

    async def until(self, moment: str) -> None:
        """Moves the clock and waits until the service has done all that is due by then."""
        self.clock.move(london(moment))
        await self.calm()

    async def calm(self) -> None:
        """Waits until nothing that is due remains to be done."""
        assert self._timetable is not None, "the service is off"
        assert self._dispatcher is not None, "the service is off"
        await self._timetable.ring()
        await self._dispatcher.round()
        self._dispatcher.wake()
        end = time.monotonic() + PATIENCE
        while self._busy() or self.world.in_flight:
            assert time.monotonic() < end, "the service does not come to rest"
            await asyncio.sleep(0.01)

    def _busy(self) -> bool:
        now = self.clock.now()
        by_day = not self.around.strategy.quiet.cover(now, LONDON)
        with self.database.reading() as session:
            if anything_due(session, now) or notices.spreading(session):
                return True
            found = session.exec(
                select(Delivery.state, Delivery.urgent).where(
                    col(Delivery.state).in_((State.QUEUED, State.SENDING)), Delivery.not_before <= now
                )
            )
            return any(state == State.SENDING or by_day or urgent == 0 for state, urgent in found)

    def arrived(self, since: int = 0) -> dict[str, list[str]]:
        """What arrived for each person on which device, in order; on a shared phone each message says whom it is for.

        `since` leaves out that many messages, the earliest.
        """
        found: dict[str, list[str]] = {}
        for arrival in self.world.messages()[since:]:
            named = _FOR.search(arrival.text)
            owner = named[1] if named else self._owner[arrival.channel, arrival.to]
            found.setdefault(f"{owner}, {arrival.channel}", []).append(summary(arrival))
        return found

    def entries(self, address: str) -> list[Entry]:
        """What the e-mails to an address put into a calendar or take out of it, in order."""
        mails = [message_from_bytes(one.raw or b"") for one in self.world.messages("email", to=address)]
        found = []
        for part in (part for mail in mails for part in mail.walk() if part.get_content_type() == "text/calendar"):
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            method = str(part.get_param("method"))
            calendar = vobject.readOne(payload.decode())
            assert calendar.method.value == method, "the MIME type says the same as the entry (RFC 6047, 2.4)"
            event = calendar.vevent
            found.append(
                Entry(method, event.uid.value, int(event.sequence.value), event.dtstart.value.astimezone(LONDON))
            )
        return found

    def call_list(self) -> list[str]:
        """Who stands on the call list and why, from the top."""
        now = self.clock.now()
        with self.database.reading() as session:
            return [f"{one.name}: {one.why}" for one in calls.open_calls(session, now.date())]

    def ring(self, name: str, result: str = "reached") -> str:
        """Rings somebody who is on the call list; returns what the caller read out."""
        assert self._dispatcher is not None
        with self.database.writing() as session:
            call = next(one for one in calls.open_calls(session, self.clock.now().date()) if one.name == name)
            call_results.record_call(session, call.id, result, "", "Jo", self.clock.now(), self._dispatcher.ways)
        return call.content.text


def summary(arrival: Arrival) -> str:
    """What a message is, and which days it speaks of: "change 16 April, 30 April"."""
    text = " ".join(arrival.text.split())
    first = f"{arrival.subject or ''} {text}".lower()
    _, kind = min((first.index(words), kind) for words, kind in _OPENINGS.items() if words in first)
    days = sorted(set(_DAY.findall(text)))
    return f"{kind} {', '.join(days)}".strip()


@asynccontextmanager
async def town(folder: Path, start: str) -> AsyncIterator[Town]:
    """A town with nobody in it yet and the service off, at a moment of London's clocks."""
    async with World(fsync=False) as world:
        around = {
            "RINGROUND_DATA_DIR": str(folder),
            "RINGROUND_LIVE": "true",
            "RINGROUND_SMS__RATE": "100",
            "RINGROUND_GROUP__NAME": "Planning group",
            "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
            "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
        }
        settings = load({**world.settings(), **around}, folder)
        built = Town(world, settings, london(start))
        try:
            yield built
        finally:
            built.house.close()
