"""The text and the address of a message that came in, as they are kept."""

from __future__ import annotations

from contextlib import suppress

from actions.leaving import Surroundings
from core.addresses import phone_number
from core.errors import UserError
from core.people import PHONE, SMS

LONGEST = 4_000
"""Characters that are kept of one message."""

_LONGER = "\n[It goes on where it came in.]"
_JOINERS = "\u200c\u200d\u200e\u200f"


def cleaned(text: str) -> str:
    """Gives what is kept of a text: its first characters, without control characters."""
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - len(_LONGER)]}{_LONGER}"


def printable(text: str) -> str:
    """Gives a text without control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in text if one.isprintable() or one in "\n\t" or one in _JOINERS).strip()


def normal(channel: str, address: str, around: Surroundings) -> str:
    """Gives an address in the form in which it is on file; one that is none comes back as it is."""
    if channel in (SMS, PHONE):
        with suppress(UserError):
            return phone_number(address, around.settings.region).e164
    return address.strip()[:320]
