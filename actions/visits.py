"""Personal links: opening one, the calendar behind one, and having new ones made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from actions.leaving import Surroundings
from core.errors import UserError
from core.ical import Organizer, feed, publish
from core.links import Links, Purpose
from core.meetings import Meeting
from core.roles import SERVICE
from core.speech import Speech
from store import meetings, people, visits
from store.audit import note
from store.database import Session
from store.people import PersonCard
from store.personal import tell_person
from store.tables.base import known
from store.visits import Invited, Visit

LASTS = timedelta(days=90)
"""How long a personal link opens anything, from the message that brought it."""

KEPT = timedelta(days=31)
"""How long a meeting that is over stays in a person's calendar."""


class Unknown(UserError):
    """The link is not one of ours, or a part of it is missing."""


class Ended(UserError):
    """The link has had its time, or newer ones have taken its place."""


class Elsewhere(UserError):
    """What was asked for is somebody else's."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person's pages show: what is on file, the meetings that are still to come or under way, and where their
    calendar finds them: all by `feed`, and one by one by `ics` (by outside id).
    """

    card: PersonCard
    coming: list[Invited]
    feed: str
    ics: dict[str, str]


def opened(session: Session, links: Links, token: str, purpose: Purpose, now: datetime) -> Visit:
    """Gives whose link this is. Raises `Unknown` and `Ended`; a link to stop messages never ends."""
    found = visits.visit(session, _read(links, token, purpose))
    if found is None:
        raise Unknown("This link is not one of ours, or a part of it is missing")
    if purpose is not Purpose.STOP and (found.revoked or now - found.sent_at > LASTS):
        raise Ended("This link has ended")
    return found


def invited(session: Session, person: str, now: datetime) -> list[Invited]:
    """Lists the meetings that are still to come for a person, or under way."""
    return visits.invited_to(session, people.person_by_uid(session, person), now)


def invited_to(session: Session, person: str, meeting: str, now: datetime) -> Invited:
    """Gives one of the meetings that are still to come for a person; raises `Elsewhere` for any other."""
    for one in invited(session, person, now):
        if one.meeting.id == meeting:
            return one
    raise Elsewhere("This meeting is over, or it is not one of yours")


def shown(session: Session, links: Links, person: str, now: datetime) -> Shown:
    """Gives what a person's pages show, in one look at the database."""
    one = people.person_by_uid(session, person)
    key, coming = visits.calendar_key(one), visits.invited_to(session, one, now)
    ics = {each.meeting.id: links.meeting_ics(each.meeting.id, key) for each in coming}
    return Shown(people.card_of(session, one), coming, links.feed(key), ics)


def calendar_file(session: Session, links: Links, token: str, organizer: Organizer) -> bytes:
    """Gives one meeting as a file for a calendar. Raises `Unknown` and `Ended`."""
    uid, key = _parts(_read(links, token, Purpose.MEETING))
    if visits.calendar_owner(session, key) is None:
        raise Ended("This link has ended")
    meeting = meetings.meeting_of(session, meetings.find(session, uid))
    return publish(meeting, organizer, _changed(session, [meeting]))


def calendar_feed(session: Session, links: Links, token: str, organizer: Organizer, now: datetime) -> bytes:
    """Gives a person's meetings, those of the last month too, as a calendar. Raises `Unknown` and `Ended`."""
    person = visits.calendar_owner(session, _read(links, token, Purpose.FEED))
    if person is None:
        raise Ended("This link has ended")
    found = [one.meeting for one in visits.invited_to(session, person, now - KEPT)]
    return feed(found, organizer, _changed(session, found))


def renew(session: Session, person: str, around: Surroundings, speech: Speech) -> None:
    """Ends every personal link of a person, and tells them so; new messages bring new ones."""
    one = people.person_by_uid(session, person)
    visits.revoke(session, one, around.now)
    tell_person(
        session,
        known(one.id),
        f"links:{person}:{around.now:%Y-%m-%dT%H:%M:%S}",
        speech.say("Your new link"),
        speech.say("Your old links to your own page do not work any more. New messages from us bring new ones."),
        around.now,
        language=speech.language,
    )
    note(session, SERVICE, "person.new_links", person, "", around.now)


def _read(links: Links, token: str, purpose: Purpose) -> str:
    try:
        return links.read(token, purpose)
    except UserError as error:
        raise Unknown(error.what, mend=error.mend) from None


def _parts(value: str) -> tuple[str, str]:
    meeting, _, key = value.partition(".")
    return meeting, key


def _changed(session: Session, found: list[Meeting]) -> datetime:
    """When they last changed is when the file was made: asked for again, it is the same to the last letter."""
    return visits.changed_at(session, [one.id for one in found]) or datetime(2020, 1, 1, tzinfo=UTC)
