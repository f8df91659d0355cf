"""The ways in which each provider can fail, by name.

A failure happens at a *point* of a conversation (`rcpt`, `send`, `getUpdates`, ...) and is one *act* there:

    REPLY       answer with an error, nothing is accepted
    DROP        cut the connection, nothing is accepted
    DROP_KEPT   accept and record the message, then cut the connection without an answer
    HANG        stay silent, nothing is accepted before `seconds` are over
    HANG_KEPT   accept and record the message, then stay silent
    SLOW        wait `seconds`, then go on as if nothing had been
    GARBAGE     accept and record the message, then answer with something that is not the protocol
    LATER       accept now; a callback tells later that it was not delivered
    CALLBACKS   accept and deliver; the callbacks misbehave

The names are taken from the provider tables that the product's channels must master: SMTP replies by RFC 5321
and RFC 3463, Twilio's error codes (https://www.twilio.com/docs/api/errors), and the Bot API's error answers
(https://core.telegram.org/bots/api#making-requests).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

CHANNELS: Final = ("email", "sms", "telegram")


class Act(Enum):
    """What the pretend provider does when a failure strikes."""

    REPLY = "reply"
    DROP = "drop"
    DROP_KEPT = "drop-kept"
    HANG = "hang"
    HANG_KEPT = "hang-kept"
    SLOW = "slow"
    GARBAGE = "garbage"
    LATER = "later"
    CALLBACKS = "callbacks"


@dataclass(frozen=True, slots=True)
class How:
    """One way to fail: at which point of the conversation, which act, and the provider's own words or code."""

    point: str
    act: Act
    reply: str = ""


EMAIL: Final[dict[str, How]] = {
    "connect-421": How("connect", Act.REPLY, "421 4.3.2 Service not available, closing transmission channel"),
    "auth-535": How("auth", Act.REPLY, "535 5.7.8 Authentication credentials invalid"),
    "mail-451": How("mail", Act.REPLY, "451 4.3.0 Local error in processing"),
    "rcpt-450": How("rcpt", Act.REPLY, "450 4.2.1 Mailbox unavailable for the moment"),
    "rcpt-550": How("rcpt", Act.REPLY, "550 5.1.1 No such mailbox here"),
    "rcpt-552": How("rcpt", Act.REPLY, "552 5.2.2 Mailbox full"),
    "greylist": How("rcpt", Act.REPLY, "450 4.7.1 Greylisted, please come back later"),
    "dot-554": How("dot", Act.REPLY, "554 5.6.0 Transaction failed"),
    "drop-before-354": How("data", Act.DROP),
    "hang-before-354": How("data", Act.HANG),
    "drop-after-dot": How("dot", Act.DROP_KEPT),
    "drop-after-dot-lost": How("dot", Act.DROP),
    "hang-after-dot": How("dot", Act.HANG_KEPT),
    "hang-after-dot-lost": How("dot", Act.HANG),
    "drop-at-quit": How("quit", Act.DROP),
    "slow": How("dot", Act.SLOW),
}
"""Named SMTP failures. Any other reply: `"POINT CODE ENHANCED TEXT"`, such as `"rcpt 550 5.7.1 Blocked"`.

Clients try AUTH again with another mechanism, so `auth-535` wants `times=None`.
"""

EMAIL_POINTS: Final = ("connect", "auth", "mail", "rcpt", "data", "dot")
"""Points that can answer with any reply; `data` stands for the 354, `dot` for the answer after the final dot."""

TWILIO_CODES: Final[dict[int, tuple[int, str]]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too many requests"),
    20500: (500, "Internal server error"),
    21211: (400, "Invalid 'To' phone number"),
    21212: (400, "Invalid 'From' number"),
    21265: (400, "'To' number cannot be a short code"),
    21266: (400, "'To' and 'From' cannot be the same"),
    21408: (400, "Permission to send an SMS has not been enabled for the region of the 'To' number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' number is not a valid message sender of this account"),
    21608: (400, "The 'To' number is unverified, and a trial account cannot send to it"),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The combination of 'To' and 'From' cannot be reached"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21635: (400, "'To' number cannot be a landline"),
    30002: (403, "Account suspended"),
    30022: (429, "Rate limit exceeded for this sender"),
    60728: (429, "Hourly limit reached"),
    63017: (429, "Rate limit of the channel exceeded"),
    63038: (429, "Account exceeded the daily messages limit"),
}
"""Twilio error code -> HTTP status and message. A code that is not listed here answers with HTTP 400."""

