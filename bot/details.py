"""The buttons of a preview that change something: to whom, when, a shorter text for phones, a picture or a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from actions import announcing
from actions.announcing import Written
from bot.turn import Button, Turn
from core.attachments import DOCUMENT_LIMIT, PICTURE_LIMIT, make_attachment
from core.calendar import instant, wall
from core.content import make_content
from core.errors import UserError
from core.spoken_dates import Understanding, question, understand_when

SHOWN = 8
"""Groups offered at once."""

UNDESCRIBED = "-"
"""Stands for a description while a file is looked at before it has one."""


async def press(turn: Turn, written: Written, what: str, extra: str) -> bool:
    """Deals with one of these buttons; returns whether the preview is to be shown again."""
    speech = turn.speech
    match what:
        case "who":
            await _offer_groups(turn, int(extra or 0))
        case "group":
            return await _choose_group(turn, written, extra)
        case "when":
            ask = speech.say("When should it leave? Write a day and a time, such as: tomorrow at 10am")
            await _ask(turn, "when", ask, (speech.say("As soon as possible"), "now"))
        case "now":
            written.at = ""
            return True
        case "sms":
            ask = speech.say("Write a shorter text for text messages. Nobody else gets it.")
            more = ((speech.say("Use the same text for all"), "no_sms"),) if written.sms_text else ()
            await _ask(turn, "sms", ask, *more)
        case "no_sms":
            written.sms_text = ""
            return True
        case "file":
            ask = speech.say("Send the picture or the file now, and say in its caption what it shows.")
            more = ((speech.say("Leave it out"), "no_file"),) if written.file else ()
            await _ask(turn, "file", ask, *more)
        case "no_file":
            written.file = ""
            return True
        case "undescribed":
            return bool(written.file)
        case _:
            await turn.say(speech.say("This button belongs to something that is over."))
    return False


async def take_upload(turn: Turn, written: Written, caption: str) -> bool:
    """Takes a picture or document; where it has no caption, asks what it shows."""
    assert turn.upload is not None
    desk, speech, upload = turn.desk, turn.speech, turn.upload
    if upload.size > max(PICTURE_LIMIT, DOCUMENT_LIMIT):
        raise UserError(
            f"This file is {upload.size / 1e6:,.1f} MB large, and the most is {DOCUMENT_LIMIT // 1_000_000} MB",
            mend="Make it smaller, or put it on a web page and give people the address.",
        )
    checked = make_attachment(upload.name, await upload.fetch(), caption or UNDESCRIBED)
    written.file = await desk.database.write(announcing.keep_file, turn.actor, checked, desk.around())
    if caption:
        return True
    if checked.picture:
        await _ask(
            turn, "described", speech.say("What does the picture show? Some people can't see it."), written=written
        )
    else:
        ask = speech.say("What is the document about? A sentence is enough.")
        await _ask(turn, "described", ask, (speech.say("No description"), "undescribed"), written=written)
    return False


async def _take_file(turn: Turn, written: Written) -> bool:
    if turn.upload is None:
        await turn.say(turn.speech.say("Send a picture or a file, or press Back."))
        return False
    return await take_upload(turn, written, turn.text)


async def _take_description(turn: Turn, written: Written) -> bool:
    desk = turn.desk
    written.file = await desk.database.write(
        announcing.describe_file, turn.actor, written.file, turn.text, desk.around()
    )
    return True


async def _take_sms(turn: Turn, written: Written) -> bool:
    make_content(written.text, sms_text=turn.text, language=turn.desk.settings.language)
    written.sms_text = turn.text
    return True


async def _take_when(turn: Turn, written: Written) -> bool:
    desk, speech = turn.desk, turn.speech
    zone, now = desk.settings.timezone, desk.clock.now()
    found = understand_when(turn.text, zone, now, speech.language)
    if (local := found.starts or _next(found, wall(now, zone))) is None or found.past or found.wrong:
        ask = question(found, zone, now, speech) or speech.say("Write a day and a time, such as: tomorrow at 10am")
        await turn.say(ask)
        return False
    at = instant(local, zone)
    if at <= now:
        await turn.say(speech.say("That is past already. Write a day and a time that is still to come."))
        return False
    written.at = at.isoformat()
    return True


def _next(found: Understanding, now: datetime) -> datetime | None:
    """Gives the next time that a clock shows what was written, where no day was."""
    if found.days or len(found.times) != 1 or found.wrong:
        return None
    today = datetime.combine(now.date(), found.times[0])
    return today if today > now else today + timedelta(days=1)


async def _offer_groups(turn: Turn, page: int) -> None:
    speech = turn.speech
    groups = await turn.desk.database.read(announcing.groups, turn.actor)
    rows = [[_button(turn, speech.say("Everybody on file"), "group", "0")]]
    for key, name, people in groups[page * SHOWN : (page + 1) * SHOWN]:
        label = speech.count("{name}, {n} person", "{name}, {n} people", people, name=name)
        rows.append([_button(turn, label, "group", str(key))])
    turning = []
    if page:
        turning.append(_button(turn, speech.say("Earlier groups"), "who", str(page - 1)))
    if len(groups) > (page + 1) * SHOWN:
        turning.append(_button(turn, speech.say("More groups"), "who", str(page + 1)))
    rows += [turning, [_button(turn, speech.say("Back"), "back")]]
    _step(turn, "who")
    ask = speech.say("Who is it for? Choose, or type the name of a group.")
    await turn.show(ask if groups else speech.say("There are no groups yet: it goes to everybody."), rows)


async def _choose_group(turn: Turn, written: Written, key: str) -> bool:
    groups = await turn.desk.database.read(announcing.groups, turn.actor)
    written.group = next((name for id_, name, _ in groups if str(id_) == key), "")
    return True


async def _take_group(turn: Turn, written: Written) -> bool:
    speech = turn.speech
    wanted = " ".join(turn.text.casefold().split())
    groups = await turn.desk.database.read(announcing.groups, turn.actor)
    found = [name for _, name, _ in groups if name.casefold() == wanted]
    found = found or [name for _, name, _ in groups if wanted and wanted in name.casefold()]
    if len(found) == 1:
        written.group = found[0]
        return True
    if found:
        await turn.say(speech.say("Which one: {names}?", names=", ".join(found[:SHOWN])))
    else:
        await turn.say(speech.say("There is no group with that name. Type another part of it, or press Back."))
    return False


STEPS: dict[str, Callable[[Turn, Written], Awaitable[bool]]] = {
    "who": _take_group,
    "when": _take_when,
    "sms": _take_sms,
    "file": _take_file,
    "described": _take_description,
}
"""What is done with words that are written at a step; each says whether the preview is to be shown again."""


async def _ask(turn: Turn, step: str, ask: str, *more: tuple[str, str], written: Written | None = None) -> None:
    _step(turn, step, written)
    rows = [[_button(turn, label, what)] for label, what in more]
    await turn.show(ask, [*rows, [_button(turn, turn.speech.say("Back"), "back")]])


def _step(turn: Turn, step: str, written: Written | None = None) -> None:
    assert turn.talk is not None
    turn.begin(turn.talk.name, step, **(turn.talk.data | (written.to_json() if written else {})))


def _button(turn: Turn, label: str, what: str, extra: str = "") -> Button:
    assert turn.talk is not None
    return Button(label, ":".join(filter(None, ["an", what, turn.talk.data["id"], extra])))
