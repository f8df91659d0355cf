"""How a person's pages word what they show: their meetings, their routes, and what was done."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from core.calendar import wall
from core.cells import FORMATS
from core.people import RouteState
from core.speech import Speech
from store.people import RouteLine
from store.visits import Invited


def done_words(speech: Speech) -> dict[str, str]:
    """Says what was done, by the word in the address: whatever else stands there says nothing."""
    say = speech.say
    return {
        "yes": say("Thank you. You said yes."),
        "no": say("Thank you. You said no."),
        "maybe": say("Thank you. You said maybe."),
        "call": say("We will ring you."),
        "no_number": say("We have no number to ring you on. We have told the group that you want to talk."),
        "order": say("Saved. We try that one first from now on."),
        "stopped_one": say("Stopped. You hear nothing more from us that way."),
        "started": say("You hear from us again."),
        "words": say("Saved."),
        "paused": say("Saved. You hear nothing from us until then."),
        "unpaused": say("You hear from us again."),
        "stopped": say("Stopped. You hear nothing more from us."),
    }


def erase_word(speech: Speech) -> str:
    """Gives the word that is typed to erase one's data."""
    return speech.say("ERASE")


def told(speech: Speech, one: Invited, zone: str) -> dict[str, object]:
    """Gives a meeting as a page shows it, by its own clock; where the person's differs, by both."""
    meeting = one.meeting
    starts = meeting.starts
    own = wall(meeting.starts_at, zone)
    return {
        "meeting": meeting,
        "answer": one.answer,
        "starts": speech.when(starts),
        "ends": speech.clock(wall(meeting.ends_at, meeting.zone).time()),
        "own": speech.when(own) if own != starts else "",
        "city": meeting.zone.rpartition("/")[2].replace("_", " "),
    }


def way(speech: Speech, one: RouteLine, *, by_phone: bool) -> dict[str, object]:
    """Gives a route as its owner recognises it, and as somebody who looks over their shoulder does not."""
    address = one.address or ""
    if by_phone:
        hint = speech.say("the number that ends in {digits}", digits=address[-3:])
    elif "@" in address:
        before, _, domain = address.rpartition("@")
        hint = f"{before[:2]}…@{domain}"
    else:
        hint = ""
    return {
        "id": one.id,
        "channel": one.channel,
        "hint": hint,
        "stopped": one.state == RouteState.STOPPED,
        "dead": one.state == RouteState.DEAD,
    }


def languages(known: list[str], own: str, usual: str) -> list[tuple[str, str]]:
    """Gives the languages to choose from, each in its own words; the first is the group's own."""
    return [(tag, _language(tag)) for tag in dict.fromkeys([usual, *known, *([own] if own else [])])]


def _language(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name() or tag
    except (UnknownLocaleError, ValueError):
        return tag


def formats(speech: Speech) -> list[tuple[str, str]]:
    """Gives the formats to choose from."""
    say = speech.say
    named = {
        "standard": say("As it is"),
        "easy_read": say("Easy read"),
        "large_print": say("Large print"),
        "audio": say("Read aloud (audio)"),
        "bsl": say("British Sign Language"),
        "braille": say("Braille"),
    }
    return [(one, named.get(one, one)) for one in FORMATS]
