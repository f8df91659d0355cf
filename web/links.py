"""Opening a personal link, or saying calmly why it opens nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.requests import Request

from actions import visits
from core.links import Links, Purpose
from store.visits import Visit
from web.errors import Sorry
from web.limits import missed
from web.render import desk_of, speak, speech_of


def links_of(request: Request) -> Links:
    """Gives what signs and reads links; 404 where there is no public address, because then nobody was sent any."""
    links = desk_of(request).links()
    if links is None:
        raise HTTPException(404)
    return links


async def opened(request: Request, purpose: Purpose) -> Visit:
    """Gives whose link the address is made of, and speaks their language; raises `Sorry` with 404 or 410."""
    desk = desk_of(request)
    async with calmly(request):
        found = await desk.database.read(
            visits.opened, links_of(request), request.path_params["token"], purpose, desk.clock.now()
        )
    speak(request, found.language)
    return found


@asynccontextmanager
async def calmly(request: Request) -> AsyncIterator[None]:
    """Turns what is wrong with a link into the calm page: 404 altered, 410 ended, 403 somebody else's."""
    say = speech_of(request).say
    try:
        yield
    except visits.Unknown:
        await missed(request)
        raise Sorry(
            404,
            say("This link is not one of ours, or a part of it is missing"),
            say("Open it from the message itself: a link over two lines may have been cut. Or ring us."),
        ) from None
    except visits.Ended:
        raise Sorry(
            410,
            say("This link has ended"),
            say("The newest message from us has a link that works. You can also ring us, and we do it for you."),
        ) from None
    except visits.Elsewhere:
        raise Sorry(
            403,
            say("This meeting is over, or it is not one of yours"),
            say("Go back to your own page. If you think that this is wrong, ring us."),
        ) from None
