"""Possible distress in what people write: better too many than too few, because a person looks at each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_APOSTROPHES = re.compile("['’‘ʼ`´]")
_LONG_RUN = re.compile(r"([^\W\d])\1{2,}")
_NO_WORD = re.compile(r"[^\w\u0300-\u036f]+|_+")


@lru_cache(maxsize=4)
def read_phrases(text: str) -> tuple[str, ...]:
    """Reads a list of words and phrases: one a line, `#` begins a remark; an asterisk stands for more letters."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if _folded(line.replace("*", ""))))


def distressing(text: str, phrases: Sequence[str]) -> bool:
    """Tells whether one of the words or phrases stands anywhere in a text, as whole words, in any case.

    Apostrophes, accents, punctuation and letters that are repeated do not matter. It says only that somebody should
    look: no text is ever taken to mean that somebody is well.
    """
    return bool(_pattern(tuple(phrases)).search(f" {_folded(text)} "))


@lru_cache(maxsize=4)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    written = []
    for phrase in phrases:
        words = (_folded(part).replace(" ", " ") for part in phrase.split("*"))
        written.append(r"\w*".join(re.escape(part) for part in words))
    return re.compile(rf" (?:{'|'.join(written)}) ") if written else re.compile("(?!)")


def _folded(text: str) -> str:
    """Writes a text in small letters with single spaces, so that "Can’t   COPE!!!" is "cant cope"."""
    bare = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
    bare = "".join(one for one in bare if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")
    return " ".join(_NO_WORD.sub(" ", _LONG_RUN.sub(r"\1", bare)).split())
