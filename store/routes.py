"""The routes of people, as planning and the ladder see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, select

from core.consents import PROMOTION
from core.ladder import Route
from core.people import RouteState
from core.placeholders import first_name
from store import bulk
from store.tables import Person
from store.tables import Route as RouteRow

_COLUMNS = ("person_id", "id", "channel", "state", "never", "consented")

_BASES = ", ".join("?" * len(PROMOTION))

_ROUTES = """
SELECT r.person_id, r.id, r.channel, r.state, p.never,
       EXISTS (
           SELECT 1 FROM consent c WHERE c.route_id = r.id AND c.withdrawn_at IS NULL AND c.basis IN ({bases})
       ) AS consented
FROM route r JOIN person p ON p.id = r.person_id
WHERE {which} AND r.address IS NOT NULL
ORDER BY r.person_id, r.position, r.id
"""


def routes_of(session: Session, people: Sequence[int]) -> dict[int, list[Route]]:
    """Returns each person's routes in their own order, without the channels they never want used.

    People without any are not in the answer.
    """
    places = ", ".join("?" * len(people))
    return _read(session, f"r.person_id IN ({places})", tuple(people)) if people else {}


def routes_between(session: Session, first: int, last: int) -> dict[int, list[Route]]:
    """Returns the routes of everyone whose key lies from `first` to `last`, as `routes_of` does."""
    return _read(session, "r.person_id BETWEEN ? AND ?", (first, last))


def _read(session: Session, which: str, values: tuple[Any, ...]) -> dict[int, list[Route]]:
    found: dict[int, list[Route]] = defaultdict(list)
    for person, id_, channel, state, never, consented in bulk.fetch(
        session, _COLUMNS, _ROUTES.format(which=which, bases=_BASES), (*PROMOTION, *values)
    ):
        if not never or channel not in never.split(";"):
            found[person].append(Route(id_, channel, state, bool(consented)))
    return found


def for_whom(session: Session, person: Person, route: RouteRow) -> str | None:
    """Returns whom a message on a shared or held route is for, and None on a route that is the person's alone."""
    if not person.held_by:
        others = select(RouteRow.id).where(
            RouteRow.channel == route.channel,
            RouteRow.address == route.address,
            RouteRow.person_id != person.id,
            RouteRow.state == RouteState.ACTIVE,
        )
        if session.exec(others).first() is None:
            return None
    return first_name(person.name, person.called)
