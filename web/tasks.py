"""What waits for a coordinator: who needs a person, messages in doubt, and reports that fit no message of ours."""

from __future__ import annotations

from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions import reach, work
from core.errors import UserError
from core.people import Role
from store.tasks import Sent, Told
from web.render import desk_of, page, speech_of
from web.session import checked_form, visitor

_TOLD: dict[str, Told] = {"told": "told", "unreachable": "unreachable"}
_SENT: dict[str, Sent] = {"sent": "sent", "not_sent": "not sent", "give_up": "give up"}
"""What a form may send, and what it means."""


def routes() -> list[BaseRoute]:
    """Gives the page, and where its forms go."""
    return [
        Route("/tasks", tasks, methods=["GET"]),
        Route("/tasks", settle, methods=["POST"]),
        Route("/tasks/review", review, methods=["POST"]),
    ]


async def tasks(request: Request) -> Response:
    """Shows who needs a person, and which messages are in doubt."""
    return await _tasks(request)


async def settle(request: Request) -> Response:
    """Notes that somebody was told, or can't be reached by anyone."""
    one, form = await checked_form(request, Role.COORDINATOR, "say how it went with somebody")
    desk, verdict = desk_of(request), _TOLD.get(form.get("verdict"))
    if verdict is None:
        raise HTTPException(422)
    try:
        await desk.database.write(
            work.settle, one.actor, form.get("notice"), form.get("person"), verdict, form.get("note"), desk.around()
        )
    except UserError as error:
        return await _tasks(request, error)
    return RedirectResponse("/tasks?done=task", 303)


async def review(request: Request) -> Response:
    """Notes whether a message in doubt was sent."""
    one, form = await checked_form(request, Role.COORDINATOR, "settle a doubt")
    desk, verdict = desk_of(request), _SENT.get(form.get("verdict"))
    if verdict is None:
        raise HTTPException(422)
    try:
        await desk.database.write(reach.review, one.actor, form.get("message"), verdict, desk.around())
    except UserError as error:
        return await _tasks(request, error)
    return RedirectResponse("/tasks?done=review", 303)


async def _tasks(request: Request, error: UserError | None = None) -> Response:
    one = await visitor(request, Role.COORDINATOR, "see who needs a person")
    desk, speech = desk_of(request), speech_of(request)
    zone = desk.settings.zone
    waiting = [
        {**asdict(task), "until": speech.when(task.until.astimezone(zone), year=False)}
        for task in await desk.database.read(work.tasks, one.actor, desk.around())
    ]
    doubts = [
        {**asdict(doubt), "since": speech.when(doubt.since.astimezone(zone), year=False)}
        for doubt in await desk.database.read(work.doubts, one.actor, desk.around())
    ]
    unmatched = [
        {**asdict(kind), "when": speech.when(kind.last_at.astimezone(zone), year=False)}
        for kind in await desk.database.read(work.unmatched, one.actor, desk.around())
    ]
    done = speech.say("Noted.") if request.query_params.get("done") in ("task", "review") else None
    return page(
        request,
        "tasks.html",
        422 if error else 200,
        tasks=waiting,
        doubts=doubts,
        unmatched=unmatched,
        done=done,
        error=error,
    )
