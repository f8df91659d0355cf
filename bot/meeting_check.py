"""The last step of a conversation about a meeting: all of it read back, with what leaves at once, then yes or no."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from actions import meeting_talk
from actions.leaving import Leaving
from actions.meeting_orders import Cancellation, Change, Order
from actions.meeting_preview import Later, Leaves, what_leaves
from actions.meeting_talk import ChangedMeanwhile
from bot.meeting_fields import NAMES, TEXTS
from bot.meeting_keep import button, keep, zone_of
from bot.meeting_repeat import last_date, order, said
from bot.reasons import by, by_order, reason
from bot.turn import Button, Rows, Turn
from core.errors import UserError
from core.notices import Kind
from core.people import Role
from core.speech import Phrase, Speech
from core.spoken_dates import read_back

MOST = 6
"""Lines of one kind that are read out."""

_CHANGED = ("title", "starts", "minutes", "place", "link", "join_phone", "access", "agenda", "thanks")

_KINDS = {
    Kind.INVITATION: Phrase("An invitation"),
    Kind.REMINDER: Phrase("A reminder"),
    Kind.CHANGE: Phrase("A notice of the change"),
    Kind.CANCELLATION: Phrase("A cancellation"),
    Kind.THANKS: Phrase("Thanks"),
}


async def show(turn: Turn, before: str = "") -> None:
    """Reads everything back and asks; nothing has been done yet. `before` is what is said first."""
    assert turn.talk is not None
    keep(turn, "check", back=True)
    speech = turn.speech
    lines = [*([before] if before else []), speech.say("Please check. Nothing has been done yet."), *facts(turn)]
    try:
        found = await turn.desk.database.write(what_leaves, turn.actor, _order(turn), turn.desk.around())
    except UserError as error:
        lines += ["", f"{error.what}. {error.mend}".strip()]
        await turn.say("\n".join(lines), _buttons(turn, None))
        return
    lines += ["", *_leaves(found, turn)]
    await turn.say("\n".join(lines), _buttons(turn, found))


def facts(turn: Turn) -> Iterator[str]:
    """Says what was gathered, one thing a line; of a change only what is new."""
    assert turn.talk is not None
    data, speech, now = turn.talk.data, turn.speech, turn.desk.clock.now()
    zone = zone_of(turn)
    if data["what"] != "new":
        starts = datetime.fromisoformat(data["was"])
        yield speech.say("Meeting: {title}, {when}.", title=data["named"], when=speech.when(starts))
    if data["what"] == "cancel":
        yield speech.say("It is cancelled. The reason: {why}.", why=data.get("why") or speech.say("none given"))
        return
    for name in NAMES:
        key = "starts" if name == "when" else name
        if key not in data or (name == "repeat" and not data.get("times")):
            continue
        yield speech.say("{name}: {value}", name=speech.phrase(NAMES[name]), value=_value(name, turn, zone, now))


def _value(name: str, turn: Turn, zone: str, now: datetime) -> str:
    assert turn.talk is not None
    data, speech = turn.talk.data, turn.speech
    match name:
        case "when":
            return read_back(datetime.fromisoformat(data["starts"]), zone, now, speech)
        case "minutes":
            return speech.count("{n} minute", "{n} minutes", data["minutes"])
        case "group":
            return data["group"] or speech.say("everybody")
        case "repeat" if data["repeat"]:
            times = speech.count("{n} time", "{n} times", data["times"])
            how_often, last = (
                said(data["repeat"], datetime.fromisoformat(data["starts"]), speech),
                last_date(data, zone),
            )
            return speech.say(
                "{how_often}, {times}, the last on {day}", how_often=how_often, times=times, day=speech.day(last)
            )
        case _:
            return str(data[name]) or speech.say("none")


def _order(turn: Turn) -> Order:
    """Gives what would be done."""
    assert turn.talk is not None
    data = turn.talk.data
    if data["what"] == "new":
        return order(data)
    if data["what"] == "cancel":
        return Cancellation(data["id"], data.get("why", ""))
    return Change(data["id"], late=bool(data.get("late")), **{name: data[name] for name in _CHANGED if name in data})


def _leaves(found: Leaves, turn: Turn) -> Iterator[str]:
    speech = turn.speech
    yield from found.doubts
    if found.rehearsal:
        yield speech.say(
            "This is a rehearsal: only staff are really sent to. Below is what would happen once it is live."
        )
    if found.withdrawn:
        yield speech.count(
            "{n} message about it that has not left yet is stopped.",
            "{n} messages about it that have not left yet are stopped.",
            found.withdrawn,
        )
    yield speech.say("This leaves at once:") if found.at_once else speech.say("Nothing leaves at once.")
    for leaving in found.at_once[:MOST]:
        yield _leaving(leaving, turn)
    yield from _more(len(found.at_once), speech)
    if found.late:
        yield speech.say("Late already, so it is left out:")
        for late in found.late[:MOST]:
            yield _later(late, speech)
        yield from _more(len(found.late), speech)
    if found.coming:
        yield speech.say("This goes out later:")
        for coming in found.coming[:MOST]:
            yield _later(coming, speech)
        yield from _more(len(found.coming), speech)


def _leaving(leaving: Leaving, turn: Turn) -> str:
    speech = turn.speech
    what = speech.phrase(_KINDS[leaving.kind]) if leaving.kind in _KINDS else leaving.kind.value
    parts = [speech.count("{what} to {n} person", "{what} to {n} people", leaving.people, what=what)]
    parts += [f"{leaving.channels[channel]:,} {by(channel, speech)}" for channel in by_order(list(leaving.channels))]
    for why, people in leaving.needs_person.items():
        parts.append(
            speech.count("{n} needs a person ({why})", "{n} need a person ({why})", people, why=reason(why, speech))
        )
    for why, people in leaving.left_out.items():
        words = reason(why, speech)
        parts.append(speech.count("{n} is left out ({why})", "{n} are left out ({why})", people, why=words))
    if leaving.cost:
        parts.append(speech.say("about {money}", money=f"{turn.desk.settings.sms.currency}{leaving.cost:.2f}"))
    if leaving.minutes:
        parts.append(speech.count("about {n} minute of calling", "about {n} minutes of calling", leaving.minutes))
    return "- " + ", ".join(parts)


def _later(one: Later, speech: Speech) -> str:
    what = speech.phrase(_KINDS[one.kind]) if one.kind in _KINDS else one.kind.value
    return "- " + speech.say("{what}: {when}", what=what, when=speech.when(one.due_local))


def _more(count: int, speech: Speech) -> Iterator[str]:
    if count > MOST:
        yield speech.count("- and {n} more", "- and {n} more", count - MOST)


def _buttons(turn: Turn, found: Leaves | None) -> Rows:
    assert turn.talk is not None
    data, say = turn.talk.data, turn.speech.say
    do = {"new": say("Put it in"), "change": say("Change it"), "cancel": say("Cancel the meeting")}[data["what"]]
    rows = [[button(turn, do, "do")]] if found else []
    if found and found.late and not data.get("late"):
        rows.append([button(turn, say("Send the late ones too"), "late", "1")])
    elif data.get("late"):
        rows.append([button(turn, say("Leave the late ones out"), "late")])
    leave = say("Keep the meeting") if data["what"] == "cancel" else say("Leave it")
    edit = {
        "new": say("Add or change something"),
        "change": say("Change something else"),
        "cancel": say("Another reason"),
    }
    rows.append([button(turn, edit[data["what"]], "more"), button(turn, leave, "leave")])
    return rows


async def more(turn: Turn) -> None:
    """Offers everything that can be said of the meeting, with what is said already."""
    assert turn.talk is not None
    data, speech = turn.talk.data, turn.speech
    names = [name for name in NAMES if data["what"] == "new" or name not in ("group", "repeat")]
    rows = [
        [button(turn, speech.phrase(NAMES[name]), "edit", name) for name in names[at : at + 2]]
        for at in range(0, len(names), 2)
    ]
    if data["what"] == "new" or any(name in data for name in (*TEXTS, "starts", "minutes")):
        rows.append([button(turn, speech.say("That is all"), "back")])
    keep(turn, "more", back=True)
    words = (
        speech.say("What would you like to add or change?") if data["what"] == "new" else speech.say("What changes?")
    )
    await turn.say(words, rows)


async def do(turn: Turn) -> None:
    """Does what was read back, once, and says so; where somebody was quicker, says that and shows it anew."""
    assert turn.talk is not None
    turn.must_be(Role.COORDINATOR, turn.speech.say("change meetings"))
    data, desk, speech = turn.talk.data, turn.desk, turn.speech
    wanted, around = _order(turn), desk.around()
    try:
        if isinstance(wanted, Change):
            await desk.database.write(meeting_talk.change, turn.actor, wanted, data["mark"], around)
            words = speech.say("The meeting is changed. Those who were told of it are told of the change.")
        elif isinstance(wanted, Cancellation):
            done = await desk.database.write(meeting_talk.call_off, turn.actor, wanted, data["mark"], around)
            words = (
                speech.say("The meeting is cancelled. Those who were told of it are told now.")
                if done
                else speech.say("The meeting was cancelled already.")
            )
        else:
            ids = await desk.database.write(meeting_talk.put_in, turn.actor, wanted, around)
            words = (
                speech.say("It is in: {title}.", title=data["title"])
                if len(ids) == 1
                else speech.count(
                    "{n} meeting is in: {title}.", "{n} meetings are in: {title}.", len(ids), title=data["title"]
                )
            )
    except ChangedMeanwhile:
        seen = await desk.database.read(meeting_talk.see, turn.actor, data["id"])
        keep(turn, mark=seen.mark, named=seen.meeting.title, was=f"{seen.meeting.starts:%Y-%m-%d %H:%M}")
        await show(
            turn,
            speech.say("Somebody has changed this meeting meanwhile, so nothing was done. Do you still want this?"),
        )
        return
    uid = data["id"]
    turn.end()
    await turn.show(
        words,
        [[Button(speech.say("See the meeting"), f"mt:show::{uid}"), Button(speech.say("All meetings"), "mt:list::0")]],
    )
