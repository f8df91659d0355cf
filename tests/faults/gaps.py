"""Places between two steps at which a process may die; each is put into the product in a child process only."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.base import Message
from core.receipts import Receipt
from scheduler.dispatch import Dispatcher
from scheduler.lane import Lane
from scheduler.recorder import Recorder
from store import notices, outbox
from store.database import Session
from store.outbox import Claim, Claimed, Now, Result
from store.settle import Ways

DIED = 77
PAGE = 10
"""People on a page, so that an audience has several."""


def die() -> None:
    os._exit(DIED)


def in_claim(channel: str) -> None:
    """Claimed in a transaction that is not committed."""
    real = outbox.claim

    where = channel

    def claim(session: Session, channel: str, limit: int, now: Now, lease: timedelta, ways: Ways) -> Claimed:
        claimed = real(session, channel, limit, now, lease, ways)
        if channel == where and claimed.claims:
            session.flush()
            die()
        return claimed

    outbox.claim = claim


def after_claim(channel: str) -> None:
    """Claimed and committed, and nobody has begun to send."""
    real = Lane._remember

    def remember(self: Lane, *args: Any) -> None:
        real(self, *args)
        if self.channel.name == channel and self.busy:
            die()

    Lane._remember = remember  # type: ignore[assignment,method-assign]


def before_send(channel: str) -> None:
    """On the point of handing the second message to the provider."""
    real = Lane._send
    begun: list[Message] = []

    async def send(self: Lane, claim: Claim) -> Receipt:
        if self.channel.name == channel:
            if begun:
                die()
            begun.append(claim)  # type: ignore[arg-type]
        return await real(self, claim)

    Lane._send = send  # type: ignore[method-assign]


def after_answer(channel: str) -> None:
    """The provider has answered, and the outcome is in memory only."""
    real = Lane._send

    async def send(self: Lane, claim: Claim) -> Receipt:
        receipt = await real(self, claim)
        if self.channel.name == channel:
            die()
        return receipt

    Lane._send = send  # type: ignore[method-assign]


def in_record(channel: str) -> None:
    """The outcome is written in a transaction that is not committed."""
    real = outbox.record

    def record(session: Session, results: Sequence[Result], now: datetime, ways: Ways) -> set[str]:
        woken = real(session, results, now, ways)
        if any(result.receipt.provider == channel for result in results):
            session.flush()
            die()
        return woken

    outbox.record = record


def after_record(channel: str) -> None:
    """The outcome is committed, and nobody has been told of it."""
    real = Recorder._write

    async def write(self: Recorder, batch: list[Result]) -> None:
        await real(self, batch)
        if any(result.receipt.provider == channel for result in batch):
            die()

    Recorder._write = write  # type: ignore[method-assign]


def at_stop(channel: str) -> None:
    """Told to stop, with claims in hand that are not given back yet."""
    send, empty = Lane._send, Lane._empty

    async def stop_at_once(self: Lane, claim: Claim) -> Receipt:
        if self.channel.name == channel:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()  # in hand until the end, however quick the others are
        return await send(self, claim)

    async def die_instead(self: Lane) -> None:
        if self.channel.name == channel:
            die()
        await empty(self)

    Lane._send, Lane._empty = stop_at_once, die_instead  # type: ignore[method-assign]


def small_pages(_: str = "") -> None:
    notices.PAGE = PAGE


def between_pages(_: str) -> None:
    """Two pages of the audience are written down, and the others are not."""
    small_pages()
    real = Dispatcher._page

    async def page(self: Dispatcher, notice: int) -> int:
        people = await real(self, notice)
        if people:
            die()
        return people

    Dispatcher._page = page  # type: ignore[method-assign]


GAPS: dict[str, Callable[[str], None]] = {
    "before the claim is committed": in_claim,
    "after the claim is committed": after_claim,
    "before a send": before_send,
    "after the provider's answer": after_answer,
    "before the record is committed": in_record,
    "after the record is committed": after_record,
    "at a stop": at_stop,
}
