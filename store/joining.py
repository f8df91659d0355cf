"""Chats become routes of people; and the strangers who have asked for it."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, col, select, update

from core.chats import RequestState
from core.consents import Basis
from core.errors import UserError
from core.ladder import OPTED_OUT
from core.people import TELEGRAM, RouteState, Status
from store import settle, stops
from store.on_file import load
from store.tables import Consent, JoinRequest, Person, Route
from store.tables.base import known

BLOCKED = "blocked our bot"
"""Why a route is stopped whose owner has blocked the bot; letting it in again starts the route."""


def connect(
    session: Session, person: Person, chat: str, source: str, today: date, now: datetime, secret: bytes
) -> Route:
    """Makes a chat a route of a person, because they wish it; the order of their routes stays as it was.

    Whoever waited to be told by Telegram gets it as the preferred one. Raises UserError for somebody who is gone.
    """
    if person.status not in (Status.ACTIVE, Status.PAUSED):
        raise UserError("This link is not in use any more", mend="Ask the group for a new one.")
    on_file = load(session, [known(person.id)])[known(person.id)]
    route = next((one for one in on_file.routes if (one.channel, one.address) == (TELEGRAM, chat)), None)
    if route is None:
        last = max((one.position for one in on_file.routes), default=0)
        position = 1 if on_file.awaits_telegram else last + 1
        route = Route(person_id=known(person.id), channel=TELEGRAM, address=chat, position=position)
        session.add(route)
        session.flush()
    never = [channel for channel in person.never.split(";") if channel not in ("", TELEGRAM)]
    person.never, person.changed_at = ";".join(never), now
    stops.start_route(session, route, secret, now)
    session.add(Consent(route_id=known(route.id), basis=Basis.SERVICE, given_on=today, source=source, recorded_at=now))
    session.flush()
    return route


def routes_at(session: Session, chat: str) -> list[Route]:
    """Returns every route that leads to a chat."""
    return list(
        session.exec(select(Route).where(Route.channel == TELEGRAM, Route.address == chat).order_by(col(Route.id)))
    )


def shut_out(session: Session, chat: str, now: datetime) -> int:
    """Stops every route to a chat whose owner has blocked the bot; returns how many. Staff are told once of each."""
    active = [route for route in routes_at(session, chat) if route.state == RouteState.ACTIVE]
    for route in active:
        settle.close_route(session, known(route.id), RouteState.STOPPED, BLOCKED, now)
    return len(active)


def let_in_again(session: Session, chat: str, secret: bytes, now: datetime) -> int:
    """Starts every route to a chat that only a block had closed; returns how many.

    Whoever asked us to stop in words has to take it back in words too.
    """
    started = 0
    for route in routes_at(session, chat):
        person = session.get_one(Person, route.person_id)
        by_block = route.state == RouteState.STOPPED and route.state_reason != OPTED_OUT
        if (by_block or route.state == RouteState.DEAD) and person.stopped_at is None:
            stops.start_route(session, route, secret, now)
            started += 1
    return started


def ask(session: Session, chat: str, name: str, now: datetime) -> JoinRequest | None:
    """Writes down that a stranger would like to join; None where their chat has asked before."""
    if session.exec(select(JoinRequest.id).where(JoinRequest.chat == chat)).first() is not None:
        return None
    request = JoinRequest(chat=chat, name=name, at=now)
    session.add(request)
    session.flush()
    return request


def open_requests(session: Session) -> list[JoinRequest]:
    """Returns who waits to be let in, the longest first."""
    return list(
        session.exec(select(JoinRequest).where(JoinRequest.state == RequestState.OPEN).order_by(col(JoinRequest.id)))
    )


def untold(session: Session) -> list[JoinRequest]:
    """Returns the open requests of which no coordinator knows yet."""
    return [one for one in open_requests(session) if not one.told]


def told(session: Session, uid: str) -> None:
    """Writes down that coordinators know of a request."""
    session.exec(update(JoinRequest).where(col(JoinRequest.uid) == uid).values(told=True))


def open_request(session: Session, uid: str) -> JoinRequest:
    """Finds a request that nobody has settled; raises UserError."""
    wanted = select(JoinRequest).where(JoinRequest.uid == uid).with_for_update()
    request = session.exec(wanted).first()
    if request is None or request.state != RequestState.OPEN:
        raise UserError("Somebody else has seen to this request already")
    return request


def settle_request(request: JoinRequest, state: RequestState, by: str, person: Person | None = None) -> None:
    """Settles a request; the name of whoever was refused is not kept."""
    request.state, request.settled_by = state, by
    request.person_id = person.id if person else None
    if state is RequestState.REFUSED:
        request.name = ""


def settle_chat(session: Session, chat: str, person: Person) -> None:
    """Settles what a chat had asked for, because it joined by a link in the meantime."""
    request = session.exec(select(JoinRequest).where(JoinRequest.chat == chat)).first()
    if request is not None and request.state == RequestState.OPEN:
        settle_request(request, RequestState.ACCEPTED, "link", person)
