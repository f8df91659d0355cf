"""How a meeting described in the chat repeats, and the order that comes of all that was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from actions.meeting_orders import NewMeeting, dated
from core.errors import UserError
from core.speech import Speech

EVERY: Final = ("once", "week", "two_weeks", "month")
MOST_TIMES: Final = 60


def said(every: str, starts: datetime, speech: Speech) -> str:
    """Says how often a meeting repeats; monthly by the day of the week that it has."""
    match every:
        case "week":
            return speech.say("Every week")
        case "two_weeks":
            return speech.say("Every two weeks")
        case "month":
            return _monthly(speech, starts)
    return speech.say("Once")


def rule(data: Mapping[str, Any]) -> str:
    """Gives the iCalendar rule of what was chosen; empty for a meeting that is held once."""
    if not data.get("repeat") or not data.get("times"):
        return ""
    starts = datetime.fromisoformat(data["starts"])
    day = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[starts.weekday()]
    week = (starts.day - 1) // 7 + 1
    how = {
        "week": "FREQ=WEEKLY",
        "two_weeks": "FREQ=WEEKLY;INTERVAL=2",
        "month": f"FREQ=MONTHLY;BYDAY={week if week < 5 else -1}{day}",
    }[data["repeat"]]
    return f"{how};COUNT={data['times']}"


def order(data: Mapping[str, Any]) -> NewMeeting:
    """Gives the meeting that was described."""
    return NewMeeting(
        id=data["id"],
        title=data["title"],
        starts=data["starts"],
        minutes=data["minutes"],
        group=data.get("group") or None,
        repeat=rule(data),
        late=bool(data.get("late")),
        **{name: data.get(name, "") for name in ("place", "link", "join_phone", "access", "agenda", "thanks")},
    )


def last_date(data: Mapping[str, Any], zone: str) -> datetime:
    """Gives the last date of a series."""
    return dated(order(data), zone, None)[-1].starts


def read_times(text: str, speech: Speech) -> int:
    """Reads how many times; raises `UserError` for what is no sensible number."""
    times = text.strip()
    if not (times.isascii() and times.isdigit() and 2 <= int(times) <= MOST_TIMES):
        what = speech.say("I need a number from 2 to {most}", most=MOST_TIMES)
        raise UserError(what, mend=speech.say("With a last date in mind, count the meetings up to it."))
    return int(times)


def _monthly(speech: Speech, starts: datetime) -> str:
    day = _weekday(speech, starts)
    match (starts.day - 1) // 7 + 1:
        case 1:
            return speech.say("Every month on the first {day}", day=day)
        case 2:
            return speech.say("Every month on the second {day}", day=day)
        case 3:
            return speech.say("Every month on the third {day}", day=day)
        case 4:
            return speech.say("Every month on the fourth {day}", day=day)
    return speech.say("Every month on the last {day}", day=day)


def _weekday(speech: Speech, day: date) -> str:
    from babel import UnknownLocaleError
    from babel.dates import format_date

    try:
        return format_date(day, "EEEE", locale=speech.language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return format_date(day, "EEEE", locale="en")
