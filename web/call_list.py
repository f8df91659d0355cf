"""The list of everybody who is to be rung: to read on the screen, and to print as it stands."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions import calls
from core.addresses import readable_number
from core.call_words import answer_words, result_words
from core.calls import UNANSWERED, CallResult
from core.people import Role
from web.render import desk_of, page, speech_of
from web.session import visitor

MOST_SHOWN = 30
"""People on the page. A longer list has no second page: whoever is rung meanwhile would move somebody off both."""


def routes() -> list[BaseRoute]:
    """Gives the page."""
    return [Route("/calls/list", show, methods=["GET"])]


async def show(request: Request) -> Response:
    """Shows whom to ring, the most urgent first; on paper with what to say and a box for whatever may come of it."""
    one = await visitor(request, Role.CALLER, "see the call list")
    desk, speech = desk_of(request), speech_of(request)
    around, zone = desk.around(), desk.settings.zone
    found = await desk.database.read(calls.first, one.actor, around, MOST_SHOWN)
    results = result_words(speech)
    lines = [
        {
            "call": line,
            "number": readable_number(line.number, desk.settings.region),
            "last": results[CallResult(line.last)] if line.last else "",
            "until": speech.clock(line.until.astimezone(zone).time()) if line.until else "",
            "back_at": speech.when(line.back_at.astimezone(zone), year=False) if line.back_at else "",
        }
        for line in found.lines
    ]
    return page(
        request,
        "call_list.html",
        lines=lines,
        said=found.said,
        total=found.total,
        made=speech.day(around.now.astimezone(zone).date()),
        destroy=speech.day(found.last.astimezone(zone).date()),
        reached=results[CallResult.REACHED],
        rest=[(words, result in UNANSWERED) for result, words in results.items() if result is not CallResult.REACHED],
        answers=list(answer_words(speech).values()),
    )
