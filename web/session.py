"""Staff on the web pages: logging in by a one-time link, who is here, and that a form is theirs."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from actions import sessions
from actions.desk import Desk
from core.people import Role
from core.roles import ORDER, Actor
from store.sessions import SEEN_EVERY
from web.errors import LoggedOut, Sorry, new_link
from web.forms import Form, form_of, same
from web.limits import missed
from web.render import desk_of, page, speak, speech_of


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member of staff who is logged in, with the role of this moment. `csrf` goes into every form of theirs.

    `kept` is what their browser keeps.
    """

    actor: Actor
    person: str
    name: str
    csrf: str
    kept: str

    def may(self, role: str) -> bool:
        """Tells whether their role is at least `role`: a page shows only what its reader may do."""
        return ORDER.index(self.actor.role) >= ORDER.index(Role(role))


def routes() -> list[BaseRoute]:
    """Gives the pages to log in and out, and the first page of staff."""
    return [
        Route("/", start, methods=["GET"]),
        Route("/login/{token}", offer, methods=["GET"]),
        Route("/login/{token}", login, methods=["POST"]),
        Route("/logout", logout, methods=["POST"]),
    ]


async def visitor(request: Request, role: Role, to: str = "see this page") -> Visitor:
    """Gives who is logged in; asked anew at each request, so that whoever is suspended is out at once.

    Raises `LoggedOut` for nobody, and `Refused` unless their role is at least `role`; `to` says what they wanted.
    """
    desk = desk_of(request)
    kept = _kept(request, desk)
    now = desk.clock.now()
    found = await desk.database.read(sessions.whose, kept, now) if kept else None
    if kept is None or found is None:
        raise LoggedOut
    if now - found.seen_at >= SEEN_EVERY:
        await desk.database.write_silently(sessions.seen, kept, now)
    speak(request, found.language)
    one = Visitor(Actor(found.person, found.role), found.person, found.name, _csrf(desk, kept), kept)
    request.state.visitor = one
    one.actor.must_be(role, to)
    return one


async def checked_form(request: Request, role: Role, to: str = "do this", *, files: int = 0) -> tuple[Visitor, Form]:
    """Gives who sends a form, and the form; raises like `visitor` and `form_of`, and 403 where it is not theirs."""
    one = await visitor(request, role, to)
    form = await form_of(request, files=files)
    if not same(form.get("csrf"), one.csrf):
        say = speech_of(request).say
        raise Sorry(
            403,
            say("This form is from another log-in"),
            say("Go back, load the page anew, and fill it in once more. Nothing was done."),
        )
    return one, form


async def start(request: Request) -> Response:
    """Shows what a member of staff can do here."""
    await visitor(request, Role.VIEWER)
    return page(request, "start.html")


async def offer(request: Request) -> Response:
    """Shows a button that logs in: a robot that looks at links before a person does uses nothing up."""
    desk = desk_of(request)
    name = await desk.database.read(sessions.invited, request.path_params["token"], desk.clock.now())
    if name is None:
        await missed(request)
        raise _ended(request)
    return page(request, "login.html", name=name)


async def login(request: Request) -> Response:
    """Logs in, once for each link, and leads to the first page."""
    desk = desk_of(request)
    await form_of(request)
    kept = await desk.database.write(sessions.login, request.path_params["token"], desk.clock.now())
    if kept is None:
        await missed(request)
        raise _ended(request)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        _name(desk),
        _signer(desk).sign(kept).decode(),
        max_age=int(sessions.LASTS.total_seconds()),
        secure=_https(desk),
        httponly=True,
        samesite="lax",
    )
    return response


async def logout(request: Request) -> Response:
    """Logs out on this device."""
    one, _ = await checked_form(request, Role.VIEWER)
    desk = desk_of(request)
    await desk.database.write(sessions.logout, one.kept, desk.clock.now())
    del request.state.visitor
    response = page(request, "logged_out.html", new_link=new_link(request))
    response.delete_cookie(_name(desk), secure=_https(desk), httponly=True, samesite="lax")
    return response


def _ended(request: Request) -> Sorry:
    say = speech_of(request).say
    once = say("A link works once, for 10 minutes.")
    return Sorry(410, say("This log-in link does not work any more"), f"{once} {new_link(request)}")


def _kept(request: Request, desk: Desk) -> str | None:
    try:
        return _signer(desk).unsign(request.cookies.get(_name(desk), "")).decode()
    except (BadSignature, UnicodeError):
        return None


def _signer(desk: Desk) -> Signer:
    return Signer(desk.secret, salt="ringround.session", key_derivation="hmac", digest_method=hashlib.sha256)


def _csrf(desk: Desk, kept: str) -> str:
    return hmac.new(desk.secret, f"ringround.csrf {kept}".encode(), hashlib.sha256).hexdigest()


def _https(desk: Desk) -> bool:
    return desk.settings.public_url.startswith("https://")


def _name(desk: Desk) -> str:
    """The prefix has browsers keep it to this host and to https (RFC 6265bis, 4.1.3)."""
    return "__Host-ringround" if _https(desk) else "ringround"
