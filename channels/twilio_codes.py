"""What Twilio's codes and statuses mean for a text message.

Codes: https://www.twilio.com/docs/api/errors. Statuses: the Message resource of Twilio's API, version 2010-04-01.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.receipts import Outcome, Receipt

NAME = "sms"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says about an attempt; the fields are those of a receipt."""

    outcome: Outcome
    reason: str
    dead: bool = False
    opted_out: bool = False
    retry_after: timedelta | None = None
    tries_left: int | None = None
    wide: bool = False

    def receipt(self, status: str, **known: Any) -> Receipt:
        """Makes the receipt; `known` says more about this one attempt and wins."""
        said: dict[str, Any] = {
            "reason": self.reason,
            "dead": self.dead,
            "opted_out": self.opted_out,
            "retry_after": self.retry_after,
            "tries_left": self.tries_left,
            "wide": self.wide,
        }
        return Receipt(self.outcome, NAME, status, **(said | known))


def dead(reason: str) -> Meaning:
    """The number reaches nobody."""
    return Meaning(Outcome.REFUSED, reason, dead=True)


def refused(reason: str) -> Meaning:
    """Only this text was refused."""
    return Meaning(Outcome.REFUSED, reason)


def later(reason: str, **more: Any) -> Meaning:
    """Nothing was sent; try again."""
    return Meaning(Outcome.DEFERRED, reason, **more)


def broken(reason: str, **more: Any) -> Meaning:
    """Our account's fault."""
    return Meaning(Outcome.BROKEN, reason, **more)


_HOURS = timedelta(hours=2)

CODES: dict[int, Meaning] = {
    # The person or their number.
    21610: Meaning(Outcome.REFUSED, "This person has told our number to stop.", opted_out=True),
    21211: dead("This is not a phone number."),
    21265: dead("This is a short number that can't get texts."),
    21614: dead("This is not a mobile number."),
    21635: dead("This is a landline."),
    30006: dead("This is a landline, or a number that can't be reached by text."),
    21266: refused("This is our own number."),
    30003: later("The phone is switched off or out of reach.", retry_after=_HOURS, tries_left=2),
    30005: later("The phone company does not know this number.", retry_after=_HOURS, tries_left=1),
    30008: later("The text was lost on its way, nobody says why.", retry_after=_HOURS, tries_left=1),
    30004: refused("The phone company or the person blocks texts from our number."),
    # The message.
    21602: refused("The text is empty."),
    21604: refused("There is no number to send to."),
    21617: refused("The text is too long."),
    30007: refused("The phone company took the text for spam."),
    21408: refused("Our Twilio account may not send texts to this country."),
    21612: refused("This number can't be reached from our number."),
    # Too much at once.
    20429: later("Twilio asks us to slow down.", wide=True),
    21611: later("Too many texts wait to leave from our number.", wide=True),
    30001: later("Too many texts were waiting to leave from our number."),
    30022: later("Our number sends faster than it may."),
    63017: later("Our number sends faster than it may."),
    # Our account: no other text would leave either.
    20003: broken("Twilio refuses the account or its token."),
    20404: broken("Twilio does not know this account."),
    21212: broken("Our own number is not right."),
    21603: broken("We gave no number of our own."),
    21606: broken("Our own number does not belong to the Twilio account."),
    21608: broken("The Twilio account is a trial: it texts only numbers that were confirmed there."),
    21609: broken("Twilio does not take our public address for its reports."),
    30002: broken("The Twilio account is suspended."),
    60728: broken("The Twilio account has sent all it may in this hour.", retry_after=timedelta(hours=1)),
    63038: broken("The Twilio account has sent all it may today.", retry_after=timedelta(hours=24)),
}

STATUSES: dict[str, Outcome] = {
    "accepted": Outcome.ACCEPTED,
    "scheduled": Outcome.ACCEPTED,
    "queued": Outcome.ACCEPTED,
    "sending": Outcome.ACCEPTED,
    "sent": Outcome.ACCEPTED,
    "partially_delivered": Outcome.ACCEPTED,
    "delivered": Outcome.DELIVERED,
    "read": Outcome.DELIVERED,
    "undelivered": Outcome.REFUSED,
    "failed": Outcome.REFUSED,
    "canceled": Outcome.REFUSED,
}
"""Later statuses; a refusal's meaning is in its code. Those that are not here are passed over."""

NOT_DELIVERED = refused("The phone company did not deliver the text.")
NOT_TAKEN = refused("Twilio refused the text.")
NO_ANSWER = Meaning(Outcome.UNKNOWN, "Twilio did not say whether it took the text.", wide=True)
AWAY = later("There is no connection to Twilio.", wide=True)

BARE = {401: 20003, 403: 20003, 404: 20404, 429: 20429}
"""The codes that stand for an HTTP status without one, or with one that is not known."""


def later_status(status: str, code: str, **known: Any) -> Receipt:
    """Reads a status that came after the first, by callback or by looking it up."""
    outcome = STATUSES[status]
    if outcome is not Outcome.REFUSED:
        return Receipt(outcome, NAME, status, **known)
    meaning = CODES.get(int(code), NOT_DELIVERED) if code.isdecimal() else NOT_DELIVERED
    return meaning.receipt(f"{status} {code}".strip(), **known)
