"""How a notice looks before it is sent: to whom, how, at what cost, and who would be missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from actions.desk import Desk
from actions.notice_preview import Preview
from actions.notices import Draft, Like
from bot.reasons import by, by_order, named, reason
from core.ladder import NO_ROUTE, NO_WORKING_ROUTE
from core.notices import Whom
from core.people import PHONE, SMS
from core.speech import Speech

ROOM = 3900
"""Characters of a page: a message may have 4,096, and what is one message can be changed as one."""

LEAST = 200
"""Characters below which an example is not worth its room."""

_NO_WAY = (NO_ROUTE, NO_WORKING_ROUTE)


def page(found: Preview, draft: Draft, desk: Desk, speech: Speech, now: datetime) -> str:
    """Says all that a coordinator should know before *Send*, the most important first."""
    parts = [
        _heading(found, speech),
        "\n".join(_people(found, draft, desk, speech)),
        "\n".join(_when(found, draft, desk, speech, now)),
        "\n".join(_missing(found, draft, speech)),
        "\n".join(_words(found, draft, speech)),
    ]
    text = "\n\n".join(part for part in parts if part)
    if len(text) > ROOM:
        return f"{text[:ROOM].rsplit(' ', 1)[0]} …"
    return text + _example(found, speech, ROOM - len(text))


def when(moment: datetime, desk: Desk, speech: Speech) -> str:
    """Says a moment by the group's own clocks."""
    return speech.when(moment.astimezone(desk.settings.zone).replace(tzinfo=None), year=False)


def like_words(like: Like, desk: Desk, speech: Speech) -> str:
    """Says what was sent before, and whom it missed."""
    at = when(like.at, desk, speech)
    parts = [speech.say("{name} sent a notice that says the same on {when}.", name=like.by, when=at)]
    parts.append(speech.count("It has gone to {n} person.", "It has gone to {n} people.", like.sent))
    if like.missed:
        parts.append(speech.count("It missed {n} person.", "It missed {n} people.", like.missed))
        parts.append(speech.say("Send this only to those who were missed?"))
    else:
        parts.append(speech.say("It has missed nobody. Send it to everybody again?"))
    return " ".join(parts)


def _heading(found: Preview, speech: Speech) -> str:
    head = speech.say("Preview. Nothing has been sent yet.")
    if not found.rehearsal:
        return head
    rehearsal = speech.say(
        "This is a rehearsal: only staff are really sent to. Below is what would happen once it is live."
    )
    return f"{head}\n{rehearsal}"


def _people(found: Preview, draft: Draft, desk: Desk, speech: Speech) -> Iterator[str]:
    yield _audience(found, draft, speech)
    for channel in by_order(list(found.channels)):
        people = found.channels[channel].people
        yield f"{people:,} {by(channel, speech)}{_price(channel, found, desk, speech)}"
    if seen := sum(map(len, found.needs_person.values())):
        yield speech.count("{n} needs a person", "{n} need a person", seen)
    if out := sum(map(len, found.left_out.values())):
        yield speech.count("{n} is left out on purpose", "{n} are left out on purpose", out)


def _audience(found: Preview, draft: Draft, speech: Speech) -> str:
    n = found.invited
    if draft.to and draft.to.whom is Whom.SENT:
        return speech.count("To {n} person who got the other notice:", "To {n} people who got the other notice:", n)
    if draft.to:
        return speech.count(
            "To {n} person whom the other notice missed:", "To {n} people whom the other notice missed:", n
        )
    if draft.group:
        return speech.count("To {n} person in {group}:", "To {n} people in {group}:", n, group=draft.group)
    return speech.count("To {n} person, everybody on file:", "To {n} people, everybody on file:", n)


def _price(channel: str, found: Preview, desk: Desk, speech: Speech) -> str:
    sms = desk.settings.sms
    if channel == SMS:
        parts = sum(count * people for count, people in found.segments.items())
        money = f"{sms.currency}{found.cost:.2f}"
        return ": " + speech.count("{n} part, about {money}", "{n} parts, about {money}", parts, money=money)
    if channel == PHONE:
        return ": " + speech.count("about {n} minute of calling", "about {n} minutes of calling", found.minutes)
    return ""


def _when(found: Preview, draft: Draft, desk: Desk, speech: Speech, now: datetime) -> Iterator[str]:
    undo = desk.settings.chat.undo
    if draft.not_before and draft.not_before > now + undo:
        yield speech.say("It leaves on {when}.", when=when(draft.not_before, desk, speech))
    elif undo:
        seconds = int(undo.total_seconds())
        yield speech.count(
            "It leaves {n} second after Send; until then you can undo it.",
            "It leaves {n} seconds after Send; until then you can undo it.",
            seconds,
        )
    else:
        yield speech.say("It leaves as soon as you press Send.")
    for until in sorted(found.holds):
        yield speech.count(
            "Quiet hours: {n} message waits until {when}.",
            "Quiet hours: {n} messages wait until {when}.",
            found.holds[until],
            when=when(until, desk, speech),
        )


def _missing(found: Preview, draft: Draft, speech: Speech) -> Iterator[str]:
    lost = [name for why in _NO_WAY for name in found.needs_person.get(why, [])]
    if lost:
        yield speech.say("No way to reach them: {names}. Somebody has to see to them.", names=named(lost, speech))
    for why, names in found.unfit.items():
        who = speech.say("{reason}: {names}.", reason=_capital(reason(why, speech)), names=named(names, speech))
        what = speech.say("Somebody tells them.") if draft.unfit == "person" else speech.say("They get it as it is.")
        yield f"{who} {what}"
    for why, names in found.needs_person.items():
        if why not in _NO_WAY and why not in found.unfit:
            why = reason(why, speech)
            yield speech.say("Need a person, because {reason}: {names}.", reason=why, names=named(names, speech))
    for why, names in found.left_out.items():
        yield speech.say(
            "Left out on purpose ({reason}): {names}.", reason=reason(why, speech), names=named(names, speech)
        )


def _words(found: Preview, draft: Draft, speech: Speech) -> Iterator[str]:
    if found.dear:
        yield speech.say(
            "These characters make some texts dearer, because fewer fit into each: {characters}",
            characters=" ".join(found.dear[:20]),
        )
    if draft.content.sms_text:
        yield speech.say("By text message it says: {words}", words=draft.content.sms_text)
    if draft.attachment and draft.attachment.picture:
        yield speech.say("With it goes a picture. It shows: {shows}", shows=draft.attachment.description)
    elif draft.attachment and draft.attachment.description:
        shows, name = draft.attachment.description, draft.attachment.name
        yield speech.say("With it goes a document, {name}. It is about: {shows}", name=name, shows=shows)
    elif draft.attachment:
        yield speech.say("With it goes a document, {name}.", name=draft.attachment.name)
    if found.hints:
        yield speech.say("To make it easier to read:")
        for hint in found.hints:
            yield f"- {hint}"


def _example(found: Preview, speech: Speech, room: int) -> str:
    """Shows how it reads on the channel that most people have."""
    best = max(found.channels, key=lambda one: (one != PHONE, found.channels[one].people), default=None)
    if best is None or (shown := found.channels[best].example) is None or room < LEAST:
        return ""
    name = found.channels[best].example_name
    head = speech.say("How it reads {by}, to {name}:", by=by(best, speech), name=name)
    body = f"{shown.subject}\n{shown.text}" if shown.subject else shown.text
    body = body.strip()
    left = room - len(head) - 4
    return f"\n\n{head}\n{body if len(body) <= left else body[:left].rsplit(' ', 1)[0] + ' …'}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
