"""Dates that repeat by a rule: each becomes a meeting of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from core.calendar import wall
from core.errors import UserError

EXAMPLE: Final = "FREQ=MONTHLY;BYDAY=1TU;COUNT=12"
FURTHEST: Final = timedelta(days=20 * 366)
"""How far ahead a rule is followed; it also ends the search for a date that never comes (30 February)."""

_WHERE = "the repeat rule"
_DAY = "(?:MO|TU|WE|TH|FR|SA|SU)"


def _several(one: str) -> str:
    return f"{one}(?:,{one})*"


_PARTS: Mapping[str, str] = {
    "FREQ": "YEARLY|MONTHLY|WEEKLY|DAILY",
    "COUNT": r"[1-9]\d{0,5}",
    "UNTIL": r"\d{8}(?:T\d{6}Z?)?",
    "INTERVAL": r"[1-9]\d{0,2}",
    "BYDAY": _several(rf"(?:[+-]?[1-9]\d?)?{_DAY}"),
    "BYMONTHDAY": _several("-?(?:[1-9]|[12][0-9]|3[01])"),
    "BYYEARDAY": _several("-?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"),
    "BYWEEKNO": _several("-?(?:[1-9]|[1-4][0-9]|5[0-3])"),
    "BYMONTH": _several("(?:[1-9]|1[0-2])"),
    "BYSETPOS": _several(r"-?[1-9]\d{0,2}"),
    "WKST": _DAY,
}


def dates(starts: datetime, rule: str, most: int = 200, *, zone: str = "UTC") -> list[datetime]:
    """Lists the wall-clock dates (without an offset) that an iCalendar rule makes from `starts` on.

    The rule is an RRULE of RFC 5545, section 3.3.10, without hours and minutes: `starts` gives those. `starts` itself
    is among the dates only where it fits the rule. An UNTIL that is a day includes that day; one in UTC is read in
    `zone`.

    Raises UserError for a rule that never ends, makes no date or more than `most`, or can't be understood.
    """
    parts = _read(rule)
    count = int(parts.pop("COUNT", 0))
    last = _until(parts.pop("UNTIL"), zone) if "UNTIL" in parts else None
    if not count and last is None:
        mend = f"End it with a number of meetings ({EXAMPLE}) or a last day (UNTIL=20271231)."
        raise UserError("The meetings would repeat for ever", where=_WHERE, mend=mend)
    furthest = starts + FURTHEST
    end = furthest if last is None else min(last, furthest)
    found = _follow(starts, parts, end, min(count or most + 1, most + 1))
    if not found:
        raise UserError("The rule makes no date", where=_WHERE, mend=f"Check it. A rule looks like {EXAMPLE}.")
    if len(found) > most:
        mend = "Give a smaller COUNT or an earlier UNTIL; the series can be made longer later."
        raise UserError(f"The rule makes more than {most} meetings", where=_WHERE, mend=mend)
    if len(found) < count or (last is not None and last > furthest):
        mend = "Give a smaller COUNT or an earlier UNTIL."
        raise UserError("The rule runs more than 20 years ahead", where=_WHERE, mend=mend)
    return found


def _read(rule: str) -> dict[str, str]:
    """Takes a rule apart and checks each part."""
    parts: dict[str, str] = {}
    for pair in rule.strip().upper().removeprefix("RRULE:").rstrip(";").split(";"):
        name, _, value = (side.strip() for side in pair.partition("="))
        if name in parts:
            raise UserError(f"{name} stands there twice", where=_WHERE, mend="Take one out.")
        if name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            raise UserError(f"{name} has no place here", where=_WHERE, mend="The start gives the time of day.")
        if name not in _PARTS:
            mend = f"A rule looks like {EXAMPLE}. It may hold {', '.join(_PARTS)}."
            raise UserError(f"{(name or pair)[:40]!r} is no part of a repeat rule", where=_WHERE, mend=mend)
        if not re.fullmatch(_PARTS[name], value, re.ASCII):
            raise UserError(f"{name}={value[:40]} can't be understood", where=_WHERE, mend=_mend(name))
        parts[name] = value
    if "FREQ" not in parts:
        raise UserError("The rule does not say how often", where=_WHERE, mend=_mend("FREQ"))
    if "COUNT" in parts and "UNTIL" in parts:
        raise UserError("The rule has both COUNT and UNTIL", where=_WHERE, mend="Keep one of them.")
    if re.search(r"\d", parts.get("BYDAY", "")) and parts["FREQ"] not in ("MONTHLY", "YEARLY"):
        mend = f"Write {re.sub(r'[+0-9-]', '', parts['BYDAY'])}, or FREQ=MONTHLY."
        raise UserError(f"BYDAY={parts['BYDAY']} counts days of a month", where=_WHERE, mend=mend)
    return parts


def _mend(name: str) -> str:
    match name:
        case "FREQ":
            return "Write FREQ=DAILY, FREQ=WEEKLY, FREQ=MONTHLY or FREQ=YEARLY."
        case "BYDAY" | "WKST":
            return "The days are MO, TU, WE, TH, FR, SA, SU; 1TU is the first Tuesday, -1FR the last Friday."
        case "UNTIL":
            return "Write the last day like 20271231."
        case _:
            return f"A rule looks like {EXAMPLE}."


def _until(text: str, zone: str) -> datetime:
    """Reads the last date as a wall-clock time."""
    try:
        if "T" not in text:
            return datetime.strptime(text, "%Y%m%d").replace(hour=23, minute=59, second=59)  # noqa: DTZ007 - a wall clock
        if text.endswith("Z"):
            return wall(datetime.strptime(text, "%Y%m%dT%H%M%S%z"), zone)
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall clock
    except (ValueError, OverflowError):
        raise UserError(f"UNTIL={text} is no day", where=_WHERE, mend=_mend("UNTIL")) from None


def _follow(starts: datetime, parts: Mapping[str, str], end: datetime, most: int) -> list[datetime]:
    """Gives the first `most` dates up to `end`."""
    from dateutil.rrule import rrule, rrulestr  # here, because only series need it

    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        endless = rrulestr(text, dtstart=starts)
        assert isinstance(endless, rrule), "one rule, not a set of them"
        return list(islice(endless.replace(until=end), most))
    except (ValueError, TypeError, IndexError):
        raise UserError("The rule can't be understood", where=_WHERE, mend=f"A rule looks like {EXAMPLE}.") from None
