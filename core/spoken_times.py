"""The time of day in words that somebody typed: "half past ten", "2.30pm", "7 in the evening", "from 10 to 12"."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Final

_ONES: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_LONGEST: Final = 12 * 60
"""Minutes: what ends later than this after it begins was not meant."""


@dataclass(frozen=True, slots=True)
class Times:
    """What a text says of the time of day, and the `rest` of it.

    `times` is empty where no time is named, and holds two where it may be either. `minutes` is how long it takes,
    where an end is named too. `wrong` says that a time is named which no clock shows.
    """

    times: tuple[time, ...]
    rest: str = ""
    minutes: int | None = None
    wrong: bool = False


def digits(words: str) -> str:
    """Writes numbers in a text in small letters as digits: "twenty five" as "25", "a fortnight" as "2 weeks"."""
    words = re.sub(r"\b(?:a |one )?fortnight\b", "2 weeks", words)
    words = re.sub(r"\ba couple of (?=days|weeks|months)", "2 ", words)
    words = re.sub(r"\ban? (?=(?:day|week|month|quarter)\b)", "1 ", words)
    words = re.sub(rf"\b({'|'.join(_TENS)})(?:[ -]({'|'.join(_ONES[1:10])}))?\b", _ten, words)
    return re.sub(rf"\b({'|'.join(_ONES)})\b", lambda found: str(_ONES.index(found[1])), words)


def find_times(words: str) -> Times:
    """Finds the time of day in a text in small letters whose numbers are digits; the first kind that fits counts.

    An hour without "am" or "pm" is read as groups meet: 9 to 12 is before noon or at noon, 1 to 6 after it; 7 and 8
    may be either.
    """
    words, half = _halves(words)
    for pattern, read in _KINDS:
        if found := pattern.search(words):
            rest = f"{words[: found.start()]} {words[found.end() :]}"
            said = read(found, half)
            return Times(said.times, rest, said.minutes, wrong=not said.times)
    if half and (found := re.search(r"\b(\d{1,2})\s*$", words)):  # "tomorrow evening 7"
        times = _clock(int(found[1]), 0, half)
        return Times(times, words[: found.start()], wrong=not times)
    return Times((), words)


def _ten(found: re.Match[str]) -> str:
    return str(_TENS[found[1]] + (_ONES.index(found[2]) if found[2] else 0))


def _halves(words: str) -> tuple[str, str]:
    """Takes the part of the day out of a text, and says which half of the day it means: "a", "p" or nothing."""
    words = re.sub(r"(?<=\d)\s?o['’]?\s?clock\b", " oclock", words)
    words = re.sub(r"(?<=\d)(?: oclock)?,? in the morning\b", " am", words)
    words = re.sub(r"(?<=\d)(?: oclock)?,? (?:in the (?:afternoon|evening)|at night|tonight)\b", " pm", words)
    found = re.search(r"\b(?:(this|to)\s?|(?:in |on )?(?:the )?)(morning|afternoon|evening|night)\b", words)
    if not found:
        return words, ""
    day = " today " if found[1] else " "
    return f"{words[: found.start()]}{day}{words[found.end() :]}", "a" if found[2] == "morning" else "p"


def _clock(hour: int, minute: int, half: str) -> tuple[time, ...]:
    """Gives the times that somebody may mean; none where no clock shows such."""
    if minute > 59 or hour > 23:
        return ()
    if hour > 12 or hour == 0:
        return () if half == "a" and hour else (time(hour, minute),)
    if half:
        return (time(hour % 12 + (12 if half == "p" else 0), minute),)
    if hour in (7, 8):
        return (time(hour, minute), time(hour + 12, minute))
    return (time(hour + 12 if hour < 7 else hour, minute),)


def _noon(found: re.Match[str], _half: str) -> Times:
    minute = 30 if found["past"] else 0
    return Times((time(0 if found["word"] == "midnight" else 12, minute),))


def _plain(found: re.Match[str], half: str) -> Times:
    """Reads "2pm", "2.30 p.m.", "14:00", "at 10"; an hour that is written with two digits ("08:00") is of 24."""
    minute, half = int(found["m"] or 0), found["half"] or half
    if found["h"].startswith("0") and not half and minute < 60:
        return Times((time(int(found["h"]), minute),))
    return Times(_clock(int(found["h"]), minute, half))


def _past(found: re.Match[str], half: str) -> Times:
    """Reads "half past ten", "ten past 4", "quarter to three"; in Britain "half ten" is half past ten."""
    minutes = {"half": 30, "quarter": 15, "1 quarter": 15}.get(found["span"]) or int(found["span"])
    hours = _clock(int(found["h"]), 0, found["half"] or half)
    after = (found["way"] or "past") == "past"
    if minutes > 59:
        return Times(())
    return Times(tuple(_later(one, minutes if after else -minutes) for one in hours))


def _later(when: time, minutes: int) -> time:
    total = (when.hour * 60 + when.minute + minutes) % (24 * 60)
    return time(total // 60, total % 60)


def _range(found: re.Match[str], half: str) -> Times:
    """Reads "2 to 4pm", "from 10 to 12", "14:00-15:30": the beginning, and how long it takes."""
    half = found["half"] or half
    hour, minute = int(found["h"]), int(found["m"] or 0)
    for first in (found["half1"] or half, "a"):  # "11 to 1pm" begins before noon
        pairs = [
            (start, length)
            for start in _clock(hour, minute, first)
            for end in _clock(int(found["h2"]), int(found["m2"] or 0), half)
            if 0 < (length := (end.hour - start.hour) * 60 + end.minute - start.minute) <= _LONGEST
        ]
        if pairs:
            shortest = min(length for _, length in pairs)
            return Times(tuple(dict.fromkeys(start for start, length in pairs if length == shortest)), "", shortest)
    return Times(())


_H = r"(?P<h>\d{1,2})"
_M = r"[:.](?P<m>\d{2})"
_AMPM = r"\s?(?P<half>[ap])\.?\s?m\b\.?"
_END = r"(?P<h2>\d{1,2})(?:[:.](?P<m2>\d{2}))?"
_BEGIN = rf"{_H}(?:{_M})?(?:\s?(?P<half1>[ap])\.?m\b\.?)?"
_TO = r"\s?(?:-|–|—|\bto\b|\btill\b|\buntil\b|\band\b)\s?"
_NO = r"(?P<half>)"
_NONE = r"(?P<m>)(?P<half>)"

_KINDS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Times]], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (rf"\b(?:from |between |at )?{_BEGIN}{_TO}{_END}{_AMPM}", _range),
        (rf"\b(?:from|between|at) {_BEGIN}{_TO}{_END}{_NO}\b(?![/.:-]\d)", _range),
        (rf"(?<![\d/.-])\b{_H}:(?P<m>\d{{2}})(?P<half1>){_TO}(?P<h2>\d{{1,2}}):(?P<m2>\d{{2}}){_NO}\b", _range),
        (r"\b(?:at )?(?P<past>half past )?(?:12 )?(?P<word>noon|midday|midnight)\b", _noon),
        (
            r"\b(?:at )?(?P<span>half|1 quarter|quarter|\d{1,2})(?: minutes?)? (?P<way>past|to) "
            rf"{_H}(?: oclock)?(?:{_AMPM})?(?![\d:])",
            _past,
        ),
        (rf"\b(?:at )?(?P<span>half) (?P<way>){_H}(?:{_AMPM})?(?![\d:])", _past),
        (rf"\b(?:at )?{_H}(?:{_M})?{_AMPM}", _plain),
        (rf"\b(?:at )?{_H} oclock\b{_NONE}", _plain),
        (rf"(?<![\d/:-])\b(?:at )?{_H}[:h](?P<m>\d{{2}})(?::00)?\b{_NO}", _plain),
        (rf"\bat (?P<h>\d{{2}})(?P<m>\d{{2}})(?: ?h(?:ou)?rs)?\b{_NO}", _plain),
        (rf"\b(?P<h>\d{{2}})(?P<m>\d{{2}}) ?h(?:ou)?rs\b{_NO}", _plain),
        (rf"\bat {_H}(?:\.(?P<m>\d{{2}}))?\b(?![./-]\d){_NO}", _plain),
        (rf"(?<![\d./-])\b{_H}\.(?P<m>[0-5]\d)\b(?![./-]\d){_NO}", _plain),
    )
)
