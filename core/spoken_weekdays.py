"""A day of the week with what stands before or after it, as it is meant in Britain: "next Tuesday", "Tuesday week"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

WEEK: Final = timedelta(days=7)
MOST: Final = 520
"""Weeks ahead: more are a slip of the pen, and are seen to be one when the day is read back."""


def weekday_in(words: str, today: date, names: Mapping[str, int]) -> tuple[date, ...]:
    """Gives the days that a text may mean, nothing where it speaks of something else; `names` of days, Monday is 0."""
    return _Reader(today, names).read(words)


class _Reader:
    def __init__(self, today: date, names: Mapping[str, int]) -> None:
        self._today, self._weekdays = today, names
        longest_first = sorted(names, key=len, reverse=True)
        self._weekday = f"(?P<weekday>{'|'.join(map(re.escape, longest_first))})"

    def read(self, words: str) -> tuple[date, ...]:
        for pattern, read in self._kinds():
            if found := re.fullmatch(pattern, words):
                return read(self._weekdays[found["weekday"]], found)
        return ()

    def _kinds(self) -> tuple[tuple[str, Callable[[int, re.Match[str]], tuple[date, ...]]], ...]:
        day = f"(?:on )?{self._weekday}"
        return (
            (f"(?:on )?(?:this )?(?:coming )?{self._weekday}", self._coming),
            (f"(?:on )?(?:the )?next {self._weekday}", self._next),
            (f"(?:on )?(?:the )?{self._weekday} after next", self._after_next),
            (f"(?:on )?(?:the )?(?:last|past|previous) {self._weekday}", self._last),
            (rf"{day} (?:(?P<n>\d+) )?weeks?", self._weeks_on),
            (rf"(?:in )?(?:(?P<n>\d+) )?weeks? (?:on|from|after) {self._weekday}", self._weeks_on),
            (rf"{day} in (?P<n>\d+) weeks?'?(?: time)?", self._weeks_ahead),
            (rf"in (?P<n>\d+) weeks?'?(?: time)?,? on {self._weekday}", self._weeks_ahead),
            (f"{day} (?:of |in )?(?P<which>next|this) week", self._of_week),
            (f"(?P<which>next|this) week (?:on )?{self._weekday}", self._of_week),
        )

    def _coming(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        """Said on a Tuesday, "Tuesday" may be today or in a week."""
        nearest = self._nearest(weekday)
        if nearest == self._today + WEEK and "this" not in found[0] and "coming" not in found[0]:
            return (self._today, nearest)
        return (self._today if nearest == self._today + WEEK and "this" in found[0] else nearest,)

    def _next(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        """Of a day that is still to come this week, "next" means the one after it to many, and the nearest to some."""
        nearest = self._nearest(weekday)
        if nearest - self._today < WEEK and nearest.isocalendar()[:2] == self._today.isocalendar()[:2]:
            return (nearest, nearest + WEEK)
        return (nearest,)

    def _after_next(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        return tuple(day + WEEK for day in self._next(weekday, found))

    def _last(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        return (self._nearest(weekday) - (2 * WEEK if weekday == self._today.weekday() else WEEK),)

    def _weeks_on(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        """Reads "Tuesday week" and "2 weeks on Tuesday": so many weeks after the nearest Tuesday."""
        weeks = min(int(found["n"] or 1), MOST)
        nearest = self._nearest(weekday)
        days = (self._today, nearest) if nearest == self._today + WEEK else (nearest,)
        return tuple(day + weeks * WEEK for day in days)

    def _of_week(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        monday = self._today - timedelta(days=self._today.weekday())
        return (monday + timedelta(days=weekday) + (WEEK if found["which"] == "next" else timedelta()),)

    def _weeks_ahead(self, weekday: int, found: re.Match[str]) -> tuple[date, ...]:
        """Reads "Thursday in 2 weeks": that of the week which is so far ahead, or so many weeks after the nearest."""
        weeks = min(int(found["n"]), MOST) * WEEK
        monday = self._today - timedelta(days=self._today.weekday())
        return tuple(dict.fromkeys((monday + timedelta(days=weekday) + weeks, self._nearest(weekday) + weeks)))

    def _nearest(self, weekday: int) -> date:
        """Gives the next such day after today."""
        return self._today + timedelta(days=(weekday - self._today.weekday() - 1) % 7 + 1)
