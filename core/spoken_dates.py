"""A day and a time as somebody types them: "next Tuesday 2pm", "12 May 14:00", "in two weeks, same time"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Final

from core.calendar import exists, instant, twice, wall
from core.speech import ENGLISH, IN_ENGLISH, Speech
from core.spoken_days import find_days
from core.spoken_times import digits, find_times

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

LONGEST: Final = 200
"""Characters: whoever writes more has not answered the question."""

_FILLERS = re.compile(
    r"\b(?:please|thanks|thank you|let's|lets|let us|make it|maybe|perhaps|say|i think|we meet|starts?|starting|it's|"
    r"it is|the date is|how about|what about|move it to|to be|for|sharp)\b"
)
_SAME_TIME = re.compile(r"\b(?:at |the )*(?:same|usual) time(?: as (?:before|now|usual))?\b")
_BARE_HOUR = re.compile(r"\d{1,2}(?:[.:]\d{2})?")
_SAME_DAY = re.compile(r"\b(?:on )?(?:the )?(?:same|usual) (?:day|date)\b")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a text says of when something is, by the clocks where it is.

    `days` and `times` are empty where none is named, and hold more than one where any of them may be meant: then ask.
    `minutes` is how long it takes, where that is said. `past` says that all of it is over; `wrong` that a day or a time
    is named which does not exist.
    """

    days: tuple[date, ...] = ()
    times: tuple[time, ...] = ()
    minutes: int | None = None
    past: bool = False
    wrong: bool = False

    @property
    def starts(self) -> datetime | None:
        """The day and time together, once both are certain."""
        if len(self.days) == len(self.times) == 1:
            return datetime.combine(self.days[0], self.times[0])
        return None


def understand_when(
    text: str,
    zone: str,
    now: datetime,
    language: str = ENGLISH,
    *,
    was: datetime | None = None,
    known: Understanding | None = None,
) -> Understanding:
    """Understands a day and a time, as far as they are there; `now` is aware UTC, `zone` an IANA name.

    Of a day that comes every year or every week the next one is meant. 3/4 may be 3 April or 4 March: both come back.
    `was` is when it was before, for "same time" and "a week later"; `known` is what an earlier text has said already.
    Never raises: what is not understood is missing.
    """
    if known and known.days and _BARE_HOUR.fullmatch(text.strip()):
        text = f"at {text.strip()}"
    found = _understood(text, zone, now, language, was)
    if known and not found.wrong:
        both = (found.days or known.days, found.times or known.times, found.minutes or known.minutes)
        found = Understanding(*both)
    return settle(found, zone, now)


def _understood(text: str, zone: str, now: datetime, language: str, was: datetime | None) -> Understanding:
    words = _plain(text)
    if not words or len(text) > LONGEST:
        return Understanding()
    here = wall(now, zone)
    same_time, same_day = _SAME_TIME.search(words), _SAME_DAY.search(words)
    words = _SAME_DAY.sub(" ", _SAME_TIME.sub(" ", words))
    said = find_times(_iso(words))
    times = (was.time(),) if same_time and was and not said.times else said.times
    rest = _tidy(said.rest)
    if not rest:
        named = find_days("today", here.date()) if same_day and not was else None
        days = (was.date(),) if same_day and was else (named.days if named else ())
        return Understanding(days, times, said.minutes, wrong=said.wrong)
    found = find_days(rest, here.date(), language, was.date() if was else None)
    days, wrong = found.days, found.wrong
    if not days and not wrong:
        days, more = _by_library(rest, here, language)
        times = times or more
    return Understanding(days, times, said.minutes, wrong=wrong or said.wrong)


def read_back(starts: datetime, zone: str, now: datetime, speech: Speech = IN_ENGLISH) -> str:
    """Says a day and time in full and how far off it is: "Tuesday 1 December 2026 at 2pm, in 8 days".

    Where the clocks leave that time out, or show it twice, it says which is used.
    """
    shown = wall(instant(starts, zone), zone)
    words = speech.say("{when}, {how_far}", when=speech.when(starts), how_far=how_far(starts.date(), zone, now, speech))
    if not exists(starts, zone):
        clock, used = speech.clock(starts.time()), speech.clock(shown.time())
        gap = speech.say(
            "The clocks go forward that night and leave {clock} out; {used} is used.", clock=clock, used=used
        )
        return f"{words}. {gap}"
    if twice(starts, zone):
        again = speech.say("The clocks go back that night and show this time twice; the first is used.")
        return f"{words}. {again}"
    return words


