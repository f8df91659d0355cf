"""A lane: all that one channel sends, claimed, paced, sent and handed to the recorder."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from channels.base import Channel, Message
from config.catalogues import Catalogues
from core.clock import Clock
from core.errors import StoreError
from core.forms import fields
from core.group import Group
from core.ical import Calendar, Organizer, cancellation, invitation
from core.meetings import Meeting
from core.notices import Kind, Wording
from core.people import EMAIL
from core.receipts import Outcome, Receipt
from scheduler.breaker import Breaker
from scheduler.pacing import Pacer
from scheduler.quiet import Quiet
from scheduler.recorder import Recorder
from store import meetings, notices, outbox
from store.database import Database, Session
from store.outbox import Claim, Claimed, Now, Result
from store.settle import Ways

LONGEST_REST = 30.0
"""Seconds after which a lane looks again, whoever forgot to wake it."""

SHORTEST_REST = 0.05

LONGEST_IN_HAND = 1.0
"""Seconds beyond the usual gap that a claim may wait for its slot; after that it goes back into the outbox."""

GLANCE = 0.2
"""Seconds after which one that waits for its slot looks whether it is still wanted."""

QUICK, SLOW = 0.02, 0.08
"""Seconds between two claims: closer together the next one is larger, further apart smaller."""

MOST_EACH = 32
"""The largest claim, for each connection."""

MOST_NOTICES, MOST_FILES = 64, 4
"""Notices whose words are kept for the claims to come, and how many of them with a file."""

MOST_ASIDE = 16
"""Claims that may wait because their address has just got several messages."""

NO_BUTTONS = (Kind.ALERT, Kind.REPLY)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What every lane is handed. `paused` is told when a provider was paused or is well again.

    `organizer` is who calendar entries come from; without one e-mails carry none.
    """

    database: Database
    clock: Clock
    group: Group
    ways: Ways
    quiet: Quiet
    recorder: Recorder
    paused: Callable[[str, str | None], Awaitable[None]]
    organizer: Organizer | None = None
    catalogues: Catalogues = field(default_factory=Catalogues)


