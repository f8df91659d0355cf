"""Links that only we can have made: signed, each for one purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from itsdangerous import BadSignature, Signer

from core.errors import ConfigError, UserError


class Purpose(StrEnum):
    """What a link is for; a token made for one purpose is worth nothing for another."""

    STOP = "stop"
    """Stops messages to the route of a delivery."""

    MEETING = "meeting"
    """Gives one meeting to one person, as a file for their calendar."""

    FEED = "feed"
    """Gives one person the calendar of their meetings."""

    VISIT = "visit"
    """Opens a person's own pages, from the delivery that brought the link."""


class Links:
    """Makes and reads links below `public_url`.

    `secret` is one key, or several from the oldest to the newest: the newest signs, all are believed, so that a key
    can be changed without breaking the links in old messages. Tokens do not age: a person may stop any time.
    """

    def __init__(self, public_url: str, secret: bytes | Sequence[bytes]) -> None:
        keys = [secret] if isinstance(secret, bytes) else list(secret)
        if not keys or not all(keys):
            raise ConfigError("There is no key to sign links with", mend="Set RINGROUND_SECRET_KEY.")
        self._root = public_url.rstrip("/")
        self._signers = {
            purpose: Signer(keys, salt=f"ringround.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)
            for purpose in Purpose
        }

    def unsubscribe(self, delivery: str) -> str:
        """Gives the address that a person, or their mail program, stops messages with (RFC 8058)."""
        return self._link(Purpose.STOP, delivery)

    def meeting_ics(self, meeting: str, person: str) -> str:
        """Gives the address of a meeting's calendar file for one person; `read_meeting` tells the two from it.

        Both are outside ids, without a full stop in them.
        """
        return self._link(Purpose.MEETING, f"{meeting}.{person}")

    def feed(self, person: str) -> str:
        """Gives the address of a person's private calendar."""
        return self._link(Purpose.FEED, person)

    def visit(self, delivery: str) -> str:
        """Gives the address of the pages of the person whom a delivery is for; how long it holds is not in it."""
        return self._link(Purpose.VISIT, delivery)

    def read_meeting(self, token: str) -> tuple[str, str]:
        """Gives the ids of the meeting and the person that a token was made of; raises UserError like `read`."""
        meeting, _, person = self.read(token, Purpose.MEETING).partition(".")
        return meeting, person

    def read(self, token: str, purpose: Purpose) -> str:
        """Gives what a token was made of; raises UserError for one that was not made here for this purpose."""
        try:
            return self._signers[purpose].unsign(token).decode()
        except (BadSignature, UnicodeError):
            raise UserError(
                "This link is not one of ours, or a part of it is missing",
                mend="Open it from the message itself, or ask the person who is named there.",
            ) from None

    def _link(self, purpose: Purpose, value: str) -> str:
        """`value` is plain letters, digits, dots and dashes, as in an outside id: it stands in the link as it is."""
        return f"{self._root}/{purpose}/{self._signers[purpose].sign(value).decode()}"
