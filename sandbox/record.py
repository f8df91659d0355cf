"""The world's own record of what arrived, kept in a log file and in memory.

Every send request leaves up to four lines of JSON in the log, told apart by `kind`:

    started    the request has been received, no answer has gone out yet
    accepted   the provider took the message (written, and fsynced, before the answer goes out)
    refused    the provider said no; `reason` is its answer
    answered   the answer has gone out, or the connection is gone; `outcome` says which

`started` without `answered` is a send in flight. `mono` is CLOCK_MONOTONIC in seconds, the same in every process of
the machine. Other kinds: `inbound` (a participant wrote), `edited`, `status` (a text message's later fate).
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def now() -> datetime:
    """Gives the time of day in UTC: the sandbox has a clock of its own, because it imports nothing of the product."""
    return datetime.now(UTC)  # noqa: TID251


@dataclass(slots=True, eq=False)
class Arrival:
    """One message that a provider accepted for one recipient.

    `to` and `sender` are an address, an E.164 number or a chat id as text; `ref` is the Message-ID, the SM sid or
    `chat:message_id`; `delivery` and `attempt` are what the sender told about itself (headers X-Ringround-Delivery
    and X-Ringround-Attempt, or `d` and `a` in the StatusCallback's query); `raw` is the e-mail as received.
    """

    n: int
    at: datetime
    mono: float
    channel: str
    to: str
    sender: str
    text: str
    ref: str
    subject: str | None = None
    delivery: str | None = None
    attempt: str | None = None
    name: str | None = None
    raw: bytes | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    """What the page needs beside the text: buttons and file of a Telegram message, status of a text message."""

    def as_json(self) -> dict[str, Any]:
        """Gives the arrival as it stands in the log, without the raw bytes."""
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "mono": self.mono,
            "channel": self.channel,
            "to": self.to,
            "from": self.sender,
            "text": self.text,
            "subject": self.subject,
            "ref": self.ref,
            "delivery": self.delivery,
            "attempt": self.attempt,
        }


@dataclass(slots=True)
class Request:
    """One send request while it is being answered; `outcome` is told in the log when it ends."""

    n: int
    channel: str
    to: str
    outcome: str = "gone"


@dataclass(frozen=True, slots=True)
class Event:
    """Something else worth showing: a refusal, a violated rule, an inbound message."""

    kind: str
    at: datetime
    channel: str
    to: str
    sender: str
    text: str
    reason: str = ""
    subject: str | None = None


class Record:
    """Keeps every arrival in order, writes the log, and wakes whoever waits for an arrival.

    `log` is the file to append to (None: memory only), `fsync` makes each accepted line durable before the answer,
    `keep` bounds how many arrivals stay in memory (None: all; counts and log are never bounded).
    """

    def __init__(self, log: Path | None = None, *, fsync: bool = True, keep: int | None = None) -> None:
        self.arrivals: deque[Arrival] = deque(maxlen=keep)
        self.events: deque[Event] = deque(maxlen=keep or 100_000)
        self.counts: Counter[str] = Counter()
        """Accepted messages by channel."""
        self.refused: Counter[str] = Counter()
        self.total = 0
        self.in_flight = 0
        self.changes = 0
        """Goes up with everything that the page shows."""
        self._requests = 0
        self._fsync = fsync
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._file: int | None = None
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def close(self) -> None:
        """Closes the log file and gives up on everybody who still waits."""
        for _, future in self._waiting:
            future.cancel()
        self._waiting.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def request(self, channel: str, to: str) -> Iterator[Request]:
        """Brackets one send request: writes `started` on entering and `answered` on leaving, whatever happens."""
        self._requests += 1
        request = Request(self._requests, channel, to)
        self.in_flight += 1
        self._line({"kind": "started", "request": request.n, "channel": channel, "to": to})
        try:
            yield request
        finally:
            self.in_flight -= 1
            self._line({"kind": "answered", "request": request.n, "channel": channel, "outcome": request.outcome})

    def accept(
        self,
        request: Request,
        *,
        to: str,
        sender: str,
        text: str,
        ref: str,
        subject: str | None = None,
        delivery: str | None = None,
        attempt: str | None = None,
        name: str | None = None,
        raw: bytes | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Arrival:
        """Records one accepted message; when this returns, the line is on the disk (with `fsync`)."""
        self.total += 1
        arrival = Arrival(
            n=self.total,
            at=now(),
            mono=time.monotonic(),
            channel=request.channel,
            to=to,
            sender=sender,
            text=text,
            ref=ref,
            subject=subject,
            delivery=delivery,
            attempt=attempt,
            name=name,
            raw=raw,
            extra=extra or {},
        )
        request.outcome = "accepted"
        self._write({"kind": "accepted", "request": request.n, **arrival.as_json()})
        if self._fsync and self._file is not None:
            os.fsync(self._file)
        self.arrivals.append(arrival)
        self.counts[request.channel] += 1
        self.changes += 1
        if self._waiting:
            self._wake()
        return arrival

    def refuse(self, request: Request, *, to: str, sender: str, text: str, reason: str, kind: str = "refused") -> None:
        """Records that the provider said no to a send, with its answer; `kind` may be `violation`."""
        request.outcome = kind
        self._refused(kind, request.channel, to, sender, text, reason, request.n)

    def turn_away(self, channel: str, *, to: str, sender: str, reason: str) -> None:
        """Records that a recipient was refused before a message was offered (SMTP's RCPT)."""
        self._refused("refused", channel, to, sender, "", reason, None)

    def _refused(
        self, kind: str, channel: str, to: str, sender: str, text: str, reason: str, request: int | None
    ) -> None:
        self.refused[channel] += 1
        self._line({"kind": kind, "request": request, "channel": channel, "to": to, "reason": reason})
        self.note(kind, channel=channel, to=to, sender=sender, text=text, reason=reason)

    def inbound(self, channel: str, *, to: str, sender: str, text: str, subject: str | None = None) -> None:
        """Records what a participant wrote."""
        self._line({"kind": "inbound", "channel": channel, "to": to, "from": sender, "text": text})
        self.note("inbound", channel=channel, to=to, sender=sender, text=text, subject=subject)

    def changed(self, kind: str, channel: str, to: str, ref: str, what: str) -> None:
        """Records what became of an accepted message later: a status, an edit."""
        self.changes += 1
        self._line({"kind": kind, "channel": channel, "to": to, "ref": ref, "what": what})

    def note(
        self,
        kind: str,
        *,
        channel: str,
        to: str,
        sender: str = "",
        text: str = "",
        reason: str = "",
        subject: str | None = None,
    ) -> None:
        """Keeps an event for the page, in memory only."""
        self.changes += 1
        self.events.append(Event(kind, now(), channel, to, sender, text, reason, subject))

    async def arrived(self, n: int, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - the tests' own patience
        """Waits until `n` messages have been accepted in all; TimeoutError says how many there were."""
        if self.total >= n:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((n, future))
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError as error:
            raise TimeoutError(f"{self.total} of {n} messages arrived within {timeout:g} s") from error

    def _wake(self) -> None:
        still: list[tuple[int, asyncio.Future[None]]] = []
        for n, future in self._waiting:
            if future.done():
                continue
            if self.total >= n:
                future.set_result(None)
            else:
                still.append((n, future))
        self._waiting = still

    def _line(self, fields: dict[str, Any]) -> None:
        if self._file is not None:
            self._write({**fields, "at": now().isoformat(), "mono": time.monotonic()})

    def _write(self, fields: dict[str, Any]) -> None:
        if self._file is not None:
            os.write(self._file, json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
