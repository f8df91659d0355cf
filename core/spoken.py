"""Days and times in the words that people use. In English; another language takes the place of this file."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(when: date, *, year: bool = True) -> str:
    """Gives a day: "Friday 14 May 2027", whatever the machine's language."""
    words = f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]}"
    return f"{words} {when.year}" if year else words


def clock(when: time) -> str:
    """Gives a time of day: "2pm", "2:30pm", "12 noon", "12 midnight"."""
    if when.minute == 0 and when.hour % 12 == 0:
        return "12 noon" if when.hour else "12 midnight"
    minutes = f":{when.minute:02}" if when.minute else ""
    return f"{(when.hour - 1) % 12 + 1}{minutes}{'am' if when.hour < 12 else 'pm'}"


def when(local: datetime, *, year: bool = True) -> str:
    """Gives a day and a time: "Friday 14 May 2027 at 2pm"."""
    return f"{day(local, year=year)} at {clock(local.time())}"


def span(length: timedelta) -> str:
    """Gives a length of time in whole minutes at most: "2 days", "90 minutes", "24 hours"."""
    minutes = round(length / timedelta(minutes=1))
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0 and (minutes > size or size == 1 or name == "hour"):
            break
    number = minutes // size
    return f"{number} {name}{'' if number == 1 else 's'}"


def listed(names: list[str], last: str = "and") -> str:
    """Joins names: "a, b and c"."""
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
