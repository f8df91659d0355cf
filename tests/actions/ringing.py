"""Callers, people to ring and calls on the list, in a line or two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from actions import shift
from actions.leaving import Surroundings
from actions.shift import Held
from core.people import Role
from core.roles import Actor
from store.database import Session
from store.tables import Notice, Person
from tests.actions.meetings import around
from tests.store.people import add_person, claim, publish, say

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)

CORA, JOE = Actor("cora", Role.CALLER), Actor("joe", Role.CALLER)
VERA = Actor("vera", Role.VIEWER)


def at(minutes: float = 0, **more: Any) -> Surroundings:
    """What the actions are handed, so many minutes after noon."""
    return around(NOON + minutes * MINUTE, **more)


def list_calls(session: Session) -> None:
    """Puts every call that is due on the list."""
    while some := claim(session, "phone", at=NOON):
        for one in some:
            say(session, one, "accepted", provider="phone")


def number(n: int) -> str:
    return f"+4416329{n:05d}"


def people(session: Session, *names: str, **more: Any) -> list[Person]:
    """Adds people who can only be rung, each with a number of their own."""
    return [
        add_person(session, name, "phone", addresses={"phone": number(at)}, **more)
        for at, name in enumerate(names, 1000)
    ]


def to_ring(
    session: Session, *names: str, key: str = "k1", more: dict[str, Any] | None = None, **person: Any
) -> Notice:
    """Adds people, and a notice that they are to be told of by a call."""
    people(session, *names, **person)
    notice = publish(session, key, **(more or {}))
    list_calls(session)
    return notice


def next_of(session: Session, actor: Actor = CORA, minutes: float = 0, **more: Any) -> Held | None:
    return shift.next_call(session, actor, at(minutes, **more))


def holding(session: Session, actor: Actor = CORA, minutes: float = 0, **more: Any) -> Held:
    """The next call, which there must be."""
    held = next_of(session, actor, minutes, **more)
    assert held is not None
    return held


def save(session: Session, held: Held, outcome: str, minutes: float = 0, actor: Actor = CORA, **more: Any) -> set[str]:
    return shift.save(session, actor, held.token, held.call, outcome, more.pop("remark", ""), at(minutes), **more)


def round_of(session: Session, actor: Actor, outcomes: Sequence[str], minutes: float = 0) -> list[str]:
    """Rings one person after the other; gives their names in the order in which they came."""
    names = []
    for outcome in outcomes:
        held = holding(session, actor, minutes)
        names.append(held.whole_name or held.name)
        save(session, held, outcome, minutes, actor)
    return names
