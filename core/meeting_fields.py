"""What is known of a meeting as its notices say it, and how it is filled into their words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from core.calendar import wall
from core.meetings import Meeting
from core.placeholders import KNOWN, Template
from core.speech import IN_ENGLISH, Speech

FIELDS: Mapping[str, str] = {
    "title": "what the meeting is called",
    "when": "the day and the time it starts",
    "day": "the day",
    "time": "the time it starts",
    "ends": "the time it ends",
    "place": "where it is",
    "join_phone": "the number to join by phone",
    "access": "the access notes",
}
"""What the group's own words for a meeting's notice may hold besides the placeholders of every notice."""

_FULL_STOP = re.compile(r"(?<=[^.\s])\.$")
_MARKS = re.compile(r"[\\*_\[\]<]")


def fields_of(meeting: Meeting, say_zone: bool, speech: Speech = IN_ENGLISH) -> dict[str, str]:
    """Gives the values of `FIELDS`, plain, each on one line."""
    local = wall(meeting.starts_at, meeting.zone)  # what the clocks show, also where they leave the written time out
    ends = wall(meeting.ends_at, meeting.zone)
    there = f" ({_there(meeting.zone, speech)})" if say_zone else ""
    return {
        "title": line_of(meeting.title),
        "when": speech.when(local) + there,
        "day": speech.day(local),
        "time": speech.clock(local.time()) + there,
        "ends": speech.clock(ends.time()) if ends.date() == local.date() else speech.when(ends, year=False),
        "place": line_of(meeting.place),
        "join_phone": line_of(meeting.join_phone),
        "access": line_of(meeting.access),
    }


def _there(zone: str, speech: Speech) -> str:
    """Says where the clocks show a time, by its time zone (IANA): "New York time"."""
    return speech.say("{place} time", place=zone.rpartition("/")[2].replace("_", " "))


def filled(phrase: str, fields: Mapping[str, str], allowed: Collection[str] = ()) -> str:
    """Fills what is known of the meeting into a phrase, braces doubled; placeholders of a person stay."""
    return Template.parse(phrase, allowed or (*KNOWN, *fields)).bind(fields).source


def marked(fields: Mapping[str, str]) -> dict[str, str]:
    """Takes from each value what Markdown would read as a mark."""
    return {name: mark(value) for name, value in fields.items()}


def mark(value: str) -> str:
    """Takes from a value what Markdown would read as a mark."""
    return _MARKS.sub(r"\\\g<0>", value)


def line_of(text: str) -> str:
    """Gives a value on one line and without a full stop, for the sentence around it has its own."""
    joined = " ".join(text.split())
    return _FULL_STOP.sub("", joined)


def cut(text: str, most: int) -> str:
    """Cuts a text at a word, with dots to show it."""
    if len(text) <= most:
        return text
    return text[: max(text.rfind(" ", 0, most - 2), most // 2)].rstrip(" ,;:-–—") + "..."
