"""A notice's reach as it changes, for the page that shows it: server-sent events (the HTML standard, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from actions import reach
from core.errors import Refused
from core.people import Role
from web.coordinator import counts_of, one_notice
from web.errors import LoggedOut, Sorry
from web.render import desk_of, speech_of
from web.session import visitor

EVERY = 2.0
"""Seconds between two looks at the database."""

REST = 20
"""Times as long as a look took, nothing is looked at: a large group costs the sending no more than a small one."""

MOST_STREAMS, MOST_EACH = 40, 4
"""Pages that are kept up to date at once, for everybody and for one person; a browser that is refused one shows the
link instead.
"""

SILENCE = 20.0
"""Seconds after which something is said although nothing has changed: proxies close what is silent for long."""

LONGEST = 3600.0
"""Seconds after which a stream ends; the browser opens it anew."""


def routes() -> list[BaseRoute]:
    """Gives the stream."""
    return [Route("/notices/{id}/events", stream, methods=["GET"])]


async def stream(request: Request) -> Response:
    """Sends a notice's numbers at once and after each change, until the reader goes, logs out or is suspended."""
    one = await visitor(request, Role.VIEWER, "see notices")
    desk = desk_of(request)
    line = await desk.database.read(one_notice, one.actor, request.path_params["id"])
    streams: Counter[str] = request.app.state.streams
    if streams.total() >= MOST_STREAMS or streams[one.person] >= MOST_EACH:
        say = speech_of(request).say
        raise Sorry(
            503,
            say("Too many pages are kept up to date just now"),
            say("Load the page again to see the newest numbers."),
        )
    return _Stream(_events(request, line.id), streams, one.person)


class _Stream(StreamingResponse):
    """A stream that is counted from the moment it is granted until its reader has gone."""

    def __init__(self, events: AsyncIterator[str], streams: Counter[str], person: str) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._streams, self._person = streams, person
        streams[person] += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.subtract([self._person])


async def _events(request: Request, uid: str) -> AsyncIterator[str]:
    desk = desk_of(request)
    loop, closing = asyncio.get_running_loop(), request.app.state.closing
    ends, sent, seen, said_at = loop.time() + LONGEST, "", object(), loop.time()
    try:
        yield "retry: 5000\n\n"
        while loop.time() < ends and not await request.is_disconnected():
            begun = perf_counter()
            # SQLite's version tells what other processes wrote, and here most is written by this one.
            version = object() if desk.database.is_sqlite else await desk.database.read_version()
            if version != seen:
                seen = version
                one = await visitor(request, Role.VIEWER, "see notices")
                found = await desk.database.read(reach.counted, one.actor, uid, desk.around())
                data = json.dumps({"counts": counts_of(found), "invited": found.invited, "complete": found.complete})
                if data != sent:
                    sent, said_at = data, loop.time()
                    yield f"data: {data}\n\n"
            if loop.time() - said_at > SILENCE:
                said_at = loop.time()
                yield ": still here\n\n"
            try:
                async with asyncio.timeout(max(EVERY, REST * (perf_counter() - begun))):
                    await closing.wait()
                return
            except TimeoutError:
                continue
    except (LoggedOut, Refused):
        return
