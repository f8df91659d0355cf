"""/inbox: what people wrote, the urgent first; an answer goes out by the person's own way."""

from __future__ import annotations

from actions import inbox, inbox_talk
from actions.inbox import Line
from actions.inbox_talk import AnsweredMeanwhile
from bot.reasons import by
from bot.turn import Button, Chapter, Command, Rows, Turn
from core.errors import UserError
from core.inbox import InboxState, Why
from core.people import Role
from core.speech import Phrase, Speech

TALK = "inbox"

PAGE = 6
"""Messages shown at once."""

MOST = 200
"""Messages that are looked through."""

SHORT, LONG = 160, 2500
"""Characters of a message in the list, and when it is shown alone."""

_WHY = {
    Why.DISTRESS: Phrase("Urgent: may be in distress."),
    Why.CALL_ME: Phrase("Would like a call."),
    Why.WHICH: Phrase("An answer, and it is not certain for whom or for which meeting."),
    Why.STOP: Phrase("Stopped messages."),
    Why.CANCEL_WORD: Phrase("Stopped texts with a word that may have been meant for a meeting."),
    Why.CHANGE: Phrase("Would like another way, language or format."),
    Why.STRANGER: Phrase("Not on file."),
    Why.REPORT: Phrase("A mail server's report that only a person can read."),
}


async def _inbox(turn: Turn) -> None:
    await _list(turn, 0)


async def _list(turn: Turn, start: int, before: str = "") -> None:
    speech = turn.speech
    found = await turn.desk.database.read(inbox.listing, turn.actor, limit=MOST)
    page = found[start : start + PAGE]
    if not page:
        await turn.show(f"{before}\n{speech.say('Nothing waits: everything that people wrote is seen to.')}".strip())
        return
    head = speech.count("{n} message waits.", "{n} messages wait, the urgent ones first.", len(found))
    lines = [*([before] if before else []), head]
    rows: list[list[Button]] = []
    for number, one in enumerate(page, start + 1):
        lines += ["", f"{number}. {_head(one, turn)}", _said(one, SHORT, speech)]
        rows.append([Button(f"{_name(one, speech)}: {_short(one.text, 30)}", f"ib:show:{one.id}")])
    steps = [Button(speech.say("Earlier"), f"ib:list:{max(0, start - PAGE)}")] if start else []
    if len(found) > start + PAGE:
        steps.append(Button(speech.say("More"), f"ib:list:{start + PAGE}"))
    await turn.show("\n".join(lines), [*rows, steps])


def _head(one: Line, turn: Turn) -> str:
    """Says who wrote, how and when, why it is here and who has it."""
    speech = turn.speech
    local = one.at.astimezone(turn.desk.settings.zone).replace(tzinfo=None)
    when = speech.when(local, year=False)
    parts = [speech.say("{name}, {by}, {when}.", name=_name(one, speech), by=by(one.channel, speech), when=when)]
    if one.why in _WHY:
        parts.append(speech.phrase(_WHY[Why(one.why)]))
    if one.taken_by and one.state == InboxState.TAKEN:
        parts.append(speech.say("{name} has it.", name=one.taken_by))
    elif one.pinned and one.state == InboxState.OPEN:
        parts.append(speech.say("Nobody has it yet."))
    elif one.state == InboxState.ANSWERED:
        parts.append(speech.say("Answered by {name}.", name=one.taken_by))
    elif one.state == InboxState.CLOSED:
        parts.append(speech.say("Done."))
    return " ".join(parts)


def _said(one: Line, most: int, speech: Speech) -> str:
    lines = [speech.say("They wrote: {text}", text=_short(one.text, most) or speech.say("(erased)"))]
    if one.context:
        lines.append(speech.say("They were told last: {subject}", subject=one.context))
    return "\n".join(lines)


def _name(one: Line, speech: Speech) -> str:
    return one.name or speech.say("Somebody not on file")


def _short(text: str, most: int) -> str:
    words = " ".join(text.split()) if most < LONG else text
    return words if len(words) <= most else f"{words[:most].rsplit(' ', 1)[0]} …"


def _buttons(one: Line, speech: Speech) -> Rows:
    rows = []
    if one.person:
        rows.append([Button(speech.say("Answer"), f"ib:answer:{one.id}")])
    if one.state == InboxState.OPEN:
        rows.append(
            [Button(speech.say("I have it"), f"ib:have:{one.id}"), Button(speech.say("Done"), f"ib:done:{one.id}")]
        )
    elif one.state == InboxState.TAKEN:
        rows.append([Button(speech.say("Done"), f"ib:done:{one.id}")])
    last = [Button(speech.say("All messages"), "ib:list:0")]
    if one.person:
        last.insert(0, Button(speech.say("About them"), f"pp:card:{one.person}"))
    return [*rows, last]


