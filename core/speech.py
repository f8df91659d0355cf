"""What we say to people in their own language: fixed phrases, numbers of things, days and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from gettext import NullTranslations
from typing import TYPE_CHECKING, Final, NewType

from core import spoken

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"

Phrase = NewType("Phrase", str)
"""A phrase that is said elsewhere than it stands: `SOON = Phrase("It comes soon.")`, then `speech.phrase(SOON)`."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Speaks one language (a BCP 47 tag). A phrase that its catalogue lacks is said in English.

    Each phrase stands in English where it is said, so that code reads well and `make phrases` finds it; values go
    into `{braces}`.
    """

    language: str = ENGLISH
    catalogue: NullTranslations = field(default_factory=NullTranslations)

    def say(self, phrase: str, /, **values: object) -> str:
        """Says a phrase: `say("Hello {name}.", name="Ann")`."""
        return _filled(self.catalogue.gettext(phrase), values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Says how many, in the plural that the language has: `count("{n} person", "{n} people", 3)`."""
        return _filled(self.catalogue.ngettext(one, many, number), {"n": f"{number:,}", **values})

    def variants(self, phrase: str, /) -> list[str]:
        """Gives the words that a phrase lists with commas between: what people may type for a button."""
        return [word.strip() for word in self.catalogue.gettext(phrase).split(",") if word.strip()]

    def phrase(self, phrase: Phrase, /) -> str:
        """Gives a phrase with its placeholders still open."""
        return self.catalogue.gettext(phrase)

    def day(self, when: date, *, year: bool = True) -> str:
        """Says a day: "Friday 14 May 2027"."""
        if (locale := _locale(self.language)) is None:
            return spoken.day(when, year=year)
        from babel.dates import format_date

        return format_date(when, "EEEE d MMMM y" if year else "EEEE d MMMM", locale=locale)

    def clock(self, when: time) -> str:
        """Says a time of day: "2:30pm"."""
        if (locale := _locale(self.language)) is None:
            return spoken.clock(when)
        from babel.dates import format_time

        return format_time(when, "short", locale=locale)

    def when(self, local: datetime, *, year: bool = True) -> str:
        """Says a day and a time: "Friday 14 May 2027 at 2pm"."""
        return self.say("{day} at {clock}", day=self.day(local, year=year), clock=self.clock(local.time()))


IN_ENGLISH: Final = Speech()


@cache
def _locale(language: str) -> Locale | None:
    """Finds what is known of a language's days and times; None for English and for a language nobody has described."""
    if language.partition("-")[0] == ENGLISH:
        return None
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def _filled(phrase: str, values: Mapping[str, object]) -> str:
    return phrase.format_map(dict(values)) if values else phrase
