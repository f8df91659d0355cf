"""A meeting as a calendar entry: for e-mail (iTIP, RFC 5546), as a file, and as a feed (iCalendar, RFC 5545).

A meeting keeps its UID over all its versions, and its SEQUENCE is its version: a calendar follows the higher number,
and a cancellation, which is a version of its own, always has it. The first is 1, so that the two are never mixed up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from core.calendar import wall
from core.group import Group
from core.ical_zone import timezone
from core.meetings import Meeting, MeetingState

if TYPE_CHECKING:  # it takes a third of a second to import, so it is imported where it is used
    import icalendar

_PRODUCT: Final = "-//Ringround//Ringround//EN"
_EARLY: Final = timedelta(days=1)  # when a person's own calendar reminds them
_FRESH: Final = timedelta(hours=1)  # how often a calendar may ask for the feed

_EVENT: Final = b"BEGIN:VEVENT\r\n"
_LINE_END: Final = re.compile("\r\n|[\r\u2028\u2029]")
# Controls but line feed and tab, and halves of characters: RFC 5545 3.1 has no way to write them.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)


class Method(StrEnum):
    """What a calendar is to do with the entries (RFC 5546 1.4)."""

    REQUEST = "REQUEST"
    """Puts an entry in, or changes it: the person is invited."""

    CANCEL = "CANCEL"
    """Takes the entry out."""

    PUBLISH = "PUBLISH"
    """Here it is, for anybody; nobody is invited by it."""


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who the entries come from.

    `address` is the e-mail address where calendars send yes and no; empty where the group has none, and then nobody
    can be invited. `domain` ends every UID and must stay the same for as long as the meetings are known.
    """

    group: Group
    address: str
    domain: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar part of an e-mail, made once for a notice: all but the line with the person's own name."""

    method: Method
    before: bytes
    after: bytes

    def to(self, name: str, address: str) -> bytes:
        """Gives the part for one person at one e-mail address (ASCII), in UTF-8, each line ending in CRLF."""
        from icalendar.parser import Contentline

        asked = {"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"} if self.method is Method.REQUEST else {}
        attendee = _mailbox(name, address, asked)
        line = Contentline.from_parts("ATTENDEE", attendee.params, attendee).to_ical()
        return b"".join((self.before, line, b"\r\n", self.after))


def invitation(meeting: Meeting, organizer: Organizer, now: datetime) -> Calendar:
    """Makes what puts a meeting into people's calendars, or moves it there (RFC 5546 3.2.2).

    `now` is when it is made (DTSTAMP). Raises ValueError for an organiser without an address.
    """
    return _for_people(Method.REQUEST, meeting, organizer, now)


def cancellation(meeting: Meeting, organizer: Organizer, now: datetime) -> Calendar:
    """Makes what takes a meeting out of people's calendars (RFC 5546 3.2.5).

    The meeting is the cancelled version. Raises ValueError for an organiser without an address.
    """
    return _for_people(Method.CANCEL, meeting, organizer, now)


def publish(meeting: Meeting, organizer: Organizer, now: datetime) -> bytes:
    """Gives one meeting as a file for anybody's calendar (RFC 5546 3.2.1: it names nobody)."""
    return _written(_calendar(Method.PUBLISH, [meeting], organizer, now))


