"""How one person is reached, put right by staff: an address corrected or added, and what they were told lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from actions import people
from actions.leaving import Surroundings
from core.addresses import email_address, mobile_number, phone_number
from core.consents import Basis, Consent
from core.errors import UserError
from core.people import EMAIL, PHONE, SMS, TELEGRAM, Role, RouteState, Status
from core.roles import Actor
from store import contacts, stops
from store.audit import note
from store.database import Session
from store.people import PersonCard, person_by_uid

MAY_ADD = (EMAIL, SMS, PHONE)
"""Channels whose addresses staff can type; a chat comes by a link."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An address as it is on file now; `problem` says why it is not used, where it is not."""

    channel: str
    address: str
    problem: str = ""


def read_address(channel: str, written: str, around: Surroundings) -> str:
    """Reads an address as somebody typed it; raises `UserError` for what is none."""
    region = around.settings.region
    match channel:
        case "email":
            return email_address(written)
        case "sms":
            return mobile_number(written, region)
        case "phone":
            return phone_number(written, region).e164
    raise UserError("An address of this channel can't be typed", mend="Give them a link into the chat instead.")


def correct(session: Session, actor: Actor, route: str, written: str, around: Surroundings) -> Kept:
    """Puts an address in the place of another one of the same person; the same once more changes nothing.

    What waits goes to the new one, consents go along; a stop stays, and so does that of whoever else has the address.
    """
    actor.must_be(Role.COORDINATOR, "correct an address")
    old = stops.route_by_uid(session, route)
    address = read_address(old.channel, written, around)
    if old.address == address and old.state == RouteState.ACTIVE:
        return Kept(old.channel, address)
    new, problem = contacts.replace_address(session, old, address, around.secret, around.now)
    note(session, actor, "people.correct", new.uid, old.channel, around.now)
    return Kept(new.channel, address, problem)


def add(session: Session, actor: Actor, person: str, channel: str, written: str, around: Surroundings) -> Kept:
    """Adds one more way to reach somebody, behind those they have."""
    actor.must_be(Role.COORDINATOR, "add an address")
    address = read_address(channel, written, around)
    row = person_by_uid(session, person)
    new, problem = contacts.add_address(session, row, channel, address, around.secret, around.now)
    note(session, actor, "people.add_route", new.uid, channel, around.now)
    return Kept(channel, address, problem)


def prefer(session: Session, actor: Actor, route: str, around: Surroundings) -> PersonCard:
    """Makes a route the one that is tried first, because the person wishes it: no people file overrules that."""
    found = stops.route_by_uid(session, route)
    person = people.show(session, actor, contacts.owner(session, found))
    if found.state != RouteState.ACTIVE:
        raise UserError("This way is not in use", mend="Use it again first, if they wish.")
    people.set_order(session, actor, person.person.id, [route], around.now, by_person=True)
    session.flush()
    return people.show(session, actor, person.person.id)


def use_again(session: Session, actor: Actor, route: str, around: Surroundings) -> PersonCard:
    """Uses a route again that was stopped or reached nobody, because the person wishes it or it works again."""
    found = stops.route_by_uid(session, route)
    people.start_route(session, actor, route, around.secret, around.now)
    session.flush()
    return people.show(session, actor, contacts.owner(session, found))


def put_on_file(
    session: Session,
    actor: Actor,
    name: str,
    addresses: list[tuple[str, str]],
    agreed: bool,
    around: Surroundings,
) -> PersonCard:
    """Puts somebody new on file, with addresses (channel, as typed) in the order in which they are to be tried.

    `agreed`: they agreed to hear of events and the like, today, and said so to whoever adds them. Raises `UserError`
    for somebody on file already.
    """
    columns = {EMAIL: "email", SMS: "mobile", PHONE: "phone", TELEGRAM: "telegram"}
    cells = {"name": name} | {columns[channel]: written for channel, written in addresses}
    if addresses:
        cells["preferred_channel"] = addresses[0][0]
    if agreed:
        cells["consent"] = str(Consent(Basis.CONSENT, _today(around), (), "told to staff, noted in the chat"))
    card, _ = people.add(session, actor, cells, around.settings.region, around.secret, around.now)
    return card


def mark(session: Session, actor: Actor, uid: str, status: Status, until: date | None, around: Surroundings) -> int:
    """Marks a person as active, paused, left or died; returns how much was withdrawn. Once more changes nothing."""
    row = person_by_uid(session, uid)
    if (row.status, row.paused_until) == (status, until):
        actor.must_be(Role.COORDINATOR, "change where a person stands")
        return 0
    return people.mark(session, actor, uid, status, around.now, until=until)


def whose(session: Session, actor: Actor, route: str) -> str:
    """Returns the outside id of whose route this is; raises `UserError` where there is none."""
    actor.must_be(Role.CALLER, "see a person's card")
    return contacts.owner(session, stops.route_by_uid(session, route))


def waiting(session: Session, actor: Actor, uid: str) -> int:
    """Counts what has not left yet for somebody, and would be stopped."""
    actor.must_be(Role.COORDINATOR, "change where a person stands")
    return contacts.waiting(session, person_by_uid(session, uid))


def _today(around: Surroundings) -> date:
    return around.now.astimezone(around.settings.zone).date()
