"""Quiet hours: the part of the night in which nothing leaves, in each person's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` by the local clock, over midnight where `end` is earlier; equal times mean never."""

    start: time
    end: time

    def cover(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Tells whether an aware `moment` lies in the quiet hours of `zone`."""
        local = moment.astimezone(zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def over(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Returns the first moment from `moment` on (aware UTC) that is not quiet in `zone`.

        An end that the clocks leave out in spring comes when they have gone forward; one that comes twice in autumn
        counts the first time.
        """
        moment = moment.astimezone(UTC)
        while self.cover(moment, zone):
            local = moment.astimezone(zone)
            day = local.date() + timedelta(days=int(local.time() >= self.end))
            ends = (datetime.combine(day, self.end.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1))
            moment = min((end for end in ends if end > moment), default=moment + MINUTE)
            while not self.cover(moment - MINUTE, zone):
                moment -= MINUTE  # the clocks left the end out: back to where they went forward
        return moment
