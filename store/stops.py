"""What a person wishes: stopping a route or everything, starting again, and the order of their routes.

Each change withdraws what has not left yet and has the log outside the database say so before it commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select, update

from core.errors import UserError
from core.ladder import OPTED_OUT
from core.people import RouteState
from store.stop_log import remember_person, remember_stop
from store.suppressions import lift, route_hash
from store.tables import Consent, Person, Route
from store.tables.base import known
from store.withdraw import withdraw_person, withdraw_route


def stop_route(session: Session, route: Route, now: datetime, reason: str = OPTED_OUT) -> int:
    """Stops one route by the person's wish, and with it the consents given on it; no other route takes its place.

    Returns how many deliveries were withdrawn.
    """
    _set_state(route, RouteState.STOPPED, reason, now)
    _withdraw_consents(session, [known(route.id)], now)
    remember_stop(session, route)
    return withdraw_route(session, known(route.id), reason, now)


def start_route(session: Session, route: Route, secret: bytes, now: datetime) -> None:
    """Lets a route be used again: the person wishes it, or the address works again.

    Where the person had asked us to stop everything, their other routes stay stopped. Raises UserError for an address
    that was erased.
    """
    if route.address is None:
        raise UserError("This address was erased", mend="Add the person anew, with their address.")
    person = session.get_one(Person, route.person_id)
    if person.stopped_at:
        for other in routes_of_person(session, person):
            if other.state == RouteState.ACTIVE and other.id != route.id:
                _set_state(other, RouteState.STOPPED, OPTED_OUT, person.stopped_at)
                remember_stop(session, other)
        person.stopped_at, person.changed_at = None, now
    _set_state(route, RouteState.ACTIVE, "", now)
    lift(session, route_hash(secret, route.channel, route.address))
    session.flush()
    remember_stop(session, route, "route_started")


def stop_everything(session: Session, person: Person, now: datetime) -> int:
    """Stops every route by the person's wish, calls too; returns how many deliveries were withdrawn."""
    person.stopped_at = person.stopped_at or now
    person.changed_at = now
    _withdraw_consents(session, [known(route.id) for route in routes_of_person(session, person)], now)
    remember_person(session, person, "everything_stopped")
    return withdraw_person(session, known(person.id), OPTED_OUT, now)


def set_order(session: Session, person: Person, routes: Sequence[int], now: datetime, *, by_person: bool) -> None:
    """Puts a person's routes, named by key, into this order; those that are not named follow as they were.

    An order that the person chose themselves is not changed by a people file. Raises UserError for a route that is not
    theirs.
    """
    own = {known(route.id): route for route in routes_of_person(session, person)}
    if not set(routes) <= own.keys():
        raise UserError("One of these routes is not this person's")
    for position, id_ in enumerate(dict.fromkeys([*routes, *own]), 1):
        own[id_].position = position
    person.order_by_person, person.changed_at = by_person, now
    session.flush()


def routes_of_person(session: Session, person: Person) -> list[Route]:
    """Returns a person's routes in their own order."""
    query = select(Route).where(Route.person_id == person.id).order_by(col(Route.position), col(Route.id))
    return list(session.exec(query))


def route_by_uid(session: Session, uid: str) -> Route:
    """Finds a route by its outside id; raises UserError where there is none."""
    route = session.exec(select(Route).where(Route.uid == uid)).first()
    if route is None:
        raise UserError("There is no route with this id", mend="See the person's routes: ringround people show ID.")
    return route


def _set_state(route: Route, state: RouteState, reason: str, now: datetime) -> None:
    route.state, route.state_reason, route.state_at = state, reason, now


def _withdraw_consents(session: Session, routes: Sequence[int], now: datetime) -> None:
    session.flush()
    session.exec(
        update(Consent)
        .where(col(Consent.route_id).in_(routes), col(Consent.withdrawn_at).is_(None))
        .values(withdrawn_at=now)
    )
