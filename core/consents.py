"""What a person allowed, as it is written in one cell of a people file.

One line for each: `BASIS YYYY-MM-DD [(CHANNEL, ...)] [SOURCE[: WORDING]]`, for example

    consent 2026-03-01 (email, sms) joining form: Yes, tell me about your events

Without channels it is meant for every address in the row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from core.errors import UserError
from core.people import CHANNELS

LONGEST = 2000


class Basis(StrEnum):
    """What allows what: the person agreed to promotion, or was a customer already (soft opt-in, PECR regulation 22(3)).

    `SERVICE` allows no promotion: they asked for the group's own messages on a route, as by joining the chat.
    """

    CONSENT = "consent"
    SOFT_OPT_IN = "soft_opt_in"
    SERVICE = "service"


PROMOTION: Final = (Basis.CONSENT, Basis.SOFT_OPT_IN)
"""The bases that allow promotion."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One thing that a person allowed. `channels` is empty where it is meant for all of them."""

    basis: str
    given_on: date
    channels: tuple[str, ...] = ()
    source: str = ""
    wording: str = ""

    @property
    def words(self) -> str:
        """The source and the wording as one text."""
        return f"{self.source}: {self.wording}" if self.wording else self.source

    def meant_for(self, channel: str) -> bool:
        """Tells whether it covers a channel."""
        return not self.channels or channel in self.channels

    def is_like(self, other: Consent) -> bool:
        """Tells whether two say the same; where the source ends and the wording begins is a guess."""
        return (self.basis, self.given_on, self.words) == (other.basis, other.given_on, other.words)

    def __str__(self) -> str:
        channels = f"({', '.join(self.channels)})" if self.channels else ""
        parts = (self.basis, self.given_on.isoformat(), channels, self.words)
        return " ".join(part for part in parts if part)


_LINE = re.compile(
    r"(consent|soft[ _-]opt[ _-]in|service) (\d{4}-\d\d-\d\d)(?: \(([^()]*)\))?(?: (.+))?", re.IGNORECASE
)
_MEND = "Write it like: consent 2026-03-01 joining form: Yes, tell me about your events."


def read_consents(cell: str) -> tuple[Consent, ...]:
    """Reads a cell, one consent a line; raises UserError for what can't be understood."""
    if len(cell) > LONGEST:
        raise UserError(f"This is longer than {LONGEST:,} characters", mend="Shorten the wording.")
    return tuple(_consent(" ".join(line.split())) for line in cell.splitlines() if line.strip())


def write_consents(consents: Sequence[Consent]) -> str:
    """Writes consents as one cell."""
    return "\n".join(str(consent) for consent in consents)


def _consent(line: str) -> Consent:
    found = _LINE.fullmatch(line)
    if not found:
        raise UserError("This consent can't be understood", mend=_MEND)
    try:
        given_on = date.fromisoformat(found[2])
    except ValueError:
        raise UserError("There is no such date", mend=_MEND) from None
    channels = tuple(word.strip().lower() for word in (found[3] or "").split(",") if word.strip())
    words = found[4] or ""
    if not set(channels) <= set(CHANNELS):  # brackets that hold something else belong to the source
        channels, words = (), f"({found[3]}) {words}".strip()
    source, _, wording = words.partition(": ")
    basis = re.sub(r"[ -]", "_", found[1].lower())
    return Consent(Basis(basis), given_on, channels, source, wording)
