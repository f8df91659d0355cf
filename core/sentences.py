"""Where sentences end."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+|(?<=[。！？।؟])\s*")
_SHORTENED = re.compile(r"\W*(?:mr|mrs|ms|dr|prof|revd?|st|no|tel|approx|vs|e\.?g|i\.?e)\.", re.IGNORECASE)
_MAYBE_SHORTENED = re.compile(r"\W*(?:\w(?:\.\w)+|etc|mins?|hrs?)\.", re.IGNORECASE)  # "2 p.m. in the hall"


def sentences(text: str) -> list[str]:
    """Gives the sentences of a plain text in order; a line end ends one too, so list items stand alone."""
    found = []
    for line in text.splitlines():
        begin = 0
        for end in _END.finditer(line):
            before, after = line[begin : end.start()], line[end.end() : end.end() + 1]
            last = before.rpartition(" ")[2]
            if _SHORTENED.fullmatch(last) or (after.islower() and _MAYBE_SHORTENED.fullmatch(last)):
                continue
            found.append(line[begin : end.end()].strip())
            begin = end.end()
        found.append(line[begin:].strip())
    return [one for one in found if one]