async def _show(turn: Turn, one: Line, before: str = "") -> None:
    text = "\n".join([*([before] if before else []), _head(one, turn), _said(one, LONG, turn.speech)])
    await turn.show(text, _buttons(one, turn.speech))


async def _pressed(turn: Turn) -> None:
    _, verb, uid, *_ = f"{turn.pressed}::".split(":")
    desk, speech = turn.desk, turn.speech
    turn.must_be(Role.COORDINATOR, speech.say("read what people wrote"))
    match verb:
        case "list":
            await _list(turn, int(uid) if uid.isdigit() else 0)
        case "show":
            await _show(turn, await desk.database.read(inbox.show, turn.actor, uid))
        case "have":
            one = await desk.database.write(inbox.have, turn.actor, uid, desk.around())
            await _show(turn, one, speech.say("You have it. The others are told so."))
        case "done":
            await desk.database.write(inbox.close, turn.actor, uid, desk.around())
            await _list(turn, 0, speech.say("It is done."))
        case "answer":
            await _ask(turn, uid)
        case "send" | "again" | "leave" if turn.talk and turn.talk.name == TALK and turn.talk.data["item"] == uid:
            await _decide(turn, verb, uid)
        case _:
            await turn.show(speech.say("This question is over. Type /inbox to see what waits."))


async def _ask(turn: Turn, uid: str, before: str = "") -> None:
    """Asks for the answer."""
    seen = await turn.desk.database.read(inbox_talk.see, turn.actor, uid)
    one, speech = seen.line, turn.speech
    if not one.person:
        await _show(turn, one, speech.say("Nobody on file has this address, so no answer can go there."))
        return
    turn.begin(TALK, "answer", item=one.id, answers=seen.answers)
    ask = speech.say("Write your answer to {name}. It goes by the way that is best for them.", name=one.name)
    parts = [*([before] if before else []), _head(one, turn), _said(one, SHORT, speech), "", ask]
    await turn.say("\n".join(parts), [[Button(speech.say("Leave it"), f"ib:leave:{one.id}")]])


async def _talked(turn: Turn) -> None:
    """Reads an answer back before it is sent."""
    assert turn.talk is not None
    speech, data = turn.speech, turn.talk.data
    turn.must_be(Role.COORDINATOR, speech.say("answer people"))
    text = turn.text.strip()
    if turn.upload or not text:
        raise UserError(speech.say("I need words here"), mend=speech.say("Write your answer, or type /cancel."))
    if len(text) > inbox.LONGEST:
        raise UserError(
            speech.say("The answer is too long: {n} characters", n=f"{len(text):,}"),
            mend=speech.say("The most is {n}.", n=f"{inbox.LONGEST:,}"),
        )
    one = await turn.desk.database.read(inbox.show, turn.actor, data["item"])
    turn.begin(TALK, "check", **(data | {"text": text}))
    head = speech.say("To {name}. Nothing has been sent yet.", name=one.name)
    rows = [
        [Button(speech.say("Send"), f"ib:send:{one.id}")],
        [
            Button(speech.say("Write it anew"), f"ib:again:{one.id}"),
            Button(speech.say("Leave it"), f"ib:leave:{one.id}"),
        ],
    ]
    await turn.say(f"{head}\n\n{text}", rows)


async def _decide(turn: Turn, verb: str, uid: str) -> None:
    assert turn.talk is not None
    data, desk, speech = turn.talk.data, turn.desk, turn.speech
    if verb == "again":
        await _ask(turn, uid)
    elif verb == "leave":
        turn.end()
        await turn.show(speech.say("Nothing was sent."))
    elif turn.talk.step == "check":
        try:
            one = await desk.database.write(
                inbox_talk.answer, turn.actor, uid, data["text"], data["answers"], desk.around()
            )
        except AnsweredMeanwhile:
            await _ask(turn, uid, speech.say("Somebody has answered this meanwhile, so nothing was sent."))
            return
        turn.end()
        await _show(turn, one, speech.say("Your answer is on its way."))
    else:
        await _ask(turn, uid)


CHAPTER = Chapter(
    commands=(Command("inbox", Phrase("What people wrote, to answer"), _inbox, Role.COORDINATOR),),
    presses={"ib": _pressed},
    talks={TALK: _talked},
)
