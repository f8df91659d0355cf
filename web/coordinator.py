"""A coordinator's pages: how far each notice has come, the timetable, and what people wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions import inbox, reach, timetable
from actions.leaving import Surroundings
from core.errors import UserError
from core.people import Role
from core.reach import Standing
from core.roles import Actor
from core.speech import Speech
from store.database import Session
from store.reach import Reach
from web.render import desk_of, page, speech_of
from web.session import checked_form, visitor

MOST_SHOWN = 500
"""People shown one by one on a notice's page."""

COUNTED_FOR = 30.0
"""Seconds for which the timetable's page takes an audience to be as large as it was: with 10,000 people on file one
takes 0.2 s to count.
"""


def routes() -> list[BaseRoute]:
    """Gives the pages of a coordinator."""
    return [
        Route("/notices", notices, methods=["GET"]),
        Route("/notices/{id}", notice, methods=["GET"]),
        Route("/timetable", coming, methods=["GET"]),
        Route("/timetable", hold_or_release, methods=["POST"]),
        Route("/inbox", written, methods=["GET"]),
        Route("/inbox/{id}", letter, methods=["GET"]),
        Route("/inbox/{id}", see_to, methods=["POST"]),
    ]


async def notices(request: Request) -> Response:
    """Lists the newest notices."""
    one = await visitor(request, Role.VIEWER, "see notices")
    desk, speech = desk_of(request), speech_of(request)
    lines = [
        (line, speech.when(line.at.astimezone(desk.settings.zone), year=False))
        for line in await desk.database.read(reach.listing, one.actor, limit=50)
    ]
    return page(request, "notices.html", lines=lines, kinds=kind_words(speech))


async def notice(request: Request) -> Response:
    """Shows how far one notice has come; whom it has reached and whom not is for coordinators."""
    one = await visitor(request, Role.VIEWER, "see notices")
    desk, speech = desk_of(request), speech_of(request)
    show = request.query_params.get("show", "")
    if show not in list(Standing) or not one.may(Role.COORDINATOR):
        show = ""
    line, found = await desk.database.read(
        _standing, one.actor, request.path_params["id"], desk.around(), names=bool(show)
    )
    people = [who for who in found.people if who.standing == show]
    return page(
        request,
        "notice.html",
        notice=line,
        when=speech.when(line.at.astimezone(desk.settings.zone), year=False),
        kind=kind_words(speech).get(line.kind, line.kind),
        counts=counts_of(found),
        words=standing_words(speech),
        invited=found.invited,
        complete=found.complete,
        show=show,
        people=people[:MOST_SHOWN],
        more=max(0, len(people) - MOST_SHOWN),
    )


@dataclass(frozen=True, slots=True)
class OneNotice:
    """What stands over a notice's page."""

    id: str
    about: str
    kind: str
    state: str
    rehearsal: bool
    at: datetime


def one_notice(session: Session, actor: Actor, uid: str) -> OneNotice:
    """Finds a notice by its id; raises UserError where there is none."""
    row = reach.notice(session, actor, uid)
    return OneNotice(row.uid, row.subject, row.kind, row.state, row.rehearsal, row.created_at)


def _standing(
    session: Session, actor: Actor, uid: str, around: Surroundings, *, names: bool
) -> tuple[OneNotice, Reach]:
    """Gives a notice and how far it has come in one look at the database, naming people only where they are shown."""
    line = one_notice(session, actor, uid)
    return line, (reach.reach if names else reach.counted)(session, actor, line.id, around)


async def coming(request: Request) -> Response:
    """Shows what will go out, when, and to how many."""
    return await _timetable(request)


async def hold_or_release(request: Request) -> Response:
    """Holds an entry of the timetable back, or lets it go."""
    one, form = await checked_form(request, Role.COORDINATOR, "hold or release what is planned")
    desk = desk_of(request)
    do = {"hold": timetable.hold, "release": timetable.release}.get(form.get("do"))
    if do is None:
        raise HTTPException(422)
    try:
        await desk.database.write(do, one.actor, form.get("key"), desk.around())
    except UserError as error:
        return await _timetable(request, error)
    return RedirectResponse(f"/timetable?done={form.get('do')}", 303)