def how_far(day: date, zone: str, now: datetime, speech: Speech = IN_ENGLISH) -> str:
    """Says how far off a day is: "today", "tomorrow", "in 8 days"."""
    days = (day - wall(now, zone).date()).days
    if days == 0:
        return speech.say("today")
    if days == 1:
        return speech.say("tomorrow")
    if days < 0:
        return speech.count("{n} day ago", "{n} days ago", -days)
    return speech.count("in {n} day", "in {n} days", days)


def question(found: Understanding, zone: str, now: datetime, speech: Speech = IN_ENGLISH) -> str:
    """Asks for what is still to be said, or says what is wrong; empty where nothing is."""
    if found.wrong:
        return speech.say("There is no such day or time. Write it like: 12 May 2pm.")
    if found.past:
        starts = found.starts or datetime.combine(found.days[0], time())
        named = speech.when(starts) if found.starts else speech.day(found.days[0])
        return speech.say("{when} is in the past. When is it?", when=named)
    if not found.days and not found.times:
        return speech.say("I could not tell the day and the time. Write them like: next Tuesday 2pm, or 12 May 14:00.")
    if not found.days:
        return speech.say("On which day? Write it like: next Tuesday, or 12 May.")
    if len(found.days) > 1:
        return speech.say("Which day do you mean?")
    if not found.times:
        far = how_far(found.days[0], zone, now, speech)
        return speech.say(
            "At what time on {day}, {how_far}? Write it like: 2pm.", day=speech.day(found.days[0]), how_far=far
        )
    if len(found.times) > 1:
        return speech.say("In the morning or in the evening?")
    return ""


def _plain(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    words = "".join(sign if sign.isprintable() else " " for sign in words)
    words = re.sub(r"[,;!?()]+|\.(?=\s|$)(?<![ap]\.m\.)(?<![ap]\.)", " ", words)
    return digits(_FILLERS.sub(" ", " ".join(words.split())))


def _iso(words: str) -> str:
    """Puts a space for the T in 2027-05-14T14:00, and "at" before the time that follows a date of digits."""
    return re.sub(r"\b(\d{4}-\d{1,2}-\d{1,2})(?:t|\s)(\d{1,2}:\d{2})", r"\1 at \2", words)


def _tidy(words: str) -> str:
    words = re.sub(r"\s+", " ", words).strip(" -–—.@")
    return re.sub(r"^(?:on|at|the|and|is)$", "", words)


def settle(found: Understanding, zone: str, now: datetime) -> Understanding:
    """Leaves out what is over where something else may be meant, and says where all is over."""
    if not found.days or found.wrong:
        return found
    today = wall(now, zone).date()
    if len(found.times) == 1:
        open_days = tuple(one for one in found.days if instant(datetime.combine(one, found.times[0]), zone) > now)
    else:
        open_days = tuple(one for one in found.days if one >= today)
    times = found.times
    if len(times) > 1 and open_days == (today,):
        times = tuple(one for one in times if instant(datetime.combine(today, one), zone) > now)
        open_days = open_days if times else ()
    return Understanding(open_days or found.days, times or found.times, found.minutes, past=not open_days)


def _by_library(words: str, here: datetime, language: str) -> tuple[tuple[date, ...], tuple[time, ...]]:
    """Asks dateparser for what we do not read ourselves: other words for days, and other languages."""
    from dateparser.conf import SettingValidationError

    try:
        got = _parser(language, here.isoformat()).get_date_data(words)
    except (ValueError, OverflowError, SettingValidationError):
        return (), ()
    if got.date_obj is None or got.date_obj.tzinfo is not None or got.period not in ("day", "time"):
        return (), ()
    if got.date_obj.date() < here.date() and not re.search(r"\d{4}|\bago\b", words):
        return (), ()  # "Sat 8" is the 8th of this month to dateparser, whatever day that was
    return (got.date_obj.date(),), (
        (got.date_obj.time().replace(second=0, microsecond=0),) if got.period == "time" else ()
    )


def _parser(language: str, here: str) -> DateDataParser:
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=_languages(language),
        settings={
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
            "RELATIVE_BASE": datetime.fromisoformat(here),
            "RETURN_TIME_AS_PERIOD": True,
        },
    )


@cache
def _languages(language: str) -> list[str]:
    """Gives the languages to read: the writer's own, where dateparser knows it, and English."""
    from dateparser.data import language_order

    own = language.partition("-")[0]
    return [own, ENGLISH] if own != ENGLISH and own in language_order else [ENGLISH]
