"""One-click unsubscribe (RFC 8058): a POST acts, a GET only shows, without a log-in and without a redirect."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions import wishes
from core.links import Purpose
from web.links import opened
from web.render import desk_of, page


def routes() -> list[BaseRoute]:
    """Gives the address that stands in List-Unsubscribe."""
    return [
        Route("/stop/{token}", show, methods=["GET"]),
        Route("/stop/{token}", stop, methods=["POST"]),
    ]


async def show(request: Request) -> Response:
    """Shows what would stop, and a button: scanners of mail follow every link."""
    found = await opened(request, Purpose.STOP)
    return page(request, "stop.html", channel=found.channel, name=found.name, done=False)


async def stop(request: Request) -> Response:
    """Stops messages on the route of the delivery that brought the link.

    Mail programs send `List-Unsubscribe=One-Click`, our own page an empty form; what the body says changes nothing,
    so it is not read. A repeat is answered in the same way.
    """
    found = await opened(request, Purpose.STOP)
    desk = desk_of(request)
    await desk.database.write(wishes.stop_route, found.person, found.route, desk.around())
    return page(request, "stop.html", channel=found.channel, name=found.name, done=True)
