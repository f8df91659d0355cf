"""When a meeting described in the chat is: the day and the time, asked for until both are certain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from bot.meeting_keep import button, data_of, keep, zone_of
from bot.turn import Button, Turn
from core.spoken_dates import Understanding, how_far, question, read_back, settle, understand_when


def asks(turn: Turn) -> str:
    """Asks for what is still to be said; empty where nothing was said yet."""
    known = _known(data_of(turn))
    zone, now = zone_of(turn), turn.desk.clock.now()
    return "" if known == Understanding() else question(settle(known, zone, now), zone, now, turn.speech)


def buttons(turn: Turn) -> list[list[Button]]:
    """Offers the days or the times that may be meant."""
    speech, now, zone = turn.speech, turn.desk.clock.now(), zone_of(turn)
    known = settle(_known(data_of(turn)), zone, now)
    if len(known.days) > 1:
        return [
            [
                button(
                    turn,
                    speech.say("{day}, {how_far}", day=speech.day(day), how_far=how_far(day, zone, now, speech)),
                    "day",
                    day.isoformat(),
                )
            ]
            for day in known.days
        ]
    if len(known.times) > 1:
        return [[button(turn, speech.clock(one), "time", f"{one:%H%M}") for one in known.times]]
    if known.days and not known.times and (was := _was(turn)):
        label = speech.say("At {clock}, as before", clock=speech.clock(was.time()))
        return [[button(turn, label, "time", f"{was:%H%M}")]]
    return []


async def pick_day(turn: Turn, day: str) -> str | None:
    """Takes the day that somebody meant of several."""
    return await _settled(turn, replace(_known(data_of(turn)), days=(date.fromisoformat(day),)))


async def pick_time(turn: Turn, clock: str) -> str | None:
    """Takes the time that somebody meant of two."""
    return await _settled(turn, replace(_known(data_of(turn)), times=(time(int(clock[:2]), int(clock[2:])),)))


def _known(data: Mapping[str, Any]) -> Understanding:
    """Gives what was said of the day and the time so far."""
    days = tuple(date.fromisoformat(one) for one in data.get("days", ()))
    return Understanding(days, tuple(time.fromisoformat(one) for one in data.get("clocks", ())), data.get("long"))


def _was(turn: Turn) -> datetime | None:
    was = data_of(turn).get("was")
    return datetime.fromisoformat(was) if was else None


async def take(turn: Turn, text: str) -> str | None:
    """Reads what was written; returns how it is read back, or None where it asks on."""
    now, zone = turn.desk.clock.now(), zone_of(turn)
    known = _known(data_of(turn))
    found = understand_when(text, zone, now, turn.speech.language, was=_was(turn), known=known)
    if found.wrong or found.past or found == known:
        await turn.say(question(found, zone, now, turn.speech), buttons(turn))
        return None
    return await _settled(turn, found)


async def _settled(turn: Turn, found: Understanding) -> str | None:
    """Keeps a day and a time that are certain, and asks on where they are not."""
    now, zone = turn.desk.clock.now(), zone_of(turn)
    found = settle(found, zone, now)
    if found.past:
        keep(turn, days=None, clocks=None, long=None)
        await turn.say(question(found, zone, now, turn.speech))
        return None
    if found.starts is None:
        days, clocks = [one.isoformat() for one in found.days], [f"{one:%H:%M}" for one in found.times]
        keep(turn, "when", days=days, clocks=clocks, long=found.minutes)
        await turn.say(asks(turn), buttons(turn))
        return None
    keep(turn, starts=f"{found.starts:%Y-%m-%d %H:%M}", days=None, clocks=None, long=None)
    if found.minutes:
        keep(turn, minutes=found.minutes)
    return read_back(found.starts, zone, now, turn.speech) + "."
