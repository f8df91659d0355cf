"""The caller's screen: one person at a time, one tap for what came of it, and "Who rang me?"."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions import shift
from actions.promises import BACK_AT
from actions.shift import NOTE, Held, LostLease
from core.addresses import readable_number
from core.answers import Answer
from core.calendar import instant, read_wall
from core.call_words import answer_words, result_words
from core.calls import CallResult
from core.errors import UserError
from core.people import Role
from core.speech import Speech
from store.call_log import Tried
from web.forms import Form
from web.render import desk_of, page, speech_of
from web.session import Visitor, checked_form, visitor

RING = "ring people"

_PLACES = {BACK_AT: "at", NOTE: "note"}
"""The field of the card that an error is about, by where the error says that it is."""


def routes() -> list[BaseRoute]:
    """Gives the pages of a caller."""
    return [
        Route("/calls", show, methods=["GET"]),
        Route("/calls/next", take_next, methods=["POST"]),
        Route("/calls/save", save, methods=["POST"]),
        Route("/calls/stop", stop, methods=["POST"]),
        Route("/calls/take", take, methods=["POST"]),
        Route("/calls/who", ask_who, methods=["GET"]),
        Route("/calls/who", who, methods=["POST"]),
    ]


async def show(request: Request) -> Response:
    """Shows the call that somebody has in hand, or the way to the next one."""
    one = await visitor(request, Role.CALLER, RING)
    desk = desk_of(request)
    held = await desk.database.read(shift.current, one.actor, desk.around())
    if held is None:
        return await _start(request, one)
    return _card(request, held)


async def take_next(request: Request) -> Response:
    """Gives somebody the next person to ring, or longer for the one they have."""
    one, _ = await checked_form(request, Role.CALLER, RING)
    desk = desk_of(request)
    held = await desk.database.write(shift.next_call, one.actor, desk.around())
    return RedirectResponse("/calls" if held else "/calls?none=1", 303)


async def save(request: Request) -> Response:
    """Notes what came of a call and goes on to the next person."""
    one, form = await checked_form(request, Role.CALLER, "note what came of a call")
    desk, around = desk_of(request), desk_of(request).around()
    outcome, _, answer = form.get("outcome").partition(":")
    try:
        await desk.database.write(
            shift.save,
            one.actor,
            form.get("token"),
            form.get("call"),
            outcome,
            form.get("note"),
            around,
            answer=Answer(answer) if answer in list(Answer) else None,
            call_back_at=_moment(form, around.zone) if outcome == CallResult.CALL_BACK else None,
            same_caller=form.get("who") == "me",
        )
    except LostLease as lost:
        return _lost(request, lost, form)
    except UserError as error:
        held = await desk.database.read(shift.current, one.actor, desk.around())
        if held is None or held.call != form.get("call"):
            raise
        return _card(request, held, error=error, form=form)
    held = await desk.database.write(shift.next_call, one.actor, around)
    return RedirectResponse(f"/calls?noted={outcome}{'' if held else '&none=1'}", 303)


async def stop(request: Request) -> Response:
    """Puts the call in hand back on the list: enough for now."""
    one, form = await checked_form(request, Role.CALLER, RING)
    desk = desk_of(request)
    await desk.database.write(shift.give_back, one.actor, form.get("token"), desk.around())
    return RedirectResponse("/calls", 303)


async def take(request: Request) -> Response:
    """Gives somebody a call again that they had lost."""
    one, form = await checked_form(request, Role.CALLER, RING)
    desk = desk_of(request)
    held = await desk.database.write(shift.take, one.actor, form.get("call"), desk.around())
    return RedirectResponse("/calls" if held else "/calls?gone=1", 303)


async def ask_who(request: Request) -> Response:
    """Shows the form for the last digits of a number."""
    await visitor(request, Role.CALLER, RING)
    return page(request, "who_rang.html", digits="", found=None, error=None)


async def who(request: Request) -> Response:
    """Shows whose number ends in some digits, and who rang them when and why."""
    one, form = await checked_form(request, Role.CALLER, "look a number up")
    desk, digits = desk_of(request), form.get("digits")
    try:
        owners = await desk.database.write(shift.find_number, one.actor, digits, desk.around())
    except UserError as error:
        return page(request, "who_rang.html", 422, digits=digits[:40], found=None, error=error)
    settings = desk.settings
    found = [
        {
            "name": owner.name,
            "called": owner.called,
            "number": readable_number(owner.number, settings.region),
            "tries": _tries(owner.tries, speech_of(request), settings.zone),
        }
        for owner in owners
    ]
    return page(request, "who_rang.html", digits=digits[:40], found=found, error=None)


async def _start(request: Request, one: Visitor) -> Response:
    desk, speech = desk_of(request), speech_of(request)
    left = await desk.database.read(shift.waiting, one.actor, desk.around())
    hours = desk.strategy.calling
    return page(
        request,
        "calls.html",
        left=left,
        next_at=speech.when(left.next_at.astimezone(desk.settings.zone), year=False) if left.next_at else "",
        hours=speech.say("{start} to {end}", start=speech.clock(hours.start), end=speech.clock(hours.end)),
        noted=_noted(request, speech),
        none="none" in request.query_params,
        gone="gone" in request.query_params,
    )


def _card(request: Request, held: Held, error: UserError | None = None, form: Form | None = None) -> Response:
    desk, speech = desk_of(request), speech_of(request)
    zone = desk.settings.zone
    results = result_words(speech)
    there = ZoneInfo(held.zone)
    values: dict[str, Any] = {
        "held": held,
        "script": [line for line in held.script.splitlines() if line],
        "until": speech.clock(held.until.astimezone(zone).time()),
        "back_at": speech.when(held.back_at.astimezone(zone), year=False) if held.back_at else "",
        "history": _tries(held.history, speech, zone),
        "results": {result.value: words for result, words in results.items()},
        "answers": {answer.value: words for answer, words in answer_words(speech).items()},
        "there": speech.clock(desk.clock.now().astimezone(there).time()) if there != zone else "",
        "noted": _noted(request, speech),
        "error": error,
        "place": _PLACES.get(error.where, "") if error else "",
        "note": form.get("note") if form else "",
        "at": form.get("at")[:40] if form else "",
        "who": form.get("who") if form else "",
    }
    return page(request, "call.html", 422 if error else 200, **values)


def _lost(request: Request, lost: LostLease, form: Form) -> Response:
    desk, speech = desk_of(request), speech_of(request)
    return page(
        request,
        "call_lost.html",
        409,
        lost=lost,
        noted=_tries(lost.noted, speech, desk.settings.zone),
        note=form.get("note"),
    )


def _tries(tries: list[Tried], speech: Speech, zone: ZoneInfo) -> list[dict[str, str]]:
    """Words tries for a page."""
    results = result_words(speech)
    return [
        {
            "when": speech.when(one.at.astimezone(zone), year=False),
            "by": one.by,
            "what": results[CallResult(one.outcome)],
            "about": one.about,
            "note": one.note,
        }
        for one in tries
    ]


def _noted(request: Request, speech: Speech) -> str:
    """Says what was noted a moment ago, as the address of the page tells."""
    outcome = request.query_params.get("noted", "")
    return result_words(speech)[CallResult(outcome)] if outcome in list(CallResult) else ""


def _moment(form: Form, zone: str) -> datetime | None:
    """Reads a day and a time as a browser's own field sends it, or as it is typed where there is no such field."""
    at = form.get("at")
    return instant(read_wall(at, where=BACK_AT), zone) if at else None
