"""Puts people and meetings behind the door, and gives the links that they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from core.links import Links
from store.database import Session
from store.people import person_by_uid
from store.tables import Person, Route
from tests.store.meetings import put_in
from tests.store.people import NOON, add_person, deliveries, publish, recipient_of
from tests.web.conftest import PUBLIC, SECRET, Open

LINKS = Links(PUBLIC, SECRET)
SOON = NOON + timedelta(days=14, hours=2)


@dataclass
class Guest:
    """A participant who was told something: their outside ids, and the paths of the links in the message."""

    person: str
    route: str
    delivery: str

    @property
    def visit(self) -> str:
        return LINKS.visit(self.delivery).removeprefix(PUBLIC)

    @property
    def stop(self) -> str:
        return LINKS.unsubscribe(self.delivery).removeprefix(PUBLIC)

    @property
    def feed(self) -> str:
        return LINKS.feed(self.person).removeprefix(PUBLIC)

    def meeting(self, uid: str) -> str:
        return LINKS.meeting_ics(uid, self.person).removeprefix(PUBLIC)


async def guest(site: Open, name: str = "Ann Carter", *channels: str, **more: Any) -> Guest:
    """Puts a person in and tells everybody something; the link is of the message to this person."""

    def put(session: Session) -> Guest:
        person = add_person(session, name, *(channels or ("email",)), **more)
        notice = publish(session, key=uuid4().hex, unfit="send")
        told = recipient_of(session, person, notice)
        [delivery] = [one for one in deliveries(session, notice) if one.recipient_id == told.id]
        return Guest(person.uid, session.get_one(Route, delivery.route_id).uid, delivery.uid)

    return await site.desk.database.write(put)


async def meeting(site: Open, starts: datetime = SOON, **more: Any) -> str:
    """Puts a meeting in and gives its outside id."""
    return await site.desk.database.write(lambda session: put_in(session, starts, **more).uid)


async def person_of(site: Open, one: Guest) -> Person:
    def read(session: Session) -> Person:
        person = person_by_uid(session, one.person)
        session.expunge(person)
        return person

    return await site.desk.database.read(read)