class Lane:
    """Sends what is due on one channel.

    It claims what leaves in about a twentieth of a second, so that a crash leaves few attempts in doubt, and claims the
    next while the last ones are under way.
    """

    def __init__(self, channel: Channel, parts: Parts, pacer: Pacer) -> None:
        self.channel = channel
        self.breaker = Breaker(parts.clock)
        self._parts, self._pacer = parts, pacer
        limits = channel.limits
        self._most = max(1, math.ceil(limits.rate)) if limits.rate else limits.concurrency * MOST_EACH
        self._batch = max(1, min(limits.concurrency // 4, self._most))
        self._claimed_at = parts.clock.monotonic()
        self._longest_wait = LONGEST_IN_HAND + (1 / limits.rate if limits.rate else 0)
        self._queue: asyncio.Queue[tuple[Claim, datetime] | None] = asyncio.Queue()
        self._aside: list[tuple[Claim, datetime]] = []
        self._room = asyncio.Event()
        self._awake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._contents: dict[int, Wording] = {}
        self._calendars: dict[int, Calendar] = {}
        self._organizer = parts.organizer if channel.name == EMAIL else None
        self._in_hand: dict[int, Claim] = {}
        self._away = False  # the database could not be written to just now
        self._stopping = False

    def wake(self) -> None:
        """Has the lane look at once whether something is due."""
        self._awake.set()

    def stop(self) -> None:
        """Has the lane claim nothing more."""
        self._stopping = True
        self._awake.set()
        self._room.set()

    def _may_wait(self) -> bool:
        """Tells whether a claim may wait for its slot: not after a stop, nor while a provider wants a long rest."""
        return not self._stopping and self._pacer.wait <= self._longest_wait

    @property
    def busy(self) -> bool:
        """Whether anything is claimed and not yet handed to the recorder."""
        return bool(self._in_hand)

    async def run(self) -> None:
        """Claims and sends until it is told to stop; what was claimed and not begun is given back."""
        senders = [asyncio.create_task(self._send_all()) for _ in range(self.channel.limits.concurrency)]
        try:
            while not self._stopping:
                for sender in senders:
                    if sender.done():  # only by a fault of our own, which must not pass unseen
                        sender.result()
                if not await self._claim():
                    await self._rest()
            await self._empty()
            for _ in senders:
                self._queue.put_nowait(None)
            await asyncio.gather(*senders)
        finally:
            for sender in senders:
                sender.cancel()

    async def _claim(self) -> bool:
        """Claims a batch if there is room for one; returns whether there may be more to do at once."""
        self._take_up()
        probing = self.breaker.paused
        if self.breaker.wait or self._parts.recorder.ailing or not self._may_wait() or (probing and self.busy):
            return False
        if len(self._aside) >= MOST_ASIDE:
            return False
        if self._queue.qsize() > self._batch // 2:
            self._room.clear()
            await self._room.wait()
            return True
        limit = 1 if probing else self._fitting()
        lease = self.channel.limits.lease
        try:
            now = await self._parts.quiet.now()
            claimed, contents, told = await self._parts.database.write_silently(
                _claim_with_words, self.channel.name, limit, now, lease, self._parts.ways, set(self._contents)
            )
        except StoreError as error:
            self._away = True
            name = self.channel.name
            log.error("Nothing can be claimed for %s, so nothing is sent: %s", name, error, extra={"channel": name})
            return False
        self._away = False
        if self._organizer is not None and told:
            # In a thread: what writes calendars is slow to load, and the others must not wait for it.
            self._calendars |= await asyncio.to_thread(_calendars, told, self._organizer, now.at)
        for claim in claimed.claims:
            self._in_hand[claim.id] = claim
            self._queue.put_nowait((claim, now.at + lease / 2))
        self._remember(contents)
        if not self._may_wait() or (self.breaker.paused and not probing):
            await self._empty()
            return False
        return bool(claimed.claims or claimed.settled)

    def _take_up(self) -> None:
        """Puts back into the queue what was set aside for somebody who can be told more by now."""
        free = [entry for entry in self._aside if not self._pacer.busy(entry[0].address)]
        self._aside = [entry for entry in self._aside if entry not in free]
        for entry in free:
            self._queue.put_nowait(entry)

    def _fitting(self) -> int:
        """Fits the size of a claim to how quickly the last one was used up, and returns it."""
        now = self._parts.clock.monotonic()
        since, self._claimed_at = now - self._claimed_at, now
        if since < QUICK:
            self._batch = min(self._batch * 2, self._most)
        elif since > SLOW:
            self._batch = max(self._batch // 2, 1)
        return self._batch

    async def _rest(self) -> None:
        """Waits until something may be due: a wake-up, the next due time, a probe; never longer than half a minute."""
        seconds = 1.0
        try:
            due = await self._parts.database.read(outbox.next_due, self.channel.name)
        except StoreError:
            pass
        else:
            now = self._parts.clock.now()
            if not self._away and not self._parts.recorder.ailing:
                seconds = (due - now).total_seconds() if due and due > now else LONGEST_REST
        if self.breaker.paused:
            seconds = self.breaker.wait
        elif not self._may_wait():
            seconds = self._pacer.wait
        seconds = min([seconds, *(self._pacer.busy(claim.address) for claim, _ in self._aside)])
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), min(max(seconds, SHORTEST_REST), LONGEST_REST))
        self._awake.clear()

    async def _send_all(self) -> None:
        while True:
            async with self._turn:  # one waits for the next slot, so that no more is in hand than can leave
                entry = await self._queue.get()
                if entry is None:
                    return
                claim, begin_by = entry
                if self._queue.qsize() <= self._batch // 2:
                    self._room.set()
                if self._pacer.busy(claim.address):
                    self._aside.append(entry)  # others need not wait for somebody who is just being told other things
                    self.wake()
                    continue
                mine = await self._slot(claim, begin_by)
            if not mine:
                await self._give_back([claim])
                continue
            receipt = await self._send(claim)
            if self.breaker.paused and receipt.wide and receipt.outcome is Outcome.DEFERRED:
                receipt = replace(receipt, outcome=Outcome.BROKEN)  # a probe spends no attempt
            if receipt.outcome is Outcome.BROKEN and not self.breaker.paused:
                words = receipt.reason or "it does not work as it should"
                log.warning("An attempt by %s broke off: %s", self.channel.name, words, extra=self._ids(claim))
            self._parts.recorder.add(Result(claim, receipt))
            del self._in_hand[claim.id]
            await self._heard(receipt)

    async def _slot(self, claim: Claim, begin_by: datetime) -> bool:
        """Waits for the next slot and takes it; returns False where the claim must go back instead.

        After a stop, while a provider wants a long rest, or once so much of the lease is over (the machine slept) that
        somebody else might take the attempt for lost while it is still under way.
        """
        with self._pacer.queue():
            while self._may_wait() and (wait := self._pacer.wait):
                await self._parts.clock.sleep(min(wait, GLANCE))
            if not self._may_wait():
                return False
        if self._parts.clock.now() >= begin_by:
            return False
        self._pacer.take(claim.address)
        if self._contents[claim.notice_id].attachment:
            for _ in range(self.channel.limits.file_slots):
                self._pacer.take()
        return True

    async def _send(self, claim: Claim) -> Receipt:
        wording = self._contents[claim.notice_id]
        speech = self._parts.catalogues.speech(wording.content.language)
        message = Message(
            delivery=claim.uid,
            attempt=claim.n,
            notice=wording.uid,
            address=claim.address,
            name=claim.name,
            content=wording.content,
            fields=fields(claim.name, claim.called, self._parts.group, claim.for_whom, speech),
            calendar=self._calendars.get(claim.notice_id),
            asks=wording.asks,
            attachment=wording.attachment,
            buttons=self._buttons(claim, wording),
        )
        try:
            return await self.channel.send(message)
        except Exception:
            # A fault in a channel's own code must not stop the others; it may have struck after the message left.
            log.exception("The channel %s failed in its own code", self.channel.name, extra=self._ids(claim))
            return Receipt(
                Outcome.UNKNOWN, self.channel.name, "fault", reason="a fault in the channel's own code", wide=True
            )

    def _ids(self, claim: Claim) -> dict[str, str | int]:
        """Says in a line of the log what it is about."""
        notice = self._contents[claim.notice_id].uid
        return {"channel": self.channel.name, "notice": notice, "delivery": claim.uid, "attempt": claim.n}

    def _buttons(self, claim: Claim, wording: Wording) -> tuple[tuple[str, str], ...]:
        """Makes what stands below a message where somebody hears it, in the person's own language."""
        say = self._parts.catalogues.speech(claim.language or self._parts.group.language).say
        if self.channel.limits.buttons and wording.item:
            return (say("I have it"), f"ib:have:{wording.item}"), (say("Answer"), f"ib:answer:{wording.item}")
        if not self.channel.limits.buttons or wording.kind in NO_BUTTONS:
            return ()
        more = say("More"), f"n:more:{claim.uid}"
        if not wording.asks:
            return (more,)
        return (
            (say("Yes"), f"n:yes:{claim.uid}"),
            (say("No"), f"n:no:{claim.uid}"),
            (say("Maybe"), f"n:maybe:{claim.uid}"),
            more,
        )

    async def _heard(self, receipt: Receipt) -> None:
        if receipt.retry_after and receipt.wide:
            self._pacer.hold(receipt.retry_after.total_seconds())
            if not self._may_wait():
                await self._empty()
        if self.breaker.heard(receipt):
            if self.breaker.paused:
                await self._empty()
            await self._parts.paused(self.channel.name, self.breaker.reason)
            self.wake()

    async def _empty(self) -> None:
        """Gives back all that is claimed and waits for its turn."""
        claims = [claim for claim, _ in self._aside]
        self._aside = []
        while not self._queue.empty():
            entry = self._queue.get_nowait()
            if entry is None:  # the senders' sign to end
                self._queue.put_nowait(None)
                break
            claims.append(entry[0])
        self._room.set()
        await self._give_back(claims)

    async def _give_back(self, claims: list[Claim]) -> None:
        for claim in claims:
            del self._in_hand[claim.id]
        if claims:
            try:
                await self._parts.database.write_silently(outbox.give_back, claims, self._parts.clock.now())
            except StoreError as error:
                ids = {"channel": self.channel.name, "count": len(claims)}
                log.error("%d claims could not be given back and become unknown: %s", len(claims), error, extra=ids)

    def _remember(self, contents: dict[int, Wording]) -> None:
        """Keeps the words of notices for the claims to come; of too many, only those that something in hand needs."""
        self._contents |= contents
        files = sum(words.attachment is not None for words in self._contents.values())
        if len(self._contents) > MOST_NOTICES or files > MOST_FILES:
            needed = {claim.notice_id for claim in self._in_hand.values()}
            self._contents = {key: words for key, words in self._contents.items() if key in needed}
            self._calendars = {key: entry for key, entry in self._calendars.items() if key in needed}


def _claim_with_words(
    session: Session, channel: str, limit: int, now: Now, lease: timedelta, ways: Ways, known: set[int]
) -> tuple[Claimed, dict[int, Wording], dict[int, tuple[Kind, Meeting]]]:
    claimed = outbox.claim(session, channel, limit, now, lease, ways)
    new = {claim.notice_id for claim in claimed.claims} - known
    if not new:
        return claimed, {}, {}
    return claimed, notices.contents(session, new), meetings.told_by(session, new) if channel == EMAIL else {}


def _calendars(told: dict[int, tuple[Kind, Meeting]], organizer: Organizer, now: datetime) -> dict[int, Calendar]:
    """Makes the calendar entries that go along with notices: an invitation or a change puts one in."""
    return {
        notice: (cancellation if kind is Kind.CANCELLATION else invitation)(meeting, organizer, now)
        for notice, (kind, meeting) in told.items()
    }
