"""What people write and press, on any channel: heard once each, understood or kept for a person, and answered.

Each effect has one place: an answer `actions.answers`, a stop, a start and whatever else somebody wishes for themself
`actions.wishes`, possible distress `store.distress`. What is not understood for certain changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from actions import meant, wishes
from actions.answers import answer_meeting
from actions.incoming import Heard, Incoming, Reply
from actions.leaving import Surroundings
from actions.message_text import cleaned, normal
from core import reply_words
from core.inbox import InboxState, Why
from core.people import EMAIL, SMS, RouteState, Status
from core.receipts import Hand
from core.replies import ANSWERS, CANCEL_WORDS, Meaning, Understood, understand
from store import addressed, distress, inbox, meetings
from store.database import Session
from store.suppressions import lift, route_hash, suppress
from store.tables import InboxItem
from store.tables.base import new_uid

__all__ = ["Heard", "Reply", "answer_meeting", "edited", "for_people", "hear", "press"]

STRANGER_EVERY = timedelta(days=1)
"""How often somebody whom we do not know gets an answer."""

ASKED_FOR = timedelta(days=3)
"""How long a number still answers what we asked back."""

_STANDS = (Meaning.STOP, Meaning.START, Meaning.HELP, Meaning.YES)


def hear(session: Session, heard: Heard, around: Surroundings) -> Reply | None:
    """Hears one message and does what it means; None for a repeat, and where nothing is to be said.

    On every channel but the chat the reply is published as well, to the same route and to no other.
    """
    if inbox.heard(session, heard.channel, heard.ref) is not None:
        return None
    message = Incoming(session, heard, around)
    if message.distressing:
        return _distress(message)
    if heard.hand in (Hand.DOUBTFUL, Hand.SERVER):
        message.tell_staff(Why.QUESTION if message.homes else Why.STRANGER)
        return None
    if not message.homes:
        return _stranger(message)
    pending = inbox.asked(session, heard.channel, message.sender, around.now - ASKED_FOR)
    understood = _understood(message, pending)
    if understood.meaning is Meaning.STOP:
        return _stop(message, understood)
    if not message.here:
        return message.for_staff(Why.QUESTION)
    if understood.meaning is Meaning.START or (understood.meaning is Meaning.YES and _stopped_by_text(message)):
        return _start(message, understood)
    if pending is not None:
        settled, reply = meant.settle(message, pending, understood)
        if settled:
            return reply
    return _do(message, understood)


def for_people(message: Incoming, why: Why) -> None:
    """Has staff read a message that no machine is to understand; possible distress goes to all of them at once."""
    if message.distressing:
        _distress(message)
    else:
        message.tell_staff(why)


def edited(session: Session, heard: Heard, around: Surroundings) -> Reply | None:
    """Hears the new words of a message that was changed; the same words again change nothing.

    What staff have still to read of the old words is replaced by the new ones, but for possible distress: that stays.
    """
    before = inbox.versions(session, heard.channel, heard.ref)
    if not before:
        return hear(session, heard, around)
    if before[-1].text == cleaned(heard.text):
        return None
    for item in before:
        if item.why != Why.DISTRESS and item.state == InboxState.OPEN:
            item.state, item.asked = InboxState.CLOSED, ""
    return hear(session, replace(heard, ref=f"{heard.ref}#{len(before)}"), around)


def press(
    session: Session, channel: str, address: str, delivery_uid: str, word: str, around: Surroundings
) -> Reply | None:
    """Does what a button below a message says: yes, no, maybe, more, call_me, change, language, help, stop or start.

    A second press changes nothing more. A button of a meeting that has changed asks again, and one of a meeting that
    is over says so.
    """
    told = addressed.told_by(session, delivery_uid)
    sender = normal(channel, address, around)
    if told is None or told[2].channel != channel or not _same(channel, told[2].address, sender):
        return Reply(reply_words.not_for_this_chat(around.speech()), None)
    heard = Heard(channel, address, word, f"press:{new_uid()}", delivery=delivery_uid)
    message = Incoming(session, heard, around, only=told[2].uid)
    say = message.speech.say
    if word == "more":
        choices = (
            (say("Call me"), "call me"),
            (say("Change how I hear from you"), "change"),
            (say("My language"), "language"),
            (say("Stop"), "stop"),
        )
        return Reply(reply_words.more(message.speech), told[3].uid, choices)
    if word not in list(Meaning) or (not message.here and word != Meaning.STOP):
        return Reply(reply_words.not_for_this_chat(message.speech), told[3].uid)
    understood = Understood(Meaning(word), word=word.upper())
    if understood.meaning is Meaning.STOP:
        return _stop(message, understood)
    return _start(message, understood) if understood.meaning is Meaning.START else _do(message, understood)


def _same(channel: str, one: str | None, other: str) -> bool:
    return one is not None and (one.casefold() == other.casefold() if channel == EMAIL else one == other)


def _understood(message: Incoming, pending: InboxItem | None) -> Understood:
    names = [one for _, person in message.homes for one in (person.name, person.called)]
    asked_by = meant.labels_of(pending)
    understood = understand(
        message.text,
        message.speech,
        names=[*names, message.around.settings.speaker.contact_name],
        people=asked_by or message.names(),
        numbered=bool(asked_by),
    )
    if message.heard.provider_confirmed and understood.meaning not in _STANDS:
        return Understood(Meaning.STOP, word="STOP")
    if understood.channel not in ("", message.heard.channel):
        return Understood(Meaning.OTHER)  # "stop emailing me" in a text: a person sees to it
    return understood


def _do(message: Incoming, understood: Understood) -> Reply | None:
    match understood.meaning:
        case meaning if meaning in ANSWERS or meaning is Meaning.SEVERAL:
            return meant.answer(message, meant.said_by(message, understood))
        case Meaning.CALL_ME:
            return _call_me(message)
        case Meaning.HELP:
            text = f"{reply_words.words_to_use(message.speech)}\n\n{message.honest}"
            return message.for_staff(Why.QUESTION, text)
        case Meaning.CHANGE:
            return meant.change(message)
        case Meaning.LANGUAGE:
            return meant.language(message)
        case _:
            return message.for_staff(Why.QUESTION)


def _distress(message: Incoming) -> Reply | None:
    item = message.keep(Why.DISTRESS, InboxState.OPEN, pinned=True)
    distress.alert(message.session, item, message.around.now)
    return None if message.of_somebody_dead else message.say_honestly(item, Why.DISTRESS)


def _stranger(message: Incoming) -> Reply | None:
    """Keeps what somebody unknown wrote. A stop holds for the address when it is put on file later, too."""
    session, around = message.session, message.around
    since = around.now - STRANGER_EVERY
    lately = inbox.wrote_since(session, message.heard.channel, message.sender, Why.STRANGER, since)
    meaning = understand(message.text, message.speech).meaning
    stopped_there = message.heard.provider_confirmed and meaning not in _STANDS
    if meaning in (Meaning.STOP, Meaning.START) or stopped_there:
        message.keep(Why.STRANGER)
        hashed = route_hash(around.secret, message.heard.channel, message.sender)
        if meaning is Meaning.START:
            lift(session, hashed)
        else:
            suppress(session, [hashed], around.now)
        return None
    message.tell_staff(Why.STRANGER)
    return None if lately else Reply(f"{reply_words.stranger(message.speech)} {message.honest}", None)


def _stop(message: Incoming, understood: Understood) -> Reply | None:
    """Stops this address and no other; everything, where one person alone asked for it."""
    cancel_word = understood.word in CANCEL_WORDS
    if cancel_word and message.heard.channel != SMS and not message.heard.provider_confirmed:
        return message.for_staff(Why.CANCEL_WORD)
    alone = message.alone if understood.everything else None
    if alone is not None:
        wishes.stop_everything(message.session, alone.uid, message.around)
    else:
        for route, person in message.homes:
            wishes.stop_route(message.session, person.uid, route.uid, message.around)
    if cancel_word:
        item = message.tell_staff(Why.CANCEL_WORD)
    elif understood.everything and alone is None:
        item = message.tell_staff(Why.WHICH)
    else:
        item = message.keep(Why.STOP)
    if message.heard.provider_confirmed or any(person.status == Status.DIED for _, person in message.homes):
        return None
    speech = message.speech
    return message.say(
        item, reply_words.all_stopped(speech) if alone else reply_words.stopped(message.heard.channel, speech)
    )


def _stopped_by_text(message: Incoming) -> bool:
    """Tells whether YES starts texts again: it is one of the provider's own words where somebody had stopped them."""
    stopped = any(route.state == RouteState.STOPPED or person.stopped_at for route, person in message.here)
    return message.heard.channel == SMS and stopped


def _start(message: Incoming, understood: Understood) -> Reply | None:
    """Starts this address again. YES does that and no more: whether it was an answer as well is asked."""
    speech = message.speech
    begun = sum(wishes.start(message.session, person.uid, route.uid, message.around) for route, person in message.here)
    if understood.meaning is Meaning.YES:
        told = meant.told(message)
        meeting = meetings.meeting_of(message.session, told[0].meeting) if told else None
        return message.done(reply_words.started_by_yes(meeting, speech))
    if message.heard.provider_confirmed:
        return message.done(None)
    return message.done(reply_words.started(speech) if begun else reply_words.not_stopped(speech))


def _call_me(message: Incoming) -> Reply | None:
    speech = message.speech
    if message.alone is None:
        return message.for_staff(Why.CALL_ME, reply_words.will_get_in_touch(speech))
    item = message.tell_staff(Why.CALL_ME)
    if not wishes.call_me(message.session, message.alone.uid, message.around, item=item):
        return message.say(item, reply_words.will_get_in_touch(speech))
    calling = message.around.strategy.calling
    return message.say(item, reply_words.will_ring(speech.clock(calling.start), speech.clock(calling.end), speech))
