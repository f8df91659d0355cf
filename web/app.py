"""The web door: the rooms put together, and the server that runs in the service's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Any, Self

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn import Config, Server
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from actions.desk import Desk
from core.errors import ConfigError, OperatorError, UserError
from web import (
    call_list,
    callbacks,
    caller,
    coordinator,
    events,
    exports,
    feeds,
    health,
    metrics,
    openapi,
    participant,
    session,
    tasks,
    unsubscribe,
)
from web.errors import Faults, LoggedOut, answer
from web.limits import AddressLimit, Limiter, Unmapped
from web.render import LASTING, Pages
from web.security import BodyLimit, SecurityHeaders

ROOMS = (
    session,
    call_list,
    caller,
    exports,
    coordinator,
    tasks,
    events,
    participant,
    unsubscribe,
    feeds,
    callbacks,
    health,
    metrics,
    openapi,
)
"""The files of the web door; each has `routes()`."""

LARGER: dict[str, int] = {exports.SHEET: exports.LARGEST_SHEET, callbacks.CHAT: callbacks.LARGEST_UPDATE}
"""Where a body may be larger than `web.security.LARGEST`, and how large, in bytes."""

Feed = Callable[[dict[str, Any]], Awaitable[bool]]
"""Takes an update of the chat's, as Telegram posts it, and tells whether it could be read."""

LARGEST_HEAD = 32 * 1024
"""Bytes of a request's first line and headers."""

STOP_WITHIN = 0.5
"""Seconds that answers under way are given at a stop."""


def application(desk: Desk, *, chat: Feed | None = None) -> Starlette:
    """Makes the web door. `chat` takes what comes in for the chat, where that comes by webhook."""
    app = Starlette(
        routes=[Route("/static/{name}", _asset, methods=["GET"]), *(one for room in ROOMS for one in room.routes())],
        middleware=[
            Middleware(SecurityHeaders, https=desk.settings.public_url.startswith("https://")),
            Middleware(Faults),
            Middleware(AddressLimit),
            Middleware(BodyLimit, larger=LARGER),
        ],
        exception_handlers=dict.fromkeys((HTTPException, LoggedOut, UserError, OperatorError), answer),
    )
    app.state.desk, app.state.chat = desk, chat
    app.state.pages, app.state.limiter = Pages(), Limiter()
    app.state.unreadable, app.state.streams = 0, Counter()
    app.state.closing = asyncio.Event()
    return app


async def _asset(request: Request) -> Response:
    pages: Pages = request.app.state.pages
    if (found := pages.assets.get(request.path_params["name"])) is None:
        raise HTTPException(404)
    return Response(found[1], headers={"Content-Type": found[0], "Cache-Control": LASTING})


class _Server(Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves signals alone: the service has its own handlers, and one stop for everything."""
        yield


class WebDoor:
    """Listens for as long as the block lasts: `async with WebDoor(desk) as door`.

    Raises `ConfigError` on entering where the port is taken. `url` is where this machine opens the pages; port 0 takes
    a free one. At the end streams are told by `app.state.closing`, and whatever is under way after `STOP_WITHIN` is
    broken off.
    """

    def __init__(self, desk: Desk, *, chat: Feed | None = None) -> None:
        self.app = application(desk, chat=chat)
        self._web = desk.settings.web
        self.url = ""

    async def __aenter__(self) -> Self:
        listening = self._listen()
        self.url = self._web.address(listening.getsockname()[1])
        app: Any = self.app  # Starlette and uvicorn each write ASGI's types down in their own way
        app = ProxyHeadersMiddleware(app, self._web.proxies)
        config = Config(
            Unmapped(app),
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses of visitors, and pages' addresses, which are keys
            server_header=False,
            proxy_headers=False,  # they are read above, by the visitor's own address
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
        config.timeout_graceful_shutdown = STOP_WITHIN  # type: ignore[assignment]  # asyncio waits for fractions too
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # faults are logged where they happen
        self._server = _Server(config)
        self._running = asyncio.create_task(self._server.serve([listening]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.app.state.closing.set()
        self._server.should_exit = True
        await self._running

    def _listen(self) -> socket.socket:
        host, port = self._web.host, self._web.port
        # Named as TCP, because only then asyncio switches off Nagle's delay: 40 ms for an answer in two pieces.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen(512)
            return listening
        except OSError as error:
            listening.close()
            raise ConfigError(
                f"The web pages can't be served: {error.strerror or error}",
                where=f"{host}, port {port}",
                mend="Another program may use this port. Set RINGROUND_WEB__PORT to another one.",
            ) from None
