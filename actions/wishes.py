"""What people ask for themselves, whichever door they came through; the door has proved who they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from actions.leaving import Surroundings
from core.addresses import language_tag
from core.errors import UserError
from core.inbox import Why
from core.people import PHONE, Role, RouteState, Status
from core.placeholders import first_name
from core.roles import Actor
from store import alerts, erasure, inbox, people, portable, stops
from store.audit import note
from store.database import Session
from store.people import PersonCard
from store.personal import tell_person
from store.tables import InboxItem, Person, Route
from store.tables.base import known, new_uid

LONGEST_FORMAT = 40
PAGE = "page"
"""What a wish came by where nobody wrote anything: the person's own pages, or a button."""


def state(session: Session, person: str) -> PersonCard:
    """Shows a person what is on file about them."""
    return people.person_card(session, person)


def stop_route(session: Session, person: str, route_uid: str, around: Surroundings) -> int:
    """Stops one way to reach the person, and nothing else; staff are told once. Returns how much was withdrawn."""
    row, route = _own(session, person, route_uid)
    if route.state == RouteState.STOPPED:
        return 0
    withdrawn = stops.stop_route(session, route, around.now)
    alerts.tell_of_stop(session, row, route, around.now)
    note(session, _themself(person), "wish.stop_route", route_uid, f"{withdrawn} withdrawn", around.now)
    return withdrawn


def stop_everything(session: Session, person: str, around: Surroundings) -> int:
    """Stops every way to reach the person, calls too; staff are told once. Returns how much was withdrawn."""
    row = people.person_by_uid(session, person)
    if row.stopped_at is not None:
        return 0
    withdrawn = stops.stop_everything(session, row, around.now)
    alerts.tell_staff(
        session,
        f"stop:{row.uid}:{around.now.isoformat()}",
        f"{row.name} asked us to stop everything",
        f"{row.name} asked us to stop everything, calls too. Nothing more goes to them.",
        around.now,
    )
    note(session, _themself(person), "wish.stop_everything", person, f"{withdrawn} withdrawn", around.now)
    return withdrawn


def start(session: Session, person: str, route_uid: str | None, around: Surroundings) -> int:
    """Lets one way be used again, or all that the person had stopped; returns how many.

    After a stop of everything one way alone comes back where one is named. An address that reaches nobody stays off.
    """
    row = people.person_by_uid(session, person)
    if route_uid is not None:
        wanted = [_own(session, person, route_uid)[1]]
    else:
        wanted = [route for route in stops.routes_of_person(session, row) if route.state != RouteState.DEAD]
    begun = 0
    everything = row.stopped_at is not None
    for route in wanted:
        stopped = route.state == RouteState.STOPPED or everything
        if stopped and route.address is not None:
            stops.start_route(session, route, around.secret, around.now)
            begun += 1
    if begun:
        note(session, _themself(person), "wish.start", route_uid or person, f"{begun} routes", around.now)
    return begun


def set_order(session: Session, person: str, route_uids: Sequence[str], around: Surroundings) -> None:
    """Puts the person's routes into their own order, which no people file overrules; the first is tried first."""
    routes = [known(_own(session, person, uid)[1].id) for uid in route_uids]
    stops.set_order(session, people.person_by_uid(session, person), routes, around.now, by_person=True)
    note(session, _themself(person), "wish.set_order", person, f"{len(routes)} routes", around.now)


def set_language(session: Session, person: str, language: str, around: Surroundings) -> None:
    """Notes the language that the person wants; raises `UserError` for one that is not known."""
    row = people.person_by_uid(session, person)
    row.language, row.changed_at = language_tag(language) if language.strip() else "", around.now
    note(session, _themself(person), "wish.set_language", person, row.language, around.now)


def set_format(session: Session, person: str, format_: str, around: Surroundings) -> None:
    """Notes the format that the person wants ("easy read"); empty or "standard" is the usual one."""
    wanted = " ".join(format_.split()).lower()
    if len(wanted) > LONGEST_FORMAT or not wanted.isprintable():
        raise UserError("This is too long for a format", mend="Write it in a few words: easy read, large print, audio.")
    row = people.person_by_uid(session, person)
    row.format, row.changed_at = "" if wanted == "standard" else wanted, around.now
    note(session, _themself(person), "wish.set_format", person, "", around.now)


