"""Replays the log of stops onto a database that has just come out of a backup, oldest line first."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, cast

from sqlmodel import Session, col, select

from core.people import RouteState, Status
from store.erasure import erase
from store.people import set_status
from store.stop_log import Stop, StopLog, keyed_hash, person_subject, route_subject
from store.stops import start_route, stop_everything, stop_route
from store.suppressions import lift, suppress
from store.tables import Person, Route

_BACK = {"route_started", "came_back"}
_GONE = {"died": Status.DIED, "left": Status.LEFT}


class Replayed(NamedTuple):
    """How many stops were made again, and how many were of people or routes that the backup does not know."""

    again: int
    strangers: int


def replay(session: Session, log: StopLog, since: datetime) -> Replayed:
    """Does again what the log says from `since` on, so that everyone ends as their last line says.

    A line about somebody who is on file already as it says changes nothing. One about somebody whom the backup does
    not know becomes a suppression: they stay stopped, or away, when a people file brings them back.
    """
    stops = list(log.since(since))
    routes, people = _subjects(session, log.secret, {stop.hash for stop in stops})
    again = strangers = 0
    for stop in stops:
        if (route_id := routes.get(stop.hash)) is not None:
            again += _route(session, session.get_one(Route, route_id), stop, log.secret)
        elif (person_id := people.get(stop.hash)) is not None:
            again += _person(session, session.get_one(Person, person_id), stop, log.secret)
        elif stop.what in _BACK:
            for other in stop.others:
                lift(session, other)
        else:
            suppress(session, stop.others, stop.at)
            strangers += 1
        session.flush()
    return Replayed(again, strangers)


def _route(session: Session, route: Route, stop: Stop, secret: bytes) -> bool:
    if stop.what == "route_stopped" and route.state != RouteState.STOPPED:
        stop_route(session, route, stop.at)
        return True
    if stop.what == "route_started" and route.address is not None:
        start_route(session, route, secret, stop.at)
    return False


def _person(session: Session, person: Person, stop: Stop, secret: bytes) -> bool:
    if person.status == Status.ERASED:
        return False
    if stop.what == "erased":
        erase(session, person, secret, stop.at)
    elif stop.what == "everything_stopped" and person.stopped_at is None:
        stop_everything(session, person, stop.at)
    elif stop.what in _GONE and person.status != _GONE[stop.what]:
        set_status(session, person, _GONE[stop.what], None, stop.at)
    else:
        if stop.what == "came_back" and person.status in _GONE.values():
            set_status(session, person, Status.ACTIVE, None, stop.at)
        return False
    return True


def _subjects(session: Session, secret: bytes, wanted: set[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Finds the routes and people, by hash, that the log speaks of."""
    found: tuple[dict[str, int], dict[str, int]] = ({}, {})
    if wanted:
        for into, table, subject in ((found[0], Route, route_subject), (found[1], Person, person_subject)):
            rows = session.exec(select(table.id, table.uid).order_by(col(table.id)).execution_options(yield_per=1000))
            for id_, uid in rows:
                if (hash_ := keyed_hash(secret, subject(uid))) in wanted:
                    into[hash_] = cast("int", id_)
    return found
