"""One call as it stands on paper, and what of it the fonts at hand can't print."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.errors import UserError
from core.speech import Speech


@dataclass(frozen=True, slots=True)
class Printed:
    """One call on paper; the fields are those of a line of the call list, but that `script` names nobody.

    It is printed once for everybody who is told the same. `back_at` says when they asked to be rung, in words.
    """

    code: str
    name: str
    number: str
    held_by: str
    why: str
    needs: str
    between: str
    tries: int
    last: str
    script: str
    voicemail: str
    asks: bool
    back_at: str = ""


class Part(StrEnum):
    """What of a list is written by people, in whatever script they write."""

    NAME = "name"
    HELD_BY = "held by"
    NEEDS = "needs"
    CALLER = "caller"
    GROUP = "group"
    WORDS = "what to say"


class Unprintable(NamedTuple):
    """A text that no font here holds in full; `whose` is the name of the person it belongs to, or empty."""

    part: Part
    text: str
    whose: str = ""

    def words(self, speech: Speech) -> str:
        """Says which text of whom it is: "Ann Carter, needs: speaks বাংলা"."""
        part = {
            Part.NAME: speech.say("name"),
            Part.HELD_BY: speech.say("who holds the phone"),
            Part.NEEDS: speech.say("needs"),
            Part.CALLER: speech.say("the caller"),
            Part.GROUP: speech.say("the group"),
            Part.WORDS: speech.say("what to say"),
        }[self.part]
        return f"{self.whose}, {part}: {self.text}" if self.whose else f"{part}: {self.text}"


class NoFont(UserError):
    """What is to be said can't be printed here, so paper would be of no use; a sheet shows it."""


def words_on(calls: Sequence[Printed], *more: str) -> str:
    """Returns every word of a list, to find the fonts for."""
    found = {one.text for one in _texts(calls)} | {one.back_at for one in calls}
    return "".join((*sorted(found), *more))


def unprintable(calls: Sequence[Printed], caller: str, group: str, missing: Collection[str]) -> list[Unprintable]:
    """Lists the texts in which a sign is missing; raises NoFont where letters of what is to be said are.

    A person's texts are listed for each of them, the words of a notice once.
    """
    gone = set(missing)
    texts = (Unprintable(Part.GROUP, group), Unprintable(Part.CALLER, caller), *_texts(calls))
    found = [one for one in dict.fromkeys(texts) if gone.intersection(one.text)]
    said = next((one for one in found if one.part is Part.WORDS and lacks_letters(one.text, gone)), None)
    if said is not None:
        letters = "".join(one for one in said.text if one in gone)
        raise NoFont(
            f"No font on the computer that Ringround runs on has letters of what is to be said: {letters[:40]}",
            mend="Make a sheet instead (.xlsx): it shows them.",
        )
    return found


def lacks_letters(text: str, missing: Collection[str]) -> bool:
    """Tells whether letters or digits of a text are missing, and not only a sign or a picture."""
    return any(one in missing and unicodedata.category(one)[0] in "LMN" for one in text)


def _texts(calls: Sequence[Printed]) -> Iterator[Unprintable]:
    for one in calls:
        for text in (one.why, one.script, one.voicemail):
            yield Unprintable(Part.WORDS, text)
        yield Unprintable(Part.NAME, one.name)
        yield Unprintable(Part.HELD_BY, one.held_by, one.name)
        yield Unprintable(Part.NEEDS, one.needs, one.name)
