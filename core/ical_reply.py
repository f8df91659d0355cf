"""What a calendar program answers to an invitation (iTIP REPLY, RFC 5546, section 3.2.3)."""

from __future__ import annotations

import re
from typing import NamedTuple

LARGEST = 100_000
"""Bytes of a reply that are read: a real one has some hundred."""

_MEETING = re.compile(r"[0-9a-f-]{36}")


class CalendarReply(NamedTuple):
    """An answer as the calendar words it: `status` is its PARTSTAT, `version` the SEQUENCE that was answered."""

    meeting: str
    version: int
    status: str


def read_reply(data: bytes) -> CalendarReply | None:
    """Reads a calendar's reply; None for anything else, and for a meeting whose id can't be one of ours."""
    from icalendar import Calendar

    if len(data) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(data)
        event = next(iter(calendar.walk("VEVENT")), None)
        if str(calendar.get("METHOD", "")).upper() != "REPLY" or event is None:
            return None
        attendee = event.get("ATTENDEE")
        attendee = attendee[0] if isinstance(attendee, list) else attendee
        meeting = str(event.get("UID", "")).partition("@")[0].lower()
        status = str(attendee.params.get("PARTSTAT", "")).upper()
        version = int(event.get("SEQUENCE", 0))
    except (ValueError, AttributeError, IndexError, KeyError, TypeError):
        return None
    return CalendarReply(meeting, version, status) if _MEETING.fullmatch(meeting) else None
