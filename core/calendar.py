"""Wall-clock times and moments: the one place that turns one into the other."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from core.errors import UserError

EXAMPLE = "2027-05-14 14:00"

_WALL = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{1,2}):(\d{2})(?::00)?")
_SHOWN = re.compile(
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})[ T]|(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d{2}),? +)"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2}(?:\.\d+)?)?(?: ?(?P<half>[ap])\.?m\.?)?",
    re.IGNORECASE | re.ASCII,
)
_SHOWN_DAY = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def instant(local: datetime, zone: str) -> datetime:
    """Turns a wall-clock time without an offset into a moment (aware UTC).

    A time that the clocks leave out in spring is shifted forward by the gap (02:30 becomes 03:30); of a time that
    comes twice in autumn the first is meant (PEP 495: fold 0).
    """
    aware = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    return aware.astimezone(UTC)


def exists(local: datetime, zone: str) -> bool:
    """Tells whether the clocks in `zone` ever show this wall-clock time."""
    return wall(instant(local, zone), zone) == local


def twice(local: datetime, zone: str) -> bool:
    """Tells whether the clocks in `zone` show this wall-clock time two times."""
    later = local.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
    return later != instant(local, zone) and exists(local, zone)


def wall(moment: datetime, zone: str) -> datetime:
    """Returns what the clocks in `zone` show at an aware `moment`, without an offset."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def on_day(local: datetime, days: int, hour: int, minute: int) -> datetime:
    """Returns the wall-clock time `hour:minute` on the day `days` after (or before) a local date."""
    return (local + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def read_wall(text: str, *, where: str = "the start") -> datetime:
    """Reads a wall-clock time as people type it: 2027-05-14 14:00, with a space or a T between.

    Raises UserError that names `where`, also for a day without a time.
    """
    text = text.strip()
    mend = f"Write the day and the time like {EXAMPLE}."
    if _DAY.fullmatch(text):
        raise UserError("The time is missing", where=where, mend=mend)
    found = _WALL.fullmatch(text)
    try:
        if found:
            return datetime.fromisoformat(f"{found[1]} {found[2]:0>2}:{found[3]}")
    except ValueError:
        pass  # there is no 31 April, and no 25 o'clock
    raise UserError(f"{text[:40]!r} is not a day and a time", where=where, mend=mend)


def read_shown(text: str, *, where: str = "the time") -> datetime:
    """Reads a wall-clock time as a spreadsheet shows it after saving: 2027-05-14 14:00 or, day first, 14/05/2027 14:00.

    Two digits of a year are of this century, and seconds are left out. Raises UserError that names `where`.
    """
    text = text.strip()
    if _SHOWN_DAY.fullmatch(text):
        raise UserError("The time is missing", where=where, mend=f"Write the day and the time like {EXAMPLE}.")
    if not (found := _SHOWN.fullmatch(text)):
        return read_wall(text, where=where)
    day = found["iso"] or f"{found['year']:0>4}-{found['month']:0>2}-{found['day']:0>2}"
    if day.startswith("00"):
        day = f"20{day[2:]}"
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    return read_wall(f"{day} {hour}:{found['minute']}", where=where)


def read_zone(name: str, *, where: str = "the zone") -> str:
    """Checks the name of a time zone (IANA). Raises UserError that names `where` and the nearest real name."""
    known = available_timezones()
    if name in known:
        return name
    city = name.strip().replace(" ", "_").lower()
    names = {one.rpartition("/")[2].lower(): one for one in sorted(known)} | {one.lower(): one for one in known}
    near = get_close_matches(city, names, n=1, cutoff=0.75)
    mend = f"Did you mean {names[near[0]]}?" if near else "Write it like Europe/London."
    raise UserError(f"There is no time zone {name[:40]!r}", where=where, mend=mend)
