"""How long something takes, in words that somebody typed: "90", "an hour and a half", "1h30", "2 hours"."""

from __future__ import annotations

import re
from typing import Final

from core.spoken_times import digits

_HALF: Final = r"(?: and (?:1 |a )?(?P<part>half|quarter|3 quarters))?"
_KINDS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<h>\d+) ?h(?:ours?|rs?)?(?: and)? ?(?P<m>\d{{1,2}})? ?(?:m(?:in(?:ute)?s?)?)?{_HALF}",
        rf"(?P<h>\d+){_HALF} hours?",
        r"(?P<h>\d+)[.,](?P<tenths>\d{1,2}) ?h(?:ours?|rs?)?",
        r"(?P<h>\d+):(?P<m>\d{2})(?: ?h(?:ours?|rs?)?)?",
        r"(?P<part>half|quarter|3 quarters)(?: of)?(?: an| 1| a)? hour",
        r"(?P<m>\d+) ?(?:m(?:in(?:ute)?s?)?)?",
        r"(?P<days>\d+) days?|all day|(?:the )?whole day",
    )
)
_PARTS: Final = {"half": 30, "quarter": 15, "3 quarters": 45}

SMALLEST: Final = 5
"""A bare number below this is meant in hours: nobody meets for two minutes."""


def understand_minutes(text: str) -> int | None:
    """Understands a length of time, in minutes; None where it is none."""
    words = " ".join(text.casefold().replace("½", " and a half").split()).strip(" .!")
    words = re.sub(r"^(?:about|for|it lasts|lasts|around|roughly) ", "", words)
    words = re.sub(r"\ban hour\b", "1 hour", re.sub(r"^half an hour$", "half hour", words))
    words = re.sub(r"^(?:an? |1 )(?=half|quarter)", "", digits(words))
    for kind in _KINDS:
        if found := kind.fullmatch(words):
            said = {name: value for name, value in found.groupdict().items() if value}
            return _minutes(said, bare=words.isdigit())
    return None


def _minutes(said: dict[str, str], *, bare: bool) -> int | None:
    if not said or "days" in said:
        return 24 * 60 * int(said.get("days", 1))
    minutes = 60 * int(said.get("h", 0)) + int(said.get("m", 0)) + _PARTS.get(said.get("part", ""), 0)
    minutes += round(60 * float(f"0.{said.get('tenths', 0)}"))
    return 60 * minutes if bare and minutes < SMALLEST else minutes
