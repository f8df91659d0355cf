"""Whether the service lives, and whether it does its work: for whatever watches over it."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.errors import StoreError
from core.quiet import QuietHours
from scheduler.lock import DispatchLock
from store import figures
from store.pauses import paused_providers
from web.render import desk_of

STUCK = timedelta(minutes=10)
"""How long something that could leave may wait, with nothing else leaving, until that is called stuck."""


def routes() -> list[BaseRoute]:
    """Gives the two addresses."""
    return [
        Route("/healthz", alive, methods=["GET"]),
        Route("/readyz", ready, methods=["GET"]),
    ]


async def alive(_request: Request) -> Response:
    """Answers: the process lives and its loop turns. Nothing else is asked."""
    return JSONResponse({"alive": True})


async def ready(request: Request) -> Response:
    """Says whether the database answers, whether anything sends, and whether messages leave that could leave.

    503 with the reasons in `problems` where one of them does not hold. A paused provider is no reason: it is shown to
    staff, and starting the service anew would not help it.
    """
    desk = desk_of(request)
    now = desk.clock.now()
    hours = QuietHours(desk.settings.quiet.start, desk.settings.quiet.end)
    problems = []
    due, oldest = 0, timedelta()
    try:
        backlog = await desk.database.read(figures.backlog, now, hours, desk.settings.zone)
        last = await desk.database.read(figures.last_attempt_at)
        paused = await desk.database.read(paused_providers)
    except StoreError:
        problems.append("the database does not answer")
    else:
        free = [one for channel, one in backlog.items() if channel in desk.channels and channel not in paused]
        due, oldest = sum(one.due for one in free), max((one.oldest for one in free), default=timedelta())
        if oldest > STUCK and (last is None or now - last > STUCK):
            problems.append("messages that are due do not leave")
    if not sending(desk.settings.data_dir):
        problems.append("nothing sends: no dispatcher runs with this data folder")
    body = {
        "ready": not problems,
        "problems": problems,
        "due": due,
        "oldest_due_seconds": round(oldest.total_seconds(), 3),
    }
    return JSONResponse(body, HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK)


def sending(folder: Path) -> bool:
    """Tells whether some process holds the dispatcher's lock of a data folder."""
    lock = DispatchLock(folder)
    free = lock.take()
    lock.release()
    return not free
