"""/meeting: the dates on which the group meets; new ones, changes and cancellations in a guided conversation."""

from __future__ import annotations

from actions import diary, meeting_talk
from bot import meeting_check
from bot.meeting_fields import ASKED, NAMES, ask, choose, take
from bot.meeting_keep import TALK, keep
from bot.meeting_list import card, line, may_change, offer, to_come
from bot.meeting_when import pick_day, pick_time
from bot.turn import Button, Chapter, Command, Turn
from core.meetings import MeetingState
from core.people import Role
from core.speech import Phrase
from store.tables.base import new_uid


async def _meeting(turn: Turn) -> None:
    """Shows what can be done, or goes straight to what stands behind the command: new, move, cancel or list."""
    word, _, rest = turn.argument.partition(" ")
    match word.casefold():
        case "new" | "add":
            await _new(turn, rest.strip())
        case "move" | "change":
            await _which(turn, "change", 0)
        case "cancel":
            await _which(turn, "off", 0)
        case "list":
            await offer(turn, "list", 0)
        case _:
            await _menu(turn)


async def _menu(turn: Turn) -> None:
    speech = turn.speech
    coming = await turn.desk.database.read(diary.listing, turn.actor, since=turn.desk.clock.now(), limit=1)
    lines = [speech.say("No meeting is planned.")]
    if coming:
        lines = [speech.say("The next one: {meeting}", meeting=line(coming[0], speech))]
    rows = [[Button(speech.say("All meetings"), "mt:list::0")]]
    if may_change(turn):
        lines.append(speech.say("What would you like to do?"))
        rows.insert(0, [Button(speech.say("New meeting"), "mt:new::")])
        rows.insert(
            1, [Button(speech.say("Move or change one"), "mt:change::0"), Button(speech.say("Cancel one"), "mt:off::0")]
        )
    await turn.say("\n".join(lines), rows)


async def _new(turn: Turn, title: str = "") -> None:
    turn.must_be(Role.COORDINATOR, turn.speech.say("put meetings in"))
    uid = new_uid()
    turn.begin(TALK, "title", what="new", token=uid[-8:], id=uid)
    if title:
        await _answered(turn, "title", title)
    else:
        await ask(turn, "title")


async def _which(turn: Turn, verb: str, start: int) -> None:
    """Asks which meeting changes or is cancelled, where there is more than one."""
    turn.must_be(Role.COORDINATOR, turn.speech.say("change meetings"))
    found = await to_come(turn, cancelled=False)
    if len(found) == 1:
        await _begin(turn, "change" if verb == "change" else "cancel", found[0].id)
    else:
        await offer(turn, verb, start)


async def _begin(turn: Turn, what: str, uid: str) -> None:
    """Starts to change or cancel a meeting."""
    seen = await turn.desk.database.read(meeting_talk.see, turn.actor, uid)
    one = seen.meeting
    if one.state is MeetingState.CANCELLED:
        await turn.show(turn.speech.say("This meeting was cancelled already."))
        return
    turn.begin(
        TALK,
        "why" if what == "cancel" else "more",
        what=what,
        token=new_uid()[-8:],
        id=one.id,
        mark=seen.mark,
        named=one.title,
        was=f"{one.starts:%Y-%m-%d %H:%M}",
        zone=one.zone,
    )
    if what == "cancel":
        before = turn.speech.say("You are about to cancel {meeting}.", meeting=line(one, turn.speech))
        await ask(turn, "why", before)
    else:
        await meeting_check.more(turn)


async def _answered(turn: Turn, field: str, text: str) -> None:
    """Takes what was written as the answer to a question, and goes on."""
    words = await take(turn, field, text)
    if words is not None:
        await _go_on(turn, field, words)


async def _go_on(turn: Turn, field: str, before: str = "") -> None:
    """Asks the next question of a new meeting, or reads all back where that was the last."""
    assert turn.talk is not None
    data = turn.talk.data
    if data["what"] == "new" and not data.get("back"):
        for next_ in ASKED[ASKED.index(field) + 1 :] if field in ASKED else ():
            if next_ not in data and not (next_ == "group" and not await _has_groups(turn)):
                await ask(turn, next_, before)
                return
    await meeting_check.show(turn, before)


