"""How much one address may ask for: enough for everybody behind one office's line, too little for a flood."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import answer

CALLBACKS = "/callbacks/"

ANYTHING: Final = parse("1200/minute")
"""Twenty callers behind one line, each at a page every second."""

MISSES: Final = parse("60/minute")
"""Links and log-ins that open nothing: whoever guesses is slowed down, whoever mistypes is not."""


class Limiter:
    """Counts in memory; a restart forgets, which is all right for minutes."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def take(self, request: Request, limit: RateLimitItem, what: str) -> None:
        """Counts one more; raises HTTPException 429 where the address has had its share."""
        address = whence(request)
        if address is not None and not await self._limiter.hit(limit, what, address):
            raise HTTPException(429, headers={"Retry-After": "60"})


def whence(request: Request) -> str | None:
    """Gives what is counted of a visitor's address; None for this machine itself, which is not limited.

    Proxies that are believed have been looked behind by then. Of an IPv6 address the network counts: a household has
    a whole one.
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host or "unknown"
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


class Unmapped:
    """Gives a visitor who came by IPv4 to a door that listens on IPv6 (`::ffff:192.0.2.1`) their own address back.

    Whether it is a proxy's, or this machine's, is told by it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if client := scope.get("client"):
            with suppress(ValueError):
                address = ip_address(client[0])
                if isinstance(address, IPv6Address) and address.ipv4_mapped:
                    scope["client"] = (str(address.ipv4_mapped), client[1])
        await self._app(scope, receive, send)


async def missed(request: Request) -> None:
    """Counts a link, log-in or callback that opened nothing."""
    limiter: Limiter = request.app.state.limiter
    await limiter.take(request, MISSES, "miss")


class AddressLimit:
    """Counts everything that an address asks for; of callbacks only those that are turned away.

    Providers send many from few addresses, and share those with all their other customers. So a genuine callback is
    taken however many false ones came from where it comes from, and a fault of ours (5xx) is not held against it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if scope["path"].startswith(CALLBACKS):
            await self._callback(request, receive, send)
            return
        try:
            await request.app.state.limiter.take(request, ANYTHING, "any")
        except HTTPException as error:
            response = await answer(request, error)
            await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _callback(self, request: Request, receive: Receive, send: Send) -> None:
        over: Response | None = None

        async def sending(message: Message) -> None:
            nonlocal over
            if message["type"] == "http.response.start" and 400 <= message["status"] < 500:
                try:
                    await missed(request)
                except HTTPException as error:
                    over = await answer(request, error)
                    await over(request.scope, receive, send)
            if over is None:
                await send(message)

        await self._app(request.scope, receive, sending)
