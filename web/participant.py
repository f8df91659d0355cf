"""A participant's own pages: answer a meeting, put it into a calendar, say how to hear from us, pause, stop, leave.

The link is the key, so there is no password; it comes with a message and opens nothing 90 days later. Looking never
changes anything. Everything works without JavaScript, one thing at a time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions import answers, visits, wishes
from core.answers import Answer
from core.cells import FORMATS
from core.errors import UserError
from core.links import Purpose
from core.people import Status
from store.visits import Visit
from web.errors import Sorry
from web.forms import Form, form_of
from web.links import calmly, links_of, opened
from web.render import desk_of, page, speech_of
from web.visit_words import done_words, erase_word, formats, languages, told, way

MEDIUM = "page"


def routes() -> list[BaseRoute]:
    """Gives a person's pages; what each form does stands in `_DOES`."""
    pages = [Route(f"/visit/{{token}}{path}", show, methods=["GET"]) for path in _PAGES]
    return [*pages, *(Route(f"/visit/{{token}}{path}", act, methods=["POST"]) for path in _DOES)]


async def show(request: Request) -> Response:
    """Shows one of the pages."""
    return await _shown(request, await opened(request, Purpose.VISIT))


async def act(request: Request) -> Response:
    """Does what a form asks for, then shows the page that it stands on, with what was done."""
    visit = await opened(request, Purpose.VISIT)
    form = await form_of(request)
    do, below = _DOES[_place(request)]
    try:
        async with calmly(request):
            result = await do(request, visit, form)
    except UserError as error:
        return await _shown(request, visit, place=below, error=error, form=form)
    if isinstance(result, Response):
        return result
    return RedirectResponse(f"/visit/{request.path_params['token']}{below}?done={result}", 303)


async def _shown(
    request: Request,
    visit: Visit,
    *,
    place: str | None = None,
    error: UserError | None = None,
    form: Form | None = None,
) -> Response:
    desk, speech = desk_of(request), speech_of(request)
    place = _place(request) if place is None else place
    now = desk.clock.now()
    found = await desk.database.read(visits.shown, links_of(request), visit.person, now)
    card = found.card
    zone = card.timezone or desk.settings.timezone
    done = request.query_params.get("done", "")
    return page(
        request,
        _PAGES[place],
        status=400 if error else 200,
        home=f"/visit/{request.path_params['token']}",
        name=visit.name,
        card=card,
        coming=[told(speech, one, zone) for one in found.coming],
        feed=found.feed,
        ics=found.ics,
        done=done_words(speech).get(done, ""),
        error=error,
        form=form,
        ways=[way(speech, one, by_phone=one.channel in ("sms", "phone")) for one in card.routes if one.address],
        languages=languages(desk.catalogues.languages, card.language, desk.settings.language),
        formats=formats(speech),
        shared=visit.shared,
        paused=card.person.status == Status.PAUSED,
        left=card.person.status == Status.LEFT,
        today=now.astimezone(desk.settings.zone).date(),
        erase_word=erase_word(speech),
    )


def _place(request: Request) -> str:
    return request.url.path.removeprefix(f"/visit/{request.path_params['token']}")


async def _answer(request: Request, visit: Visit, form: Form) -> str:
    """Only a meeting that is this person's: whatever another one's id is sent for is somebody else's."""
    desk = desk_of(request)
    around = desk.around()
    given = form.get("answer")
    if given not in set(Answer):
        raise UserError(speech_of(request).say("Press one of the three buttons below the meeting"))
    meeting = await desk.database.read(visits.invited_to, visit.person, form.get("meeting"), around.now)
    await desk.database.write(answers.answer_meeting, visit.person, meeting.meeting.id, Answer(given), MEDIUM, around)
    return given


async def _call(request: Request, visit: Visit, _: Form) -> str:
    desk = desk_of(request)
    return "call" if await desk.database.write(wishes.call_me, visit.person, desk.around()) else "no_number"


