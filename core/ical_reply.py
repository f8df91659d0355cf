"""What a calendar program answers to an invitation (iTIP REPLY and COUNTER, RFC 5546, sections 3.2.3 and 3.2.7)."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

LARGEST = 100_000
"""Bytes of a reply that are read: a real one has some hundred."""

_MEETING = re.compile(r"[0-9a-f-]{36}")


class CalendarReply(NamedTuple):
    """An answer as the calendar words it: `status` is its PARTSTAT, `version` the SEQUENCE that was answered.

    `status` is empty where another time is proposed, and where nobody can tell whose answer it is. `attendee` is the
    address of whoever answers, `comment` what they wrote with it. `title` and `event` are what the calendar has of the
    meeting: its place, its description and who is named in it.
    """

    meeting: str
    version: int
    status: str
    attendee: str = ""
    comment: str = ""
    title: str = ""
    event: str = ""


def read_reply(data: bytes, sender: str = "") -> CalendarReply | None:
    """Reads a calendar's reply; None for anything else, and for a meeting whose id can't be one of ours.

    A reply has one attendee; where a program names all of them, the one with the address `sender` is meant.
    """
    from icalendar import Calendar

    if len(data) > LARGEST:
        return None
    try:
        calendar = Calendar.from_ical(data)
        event = next(iter(calendar.walk("VEVENT")), None)
        method = str(calendar.get("METHOD", "")).upper()
        if method not in ("REPLY", "COUNTER") or event is None:
            return None
        meeting = str(event.get("UID", "")).partition("@")[0].lower()
        version = int(event.get("SEQUENCE", 0))
        attendee = _attendee(event, sender)
        status = attendee.params.get("PARTSTAT", "") if method == "REPLY" and attendee is not None else ""
        beside = [] if attendee is None else [attendee.params.get("X-RESPONSE-COMMENT", "")]
        reply = CalendarReply(
            meeting,
            version,
            str(status).upper(),
            "" if attendee is None else _address(attendee),
            "\n".join(dict.fromkeys(text for one in _all(event, "COMMENT") + beside if (text := str(one).strip()))),
            str(event.get("SUMMARY", "")).strip(),
            "\n".join(
                [*(str(one) for name in ("LOCATION", "DESCRIPTION") for one in _all(event, name)), *_names(event)]
            ),
        )
    except (ValueError, AttributeError, IndexError, KeyError, TypeError):
        return None
    return reply if _MEETING.fullmatch(meeting) else None


def _attendee(event: Any, sender: str) -> Any:
    found = _all(event, "ATTENDEE")
    return found[0] if len(found) == 1 else next((one for one in found if _address(one) == sender.lower()), None)


def _names(event: Any) -> list[str]:
    named = _all(event, "ATTENDEE") + _all(event, "ORGANIZER")
    return [str(one.params["CN"]) for one in named if "CN" in one.params]


def _address(attendee: Any) -> str:
    return str(attendee).lower().removeprefix("mailto:").strip()


def _all(event: Any, name: str) -> list[Any]:
    """Gives a property as often as it stands there."""
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]