def pause(session: Session, person: str, until: date | None, around: Surroundings) -> int:
    """Leaves the person alone until a day, or until they come back; returns how much was withdrawn."""
    today = around.now.astimezone(around.settings.zone).date()
    if until is not None and until <= today:
        raise UserError("This day is not to come", mend="Choose a day after today.")
    withdrawn = people.set_status(session, _here(session, person), Status.PAUSED, until, around.now)
    lasting = until.isoformat() if until else "until further notice"
    note(session, _themself(person), "wish.pause", person, f"{lasting}, {withdrawn} withdrawn", around.now)
    return withdrawn


def unpause(session: Session, person: str, around: Surroundings) -> None:
    """Ends the person's pause."""
    row = _here(session, person)
    if row.status == Status.PAUSED:
        people.set_status(session, row, Status.ACTIVE, None, around.now)
        note(session, _themself(person), "wish.unpause", person, "", around.now)


def call_me(
    session: Session,
    person: str,
    around: Surroundings,
    at: datetime | None = None,
    *,
    item: InboxItem | None = None,
) -> bool:
    """Puts the person on the call list, from `at` on; returns whether there is a number on file to ring.

    Without one, what is in the inbox is the task. `item` is what they wrote; without it they pressed a button, and
    pressing twice asks once.
    """
    row = people.person_by_uid(session, person)
    routes = stops.routes_of_person(session, row)
    phone = next((one for one in routes if one.channel == PHONE and one.state == RouteState.ACTIVE), None)
    before = inbox.open_of(session, known(row.id), Why.CALL_ME)
    if item is None:
        item = before or inbox.keep(
            session,
            InboxItem(
                at=around.now,
                provider=PAGE,
                ref=new_uid(),
                person_id=row.id,
                text="",
                why=Why.CALL_ME,
            ),
        )
        if item is not before:
            inbox.tell(session, item, row.name, around.now)
    if before is None or before is item:
        if phone is not None:
            name = first_name(row.name, row.called)
            made = tell_person(
                session,
                known(row.id),
                f"call:{item.uid}",
                f"{name} asked us to ring",
                "You asked us to ring you. How can we help?",
                around.now,
                route_id=known(phone.id),
                at=at,
            )
            item.notice_id = made.id
        note(session, _themself(person), "wish.call_me", person, "", around.now)
    session.flush()
    return phone is not None


def download(session: Session, person: str) -> bytes:
    """Gives all that is kept about the person as readable JSON (UTF-8)."""
    found = portable.everything_about(session, people.person_by_uid(session, person))
    return json.dumps(found, ensure_ascii=False, indent=2).encode()


def erase(session: Session, person: str, around: Surroundings) -> None:
    """Erases the person for good because they wish it (see `store.erasure`); staff hear that somebody did."""
    row = people.person_by_uid(session, person)
    if row.status == Status.ERASED:
        return
    erasure.erase(session, row, around.secret, around.now)
    alerts.tell_staff(
        session,
        f"erased:{row.uid}",
        "Somebody has erased their data",
        "Somebody has asked us to erase what we know of them, and it is done. "
        "Please destroy lists on paper that are older than today.",
        around.now,
    )
    note(session, _themself(person), "wish.erase", person, "", around.now)


def _own(session: Session, person: str, route_uid: str) -> tuple[Person, Route]:
    row = people.person_by_uid(session, person)
    route = stops.route_by_uid(session, route_uid)
    if route.person_id != row.id:
        raise UserError("This is not one of the ways to reach you", mend="Open your page again from a message of ours.")
    return row, route


def _here(session: Session, person: str) -> Person:
    row = people.person_by_uid(session, person)
    if row.status not in (Status.ACTIVE, Status.PAUSED):
        raise UserError("You are no longer with this group", mend="Ask the group if you would like to come back.")
    return row


def _themself(person: str) -> Actor:
    return Actor(person, Role.VIEWER)
