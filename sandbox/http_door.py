"""The HTTP side of the world: one server, a listener for each provider, and the cutting of connections."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from sandbox.failures import Act, How
from sandbox.faults import Fault, Faults
from sandbox.listener import Listener
from sandbox.record import Record, Request


class Cut(Exception):
    """The connection is to be reset instead of answered."""


class Refused(Exception):
    """The provider says no: the answer, and the reason in its own words."""

    def __init__(self, answer: web.Response, reason: str) -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason


class Answerer(Protocol):
    """Whoever answers the requests below one prefix of the path."""

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answers one request; `path` is what follows the prefix."""
        ...


def reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Makes a JSON answer."""
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status=status,
        headers=headers,
        content_type="application/json",
    )


class HttpDoor:
    """Serves all prefixes on one port, and each provider on a port of its own that can be closed.

    A provider that is down refuses connections on its own port, and has them reset on the common port.
    """

    def __init__(self, host: str, port: int, provider_ports: dict[str, int]) -> None:
        self.answerers: dict[str, Answerer] = {}
        self.down: set[str] = set()
        self._server = web.Server(self._answer, handler_cancellation=True, access_log=None)
        self.common = Listener(self._server, host, port)
        self.own = {prefix: Listener(self._server, host, own) for prefix, own in provider_ports.items()}

    async def open(self) -> None:
        """Starts to listen on all ports."""
        for listener in (self.common, *self.own.values()):
            await listener.open()

    async def close(self) -> None:
        """Stops listening and cuts all connections."""
        for listener in (self.common, *self.own.values()):
            listener.close()
        tasks = [connection._task_handler for connection in self._server.connections]  # noqa: SLF001
        for connection in self._server.connections:
            connection.force_close()
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        await self._server.shutdown(timeout=0.1)

    def shut(self, prefix: str) -> None:
        """Closes a provider's port and cuts the connections that came through it."""
        self.down.add(prefix)
        self.own[prefix].close()
        for connection in self._server.connections:
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self.own[prefix].port:
                transport.abort()

    async def reopen(self, prefix: str) -> None:
        """Opens a provider's port again."""
        await self.own[prefix].open()
        self.down.discard(prefix)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        prefix, _, rest = request.path[1:].partition("/")
        answerer = self.answerers.get(prefix)
        if answerer is None:
            answerer, rest = self.answerers[""], request.path[1:]
        if prefix in self.down:
            return _reset(request)
        try:
            return await answerer.answer(request, rest)
        except Cut:
            return _reset(request)


def _reset(request: web.BaseRequest) -> web.Response:
    """Ends the connection with a TCP reset, as a crashed peer or a firewall would; the answer goes nowhere."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()


class Provider:
    """What the Twilio-like and the Telegram-like API share: how a send is recorded, and how it fails."""

    channel: str

    def __init__(self, record: Record, faults: Faults) -> None:
        self.record = record
        self.faults = faults

    def failure(self, fault: Fault, how: How, to: str) -> web.Response:
        """Makes the provider's error answer for a failure whose act is REPLY."""
        raise NotImplementedError

    async def strike(self, point: str, to: str | None = None) -> web.Response | None:
        """Lets a failure happen to a request that is not a send; gives the error answer if there is one."""
        if hit := self.faults.take(self.channel, point, to):
            return await self._before(hit, to or "") or await self._after(hit)
        return None

    async def send(
        self,
        to: str,
        sender: str,
        text: str,
        accept: Callable[[Request, How | None], web.Response],
        point: str = "send",
    ) -> web.Response:
        """Records a send, and lets a waiting failure happen before or after `accept` keeps the message.

        `accept` may raise Refused; then nothing has been kept.
        """
        with self.record.request(self.channel, to) as request:
            hit = self.faults.take(self.channel, "send", to)
            if hit is None and point != "send":
                hit = self.faults.take(self.channel, point, to)
            error = await self._before(hit, to) if hit else None
            if error is not None:
                self.record.refuse(request, to=to, sender=sender, text=text, reason=_reason(error))
                return error
            await self.faults.pause(self.channel)
            try:
                answer = accept(request, hit[1] if hit else None)
            except Refused as refused:
                self.record.refuse(request, to=to, sender=sender, text=text, reason=refused.reason)
                return refused.answer
            if hit and (garbage := await self._after(hit)):
                return garbage
            await self.faults.pause(self.channel)
            return answer

    async def _before(self, hit: tuple[Fault, How], to: str) -> web.Response | None:
        fault, how = hit
        if how.act is Act.REPLY:
            return self.failure(fault, how, to)
        if how.act is Act.SLOW:
            await asyncio.sleep(fault.seconds or 1)
        if how.act is Act.DROP or (how.act is Act.HANG and not await self.faults.hang(fault.seconds)):
            raise Cut
        return None

    async def _after(self, hit: tuple[Fault, How]) -> web.Response | None:
        fault, how = hit
        if how.act is Act.GARBAGE:
            return web.Response(body=b"<html><h1>It works!</h1>", content_type="text/html")
        if how.act is Act.DROP_KEPT or (how.act is Act.HANG_KEPT and not await self.faults.hang(fault.seconds)):
            raise Cut
        return None


def _reason(answer: web.Response) -> str:
    body = answer.body
    return f"HTTP {answer.status} " + (body.decode("utf-8", "replace") if isinstance(body, bytes) else "")