SMS: Final[dict[str, How]] = {
    **{str(code): How("send", Act.REPLY, str(code)) for code in TWILIO_CODES},
    **{f"http-{status}": How("send", Act.REPLY, f"http {status}") for status in (429, 500, 502, 503)},
    **{
        f"undelivered-{code}": How("send", Act.LATER, f"undelivered {code}")
        for code in (30003, 30004, 30005, 30006, 30007, 30008, 30022)
    },
    "failed-30001": How("send", Act.LATER, "failed 30001"),
    "stays-sent": How("send", Act.LATER, "sent 0"),
    "reset-before": How("send", Act.DROP),
    "reset-after": How("send", Act.DROP_KEPT),
    "hang-before": How("send", Act.HANG),
    "hang-after": How("send", Act.HANG_KEPT),
    "garbage": How("send", Act.GARBAGE),
    "callbacks-none": How("send", Act.CALLBACKS, "none"),
    "callbacks-twice": How("send", Act.CALLBACKS, "twice"),
    "callbacks-reversed": How("send", Act.CALLBACKS, "reversed"),
    "slow": How("send", Act.SLOW),
}
"""Named SMS failures; every other five-digit code works too: `"21999"`, `"undelivered-30999"`, `"failed-30001"`."""

TELEGRAM: Final[dict[str, How]] = {
    "429": How("send", Act.REPLY, "429 Too Many Requests: retry after {seconds}"),
    "blocked": How("send", Act.REPLY, "403 Forbidden: bot was blocked by the user"),
    "deactivated": How("send", Act.REPLY, "403 Forbidden: user is deactivated"),
    "never-started": How("send", Act.REPLY, "403 Forbidden: bot can't initiate conversation with a user"),
    "chat-not-found": How("send", Act.REPLY, "400 Bad Request: chat not found"),
    "migrated": How("send", Act.REPLY, "400 Bad Request: group chat was upgraded to a supergroup chat"),
    "parse-error": How(
        "send",
        Act.REPLY,
        "400 Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    "unauthorized": How("*", Act.REPLY, "401 Unauthorized"),
    "conflict": How("getUpdates", Act.REPLY, "409 Conflict: terminated by other getUpdates request"),
    "http-500": How("send", Act.REPLY, "500 Internal Server Error"),
    "http-502": How("send", Act.REPLY, "502 Bad Gateway"),
    "reset-before": How("send", Act.DROP),
    "reset-after": How("send", Act.DROP_KEPT),
    "hang-before": How("send", Act.HANG),
    "hang-after": How("send", Act.HANG_KEPT),
    "garbage": How("send", Act.GARBAGE),
    "slow": How("send", Act.SLOW),
}
"""Named Telegram failures. `send` is every method that puts a message into a chat; `*` is every method."""

NAMED: Final = {"email": EMAIL, "sms": SMS, "telegram": TELEGRAM}


def lookup(channel: str, how: str) -> How:
    """Gives the meaning of a failure's name on a channel; ValueError lists the names if there is none."""
    if channel not in NAMED:
        raise ValueError(f"unknown channel {channel!r}: choose one of {', '.join(CHANNELS)}")
    if found := NAMED[channel].get(how):
        return found
    if channel == "email" and (m := re.fullmatch(r"(\w+) ([45]\d\d .+)", how)) and m[1] in EMAIL_POINTS:
        return How(m[1], Act.REPLY, m[2])
    if channel == "sms" and re.fullmatch(r"\d{5}", how):
        return How("send", Act.REPLY, how)
    if channel == "sms" and (m := re.fullmatch(r"(undelivered|failed)-(\d{5})", how)):
        return How("send", Act.LATER, f"{m[1]} {m[2]}")
    raise ValueError(f"{channel} cannot fail by {how!r}: choose one of {', '.join(NAMED[channel])}")
