"""What a visitor gets when something is not right: one calm page, the right status, what to do next, whom to ring."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import OperatorError, Refused, UserError
from core.people import TELEGRAM
from core.speech import Speech
from web.render import desk_of, page, speech_of

log = logging.getLogger(__name__)

MACHINES = ("/callbacks/", "/healthz", "/readyz", "/metrics", "/openapi.json")
"""Where programs knock, not people: an error is one line of text there."""


class Sorry(HTTPException):
    """A page with a status that says in plain words what is wrong (`title`) and what to do next (`mend`).

    Both are phrases that have been said already, in the reader's language.
    """

    def __init__(self, status: int, title: str, mend: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail=title, headers=headers)
        self.title, self.mend = title, mend


class LoggedOut(Exception):
    """Nobody is logged in, or not any more."""


async def answer(request: Request, error: Exception) -> Response:
    """Gives the page, or the line, for an error."""
    speech = speech_of(request)
    headers: dict[str, str] = {}
    match error:
        case Sorry():
            status, title, mend = error.status_code, error.title, error.mend
            headers = dict(error.headers or {})
        case HTTPException():
            status = error.status_code
            title, mend = _words(speech, status)
            headers = dict(error.headers or {})
        case LoggedOut():
            status = HTTPStatus.UNAUTHORIZED
            title, lasts = speech.say("You are not logged in"), speech.say("A log-in lasts 12 hours.")
            mend = f"{lasts} {new_link(request)}"
            headers = {"WWW-Authenticate": 'Link realm="staff"'}  # RFC 9110 11.6.1 wants one; no browser knows ours
        case Refused():
            status, title, mend = HTTPStatus.FORBIDDEN, error.what, error.mend
        case UserError():
            status, title, mend = HTTPStatus.BAD_REQUEST, error.what, error.mend
        case OperatorError():
            log.error("A page could not be made: %s", error)
            status = HTTPStatus.SERVICE_UNAVAILABLE
            title, mend = _words(speech, status)
            headers = {"Retry-After": "60"}
        case _:
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            title, mend = _words(speech, status)
    if request.url.path.startswith(MACHINES):
        return PlainTextResponse(f"{title}. {mend}\n", status, headers)
    found = page(request, "error.html", status=int(status), heading=title.rstrip("."), mend=mend)
    found.headers.update(headers)
    return found


def new_link(request: Request) -> str:
    """Says how a member of staff comes by a new log-in link: from the chat where there is one, else from a person."""
    desk, say = desk_of(request), speech_of(request).say
    if TELEGRAM in desk.channels:
        return say("To get a new link, write /login to the group's chat.")
    who = ", ".join(filter(None, (desk.settings.group.contact_name, desk.settings.group.contact_phone)))
    if who:
        return say("Ask whoever runs Ringround for a new link: {who}.", who=who)
    return say("Ask whoever runs Ringround for a new link.")


def _words(speech: Speech, status: int) -> tuple[str, str]:
    say = speech.say
    match status:
        case 400:
            return say("This did not arrive as it should"), say("Go back and try once more.")
        case 403:
            return say("This page is not for you"), say("Go back, and use the buttons on the page before this one.")
        case 404:
            return (
                say("There is no such page"),
                say("The address may be mistyped, or a part of it may be missing. Open it from the message itself."),
            )
        case 405:
            return say("This page can't do that"), say("Open the link from the message itself once more.")
        case 410:
            return say("This link has ended"), say("The newest message from us has a link that works.")
        case 413:
            return say("That is too large"), say("Send less at once: a shorter text, or a smaller file.")
        case 415:
            return say("This is not a kind of file or form that we can read"), say("Use the form on the page.")
        case 429:
            return say("That was too much at once"), say("Wait a minute, then try once more.")
        case 503:
            return say("We can't do this just now"), say("Try once more in a few minutes. Nothing is lost.")
        case _:
            return (
                say("Something went wrong on our side"),
                say("It is not your fault. Try once more in a few minutes, or ring us."),
            )


class Faults:
    """Turns a fault of ours into the calm page; the trace goes to the log, never to a visitor."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            pass  # nobody waits for an answer any more
        except Exception as error:
            log.exception("A page failed in its own code")
            if begun:
                raise
            response = await answer(Request(scope), error)
            await response(scope, receive, send)
