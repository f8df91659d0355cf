"""The routes of people, as planning and the ladder see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from core.ladder import Route
from store import bulk

_ROUTES = """
SELECT r.person_id, r.id, r.channel, r.state, p.never,
       EXISTS (SELECT 1 FROM consent c WHERE c.route_id = r.id AND c.withdrawn_at IS NULL)
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
    for person, id_, channel, state, never, consented in bulk.rows(session, _ROUTES.format(which=which), values):
        if not never or channel not in never.split(";"):
            found[person].append(Route(id_, channel, state, bool(consented)))
    return found
