"""Call lists on paper and in a sheet: hand them out, take them back, bring them in filled."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions import call_lists, call_returns, calls
from actions.call_returns import MOST_LISTED
from core.calendar import instant, read_wall
from core.errors import UserError
from core.people import Role
from core.printed_call import NoFont
from core.sheets import MOST_BYTES
from web.forms import Form
from web.render import desk_of, page, speech_of
from web.session import checked_form, visitor

SHEET = "/calls/sheet"
"""Where a filled list goes."""

LARGEST_SHEET = MOST_BYTES + 64 * 1024
"""Bytes of a form with the largest sheet in it."""

_KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def routes() -> list[BaseRoute]:
    """Gives the page of lists and what it sends to."""
    return [
        Route("/calls/paper", show, methods=["GET"]),
        Route("/calls/paper", export, methods=["POST"]),
        Route("/calls/back", take_back, methods=["POST"]),
        Route(SHEET, bring_in, methods=["POST"]),
    ]


async def show(request: Request) -> Response:
    """Shows how to make a list, who has one, and where a filled one goes."""
    return await _show(request)


async def export(request: Request) -> Response:
    """Gives the list as a file; in somebody's name it is theirs until a time."""
    one, form = await checked_form(request, Role.CALLER, "make a call list")
    desk, around = desk_of(request), desk_of(request).around()
    kind, until = form.get("kind"), form.get("until")
    name = f"calls.{kind}" if kind in _KINDS else kind
    try:
        done = await call_lists.export(
            desk.database,
            one.actor,
            name,
            around,
            caller=form.get("caller"),
            until=instant(read_wall(until, where="until"), around.zone) if until else None,
            whole=form.get("all_the_same") != "yes",
        )
    except UserError as error:
        return await _show(request, error, form)
    if done.unprintable and form.get("all_the_same") != "yes":
        speech = speech_of(request)
        texts = [text.words(speech) for text in done.unprintable]
        return page(request, "unprintable.html", texts=texts, caller=form.get("caller"), until=until)
    return Response(
        done.data,
        media_type=_KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def take_back(request: Request) -> Response:
    """Takes back a list that somebody has on paper."""
    one, form = await checked_form(request, Role.COORDINATOR, "take back a list")
    desk = desk_of(request)
    await desk.database.write(call_lists.take_back, one.actor, form.get("caller"), desk.around())
    return RedirectResponse("/calls/paper?done=back", 303)


async def bring_in(request: Request) -> Response:
    """Notes what a filled list says, and shows what could not be noted."""
    one, form = await checked_form(request, Role.CALLER, "bring a call list back", files=1)
    desk, file = desk_of(request), form.file("sheet")
    if file is None:
        await request.close()
        none = UserError("No file was chosen", where="sheet", mend="Choose the filled list, and try again.")
        return await _show(request, none, form)
    data = await file.read()
    await request.close()  # the file that the browser sent
    try:
        filled = await asyncio.to_thread(call_returns.read_calls, data, file.filename or "calls.xlsx")
        done = await desk.database.read(call_returns.begin, one.actor, filled)
        for part in filled.parts():
            await desk.database.write(call_returns.note_rows, one.actor, part, desk.around(), done)
    except UserError as error:
        return await _show(request, error, form)
    return page(
        request,
        "calls_back.html",
        422 if done.errors else 200,
        done=done,
        flagged=done.flagged[:MOST_LISTED],
        errors=done.errors[:MOST_LISTED],
    )


async def _show(request: Request, error: UserError | None = None, form: Form | None = None) -> Response:
    one = await visitor(request, Role.CALLER, "make a call list")
    desk, speech = desk_of(request), speech_of(request)
    zone = desk.settings.zone
    around = desk.around()
    out = [
        {
            "by": some.name,
            "count": some.count,
            "until": speech.when(some.until.astimezone(zone), year=False),
        }
        for some in await desk.database.read(call_lists.lists_out, one.actor, around)
    ]
    kind = form.get("kind") if form else "pdf"
    return page(
        request,
        "paper.html",
        422 if error else 200,
        out=out,
        waiting=await desk.database.read(calls.count, one.actor, around),
        sheet=SHEET,
        error=error,
        caller=form.get("caller")[:100] if form else "",
        until=form.get("until")[:40] if form else "",
        kind="xlsx" if isinstance(error, NoFont) else kind,
        done=speech.say("The list is taken back. Anybody may ring these people now.")
        if request.query_params.get("done") == "back"
        else None,
    )
