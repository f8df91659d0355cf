"""A channel that does what a test says, and a dispatcher around it on a real database."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from channels.base import Channel, Limits, Message, RawCallback, Rendered
from config.settings import QuietSettings, Settings
from core.clock import Clock, SystemClock
from core.receipts import Inbound, Outcome, Receipt
from scheduler.dispatch import Dispatcher
from store.database import Database
from tests.store.people import NOON, add_person, deliveries, publish

LEASE = timedelta(seconds=90)
PATIENCE = 20.0
"""Seconds until a test gives up: long, because a busy machine is no fault."""

NO_QUIET = QuietSettings(start=time_of_day(0), end=time_of_day(0))


def says(outcome: Outcome | str, channel: str = "email", **more: object) -> Receipt:
    outcome = Outcome(outcome)
    return Receipt(outcome, channel, outcome.value, **more)  # type: ignore[arg-type]


class TickingClock(SystemClock):
    """Runs like the machine's own, from noon on the day that the tests' notices are made."""

    def __init__(self) -> None:
        self._ahead = NOON - super().now()

    def now(self) -> datetime:
        return super().now() + self._ahead


class Scripted:
    """Answers each send with what `answer` gives; while `gate` is closed, sends stay in flight."""

    def __init__(
        self,
        name: str = "email",
        answer: Callable[[Message], Receipt] | None = None,
        *,
        rate: float | None = None,
        concurrency: int = 4,
        doubt: timedelta = timedelta(),
        lease: timedelta = LEASE,
    ) -> None:
        self.name = name
        self.proves = False
        self.limits = Limits(rate=rate, concurrency=concurrency, lease=lease, doubt=doubt)
        self.answer = answer or (lambda _: says("accepted", name))
        self.look_up: Callable[[Message], Receipt | None] = lambda _: None
        self.gate = asyncio.Event()
        self.gate.set()
        self.takes = 0.0
        """Seconds that each send takes."""
        self.begun: list[Message] = []
        self.told: list[Message] = []
        """What a person would have got."""
        self.asked: list[Message] = []
        self.at_once = self.most_at_once = 0

    @property
    def told_twice(self) -> list[str]:
        return [delivery for delivery, times in Counter(one.delivery for one in self.told).items() if times > 1]

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def check(self) -> None: ...

    async def send(self, message: Message) -> Receipt:
        self.begun.append(message)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.takes)
            await self.gate.wait()
            receipt = self.answer(message)
        finally:
            self.at_once -= 1
        if receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED):
            self.told.append(message)
        return receipt

    def render(self, message: Message) -> Rendered:
        return Rendered("", message.content.text)

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        raise ValueError("nobody calls back")

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        self.asked.append(message)
        await asyncio.sleep(0)
        return self.look_up(message)


def settings(folder: Path, quiet: QuietSettings = NO_QUIET) -> Settings:
    return Settings(data_dir=folder, live=True, quiet=quiet)


@asynccontextmanager
async def dispatching(
    database: Database, channels: Iterable[Channel], clock: Clock, quiet: QuietSettings = NO_QUIET
) -> AsyncIterator[Dispatcher]:
    """Runs a dispatcher as long as the block lasts, and passes on whatever it fails with."""
    assert database.path is not None
    dispatcher = Dispatcher(
        database, {channel.name: channel for channel in channels}, settings(database.path.parent, quiet), clock
    )
    running = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        await asyncio.wait_for(running, PATIENCE)


async def until(condition: Callable[[], object], patience: float = PATIENCE) -> None:
    """Waits until something is so."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.01)


def crowd(database: Database, people: int, *channels: str, key: str = "k1", **more: object) -> None:
    """Puts so many people with these channels on file and publishes a notice to all."""
    with database.writing() as session:
        for number in range(people):
            add_person(session, f"Person {number}", *channels)
        publish(session, key, channels=("email", "sms", "telegram", "phone"), **more)


def counted(database: Database) -> Counter[str]:
    """How many deliveries stand in each state."""
    with database.reading() as session:
        return Counter(delivery.state for delivery in deliveries(session))


def all_in(database: Database, state: str, number: int) -> Callable[[], bool]:
    return lambda: counted(database) == {state: number}
