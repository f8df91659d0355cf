"""Every change of the clocks that the calendar is tried on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = ("Europe/London", "America/New_York", "Australia/Lord_Howe")
"""Lord Howe Island moves its clocks by half an hour."""


def changes_of(zone: str) -> list[datetime]:
    """The first moments, in UTC, with a new offset in a zone from 2024 to 2030."""
    place, moment, found = ZoneInfo(zone), datetime(2024, 1, 1, tzinfo=UTC), []
    while moment.year < 2031:
        later = moment + timedelta(minutes=30)
        if moment.astimezone(place).utcoffset() != later.astimezone(place).utcoffset():
            found.append(later)
        moment = later
    return found


CHANGES = [(zone, change) for zone in ZONES for change in changes_of(zone)]
