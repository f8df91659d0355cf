"""How soon a command in the chat gets its first reply, while a broadcast to 10,000 people is under way.

usage: python -m benchmarks.chat fill COUNT (settings from the environment, as the service takes them)

That makes the installation. The service (`benchmarks.broadcast`) runs in another process; the pretend Telegram and
whoever writes to it run in the process that measures.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from actions import meetings
from actions.meeting_orders import NewMeeting
from benchmarks import broadcast, product
from cli.service import House, build, surroundings
from config.settings import load
from core.people import Role
from core.roles import TERMINAL
from sandbox.world import World
from store.database import Session
from store.tables import Person, Route, Staff
from store.tables.base import known

STAFF = 40
"""Coordinators who take turns: one chat alone gets no more than a message a second."""

COMMANDS = ("/status", "/people 77", "/meeting", "/inbox", "/timetable", "/calls", "/people", "/help")
MEETINGS = 20
GAP = 0.05
"""Seconds between a reply and the next command."""

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Replies:
    """Seconds until the first reply, by command in the order asked, and how many deliveries were accepted meanwhile."""

    waits: list[tuple[str, float]]
    accepted: int

    @property
    def seconds(self) -> list[float]:
        """All of them, the shortest first."""
        return sorted(wait for _, wait in self.waits)

    def percentile(self, share: float) -> float:
        """Gives the time within which that share of the replies came."""
        return self.seconds[min(len(self.waits) - 1, int(share * len(self.waits)))]

    def median_of(self, command: str) -> float:
        """Gives the usual time of one command."""
        return statistics.median(wait for what, wait in self.waits if what == command)


def fill_all(count: int) -> None:
    """Makes the installation: people with e-mail, coordinators with chats, and meetings far ahead."""
    house = build(load())
    with house.database.writing() as session:
        product.fill(session, count, "email", house)
        _add_staff(session, house)
        around = surroundings(house)
        for number in range(MEETINGS):
            starts = (around.now + timedelta(days=200 + number)).strftime("%Y-%m-%d 14:00")
            new = NewMeeting(title=f"Meeting {number}", starts=starts, minutes=90, place="The library")
            meetings.add(session, TERMINAL, new, around)
    house.close()


def _add_staff(session: Session, house: House) -> None:
    now = house.clock.now()
    for number in range(STAFF):
        person = Person(name=f"Coordinator {number}", created_at=now, changed_at=now)
        session.add(person)
        session.flush()
        session.add(Route(person_id=known(person.id), channel="telegram", address=str(chat_of(number)), position=1))
        session.add(Staff(person_id=known(person.id), role=Role.COORDINATOR, added_at=now))


def chat_of(number: int) -> int:
    """Gives the chat of a coordinator."""
    return 500_000 + number


async def replies(count: int, commands: int, environ: Mapping[str, str]) -> Replies:
    """Makes an installation with `count` people and measures so many commands."""
    async with World(fsync=False, all_chats=True, limits=False) as world:
        telegram = {name: value for name, value in world.settings().items() if "_TELEGRAM__" in name}
        full = {**broadcast.settings(environ), **telegram, "RINGROUND_CHAT__LIMIT": "1000"}
        for number in range(STAFF):
            world.started_chat(chat_of(number), f"Coordinator {number}")
        await broadcast.fill("benchmarks.chat", count, full)
        async with broadcast.running(full) as service:
            waits = [await _ask(world, number, COMMANDS[number % len(COMMANDS)]) for number in range(commands)]
    return Replies(waits, service.accepted)


async def _ask(world: World, number: int, command: str) -> tuple[str, float]:
    chat = chat_of(number % STAFF)
    before = len(world.messages("telegram", to=str(chat)))
    start = time.perf_counter()
    world.telegram_people.writes(chat, command)
    while len(world.messages("telegram", to=str(chat))) == before:
        if time.perf_counter() - start > PATIENCE:
            break
        await asyncio.sleep(0.001)
    wait = time.perf_counter() - start
    await asyncio.sleep(GAP)
    return command, wait


def measure(count: int, commands: int, environ: Mapping[str, str]) -> Replies:
    """Measures, from a program without a loop of its own."""
    return asyncio.run(replies(count, commands, environ))


if __name__ == "__main__":
    fill_all(int(sys.argv[2]))
