"""A meeting: a date the group meets. Its version goes up when its time, place or state changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core import spoken
from core.calendar import exists, instant, read_zone, twice, wall
from core.errors import UserError
from core.markdown import Marked
from core.placeholders import KNOWN, Template

LONGEST_MINUTES: Final = 7 * 24 * 60  # a week: a residential one
LONGEST: Final = {
    "title": 100,
    "place": 200,
    "link": 500,
    "join_phone": 60,
    "access": 500,
    "agenda": 2000,
    "why": 300,
    "thanks": 3000,
}
"""How many characters each field holds: all of them together fit into one message on every channel."""

_LINES = frozenset({"access", "agenda", "thanks"})
_NAMES = {
    "join_phone": "how to join by phone",
    "why": "the reason",
    "access": "the access notes",
    "thanks": "the thanks",
}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u2028\u2029]")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WEB = re.compile(r"(?:https?://|\bwww\.)\S", re.IGNORECASE)


class MeetingState(StrEnum):
    """Whether a meeting is still to be held."""

    PLANNED = "planned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What is known of a meeting.

    `starts` is the wall-clock time in `zone` (an IANA name), without an offset: what people put in their diaries.
    `minutes` is its length. `version` counts from 1. `series` is the id that the dates of a series share, or empty.
    `why` says why it was cancelled. `thanks` is what a coordinator wrote for the day after, or empty.
    """

    id: str
    title: str
    starts: datetime
    zone: str
    minutes: int
    place: str = ""
    link: str = ""
    join_phone: str = ""
    access: str = ""
    agenda: str = ""
    group: str | None = None
    state: MeetingState = MeetingState.PLANNED
    version: int = 1
    series: str = ""
    why: str = ""
    thanks: str = ""

    @property
    def starts_at(self) -> datetime:
        """The moment it starts, as aware UTC (a local time that does not exist counts as the later one)."""
        return instant(self.starts, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The moment it ends, as aware UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)


class Aspect(StrEnum):
    """What about a meeting people must hear of when it changes: these, and no others, make a new version."""

    TIME = "time"
    LENGTH = "length"
    PLACE = "place"
    LINK = "link"
    JOIN_PHONE = "join_phone"
    STATE = "state"


def changes(old: Meeting, new: Meeting) -> tuple[Aspect, ...]:
    """Lists what has changed so that people must hear of it.

    Between two states of a cancelled meeting nothing has: nobody is going. Where only the zone is put right and
    clocks and moment stay, the time is the same.
    """
    if old.state is new.state is MeetingState.CANCELLED:
        return ()
    pairs = {
        Aspect.TIME: ((old.starts, old.starts_at), (new.starts, new.starts_at)),
        Aspect.LENGTH: (old.minutes, new.minutes),
        Aspect.PLACE: (old.place, new.place),
        Aspect.LINK: (old.link, new.link),
        Aspect.JOIN_PHONE: (old.join_phone, new.join_phone),
        Aspect.STATE: (old.state, new.state),
    }
    return tuple(aspect for aspect, (before, after) in pairs.items() if before != after)


def succeed(old: Meeting, new: Meeting) -> Meeting:
    """Gives `new` the version that follows from `old`: one more where something changed that people must hear of."""
    return replace(new, version=old.version + bool(changes(old, new)))


def check(meeting: Meeting) -> None:
    """Raises UserError that names the first field that can't be used."""
    for field, longest in LONGEST.items():
        _check_text(_NAMES.get(field, f"the {field}"), getattr(meeting, field), longest, lines=field in _LINES)
    if not meeting.title.strip():
        raise UserError("The title is empty", where="the title", mend="Write what the meeting is called.")
    for field in ("title", "place", "join_phone", "why"):
        if _WEB.search(getattr(meeting, field)):
            mend = "Text messages go without web addresses. Give the address as the online link."
            raise UserError("There is a web address", where=_NAMES.get(field, f"the {field}"), mend=mend)
    if meeting.link and not _LINK.fullmatch(meeting.link):
        raise UserError("The online link is no web address", where="the link", mend="It begins with https://.")
    read_zone(meeting.zone)
    if meeting.starts.tzinfo is not None or not 2000 <= meeting.starts.year <= 2199:
        raise UserError("The start is not a day and time of our days", where="the start", mend="Check the year.")
    if not 1 <= meeting.minutes <= LONGEST_MINUTES:
        mend = "Give the length in minutes: 90 is an hour and a half."
        raise UserError(f"A meeting can't be {meeting.minutes} minutes long", where="the length", mend=mend)
    Marked(Template.from_marked(meeting.agenda), where="the agenda")
    Marked(Template.parse(meeting.thanks, KNOWN, where="the thanks"), where="the thanks")


def doubts(meeting: Meeting, now: datetime) -> list[str]:
    """Says, in whole sentences, what about a meeting somebody should confirm; `now` is aware UTC."""
    found = []
    if meeting.starts_at <= now:
        found.append(f"{spoken.when(meeting.starts)} is in the past.")
    if not exists(meeting.starts, meeting.zone):
        used = spoken.clock(wall(meeting.starts_at, meeting.zone).time())
        found.append(
            f"The clocks go forward that night, and {spoken.clock(meeting.starts.time())} does not exist on "
            f"{spoken.day(meeting.starts)}. It counts as {used}."
        )
    elif twice(meeting.starts, meeting.zone):
        found.append(
            f"The clocks go back that night, and {spoken.when(meeting.starts)} comes twice. The first is used."
        )
    if not (meeting.place or meeting.link or meeting.join_phone):
        found.append("There is no place, no online link and no number to join by phone.")
    return found


def check_length(text: str, longest: int, where: str) -> None:
    """Raises UserError for a text of more than `longest` characters, counted as Telegram does: an emoji is two."""
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if length > longest:
        what = f"This is {length:,} characters long, and the most is {longest:,}"
        raise UserError(what, where=where, mend="Make it shorter.")


def _check_text(name: str, text: str, longest: int, *, lines: bool) -> None:
    check_length(text, longest, name)
    if not lines and "\n" in text:
        raise UserError("There is more than one line", where=name, mend="Write it on one line.")
    if found := _UNPRINTABLE.search(text):
        raise UserError(
            f"There is a character that can't be shown (U+{ord(found[0]):04X})", where=name, mend="Take it out."
        )