async def _has_groups(turn: Turn) -> bool:
    return bool(await turn.desk.database.read(meeting_talk.group_names, turn.actor))


async def _pressed(turn: Turn) -> None:
    _, verb, token, value = [*turn.pressed.split(":", 3), "", "", ""][:4]
    if not token:
        await _outside(turn, verb, value)
        return
    turn.must_be(Role.COORDINATOR, turn.speech.say("change meetings"))
    if turn.talk is None or turn.talk.name != TALK or turn.talk.data.get("token") != token:
        await turn.show(turn.speech.say("This question is over. Type /meeting to begin anew."))
        return
    await _inside(turn, verb, value)


async def _outside(turn: Turn, verb: str, value: str) -> None:
    """Does what a button says that belongs to no conversation."""
    match verb:
        case "new":
            await _new(turn)
        case "list":
            await offer(turn, verb, int(value) if value.isdigit() else 0)
        case "change" | "off":
            await _which(turn, verb, int(value) if value.isdigit() else 0)
        case "show":
            await card(turn, value)
        case "pick":
            await _begin(turn, "change", value)
        case "drop":
            await _begin(turn, "cancel", value)
        case _:
            await turn.show(turn.speech.say("This question is over. Type /meeting to begin anew."))


async def _inside(turn: Turn, verb: str, value: str) -> None:
    """Goes on with the conversation; a button of a question that was answered already changes nothing."""
    assert turn.talk is not None
    step, words = turn.talk.step, None
    match verb:
        case "set":
            field, _, chosen = value.partition("=")
            if step != field:
                await _stale(turn)
                return
            words = await choose(turn, field, chosen)
        case "day" | "time" if step == "when":
            words = await (pick_day if verb == "day" else pick_time)(turn, value)
        case "rest":
            words, step = "", "access"
            keep(turn, back=True)
        case "edit" if value in NAMES:
            await ask(turn, value)
            return
        case "more" if turn.talk.data["what"] == "cancel":
            await ask(turn, "why")
            return
        case "more":
            await meeting_check.more(turn)
            return
        case "late":
            keep(turn, late=value == "1" or None)
            words = ""
        case "back":
            words = ""
        case "leave":
            turn.end()
            await turn.show(turn.speech.say("Nothing was changed and nothing was sent."))
            return
        case "do" if step == "check":
            await meeting_check.do(turn)
            return
        case _:
            await _stale(turn)
            return
    if words is not None:
        await _go_on(turn, step, words)


async def _stale(turn: Turn) -> None:
    """Asks once more what is asked now, below a button of an earlier question."""
    assert turn.talk is not None
    before = turn.speech.say("That question is answered already.")
    if turn.talk.step == "check":
        await meeting_check.show(turn, before)
    elif turn.talk.step == "more":
        await meeting_check.more(turn)
    else:
        await ask(turn, turn.talk.step, before)


async def _talked(turn: Turn) -> None:
    """Goes on with what was written, by the step."""
    assert turn.talk is not None
    speech, step = turn.speech, turn.talk.step
    turn.must_be(Role.COORDINATOR, speech.say("change meetings"))
    if turn.edited:
        await turn.say(speech.say("Changing that message changes nothing here. You can change each part at the end."))
    elif turn.upload or not turn.text.strip():
        await turn.say(speech.say("I need words here. You are still in the middle of it; /cancel leaves it."))
        await _again(turn)
    elif step == "check":
        await meeting_check.show(turn, speech.say("I did not understand that. Please press one of the buttons."))
    elif step == "more":
        await turn.say(speech.say("Please press one of the buttons, or type its words."))
        await meeting_check.more(turn)
    else:
        await _answered(turn, step, turn.text)


async def _again(turn: Turn) -> None:
    assert turn.talk is not None
    if turn.talk.step == "check":
        await meeting_check.show(turn)
    elif turn.talk.step == "more":
        await meeting_check.more(turn)
    else:
        await ask(turn, turn.talk.step)


CHAPTER = Chapter(
    commands=(Command("meeting", Phrase("Meetings: new, move, cancel, and who comes"), _meeting, Role.VIEWER),),
    presses={"mt": _pressed},
    talks={TALK: _talked},
)
