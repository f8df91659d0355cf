"""Why somebody needs a person or is left out, and how they are told: the words of the core in people's own language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core import audience, delivery, ladder
from core.people import EMAIL, PHONE, SMS, TELEGRAM
from core.speech import Phrase, Speech

MOST_NAMED: Final = 20
"""People named in one sentence; more are counted."""

_REASONS: Final = {
    ladder.NO_ROUTE: Phrase("no way to reach them is on file"),
    ladder.NO_WORKING_ROUTE: Phrase("no way to reach them works"),
    ladder.SWITCHED_OFF: Phrase("their channel is not set up here"),
    ladder.OPTED_OUT: Phrase("asked us to stop"),
    ladder.NO_CONSENT: Phrase("have not agreed to hear of such things"),
    audience.LANGUAGE: Phrase("another language is needed"),
    audience.FORMAT: Phrase("another format is needed"),
    audience.PAUSED: Phrase("paused for now"),
    audience.LEFT: Phrase("left the group"),
    audience.DIED: Phrase("died"),
    audience.REHEARSAL: Phrase("this is a rehearsal, and only staff are really sent to"),
    audience.CANCELLED: Phrase("this was stopped before it was sent to them"),
    audience.TOLD_ALREADY: Phrase("told another way"),
    audience.NO_CALL: Phrase("not worth a call by the strategy"),
    delivery.TOO_LATE: Phrase("it was too late to send"),
}


def reason(words: str, speech: Speech) -> str:
    """Says a reason; one that is somebody's own words stays as it is."""
    known = _REASONS.get(words)
    return speech.phrase(known) if known else words


def by(channel: str, speech: Speech) -> str:
    """Says how people are told on a channel, a plug-in's too."""
    match channel:
        case "email":
            return speech.say("by e-mail")
        case "sms":
            return speech.say("by text message")
        case "telegram":
            return speech.say("by Telegram")
        case "phone":
            return speech.say("by a phone call")
    return speech.say("by {channel}", channel=channel)


def named(names: Sequence[str], speech: Speech, most: int = MOST_NAMED) -> str:
    """Lists names, and counts those beyond the most that one wants to hear."""
    listed = ", ".join(names[:most])
    if len(names) <= most:
        return listed
    return f"{listed}, {speech.count('and {n} more', 'and {n} more', len(names) - most)}"


def by_order(channels: Sequence[str]) -> list[str]:
    """Puts channels into the order in which they are always named."""
    order = (EMAIL, SMS, TELEGRAM, PHONE)
    return sorted(channels, key=lambda one: (order.index(one) if one in order else len(order), one))
