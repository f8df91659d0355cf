"""The meetings to come, some at a time, and one of them with who comes and what they need."""

from __future__ import annotations

from actions import answers, diary
from bot.turn import Button, Turn
from core.meetings import Meeting, MeetingState
from core.people import Role
from core.roles import ORDER
from core.speech import Speech
from core.spoken_dates import read_back

PAGE = 8
"""Meetings offered at once."""


async def offer(turn: Turn, verb: str, start: int) -> None:
    """Offers the meetings still to come, some at a time; `verb` is what happens to the one that is chosen."""
    speech = turn.speech
    if verb != "list":
        turn.must_be(Role.COORDINATOR, speech.say("change meetings"))
    found = await to_come(turn, cancelled=verb == "list")
    page = found[start : start + PAGE]
    if not page:
        rows = [[Button(speech.say("New meeting"), "mt:new::")]] if may_change(turn) else []
        await turn.show(speech.say("No meeting is planned."), rows)
        return
    head = {
        "list": speech.say("These meetings are to come. Choose one to see more."),
        "change": speech.say("Which meeting changes?"),
        "off": speech.say("Which meeting is cancelled?"),
    }[verb]
    pick = {"list": "show", "change": "pick", "off": "drop"}[verb]
    rows = [[Button(line(one, speech), f"mt:{pick}::{one.id}")] for one in page]
    steps = []
    if start:
        steps.append(Button(speech.say("Earlier ones"), f"mt:{verb}::{max(0, start - PAGE)}"))
    if len(found) > start + PAGE:
        steps.append(Button(speech.say("Later ones"), f"mt:{verb}::{start + PAGE}"))
    await turn.show(head, [*rows, steps])


async def to_come(turn: Turn, *, cancelled: bool) -> list[Meeting]:
    """Lists the meetings that are not over, also the cancelled ones or without them."""
    found = await turn.desk.database.read(diary.listing, turn.actor, since=turn.desk.clock.now())
    return [one for one in found if cancelled or one.state is MeetingState.PLANNED]


def line(one: Meeting, speech: Speech) -> str:
    """Names a meeting: what it is called and when it is."""
    words = speech.say("{title}, {when}", title=one.title, when=speech.when(one.starts))
    if one.state is MeetingState.CANCELLED:
        return speech.say("{meeting} (cancelled)", meeting=words)
    return words


def may_change(turn: Turn) -> bool:
    """Tells whether whoever asks may put meetings in and change them."""
    return ORDER.index(turn.actor.role) >= ORDER.index(Role.COORDINATOR)


async def card(turn: Turn, uid: str) -> None:
    """Shows a meeting: what is known of it, who comes, and what they need."""
    desk, speech = turn.desk, turn.speech
    page = await desk.database.read(diary.show, turn.actor, uid)
    heads = await desk.database.read(answers.headcount, turn.actor, uid)
    one = page.meeting
    texts = (
        (speech.say("Place"), one.place),
        (speech.say("Online link"), one.link),
        (speech.say("Number to join by phone"), one.join_phone),
        (speech.say("Access notes"), one.access),
        (speech.say("Agenda"), one.agenda),
        (speech.say("Group"), one.group or speech.say("everybody")),
        (speech.say("Cancelled"), one.why if one.state is MeetingState.CANCELLED else ""),
    )
    lines = [
        one.title,
        read_back(one.starts, one.zone, desk.clock.now(), speech),
        speech.count("It lasts {n} minute.", "It lasts {n} minutes.", one.minutes),
        *(f"{name}: {value}" for name, value in texts if value),
        "",
        speech.say(
            "{yes} come, {maybe} may come, {no} do not come, {nothing} have not answered.",
            yes=heads.yes,
            maybe=heads.maybe,
            no=heads.no,
            nothing=heads.nothing,
        ),
    ]
    if heads.needs:
        lines.append(speech.say("What those who come need:"))
        for guest in heads.needs:
            needs = ", ".join(need for need in (guest.support, guest.format, guest.language) if need)
            lines.append("- " + speech.say("{name}: {needs}", name=guest.name, needs=needs))
    rows = [[Button(speech.say("All meetings"), "mt:list::0")]]
    if may_change(turn) and one.state is MeetingState.PLANNED and one.ends_at > desk.clock.now():
        pair = [
            Button(speech.say("Change it"), f"mt:pick::{one.id}"),
            Button(speech.say("Cancel it"), f"mt:drop::{one.id}"),
        ]
        rows.insert(0, pair)
    await turn.show("\n".join(lines), rows)
