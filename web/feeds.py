"""Meetings for people's own calendars: one as a file, or all of a person's as a feed. Private addresses, no log-in."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions import visits
from actions.desk import Desk
from core.ical import Organizer
from scheduler.dispatch import organizer_of
from web.links import calmly, links_of
from web.render import desk_of

CALENDAR = "text/calendar; charset=utf-8"
"""RFC 5545 8.1."""


def routes() -> list[BaseRoute]:
    """Gives the addresses that `core.links` makes."""
    return [
        Route("/meeting/{token}", meeting, methods=["GET"]),
        Route("/feed/{token}", feed, methods=["GET"]),
    ]


async def meeting(request: Request) -> Response:
    """Gives one meeting as a file."""
    desk = desk_of(request)
    async with calmly(request):
        made = await desk.database.read(
            visits.calendar_file, links_of(request), request.path_params["token"], organizer(desk)
        )
    return _file(request, made, {"Content-Disposition": 'attachment; filename="meeting.ics"'})


async def feed(request: Request) -> Response:
    """Gives all of a person's meetings; a calendar that asks each hour gets 304 while nothing has changed."""
    desk = desk_of(request)
    async with calmly(request):
        made = await desk.database.read(
            visits.calendar_feed, links_of(request), request.path_params["token"], organizer(desk), desk.clock.now()
        )
    return _file(request, made, {"Content-Disposition": 'inline; filename="meetings.ics"'})


def organizer(desk: Desk) -> Organizer:
    """Says who entries come from; a group without e-mail is named, and nobody can answer by calendar."""
    return organizer_of(desk.settings) or Organizer(
        desk.settings.speaker, "", urlsplit(desk.settings.public_url).hostname or "localhost"
    )


def _file(request: Request, made: bytes, headers: dict[str, str]) -> Response:
    tag = f'"{hashlib.sha256(made).hexdigest()[:32]}"'
    headers |= {"ETag": tag, "Cache-Control": "private, no-cache"}
    held = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag in held or "*" in held:
        return Response(status_code=304, headers=headers)
    return Response(made, headers={**headers, "Content-Type": CALENDAR})
