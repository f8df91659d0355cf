"""Tells staff: an alert is an ordinary notice to everyone who can act on it, on their own channels."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from core.notices import DEFAULT_POLICY, SERVICE, USEFUL_FOR, Kind, Whom
from core.people import WORDS
from store import bulk
from store.tables import Person, Route
from store.tables.base import new_uid


def tell_staff(
    session: Session,
    key: str,
    subject: str,
    text: str,
    now: datetime,
    *,
    urgent: bool = False,
    all_routes: bool = False,
) -> None:
    """Makes an alert once for each `key`; it spreads over the staff on the dispatcher's next round.

    The text is plain, without placeholders: braces in a name are doubled here. `urgent` leaves in quiet hours too;
    with `all_routes` it goes by every route of theirs at once.
    """
    at, until = bulk.stamp(session, now), bulk.stamp(session, now + USEFUL_FOR)
    values = {
        "uid": new_uid(),
        "key": f"alert:{key}",
        "kind": Kind.ALERT,
        "state": "open",
        "text": _literal(text),
        "subject": _literal(subject)[:150],
        "language": "en",
        "format": "standard",
        "purpose": SERVICE,
        "policy": DEFAULT_POLICY[Kind.ALERT],
        "staff_only": True,
        "rehearsal": False,
        "urgent": urgent,
        "unfit": "send",
        "audience": Whom.EVERYONE,
        "calls": True,
        "all_routes": all_routes,
        "not_before": at,
        "not_after": until,
        "cursor": 0,
        "people": 0,
        "created_at": at,
        "created_by": "service",
    }
    names = ", ".join(values)
    places = ", ".join("?" * len(values))
    bulk.change(
        session,
        f"INSERT INTO notice ({names}) VALUES ({places}) ON CONFLICT (key) DO NOTHING",
        tuple(values.values()),
    )


def tell_of_stop(session: Session, person: Person, route: Route, now: datetime) -> None:
    """Tells staff that somebody has stopped one route, however we learned of it; call it once for each stop."""
    messages = WORDS.get(route.channel, route.channel)
    tell_staff(
        session,
        f"stop:{route.uid}:{now.isoformat()}",
        f"{person.name} asked us to stop {messages}",
        f"{person.name} asked us to stop {messages}. "
        "Nothing more goes there, and nothing else was started in its place. "
        "If they may want to hear from us another way, ask them.",
        now,
    )


def was_told(session: Session, key: str) -> bool:
    """Tells whether staff were given the alert of a key."""
    return bool(bulk.rows(session, "SELECT 1 FROM notice WHERE key = ?", (f"alert:{key}",)))


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
