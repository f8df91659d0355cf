"""Erases a person: what could tell who they were is gone, what happened is kept without them."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, delete, select, update

from core.people import TELEGRAM, RouteState, Status
from store import inbox
from store.stop_log import remember_person
from store.stops import routes_of_person
from store.suppressions import person_hash, route_hash, suppress
from store.tables import (
    CallOutcome,
    Consent,
    Conversation,
    Delivery,
    Invite,
    JoinRequest,
    Membership,
    Person,
    Recipient,
    Route,
    Staff,
    WebSession,
)
from store.tables.base import known
from store.withdraw import withdraw_person

ERASED = "Erased person"
WAS_ERASED = "erased"


def erase(session: Session, person: Person, secret: bytes, now: datetime) -> None:
    """Removes a person's name, addresses and texts, and what was written about them; withdraws what waits for them.

    Recipients and deliveries stay, so that the sums of old notices hold, with nothing in them that names the person.
    Keyed hashes stay of the addresses that were stopped, so that a stop survives, and of the name with each address,
    so that an old people file does not bring them back.
    """
    id_ = known(person.id)
    routes = routes_of_person(session, person)
    addressed = [(route, route.address) for route in routes if route.address is not None]
    stopped = [pair for pair in addressed if person.stopped_at or pair[0].state == RouteState.STOPPED]
    hashes = [route_hash(secret, route.channel, address) for route, address in stopped]
    hashes += [person_hash(secret, person.name, route.channel, address) for route, address in addressed]
    suppress(session, hashes, now)
    remember_person(session, person, "erased")
    withdraw_person(session, id_, WAS_ERASED, now)
    _clear_notes(session, person)
    inbox.forget(session, id_)
    for route in routes:
        route.address = None
        if route.state != RouteState.STOPPED:
            route.state, route.state_reason, route.state_at = RouteState.DEAD, WAS_ERASED, now
    owned = select(Route.id).where(Route.person_id == id_)
    session.exec(update(Consent).where(col(Consent.route_id).in_(owned)).values(wording="", source=""))
    session.exec(delete(Membership).where(col(Membership.person_id) == id_))
    session.exec(delete(Staff).where(col(Staff.person_id) == id_))
    session.exec(delete(Invite).where(col(Invite.person_id) == id_))
    session.exec(delete(WebSession).where(col(WebSession.person_id) == id_))
    chats = [address for route, address in addressed if route.channel == TELEGRAM]
    session.exec(delete(Conversation).where(col(Conversation.chat).in_(chats)))
    session.exec(delete(JoinRequest).where(or_(col(JoinRequest.person_id) == id_, col(JoinRequest.chat).in_(chats))))
    for text in ("called", "language", "format", "support", "timezone", "notes", "never", "held_by"):
        setattr(person, text, "")
    person.name, person.status, person.paused_until, person.changed_at = ERASED, Status.ERASED, None, now
    session.flush()


def _clear_notes(session: Session, person: Person) -> None:
    """Empties what staff wrote about the person, and takes the name out of what they wrote about others."""
    theirs = select(Recipient.id).where(Recipient.person_id == person.id)
    calls = select(Delivery.id).where(col(Delivery.recipient_id).in_(theirs))
    session.exec(update(CallOutcome).where(col(CallOutcome.delivery_id).in_(calls)).values(note=""))
    session.exec(update(Recipient).where(col(Recipient.person_id) == person.id).values(task_note=None))
    name = re.compile(re.escape(person.name), re.IGNORECASE)
    noted = select(CallOutcome).where(col(CallOutcome.note).icontains(person.name, autoescape=True))
    for outcome in session.exec(noted):
        outcome.note = name.sub(ERASED, outcome.note)
    tasks = select(Recipient).where(col(Recipient.task_note).icontains(person.name, autoescape=True))
    for recipient in session.exec(tasks):
        recipient.task_note = name.sub(ERASED, recipient.task_note or "")
    session.flush()
