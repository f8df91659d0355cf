"""The dispatcher: lanes that send, a recorder that writes down, and rounds that find what time has done."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parseaddr

from channels.base import Channel, Message
from config.catalogues import Catalogues
from config.settings import Settings
from core.clock import Clock
from core.errors import OperatorError, StoreError
from core.forms import fields
from core.ical import Organizer
from core.notices import Wording
from core.quiet import QuietHours
from core.receipts import Receipt
from scheduler.lane import Lane, Parts
from scheduler.pacing import Pacer
from scheduler.quiet import Quiet
from scheduler.recorder import Recorder
from store import distress, notices, pauses, sweep
from store.database import Database, Session
from store.settle import Ways, settle_doubt

LOOK_EVERY = 0.25
"""Seconds between two looks for rows that another process has written."""

ROUND_EVERY = 30.0
"""Seconds between two rounds of the sweep, the safety net under everything else."""

STOP_WITHIN = 3.0
"""Seconds that what is in flight is given at a stop; what remains becomes unknown at the next start."""

DOUBTS_AT_ONCE = 50
ASK_AGAIN = timedelta(minutes=1)

log = logging.getLogger(__name__)


class Dispatcher:
    """Sends everything that is due, on every channel, until it is stopped.

    Only the holder of the dispatcher's lock may run one. `open` the channels before, close them after.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        settings: Settings,
        clock: Clock,
        catalogues: Catalogues | None = None,
    ) -> None:
        self._database, self._clock, self._settings = database, clock, settings
        self._catalogues = catalogues or Catalogues()
        self._channels = channels
        self.ways = ways_of(channels)
        self._recorder = Recorder(database, clock, self.ways, self._wake)
        parts = Parts(
            database=database,
            clock=clock,
            group=settings.speaker,
            ways=self.ways,
            quiet=Quiet(database, clock, QuietHours(settings.quiet.start, settings.quiet.end), settings.zone),
            recorder=self._recorder,
            paused=self._paused,
            organizer=organizer_of(settings),
            catalogues=self._catalogues,
        )
        self.pacers = {name: Pacer(one.limits.rate, clock, each=one.limits.each) for name, one in channels.items()}
        self._lanes = {name: Lane(channel, parts, self.pacers[name]) for name, channel in channels.items()}
        self._spread_due = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Dispatches until `stop`; what is in flight then is given a moment to end and be written down."""
        loop = asyncio.get_running_loop()

        def changed() -> None:
            loop.call_soon_threadsafe(self.wake)

        at_start = self._database.is_sqlite
        _tell(await self._database.write(sweep.lost, self._clock.now(), self.ways, at_start=at_start))
        await self._database.write(pauses.forget_pauses)
        self._database.listeners.append(changed)
        recorder = asyncio.create_task(self._recorder.run())
        lanes = [asyncio.create_task(lane.run()) for lane in self._lanes.values()]
        rounds = [asyncio.create_task(task) for task in (self._spread(), self._sweep(), self._look())]
        stopping = asyncio.create_task(self._stopping.wait())
        tasks = [*lanes, *rounds, recorder]
        try:
            # None of them ends by itself: one that does has a fault, and half a dispatcher would lie in silence.
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.stop()
            self._database.listeners.remove(changed)
            _, late = await asyncio.wait([*lanes, *rounds], timeout=STOP_WITHIN)
            for task in late:
                task.cancel()
            await asyncio.gather(*lanes, *rounds, stopping, return_exceptions=True)
            self._recorder.stop()
            await asyncio.gather(recorder, return_exceptions=True)
        for task in tasks:
            if not task.cancelled() and (fault := task.exception()):
                raise fault

    def stop(self) -> None:
        """Has `run` end soon; nothing more is claimed from this moment on."""
        self._stopping.set()
        self._spread_due.set()
        for lane in self._lanes.values():
            lane.stop()

    def wake(self) -> None:
        """Has everything look at once whether something is due."""
        self._spread_due.set()
        self._wake(set(self._lanes))

    def _wake(self, channels: set[str]) -> None:
        for name in channels & self._lanes.keys():
            self._lanes[name].wake()

    async def _spread(self) -> None:
        """Writes down the audiences of new notices, a page at a time, while the first of them are already told."""
        while not self._stopping.is_set():
            self._spread_due.clear()
            try:
                for notice in await self._database.read(notices.spreading):
                    while not self._stopping.is_set() and await self._page(notice):
                        pass
            except StoreError as error:
                log.error("An audience can't be written down yet: %s", error)
            await _until(self._spread_due, ROUND_EVERY)

    async def _page(self, notice: int) -> int:
        now = self._clock.now()
        today = now.astimezone(self._settings.zone).date()
        people = await self._database.write_silently(notices.spread, notice, self._channels, today, now)
        self._wake(set(self._lanes))
        return people

    async def _sweep(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.round()
            except StoreError as error:
                log.error("The round could not be made: %s", error)
            await _until(self._stopping, ROUND_EVERY)

    async def round(self) -> None:
        """Finds what time has done: lost attempts, stale messages, distress that nobody took, doubts to settle now."""
        now = self._clock.now()
        _tell(await self._database.write_silently(sweep.lost, now, self.ways))
        await self._database.write_silently(sweep.stale, now)
        if await self._database.write_silently(distress.escalate, now):
            self.wake()
        while found := await self._database.read(sweep.doubts, now, DOUBTS_AT_ONCE):
            await self._look_into([(name, doubt) for name, doubts in found.items() for doubt in doubts], now)
            if self._stopping.is_set():
                return

    async def _look_into(self, doubts: Sequence[tuple[str, sweep.Doubt]], now: datetime) -> None:
        """Asks the providers what became of attempts and settles them, all in one write: claims wait behind it."""
        words = await self._database.read(notices.contents, {doubt.notice_id for _, doubt in doubts})
        answers = await asyncio.gather(
            *(self._ask(name, doubt, words[doubt.notice_id]) for name, doubt in doubts), return_exceptions=True
        )
        found = [(doubt, answer) for (_, doubt), answer in zip(doubts, answers, strict=True)]
        await self._database.write_silently(_settle_doubts, found, now, self.ways)
        self._wake(set(self._lanes))  # news of a newer version may have waited for one of them on any channel

    async def _ask(self, name: str, doubt: sweep.Doubt, wording: Wording) -> Receipt | None:
        """Asks a provider what became of an attempt. Raises where it is to be asked again in a minute."""
        if (channel := self._channels.get(name)) is None:
            return None
        speech = self._catalogues.speech(wording.content.language)
        message = Message(
            delivery=doubt.uid,
            attempt=doubt.n,
            notice=wording.uid,
            address=doubt.address,
            name=doubt.name,
            content=wording.content,
            fields=fields(doubt.name, doubt.called, self._settings.speaker, doubt.for_whom, speech),
            asks=wording.asks,
            attachment=wording.attachment,
        )
        try:
            return await channel.find(message, doubt.started_at)
        except OperatorError:
            raise
        except Exception:
            ids = {"channel": name, "notice": wording.uid, "delivery": doubt.uid, "attempt": doubt.n}
            log.exception("The channel %s failed in its own code", name, extra=ids)
            raise

    async def _look(self) -> None:
        """Notices what other processes have written."""
        seen: object = None  # the first look wakes everybody: something may have come while we were starting
        while not self._stopping.is_set():
            await _until(self._stopping, LOOK_EVERY)
            try:
                version = await self._database.read_version()
            except StoreError:
                continue
            if version != seen:
                seen = version
                self.wake()

    async def _paused(self, channel: str, reason: str | None) -> None:
        """Writes down that a provider was paused, and why, or that it works again."""
        now = f"paused: {reason}" if reason else "working again"
        log.warning("%s is %s", channel, now, extra={"channel": channel})
        try:
            if reason:
                await self._database.write(pauses.pause_provider, channel, reason, self._clock.now())
            else:
                await self._database.write(pauses.provider_works, channel)
        except StoreError as error:
            log.error("That could not be written down: %s", error)


def _tell(found: Sequence[sweep.Lost]) -> None:
    for one in found:
        log.warning("An attempt by %s was interrupted: it is looked into", one.channel, extra=one._asdict())


async def _until(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _settle_doubts(
    session: Session, found: Sequence[tuple[sweep.Doubt, Receipt | BaseException | None]], now: datetime, ways: Ways
) -> None:
    for doubt, answer in found:
        if isinstance(answer, BaseException):
            sweep.postpone(session, doubt, now + ASK_AGAIN)
        else:
            settle_doubt(session, doubt.id, doubt.n, answer, now, ways)


def ways_of(channels: Mapping[str, Channel]) -> Ways:
    """Says what settling needs to know of the channels that are switched on."""
    doubt = {name: channel.limits.doubt for name, channel in channels.items()}
    return Ways(channels=frozenset(channels), doubt=doubt, random=random.random)


def organizer_of(settings: Settings) -> Organizer | None:
    """Says who calendar entries come from, or None where there is no address that calendars could answer."""
    sender = parseaddr(settings.email.from_)[1]
    if not settings.email.on or "@" not in sender:
        return None
    address = parseaddr(settings.group.reply_to)[1] or sender
    return Organizer(settings.speaker, address, sender.rpartition("@")[2])
