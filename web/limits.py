"""How much one address may ask for: enough for everybody behind one office's line, too little for a flood."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import answer

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
    if address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return host


async def missed(request: Request) -> None:
    """Counts a link, log-in or signature that opened nothing."""
    limiter: Limiter = request.app.state.limiter
    await limiter.take(request, MISSES, "miss")


class AddressLimit:
    """Counts everything that an address asks for, but callbacks: those are counted where they are not genuine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "http" and not scope["path"].startswith("/callbacks/"):
            request = Request(scope)
            try:
                await request.app.state.limiter.take(request, ANYTHING, "any")
            except HTTPException as error:
                response = await answer(request, error)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)
