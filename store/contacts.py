"""A person's ways to be reached, put right one at a time: another address in the place of one, or one more."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from core.errors import UserError
from core.people import RouteState, Status
from core.person_row import PersonRow
from store import bulk
from store.intake import Intake
from store.on_file import REPLACED, OnFile, load
from store.tables import Consent, Person, Route
from store.tables.base import known
from store.withdraw import UNSENT, withdraw_route

_WAITING = UNSENT.replace("'review'", "'held'")
"""What may still go to another address; of what waits for review nobody knows whether it has gone out."""


def replace_address(session: Session, route: Route, address: str, secret: bytes, now: datetime) -> tuple[Route, str]:
    """Puts an address in the place of another, and has what waits for the old one go there.

    The person's consents on the old one count for the new one; a stop does too. Returns the new route, and why it is
    not used where somebody asked us to stop. Raises `UserError` for an address that the person has already.
    """
    person = session.get_one(Person, route.person_id)
    one = _on_file(session, person)
    if one.route_at(route.channel, address) is not None:
        raise UserError("This address is on file for them already", mend="Choose it in the list, and use it again.")
    stopped = route.state == RouteState.STOPPED
    new, problem = _make(session, one, route.channel, address, route.position, secret, now, stopped=stopped)
    for consent in session.exec(
        select(Consent).where(Consent.route_id == route.id, col(Consent.withdrawn_at).is_(None))
    ):
        copy = consent.model_dump(exclude={"id", "route_id"})
        session.add(Consent(route_id=known(new.id), **copy))
    if route.state == RouteState.ACTIVE:
        route.state, route.state_reason, route.state_at = RouteState.DEAD, REPLACED, now
    if new.state == RouteState.ACTIVE:
        session.flush()
        bulk.change(
            session,
            f"UPDATE delivery SET route_id = ?, changed_at = ? WHERE route_id = ? AND {_WAITING}",
            (known(new.id), bulk.stamp(session, now), known(route.id)),
        )
    else:
        withdraw_route(session, known(route.id), new.state_reason, now)
    person.changed_at = now
    session.flush()
    return new, problem


def add_address(
    session: Session, person: Person, channel: str, address: str, secret: bytes, now: datetime
) -> tuple[Route, str]:
    """Adds one more way to reach a person, behind those they have; returns and raises as `replace_address` does."""
    one = _on_file(session, person)
    if one.route_at(channel, address) is not None:
        raise UserError("This address is on file for them already", mend="Choose it in the list, and use it again.")
    if channel in one.never:
        raise UserError("They asked us never to use this channel", mend="Ask them first.")
    stopped = channel in one.stopped_channels
    position = max((route.position for route in one.live), default=0) + 1
    made = _make(session, one, channel, address, position, secret, now, stopped=stopped)
    person.changed_at = now
    session.flush()
    return made


def owner(session: Session, route: Route) -> str:
    """Returns the outside id of whose route it is."""
    return session.get_one(Person, route.person_id).uid


def waiting(session: Session, person: Person) -> int:
    """Counts what has not left yet for a person."""
    theirs = "recipient_id IN (SELECT id FROM recipient WHERE person_id = ?)"
    sql = f"SELECT COUNT(*) FROM delivery WHERE {theirs} AND {UNSENT}"
    return int(bulk.rows(session, sql, (known(person.id),))[0][0])


def _on_file(session: Session, person: Person) -> OnFile:
    if person.status in (Status.DIED, Status.ERASED):
        raise UserError("This person is marked as having died or was erased", mend="Nothing was changed.")
    return load(session, [known(person.id)])[known(person.id)]


def _make(
    session: Session,
    one: OnFile,
    channel: str,
    address: str,
    position: int,
    secret: bytes,
    now: datetime,
    *,
    stopped: bool,
) -> tuple[Route, str]:
    """Makes a route by the rules of an import: it begins stopped where it must not be used."""
    intake = Intake(session, secret, now)
    row = PersonRow(number=0, name=one.person.name)
    values = intake.route(row, known(one.person.id), channel, address, position, stopped=stopped)
    new = Route(**values)
    session.add(new)
    session.flush()
    problems = intake.result.conflicts
    return new, problems[0].problem if problems else ""
