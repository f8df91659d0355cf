"""Which meeting an answer is for, and whom: asked back where that is not certain, never guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from actions import wishes
from actions.answers import answer_meeting
from actions.incoming import Incoming, Reply
from core import reply_words
from core.answers import Answer
from core.inbox import Why
from core.meetings import MeetingState
from core.people import RouteState
from core.replies import ANSWERS, Meaning, Understood, choose
from store import addressed, inbox, meetings, stops
from store.addressed import Told
from store.tables import InboxItem, Meeting, Person, Route
from store.tables.base import known

FRESH = timedelta(days=2)
"""Somebody who answers means the meeting that they were told of within this time, if they were told of one only."""

Said = Answer | Mapping[str, Answer]
"""What is answered: one thing for whoever wrote, or something for each of several people by outside id."""


def said_by(message: Incoming, understood: Understood) -> Said:
    """Turns what was understood into answers, by name where several people share the address."""
    if understood.meaning is not Meaning.SEVERAL:
        return ANSWERS[understood.meaning]
    people = list(message.people)
    return {people[place]: answer for place, answer in understood.answers}


def told(message: Incoming) -> list[Told]:
    """Returns what whoever wrote was told there about meetings still to come, the newest first."""
    routes = [known(route.id) for route, _ in message.here]
    return addressed.told_on(message.session, routes, message.around.now)


def answer(message: Incoming, said: Said) -> Reply | None:
    """Writes an answer down, or asks which meeting or who is meant."""
    if message.heard.delivery and (answered := addressed.told_by(message.session, message.heard.delivery)):
        delivery, notice, route, person = answered
        if notice.meeting_id is not None and route.id in [one.id for one, _ in message.here]:
            row = message.session.get_one(Meeting, notice.meeting_id, populate_existing=True)
            return _to_meeting(message, said, row, [Told(delivery, notice, row, known(person.id))])
    known_of = told(message)
    if not known_of:
        return message.for_staff(Why.QUESTION)
    fresh = [one for one in known_of if one.delivery.changed_at > message.around.now - FRESH]
    rows = list({one.meeting.uid: one.meeting for one in fresh or known_of}.values())
    last = addressed.last_told(message.session, [known(route.id) for route, _ in message.here])
    if len(rows) == 1 and last in [one.delivery.id for one in known_of]:
        return _to_meeting(message, said, rows[0], known_of)
    rows.sort(key=lambda row: (row.starts_at, row.id))
    shown = [meetings.meeting_of(message.session, row) for row in rows]
    asked = _asked("which", [row.uid for row in rows], said=_plain(said))
    labels = [reply_words.meeting_named(one, message.speech) for one in shown]
    return message.ask(reply_words.which(shown, message.speech), Why.WHICH, asked, labels)


def _to_meeting(message: Incoming, said: Said, row: Meeting, known_of: Sequence[Told]) -> Reply | None:
    """Finds who of those who share the address answers."""
    if _over(message, row):
        return message.done(reply_words.over(message.speech))
    here = [one for one in known_of if one.meeting.id == row.id]
    if any(one.notice.meeting_version != row.version for one in here):
        return _ask_again(message, row)
    asked_of = {one.person for one in here}
    people = [person for person in message.people.values() if person.id in asked_of]
    return _from_people(message, said, row, people)


def _from_people(message: Incoming, said: Said, row: Meeting, people: Sequence[Person]) -> Reply | None:
    uids = [person.uid for person in people]
    if not isinstance(said, Answer):
        return _write(message, row, said) if said.keys() <= set(uids) else message.for_staff(Why.WHICH)
    if len(uids) == 1:
        return _write(message, row, {uids[0]: said})
    names = message.names(people)
    asked = _asked("who", uids, meeting=row.uid, labels=names, said=_plain(said))
    return message.ask(reply_words.who(names, message.speech), Why.WHICH, asked, names)


def _write(message: Incoming, row: Meeting, said: Mapping[str, Answer]) -> Reply | None:
    meeting = meetings.meeting_of(message.session, row)
    names = dict(zip(message.people, message.names(), strict=True))
    for uid, value in said.items():
        answer_meeting(message.session, uid, row.uid, value, message.heard.channel, message.around)
    if len(said) == 1:
        ((uid, value),) = said.items()
        return message.done(reply_words.answered(names[uid], value, meeting, message.speech))
    named = {names[uid]: value for uid, value in said.items()}
    return message.done(reply_words.several_answered(named, meeting, message.speech))


def _ask_again(message: Incoming, row: Meeting) -> Reply | None:
    """Asks anew about a meeting that is not as it was when the person was told."""
    say = message.speech.say
    meeting = meetings.meeting_of(message.session, row)
    asked = _asked("changed", [], meeting=row.uid, version=row.version)
    choices = ((say("Yes"), "yes"), (say("No"), "no"), (say("Maybe"), "maybe"))
    inbox.drop_asked(message.session, message.heard.channel, message.sender)
    return message.done(reply_words.changed(meeting, message.speech), asked=asked, choices=choices)


def _over(message: Incoming, row: Meeting) -> bool:
    return row.state == MeetingState.CANCELLED or row.ends_at <= message.around.now


def _asked(what: str, choices: Sequence[str], **more: Any) -> str:
    return json.dumps({"what": what, "choices": list(choices), **more})


def _plain(said: Said) -> str | dict[str, str]:
    return said.value if isinstance(said, Answer) else {uid: value.value for uid, value in said.items()}


def _read(said: Any) -> Said:
    return Answer(said) if isinstance(said, str) else {uid: Answer(value) for uid, value in said.items()}


# What we asked back, and the answer to it.


def labels_of(pending: InboxItem | None) -> list[str]:
    """Returns the names that people were asked by, in the order in which they were numbered; none where we did not."""
    asked = json.loads(pending.asked) if pending is not None else {}
    return asked["labels"] if asked.get("what") == "who" else []


def settle(message: Incoming, pending: InboxItem, understood: Understood) -> tuple[bool, Reply | None]:
    """Takes a message as the answer to what we asked back; returns whether it was one, and what is said to it."""
    asked = json.loads(pending.asked)
    if asked["what"] == "changed":
        answers = understood.meaning in ANSWERS or understood.meaning is Meaning.SEVERAL
        return (_close(message), _answer_changed(message, asked, understood)) if answers else (False, None)
    choices: list[str] = asked["choices"]
    if asked["what"] == "who" and understood.meaning is Meaning.SEVERAL:
        said = {choices[place]: value for place, value in understood.answers}
        return _close(message), _answer_by_name(message, asked, said)
    picked = choose(message.text, message.speech, asked.get("labels") or [str(n + 1) for n in range(len(choices))])
    if understood.meaning is not Meaning.OTHER or not picked:
        return False, None
    names = [choices[place] for place in picked]
    if asked["what"] == "who":
        said = dict.fromkeys(names, Answer(asked["said"]))
        return _close(message), _answer_by_name(message, asked, said)
    if len(names) > 1:
        return False, None
    if asked["what"] == "which":
        row = meetings.find(message.session, names[0])
        return _close(message), _to_meeting(message, _read(asked["said"]), row, told(message))
    chosen = _choose_route if asked["what"] == "change" else _choose_language
    return _close(message), chosen(message, names[0])


def _close(message: Incoming) -> bool:
    inbox.drop_asked(message.session, message.heard.channel, message.sender)
    return True


def _answer_changed(message: Incoming, asked: dict[str, Any], understood: Understood) -> Reply | None:
    row = meetings.find(message.session, asked["meeting"])
    if _over(message, row):
        return message.done(reply_words.over(message.speech))
    if row.version != asked["version"]:
        return _ask_again(message, row)
    return _from_people(message, said_by(message, understood), row, list(message.people.values()))


def _answer_by_name(message: Incoming, asked: dict[str, Any], said: Mapping[str, Answer]) -> Reply | None:
    row = meetings.find(message.session, asked["meeting"])
    if _over(message, row) or not said.keys() <= message.people.keys():
        return message.done(reply_words.over(message.speech))
    return _write(message, row, said)


# Another way, another language.


def change(message: Incoming) -> Reply | None:
    """Offers the other ways in which somebody may hear from us."""
    routes = _usable(message, message.alone) if message.alone else []
    page = _page(message)
    if len(routes) < 2:
        return message.for_staff(Why.CHANGE, f"{reply_words.somebody_reads(message.speech)} {page}".strip())
    channels = [route.channel for route in routes]
    labels = [reply_words.way(channel, message.speech) for channel in channels]
    text = f"{reply_words.change_how(channels, message.speech)} {page}".strip()
    asked = _asked("change", [route.uid for route in routes], labels=labels)
    return message.ask(text, Why.CHANGE, asked, labels)


def language(message: Incoming) -> Reply | None:
    """Offers the languages that we can speak ourselves."""
    languages = message.around.catalogues.languages
    if message.alone is None or len(languages) < 2:
        return message.for_staff(Why.CHANGE, reply_words.somebody_reads(message.speech))
    labels = [reply_words.own_name(tag) for tag in languages]
    asked = _asked("language", languages, labels=labels)
    return message.ask(reply_words.change_language(labels, message.speech), Why.CHANGE, asked, labels)


def _choose_route(message: Incoming, uid: str) -> Reply | None:
    person = message.alone
    route = next((one for one in _usable(message, person) if one.uid == uid), None) if person else None
    if person is None or route is None:
        return message.for_staff(Why.CHANGE, reply_words.somebody_reads(message.speech))
    wishes.set_order(message.session, person.uid, [uid], message.around)
    return message.done(reply_words.changed_to(route.channel, message.speech))


def _choose_language(message: Incoming, tag: str) -> Reply | None:
    if message.alone is None:
        return message.for_staff(Why.CHANGE, reply_words.somebody_reads(message.speech))
    wishes.set_language(message.session, message.alone.uid, tag, message.around)
    message.speech = message.around.speech(tag)
    return message.done(reply_words.language_set(reply_words.own_name(tag), message.speech))


def _usable(message: Incoming, person: Person) -> list[Route]:
    never = person.never.split(";")
    routes = stops.routes_of_person(message.session, person)
    usable = [one for one in routes if one.state == RouteState.ACTIVE and one.address and one.channel not in never]
    return [one for one in usable if one.channel in message.around.channels]


def _page(message: Incoming) -> str:
    """Leads to the person's own pages, where there are any and a link may stand in a message."""
    links = message.around.links
    last = addressed.last_uid(message.session, known(message.here[0][0].id))
    if links is None or last is None or message.alone is None:
        return ""
    if message.heard.channel == "sms" and not message.around.settings.sms.links:
        return ""
    return message.speech.say("Or change it yourself here: {link}", link=links.visit(message.heard.delivery or last))