async def _timetable(request: Request, error: UserError | None = None) -> Response:
    one = await visitor(request, Role.VIEWER, "see the timetable")
    desk, speech = desk_of(request), speech_of(request)
    known = _counted(request)
    lines = await desk.database.read(timetable.timetable, one.actor, desk.around(), limit=100, known=known)
    zone = desk.settings.timezone
    shown = [
        {
            "key": line.key,
            "kind": kind_words(speech).get(line.kind, line.kind),
            "title": line.title,
            "held": line.state == "held",
            "reason": line.reason,
            "when": speech.when(line.due_local, year=False),
            "zone": "" if line.zone == zone else line.zone,
            "people": line.people,
            "channels": ", ".join(f"{name} {count}" for name, count in line.channels.items()),
        }
        for line in lines
    ]
    done = {
        "hold": speech.say("It is held back until you release it."),
        "release": speech.say("It goes out when it is due."),
    }.get(request.query_params.get("done", ""))
    return page(request, "timetable.html", 422 if error else 200, lines=shown, done=done, error=error)


def _counted(request: Request) -> timetable.Counted:
    """Gives the audiences that were counted within `COUNTED_FOR`."""
    state, now = request.app.state, request.app.state.desk.clock.monotonic()
    if not hasattr(state, "counted") or now - state.counted_at > COUNTED_FOR:
        state.counted, state.counted_at = {}, now
    counted: timetable.Counted = state.counted
    return counted


async def written(request: Request) -> Response:
    """Lists what people wrote that waits for somebody."""
    one = await visitor(request, Role.COORDINATOR, "read what people wrote")
    desk, speech = desk_of(request), speech_of(request)
    everything = request.query_params.get("all") == "1"
    lines = [
        (line, speech.when(line.at.astimezone(desk.settings.zone), year=False))
        for line in await desk.database.read(inbox.listing, one.actor, everything=everything)
    ]
    return page(request, "inbox.html", lines=lines, everything=everything, done=_seen_to(request, speech))


async def letter(request: Request) -> Response:
    """Shows one message, and what can be done with it."""
    return await _letter(request)


async def see_to(request: Request) -> Response:
    """Answers a message, closes it, or says who has it."""
    one, form = await checked_form(request, Role.COORDINATOR, "answer people")
    desk, uid, do = desk_of(request), request.path_params["id"], form.get("do")
    text = form.get("text")
    try:
        match do:
            case "have":
                await desk.database.write(inbox.have, one.actor, uid, desk.around())
                return RedirectResponse(f"/inbox/{uid}?done=have", 303)
            case "close":
                await desk.database.write(inbox.close, one.actor, uid, desk.around())
            case "reply":
                await desk.database.write(inbox.reply, one.actor, uid, text, desk.around())
            case _:
                raise HTTPException(422)
    except UserError as error:
        return await _letter(request, error, text)
    return RedirectResponse(f"/inbox?done={do}", 303)


async def _letter(request: Request, error: UserError | None = None, text: str = "") -> Response:
    one = await visitor(request, Role.COORDINATOR, "read what people wrote")
    desk, speech = desk_of(request), speech_of(request)
    line = await desk.database.read(inbox.show, one.actor, request.path_params["id"])
    return page(
        request,
        "letter.html",
        422 if error else 200,
        line=line,
        when=speech.when(line.at.astimezone(desk.settings.zone), year=False),
        error=error,
        text=text,
        done=_seen_to(request, speech),
    )


def _seen_to(request: Request, speech: Speech) -> str | None:
    return {
        "have": speech.say("You have it. Nobody else is asked any more."),
        "close": speech.say("It is closed."),
        "reply": speech.say("Your answer is on its way."),
    }.get(request.query_params.get("done", ""))


def counts_of(found: Reach) -> dict[str, int]:
    """Gives a reach as numbers by standing; no name is in it."""
    return {standing.value: found.counts[standing] for standing in Standing}


def standing_words(speech: Speech) -> dict[str, str]:
    """Says where people may stand."""
    return {
        Standing.REACHED: speech.say("reached"),
        Standing.TRYING: speech.say("being tried, or sent and not confirmed"),
        Standing.NEEDS_PERSON: speech.say("need a person"),
        Standing.NOT_REACHABLE: speech.say("not reachable"),
        Standing.LEFT_OUT: speech.say("left out on purpose"),
    }


def kind_words(speech: Speech) -> dict[str, Any]:
    """Says what a notice is."""
    return {
        "invitation": speech.say("Invitation"),
        "reminder": speech.say("Reminder"),
        "change": speech.say("Change"),
        "cancellation": speech.say("Cancellation"),
        "update": speech.say("Update"),
        "thanks": speech.say("Thanks"),
        "alert": speech.say("Word to staff"),
        "reply": speech.say("Answer"),
    }
