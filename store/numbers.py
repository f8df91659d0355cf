"""A number that reaches nobody, or somebody else: what it means for every way that leads to it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from core.calls import WRONG_NUMBER
from core.delivery import FINAL, State
from core.people import RouteState, Status
from core.settling import Move
from store import alerts
from store.settle import Ways, apply_move, close_route
from store.tables import Delivery, Person, Route
from store.tables.base import known


def close_number(session: Session, route_id: int, reason: str, now: datetime) -> list[int]:
    """Switches off every route of a person that leads to the same number as this one, and returns their keys.

    Whoever picks up, or nobody, would get the texts too. Other people's routes stay as they are: that Ann is not there
    says nothing of Bob. Staff are told who else has the number.
    """
    route = session.get_one(Route, route_id)
    same = select(Route).where(Route.person_id == route.person_id, Route.address == route.address)
    routes = [known(one.id) for one in session.exec(same).all()]
    news = route.state == RouteState.ACTIVE
    for one in routes:
        close_route(session, one, RouteState.DEAD, reason, now)
    if news:
        _tell_of_others(session, route, reason, now)
    return routes


def give_up(session: Session, routes: list[int], reason: str, now: datetime, ways: Ways) -> set[str]:
    """Has whatever waits for these routes, or went there without proof, take its next rung, where it is still useful.

    What is being sent at this moment is settled when its answer comes. Returns the channels on which something new is
    now waiting.
    """
    waiting = select(Delivery.id).where(
        col(Delivery.route_id).in_(routes),
        col(Delivery.state).not_in((*FINAL, State.SENDING)),
        Delivery.not_after > now,
    )
    woken: set[str] = set()
    for delivery_id in session.exec(waiting.order_by(col(Delivery.id))).all():
        woken |= apply_move(session, known(delivery_id), Move(State.FAILED, reason, climb=True), now, ways)
    return woken


def _tell_of_others(session: Session, route: Route, reason: str, now: datetime) -> None:
    person = session.get_one(Person, route.person_id)
    wanted = (
        select(Person.name)
        .join(Route, col(Route.person_id) == Person.id)
        .where(Route.address == route.address, Route.state == RouteState.ACTIVE, Person.id != person.id)
        .where(col(Person.status).in_((Status.ACTIVE, Status.PAUSED)))
        .order_by(Person.name)
        .distinct()
    )
    if others := session.exec(wanted).all():
        what = "is somebody else's" if reason == WRONG_NUMBER else "does not work"
        alerts.tell_staff(
            session,
            f"number:{route.uid}:{now.isoformat()}",
            f"Is this number right for {', '.join(others)}?",
            f"A caller found that the number of {person.name} {what}. It is on file for {', '.join(others)} too, and "
            "stays in use there. Ask them for a number that is right.",
            now,
        )
