"""What a provider, or a caller, says became of an attempt; and what a person sends in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.answers import Answer


class Outcome(StrEnum):
    """The closed set of answers that a channel may give about one attempt."""

    ACCEPTED = "accepted"
    """The provider took it. Nobody knows yet whether it arrived."""
    DELIVERED = "delivered"
    """It is known to have arrived."""
    DEFERRED = "deferred"
    """Nothing was sent; try again later."""
    REFUSED = "refused"
    """It will never be sent on this route."""
    UNKNOWN = "unknown"
    """It may or may not have been sent."""
    BROKEN = "broken"
    """Our own fault or the account's: nothing was sent, and no other message would be either."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One statement about one attempt.

    `provider` is the channel's name; `ref` the provider's own id of the message; `status` the provider's own word
    or code. `reason` is for staff, in plain words, without any address. A refusal says more: `dead` the address
    reaches nobody and is switched off; `opted_out` the person told this sender to stop; neither: only this message
    was refused. `retry_after` is what the provider asked for. `new_address` replaces the route's address (a Telegram
    group that became a supergroup). `tries_left` limits further tries where the provider's rules do (None: the usual
    number). `wide` says that the trouble is the provider's or the network's, not this recipient's: enough of these in
    a row pause the provider. `delivery` and `attempt` name the attempt where the receipt itself carries them (a status
    callback's address).
    """

    outcome: Outcome
    provider: str
    status: str
    ref: str | None = None
    reason: str = ""
    dead: bool = False
    opted_out: bool = False
    retry_after: timedelta | None = None
    new_address: str | None = None
    tries_left: int | None = None
    wide: bool = False
    delivery: str | None = None
    attempt: int | None = None


class Hand(StrEnum):
    """In whose hand something that came in is, and so what a machine may do with it."""

    PERSON = "person"
    """Somebody's own: it is understood, and answered."""
    UNANSWERED = "unanswered"
    """Somebody's own, with a mark that no machine is to answer: it is understood, and nothing is said to it."""
    DOUBTFUL = "doubtful"
    """A machine may have made it: a person reads it, and no machine answers."""
    SERVER = "server"
    """A mail server's word about a message of ours, which nothing could be read from: a person reads it."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something that a person sent us. `ref` is the provider's own id, so that a repeat is seen to be one.

    `delivery` is the outside id of the delivery that it answers, where the channel tells. `confirmed` says that the
    provider has carried out and answered a stop or a start by itself. A calendar program says `answer` for whoever has
    the address `attendee`, to this `version` of a `meeting` (its outside id); `text` is then what they wrote with it.
    """

    provider: str
    sender: str
    text: str
    ref: str
    at: datetime | None = None
    delivery: str | None = None
    confirmed: bool = False
    answer: Answer | None = None
    meeting: str | None = None
    version: int | None = None
    attendee: str = ""
    hand: Hand = Hand.PERSON
