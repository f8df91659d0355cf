"""What the group's strategy means for the people on file."""

from __future__ import annotations

from collections import Counter

from actions.leaving import Surroundings
from core.people import EMAIL, PHONE, TELEGRAM, Role, Status
from core.roles import Actor
from core.strategy_words import Facts, check
from store import people
from store.database import Session

_ONLINE = frozenset({EMAIL, TELEGRAM})


def meaning(session: Session, actor: Actor, around: Surroundings) -> list[str]:
    """Says in whole sentences what the strategy means for everybody who would be invited.

    Counted are the channels that a person's messages may take and that are switched on here.
    """
    actor.must_be(Role.VIEWER, "see what the strategy means")
    found = [one for one in people.people(session, status=Status.ACTIVE) if not one.stopped]
    channels = [[channel for channel in one.channels if channel in around.channels] for one in found]
    facts = Facts(
        people=len(found),
        by_channel=Counter(mine[0] for mine in channels if mine),
        only_rung=sum(set(mine) == {PHONE} for mine in channels),
        only_online=sum(bool(mine) and set(mine) <= _ONLINE for mine in channels),
        no_route=sum(not mine for mine in channels),
    )
    return check(around.strategy, facts)
