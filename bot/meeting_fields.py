"""What can be said of a meeting in the chat: the questions, the buttons that help, and how an answer is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from actions import meeting_talk
from bot import meeting_when
from bot.meeting_keep import button, data_of, keep
from bot.meeting_repeat import EVERY, read_times, said
from bot.turn import Button, Rows, Turn
from core.errors import UserError
from core.meetings import Meeting, check
from core.speech import Phrase
from core.spoken_lengths import understand_minutes

NAMES: Final[Mapping[str, Phrase]] = {
    "title": Phrase("Title"),
    "when": Phrase("When"),
    "minutes": Phrase("How long"),
    "place": Phrase("Place"),
    "link": Phrase("Online link"),
    "join_phone": Phrase("Number to join by phone"),
    "access": Phrase("Access notes"),
    "group": Phrase("Group"),
    "agenda": Phrase("Agenda"),
    "repeat": Phrase("Repeat"),
    "thanks": Phrase("Thanks for the day after"),
}
"""What the parts of a meeting are called on buttons."""

_ASKS: Final[Mapping[str, Phrase]] = {
    "title": Phrase("What is the meeting called? People read these words."),
    "when": Phrase("When does it start? Write the day and the time, like: next Tuesday 2pm."),
    "minutes": Phrase("How long does it last? Press a button, or write it, like: 75 minutes."),
    "place": Phrase("Where is it? Write the place so that people find it, or press Skip."),
    "link": Phrase("Can people join online? Send the web address, or press Skip."),
    "join_phone": Phrase("Can people join by phone? Write the number, with any code, or press Skip."),
    "access": Phrase(
        "What should people know about access? Steps, hearing loop, parking, whom to ask. Write it, or press Skip."
    ),
    "group": Phrase("Who is it for?"),
    "agenda": Phrase("What is it about? Write it, or press Skip."),
    "repeat": Phrase("Does it repeat?"),
    "times": Phrase("How many times in all? Press a button, or write a number."),
    "thanks": Phrase("What do you want to say to people on the day after? Write it, or press Skip."),
    "why": Phrase("Why is it cancelled? A few words: those who were told of the meeting read them."),
}

ASKED: Final = ("title", "when", "minutes", "place", "link", "join_phone", "access", "group")
"""What is asked of a new meeting, in this order; the rest is offered at the end."""

TEXTS: Final = ("title", "place", "link", "join_phone", "access", "agenda", "thanks", "why")
MAY_SKIP: Final = ("place", "link", "join_phone", "access", "agenda", "thanks", "why")


async def ask(turn: Turn, field: str, before: str = "") -> None:
    """Asks one question; `before` is what is said first."""
    speech = turn.speech
    words = speech.phrase(_ASKS[field])
    if field == "when":
        words = meeting_when.asks(turn) or words
    keep(turn, field)
    await turn.say(f"{before}\n{words}".strip(), await _buttons(turn, field))


async def _buttons(turn: Turn, field: str) -> Rows:
    speech = turn.speech
    rows: list[list[Button]] = []
    match field:
        case "when":
            rows = meeting_when.buttons(turn)
        case "minutes":
            lengths = (speech.count("{n} minute", "{n} minutes", n) for n in (60, 90, 120))
            rows = [
                [button(turn, label, "set", f"minutes={n}") for label, n in zip(lengths, (60, 90, 120), strict=True)]
            ]
        case "group":
            found = await turn.desk.database.read(meeting_talk.group_names, turn.actor)
            rows = [[button(turn, speech.say("Everybody"), "set", "group=")]]
            for id_, name, people in found:
                label = speech.count("{name}, {n} person", "{name}, {n} people", people, name=name)
                rows.append([button(turn, label, "set", f"group={id_}")])
        case "repeat":
            starts = datetime.fromisoformat(data_of(turn)["starts"])
            words = [said(every, starts, speech) for every in EVERY]
            rows = [[button(turn, label, "set", f"repeat={every}")] for label, every in zip(words, EVERY, strict=True)]
        case "times":
            labels = ((n, speech.count("{n} time", "{n} times", n)) for n in (3, 6, 12))
            rows = [[button(turn, label, "set", f"times={n}") for n, label in labels]]
    if field in MAY_SKIP:
        rows.append([button(turn, speech.say("Skip"), "set", f"{field}=")])
    data = data_of(turn)
    if data.get("what") == "new" and not data.get("back") and field in ("link", "join_phone", "access"):
        rows[-1].append(button(turn, speech.say("Skip the rest"), "rest", field))
    return rows


async def take(turn: Turn, field: str, text: str) -> str | None:
    """Reads what was written for a field and keeps it; returns what to say of it, or None where it asks on.

    Raises `UserError` for what can't be used: then the question stays.
    """
    if field == "when":
        return await meeting_when.take(turn, text)
    if field in TEXTS:
        keep(turn, **{field: _checked(field, text)})
        return ""
    if field == "minutes":
        keep(turn, minutes=_minutes(text))
        return ""
    if field == "times":
        keep(turn, times=read_times(text, turn.speech))
        return ""
    mend = turn.speech.say("Please press one of the buttons, or type its words.")
    raise UserError(turn.speech.say("I did not understand that"), mend=mend)


async def choose(turn: Turn, field: str, value: str) -> str | None:
    """Keeps what a button says, as `take` does for what is written."""
    match field:
        case "group":
            found = await turn.desk.database.read(meeting_talk.group_names, turn.actor)
            name = next((name for id_, name, _ in found if str(id_) == value), None)
            if value and name is None:
                raise UserError(turn.speech.say("This group is not there any more"))
            keep(turn, group=name or "")
        case "repeat" if value == "once":
            keep(turn, repeat="", times=None)
        case "repeat" if value in EVERY:
            keep(turn, repeat=value)
            await ask(turn, "times")
            return None
        case field if field in MAY_SKIP and not value:
            keep(turn, **{field: ""})
        case _:
            return await take(turn, field, value)
    return ""


def _minutes(text: str) -> int:
    minutes = understand_minutes(text)
    if minutes is None:
        raise UserError("I could not tell how long that is", mend="Write it like: 90 minutes, or 2 hours.")
    check(replace(_SAMPLE, minutes=minutes))
    return minutes


def _checked(field: str, text: str) -> str:
    value = text.strip() if field in ("access", "agenda", "thanks") else " ".join(text.split())
    if field == "link" and value and "://" not in value and "." in value and " " not in value:
        value = f"https://{value}"
    check(replace(_SAMPLE, **{field: value}))  # type: ignore[arg-type]  # a text field, named at run time
    return value


_SAMPLE: Final = Meeting("", "A meeting", datetime.fromisoformat("2027-05-14 14:00"), "UTC", 60)
