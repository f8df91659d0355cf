"""Wall-clock times and moments: the one place that turns one into the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


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


def wall(moment: datetime, zone: str) -> datetime:
    """Returns what the clocks in `zone` show at an aware `moment`, without an offset."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def on_day(local: datetime, days: int, hour: int, minute: int) -> datetime:
    """Returns the wall-clock time `hour:minute` on the day `days` after (or before) a local date."""
    return (local + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
