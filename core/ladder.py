"""The ladder: which route comes next for a person, and when it is a person's turn."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from core.people import RouteState


class Route(NamedTuple):
    """What the ladder needs to know of a route. `consented` says that a recorded basis allows promotion on it."""

    id: int
    channel: str
    state: str
    consented: bool


class Step(NamedTuple):
    """The next step for a recipient: exactly one of the three is set.

    `route` is tried next; `task` says why a person must see to it; `left_out` says why nothing is done on purpose.
    """

    route: Route | None = None
    task: str | None = None
    left_out: str | None = None


NO_ROUTE = "no route on file"
NO_WORKING_ROUTE = "no route that works"
SWITCHED_OFF = "their channel is not set up here"
OPTED_OUT = "asked us to stop"
NO_CONSENT = "no recorded consent to promotion"


def next_step(routes: Sequence[Route], tried: Collection[int], channels: Collection[str], *, promotion: bool) -> Step:
    """Chooses the next step of a ladder.

    `routes` are the person's own, in their own order, without those they never want used; `tried` the ids of routes
    already used for this notice; `channels` those that are switched on. The last rung is always a person.
    """
    if not routes:
        return Step(task=NO_ROUTE)
    stopped = untold = off = False
    for route in routes:
        if route.state == RouteState.STOPPED:
            stopped = True
        elif promotion and not route.consented:
            untold = True
        elif route.state == RouteState.ACTIVE and route.id not in tried:
            if route.channel in channels:
                return Step(route=route)
            off = True
    if off:
        return Step(task=SWITCHED_OFF)
    if not tried:
        if untold:
            return Step(left_out=NO_CONSENT)
        if stopped:
            return Step(left_out=OPTED_OUT)
    return Step(task=NO_WORKING_ROUTE)