async def _hear(request: Request, visit: Visit, form: Form) -> str:
    desk = desk_of(request)
    if first := form.get("first"):
        await desk.database.write(wishes.set_order, visit.person, [first], desk.around())
        return "order"
    if route := form.get("stop"):
        await desk.database.write(wishes.stop_route, visit.person, route, desk.around())
        return "stopped_one"
    if route := form.get("start"):
        await desk.database.write(wishes.start, visit.person, route, desk.around())
        return "started"
    raise UserError(speech_of(request).say("Press one of the buttons"))


async def _words(request: Request, visit: Visit, form: Form) -> str:
    desk, say = desk_of(request), speech_of(request).say
    language = form.get("other") if form.get("language") == "other" else form.get("language")
    if form.get("format") not in FORMATS:
        raise UserError(say("Choose one of the formats"))
    try:
        await desk.database.write(wishes.set_language, visit.person, language, desk.around())
    except UserError:
        raise UserError(
            say("We do not know this language"),
            where="other",
            mend=say("Write its English name, like Polish or Urdu. If that does not help, ring us."),
        ) from None
    await desk.database.write(wishes.set_format, visit.person, form.get("format"), desk.around())
    return "words"


async def _pause(request: Request, visit: Visit, form: Form) -> str:
    desk, say = desk_of(request), speech_of(request).say
    around = desk.around()
    match form.get("do"):
        case "pause":
            try:
                until = date.fromisoformat(form.get("until"))
            except ValueError:
                raise UserError(
                    say("This is not a day"), where="until", mend=say("Choose the day on which we may write again.")
                ) from None
            if until <= around.now.astimezone(around.settings.zone).date():
                raise UserError(say("This day is not to come"), where="until", mend=say("Choose a day after today."))
            await desk.database.write(wishes.pause, visit.person, until, around)
            return "paused"
        case "unpause":
            await desk.database.write(wishes.unpause, visit.person, around)
            return "unpaused"
        case "stop":
            await desk.database.write(wishes.stop_everything, visit.person, around)
            return "stopped"
        case "start":
            await desk.database.write(wishes.start, visit.person, None, around)
            return "started"
        case _:
            raise UserError(say("Press one of the buttons"))


async def _download(request: Request, visit: Visit, _: Form) -> Response:
    _alone(request, visit)
    made = await desk_of(request).database.read(wishes.download, visit.person)
    return Response(
        made,
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


async def _erase(request: Request, visit: Visit, form: Form) -> Response:
    _alone(request, visit)
    desk, speech = desk_of(request), speech_of(request)
    word = erase_word(speech)
    if form.get("word").casefold() != word.casefold():
        raise UserError(
            speech.say("Your data is not erased"),
            where="word",
            mend=speech.say("To erase it, write the word {word} into the box.", word=word),
        )
    await desk.database.write(wishes.erase, visit.person, desk.around())
    return page(request, "visit_erased.html")


async def _links(request: Request, visit: Visit, _: Form) -> Response:
    desk = desk_of(request)
    await desk.database.write(visits.renew, visit.person, desk.around(), speech_of(request))
    return page(request, "visit_renewed.html")


def _alone(request: Request, visit: Visit) -> None:
    """Others may read what comes on a shared route: what is on file is not theirs to have or to erase."""
    if visit.shared:
        say = speech_of(request).say
        raise Sorry(
            403,
            say("Others may have this link too"),
            say("It came to a phone or mailbox that is shared. Ring us, and we do this with you."),
        )


_PAGES = {
    "": "visit.html",
    "/hear": "visit_hear.html",
    "/words": "visit_words.html",
    "/pause": "visit_pause.html",
    "/data": "visit_data.html",
}
"""The pages, by what follows the token."""

_Do = Callable[[Request, Visit, Form], Awaitable[str | Response]]

_DOES: dict[str, tuple[_Do, str]] = {
    "/answer": (_answer, ""),
    "/call": (_call, ""),
    "/hear": (_hear, "/hear"),
    "/words": (_words, "/words"),
    "/pause": (_pause, "/pause"),
    "/download": (_download, "/data"),
    "/erase": (_erase, "/data"),
    "/links": (_links, "/data"),
}
"""What each form does, and the page that it stands on."""