def feed(meetings: Iterable[Meeting], organizer: Organizer, now: datetime) -> bytes:
    """Gives meetings as a calendar to subscribe to, under the group's name (RFC 7986 5.1 and 5.7)."""
    calendar = _calendar(Method.PUBLISH, list(meetings), organizer, now)
    name = _Text(_one_line(organizer.group.name))
    for label in ("NAME", "X-WR-CALNAME"):  # the second is what calendars knew before the standard
        calendar.add(label, name, encode=False)
    calendar.add("REFRESH-INTERVAL", _FRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    return _written(calendar)


def uid(meeting: str, domain: str) -> str:
    """Gives the name that every calendar knows a meeting by."""
    return f"{meeting}@{domain}"


def _for_people(method: Method, meeting: Meeting, organizer: Organizer, now: datetime) -> Calendar:
    if not organizer.address:
        raise ValueError("an invitation needs an address that calendars can answer")
    before, event, after = _written(_calendar(method, [meeting], organizer, now)).partition(_EVENT)
    return Calendar(method, before + event, after)


def _written(calendar: icalendar.Calendar) -> bytes:
    written: bytes = calendar.to_ical(sorted=False)
    return written


def _calendar(method: Method, meetings: list[Meeting], organizer: Organizer, now: datetime) -> icalendar.Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", _PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    if organizer.address:  # a method without an organiser is none (RFC 5546 3.2.1)
        calendar.add("METHOD", method.value)
    years: dict[str, set[int]] = {}
    for meeting in meetings:
        years.setdefault(meeting.zone, set()).update(
            wall(moment, meeting.zone).year for moment in (meeting.starts_at, meeting.ends_at)
        )
    for zone, covered in sorted(years.items()):
        calendar.add_component(timezone(zone, min(covered), max(covered)))
    for meeting in meetings:
        calendar.add_component(_event(method, meeting, organizer, now))
    return calendar


def _event(method: Method, meeting: Meeting, organizer: Organizer, now: datetime) -> icalendar.Event:
    from icalendar import Event

    group = organizer.group
    title = _one_line(meeting.title)
    called_off = meeting.state is MeetingState.CANCELLED or method is Method.CANCEL
    # A file may be read by a calendar that does not look at STATUS; one that has understood CANCEL says it by itself.
    shown = f"Cancelled: {title}" if called_off and method is Method.PUBLISH else title
    event = Event()
    event.add("UID", uid(meeting.id, organizer.domain))
    event.add("SEQUENCE", meeting.version)
    event.add("DTSTAMP", now)
    _add_moment(event, "DTSTART", meeting.starts_at, meeting.zone)
    _add_moment(event, "DTEND", meeting.ends_at, meeting.zone)
    event.add("STATUS", "CANCELLED" if called_off else "CONFIRMED")
    if organizer.address:
        event.add("ORGANIZER", _mailbox(group.name, organizer.address), encode=False)
    texts = {
        "SUMMARY": shown,
        "LOCATION": _one_line(meeting.place or meeting.link),
        "DESCRIPTION": _clean(_told(meeting, group, called_off=called_off)),
        "CONTACT": _one_line(_contact(group)),
    }
    for name, text in texts.items():
        if text:
            event.add(name, _Text(text), encode=False)
    if _WEB_ADDRESS.fullmatch(meeting.link):
        event.add("URL", meeting.link)
    if not called_off:
        event.add_component(_alarm(title))
    return event


def _alarm(title: str) -> icalendar.Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", -_EARLY)
    alarm.add("DESCRIPTION", _Text(title), encode=False)
    return alarm


def _add_moment(event: icalendar.Event, name: str, moment: datetime, zone: str) -> None:
    """Adds a moment as the clocks show it, or in UTC where they show it twice.

    Of an hour that comes twice the first is meant (RFC 5545 3.3.5), but vobject and ical.js may read the second.
    """
    shown = moment.astimezone(ZoneInfo(zone))
    if shown.replace(fold=0).utcoffset() == shown.replace(fold=1).utcoffset():
        event.add(name, wall(moment, zone), parameters={"TZID": zone})
    else:
        event.add(name, moment.astimezone(UTC))


def _told(meeting: Meeting, group: Group, *, called_off: bool) -> str:
    """Says how to take part, in words that stand by themselves: a calendar may show nothing else."""
    parts = [
        f"This meeting is cancelled. {meeting.why}" if called_off else "",
        f"Join online: {meeting.link}" if meeting.link else "",
        f"Join by phone: {meeting.join_phone}" if meeting.join_phone else "",
        f"Getting in and taking part: {meeting.access}" if meeting.access else "",
        f"What we will talk about:\n{meeting.agenda}" if meeting.agenda else "",
        f"Who to ask: {_contact(group)}" if _contact(group) else "",
    ]
    return "\n\n".join(part.strip() for part in parts if part)


def _contact(group: Group) -> str:
    return ", ".join(filter(None, (group.contact_name, group.contact_phone)))


def _mailbox(name: str, address: str, params: dict[str, str] | None = None) -> icalendar.vCalAddress:
    from icalendar import vCalAddress

    # Old calendars do not know how RFC 6868 writes a double quote inside a parameter.
    shown = {"CN": called} if (called := _one_line(name).replace('"', "'")) else {}
    uri = "mailto:" + quote(address, safe="@!$'*+-._~")  # RFC 6068 2
    return vCalAddress(uri, params=shown | (params or {}))


class _Text(str):
    r"""A text as RFC 5545 3.3.11 writes it. `icalendar` takes the two characters of C:\New for a line end."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
        return escaped.encode()


def _clean(text: str) -> str:
    return _UNWRITABLE.sub("", _LINE_END.sub("\n", text)).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())
