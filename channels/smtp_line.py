"""Connections to a mail server that are ready for mail: commands out, replies in, and a few kept open.

aiosmtplib makes a connection (greeting, TLS, log-in) and hands it over. It reads one reply at a time; this reads
several, so that the whole envelope goes out in one write where the server allows it (RFC 2920), which is a fifth
of the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from channels.smtp_replies import Reply

_LONGEST_REPLY = 64 * 1024
_GOODBYE = 1.0  # seconds


class SmtpLine(asyncio.Protocol):
    """One open connection, used by one message at a time."""

    def __init__(self, transport: asyncio.BaseTransport, *, pipelining: bool) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._pipelining = pipelining
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._replies: list[Reply] = []
        self._wanted = 0
        self._answered: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._connected = not transport.is_closing()
        self._settled = True  # no message is half-way
        self._envelope_open = False
        self._used = False
        self.rests_since = 0.0
        transport.set_protocol(self)

    @property
    def ready(self) -> bool:
        """Whether another message may go over it."""
        return self._connected and self._settled

    async def offer(self, envelope: Sequence[bytes]) -> list[Reply]:
        """Sends MAIL, RCPT and DATA and gives the replies up to the first bad one, or up to the connection's end.

        They go together where the server takes them so; then there is a reply to each, whatever the first says.
        """
        commands = [b"RSET\r\n", *envelope] if self._envelope_open else envelope
        self._settled = False
        replies: list[Reply] = []
        if self._pipelining:
            replies = await self._say(b"".join(commands), len(commands))
        else:
            for command in commands:
                replies += await self._say(command, 1)
                if not replies or not replies[-1].good or not self._connected:
                    break
        if self._envelope_open:
            if not replies or not replies[0].good:
                self._connected = False
            replies = replies[1:]
        self._envelope_open = True
        # Where a server asks for the content of a message that it has refused, the two no longer agree.
        self._settled = bool(replies) and not replies[-1].good and not any(reply.last for reply in replies)
        return replies

    def given_up(self, replies: Sequence[Reply]) -> bool:
        """Tells whether the server ended an older connection instead of answering: another is worth a try."""
        return self._used and (not self._connected or any(reply.code == 421 for reply in replies))

    async def hand_over(self, content: bytes, patience: float) -> Reply | None:
        """Sends the content after a 354 and gives the reply; None where there was none within `patience` seconds.

        A line that begins with a dot gets another one (RFC 5321 4.5.2).
        """
        self._used = True
        try:
            async with asyncio.timeout(patience):
                replies = await self._say(content.replace(b"\r\n.", b"\r\n..") + b".\r\n", 1)
        except Exception:  # noqa: BLE001 - from here on, whatever goes wrong, nobody knows
            return None
        self._envelope_open = False
        self._settled = bool(replies) and not replies[0].last and replies[0].code != 354
        return replies[0] if replies else None

    async def _say(self, data: bytes, replies: int) -> list[Reply]:
        if not self._connected:
            return []
        self._replies, self._wanted = [], replies
        self._answered = self._loop.create_future()
        self._transport.write(data)
        try:
            await self._answered
        finally:
            self._answered = None
        return self._replies

    async def quit(self) -> None:
        """Says goodbye and closes; that the server has gone already, or never answers, does not matter."""
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._say(b"QUIT\r\n", 1)
        except TimeoutError:
            pass
        self.close()
        await self._gone

    def close(self) -> None:
        """Closes at once, without goodbye."""
        self._connected = False
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Takes replies apart; of one with several lines the last tells all (RFC 2034 4)."""
        self._buffer += data
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            if line[3:4] != b"-":
                code = int(line[:3]) if line[:3].isdigit() else 0
                self._replies.append(Reply(code, line[4:].decode("utf-8", "replace").strip()))
        if len(self._buffer) > _LONGEST_REPLY:
            self.close()
        elif self._answered is None:
            self._connected = False  # it speaks without having been asked: it is saying goodbye
        elif len(self._replies) >= self._wanted and not self._answered.done():
            self._answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the waiting of whoever asked: what has come is all there will be."""
        self._connected = False
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)
        if not self._gone.done():
            self._gone.set_result(None)


class RestingLines:
    """The connections that wait for the next message; each is closed after `rest` seconds without one."""

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._lines: list[SmtpLine] = []
        self._sweep: asyncio.TimerHandle | None = None

    def take(self) -> SmtpLine | None:
        """Gives the connection that was used last, if there is one that is still open."""
        while self._lines:
            line = self._lines.pop()
            if line.ready:
                return line
            line.close()
        return None

    def put_back(self, line: SmtpLine) -> None:
        """Keeps a connection for the next message, or closes it where it is not fit for one."""
        if not line.ready:
            line.close()
            return
        loop = asyncio.get_running_loop()
        line.rests_since = loop.time()
        self._lines.append(line)
        if self._sweep is None:
            self._sweep = loop.call_later(self._rest, self._close_rested)

    async def close(self) -> None:
        """Says goodbye on every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        lines, self._lines = self._lines, []
        await asyncio.gather(*(line.quit() for line in lines))

    def _close_rested(self) -> None:
        loop = asyncio.get_running_loop()
        kept: list[SmtpLine] = []
        for line in self._lines:
            if line.ready and line.rests_since > loop.time() - self._rest:
                kept.append(line)
            else:
                line.close()
        self._lines = kept
        self._sweep = loop.call_later(self._rest, self._close_rested) if kept else None
