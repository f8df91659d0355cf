"""What every answer carries and every request is held to: headers, and how large a body may be."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing but our own files, nothing inline, no frame around us (https://www.w3.org/TR/CSP3/)."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # addresses of pages are keys: no other site may learn one
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}

LARGEST = 64 * 1024
"""Bytes of a form or a callback."""


class SecurityHeaders:
    """Puts the headers on every answer; what says nothing of its own keeping is kept nowhere.

    `https` says that the public address is: then browsers are told to ask for nothing else for a year (RFC 6797).
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, sending)


class BodyLimit:
    """Reads no more of a body than is allowed: `larger` says in bytes where it may be more than `LARGEST`.

    Raises HTTPException 413 inside whoever reads it, so that it ends on the calm page.
    """

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int]) -> None:
        self._app, self._larger = app, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        room = self._larger.get(scope["path"], LARGEST)
        said = Headers(scope=scope).get("content-length", "0")
        heard = 0

        async def receiving() -> Message:
            nonlocal heard
            if not said.isdecimal() or int(said) > room:
                raise _too_large()
            message = await receive()
            heard += len(message.get("body", b""))
            if heard > room:
                raise _too_large()
            return message

        await self._app(scope, receiving, send)


def _too_large() -> HTTPException:
    """The line is closed with the answer, or the rest of the body would still be taken in."""
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers={"Connection": "close"})
