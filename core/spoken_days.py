"""The day in words that somebody typed, as they are meant in Britain: "Tuesday week", "3/4", "first Friday in May"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from core.speech import ENGLISH
from core.spoken_weekdays import weekday_in

WEEK: Final = timedelta(days=7)

_ORDINALS: Final = {
    "first": 1,
    "1st": 1,
    "2nd": 2,
    "second": 2,
    "3rd": 3,
    "third": 3,
    "4th": 4,
    "fourth": 4,
    "last": -1,
}


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a text may mean: none where it names none, several where any of them may be meant.

    `wrong` says that it names a day that does not exist, like 31 April.
    """

    days: tuple[date, ...] = ()
    wrong: bool = False


_NOTHING = Days()


def find_days(words: str, today: date, language: str = ENGLISH, was: date | None = None) -> Days:
    """Finds the day in a text in small letters whose numbers are digits; the whole text must speak of the day.

    `was` is the day from which "a week later" counts. The names of days and months may be in `language` or in English.
    """
    weekdays, months = _names(language)
    if days := weekday_in(words, today, weekdays):
        return Days(days)
    reader = _Reader(today, weekdays, months, was)
    for read in (reader.relative, reader.numbers, reader.named, reader.counted, reader.bare):
        if (found := read(words)) != _NOTHING:
            return found
    return _NOTHING


@cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Gives the names of weekdays (Monday is 0) and of months, long and short."""
    weekdays: dict[str, int] = {}
    months: dict[str, int] = {}
    from babel import Locale, UnknownLocaleError

    for tag in (language, ENGLISH):
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        for width in ("wide", "abbreviated"):
            for number, name in locale.days["format"][width].items():
                weekdays.setdefault(name.casefold().rstrip("."), number)
            for number, name in locale.months["format"][width].items():
                months.setdefault(name.casefold().rstrip("."), number)
    weekdays |= {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
    months |= {"sept": 9}
    return weekdays, months


class _Reader:
    """Reads one text; each method returns nothing where the text is not of its kind."""

    def __init__(self, today: date, weekdays: dict[str, int], months: dict[str, int], was: date | None) -> None:
        self._today, self._was = today, was
        self._weekdays, self._months = weekdays, months
        self._weekday = f"(?P<weekday>{_any(weekdays)})"
        self._month = f"(?P<month>{_any(months)})"

    def relative(self, words: str) -> Days:
        """Reads "tomorrow week", "in 10 days", "2 weeks today", "a week later"."""
        near = r"(?P<day>today|tomorrow|the day after tomorrow|day after tomorrow|yesterday)"
        if found := re.fullmatch(near, words):
            return self._in(_NEAR[found["day"].removeprefix("the ")])
        if found := re.fullmatch(
            rf"(?:(?P<n>\d+) )?weeks? (?:from )?{near}|{near.replace('day>', 'day2>')} week", words
        ):
            day = (found["day"] or found["day2"]).removeprefix("the ")
            return self._in(_NEAR[day] + 7 * int(found["n"] or 1))
        span = r"(?P<n>\d+) (?P<unit>day|week|month)s?'?s?"
        if self._was and (found := re.fullmatch(rf"{span} (?P<way>later|earlier|after|before)", words)):
            number = int(found["n"]) * (1 if found["way"] in ("later", "after") else -1)
            return self._after(self._was, number, found["unit"])
        other = span.replace("n>", "n2>").replace("unit>", "unit2>")
        from_now = rf"in {span}(?: time)?|{other} (?:from (?:now|today)|time|hence)"
        if found := re.fullmatch(from_now, words):
            return self._after(self._today, int(found["n"] or found["n2"]), found["unit"] or found["unit2"])
        return _NOTHING

    def numbers(self, words: str) -> Days:
        """Reads 2027-05-14, 14/5/2027 and 14.5.; of 3/4 both readings come back, the British one first."""
        weekday, rest = self._leading_weekday(words)
        if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", rest):
            return self._checked(weekday, [self._made(int(found[1]), int(found[2]), int(found[3]))])
        if not (found := re.fullmatch(r"(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?\.?", rest)):
            return _NOTHING
        day, month = int(found[1]), int(found[3])
        year = _year(found[4])
        both = [(day, month)] if day == month or found[2] == "." else [(day, month), (month, day)]
        days = [self._yearly(year, month_, day_) for day_, month_ in both]
        return self._checked(weekday, days)

    def named(self, words: str) -> Days:
        """Reads "12 May", "May 12th 2027", "Tuesday the 1st of December"."""
        weekday, rest = self._leading_weekday(words)
        year = r"(?:,? (?P<year>\d{4}|'\d{2}))?"
        for pattern in (
            rf"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: day)?(?: of)? {self._month}\.?{year}",
            rf"{self._month}\.?(?: the)? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?{year}",
        ):
            if found := re.fullmatch(pattern, rest):
                given = _year(found["year"].lstrip("'")) if found["year"] else None
                return self._checked(weekday, [self._yearly(given, self._months[found["month"]], int(found["day"]))])
        return _NOTHING

    def counted(self, words: str) -> Days:
        """Reads "the first Tuesday in December", "last Friday of next month"."""
        which = f"(?P<nth>{_any(_ORDINALS)})"
        when = rf"(?P<near>(?:the|this|next) month)|{self._month}(?: (?P<year>\d{{4}}))?"
        found = re.fullmatch(f"(?:the )?{which} {self._weekday} (?:in|of) (?:{when})", words)
        if not found:
            return _NOTHING
        nth, weekday = _ORDINALS[found["nth"]], self._weekdays[found["weekday"]]
        if near := found["near"]:
            first = _next_month(self._today) if near.startswith("next") else self._today.replace(day=1)
            return Days((_nth(first, nth, weekday),))
        month = self._months[found["month"]]
        if found["year"]:
            return Days((_nth(date(int(found["year"]), month, 1), nth, weekday),))
        day = _nth(date(self._today.year, month, 1), nth, weekday)
        return Days((day if day >= self._today else _nth(date(self._today.year + 1, month, 1), nth, weekday),))

    def bare(self, words: str) -> Days:
        """Reads "the 14th": the next day of that number, in a month that has one."""
        weekday, rest = self._leading_weekday(words)
        found = re.fullmatch(r"(?:on )?(?:the (?P<day>\d{1,2})(?:st|nd|rd|th)?|(?P<day2>\d{1,2})(?:st|nd|rd|th))", rest)
        if not found:
            return _NOTHING
        day = int(found["day"] or found["day2"])
        if not 1 <= day <= 31:
            return Days(wrong=True)
        first = self._today.replace(day=1)
        for _ in range(13):
            made = self._made(first.year, first.month, day)
            if made and made >= self._today and (weekday is None or made.weekday() == weekday):
                return Days((made,))
            first = _next_month(first)
        return Days(wrong=True)

    def _leading_weekday(self, words: str) -> tuple[int | None, str]:
        """Takes a day of the week from the beginning, or from the end, of a date."""
        if found := re.fullmatch(rf"(?:on )?{self._weekday} (?P<rest>.*\d.*)", words):
            return self._weekdays[found["weekday"]], found["rest"]
        if found := re.fullmatch(rf"(?:on )?(?P<rest>.*\d.*) {self._weekday}", words):
            return self._weekdays[found["weekday"]], found["rest"]
        return None, words.removeprefix("on ")

    def _checked(self, weekday: int | None, days: list[date | None]) -> Days:
        """Sees whether the day of the week fits; where it fits none, the day and the nearest such weekday come back."""
        real = list(dict.fromkeys(day for day in days if day is not None))
        if not real:
            return Days(wrong=True)
        if weekday is None:
            return Days(tuple(real))
        fitting = [day for day in real if day.weekday() == weekday]
        if fitting:
            return Days(tuple(fitting))
        day = real[0]
        shift = (weekday - day.weekday() + 3) % 7 - 3
        return Days((day, day + timedelta(days=shift)))

    def _yearly(self, year: int | None, month: int, day: int) -> date | None:
        """Makes a day of a year, or of the next year that has one where none is given."""
        if year is not None:
            return self._made(year, month, day)
        made = (self._made(self._today.year + more, month, day) for more in range(9))
        return next((one for one in made if one is not None and one >= self._today), None)

    def _made(self, year: int, month: int, day: int) -> date | None:
        try:
            return date(year, month, day)
        except ValueError:
            return None

    def _in(self, days: int) -> Days:
        return self._after(self._today, days, "day")

    def _after(self, day: date, number: int, unit: str) -> Days:
        from dateutil.relativedelta import relativedelta

        if abs(number) > 3660:
            return Days(wrong=True)
        return Days((day + relativedelta(**{f"{unit}s": number}),))  # type: ignore[arg-type]


_NEAR: Final = {"yesterday": -1, "today": 0, "tomorrow": 1, "day after tomorrow": 2}


def _any(words: dict[str, int]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _year(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if len(written) == 4 else 2000 + int(written)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _nth(first: date, nth: int, weekday: int) -> date:
    """Gives the n-th such weekday of the month that begins on `first`; -1 is the last."""
    if nth < 0:
        end = _next_month(first) - timedelta(days=1)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    return first + timedelta(days=(weekday - first.weekday()) % 7) + (nth - 1) * WEEK
