"""`ringround timetable`: what goes out for meetings, and when; hold an entry, release it, send what was missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import answers, number, print_json, print_table, say
from core.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from actions.timetable import Line
    from cli.service import House

app = typer.Typer()

HOLD, RELEASE, SEND = "hold", "release", "send"

MOST = 1000
"""Lines that are shown at most, and looked through for a key."""


@app.command(epilog="Example: ringround timetable hold 2")
def timetable(
    act: Annotated[
        str,
        typer.Argument(
            metavar="hold|release|send",
            help="Hold one entry back, let it go, or send one of --missed after all; else all are listed.",
        ),
    ] = "",
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="Which one: its number in the list, or its key from --json.")
    ] = "",
    missed: Annotated[
        bool,
        typer.Option("--missed", help="What did not go out, too late or left out, the newest first."),
    ] = False,
    since: Annotated[
        str, typer.Option(metavar="'YYYY-MM-DD'", help="Only what is due, or was due, on this day or later.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """List what will go out for meetings, when and to how many; hold, release or send one of them."""
    from cli.service import opened

    if act not in ("", HOLD, RELEASE, SEND):
        mend = "Use hold, release or send, or nothing to see the list."
        raise UserError(f"The timetable can't {act[:40]!r}", mend=mend)
    with opened() as house:
        if act == SEND:
            _send(house, entry)
            return
        if act:
            _act(house, act, entry, since, limit)
            return
        found = listing(house, missed=missed, since=since, limit=limit + 1)
        lines = found[:limit]
        if json:
            print_json([to_json(line) for line in lines])
        elif not lines:
            say("Nothing was missed." if missed else "Nothing is planned. Meetings plan it: ringround meeting add")
        else:
            show(lines, answers(), currency=house.settings.sms.currency)
            to = "send one all the same" if missed else "hold one back"
            say(f"To {to}: ringround timetable {SEND if missed else HOLD} NUMBER")
        if len(found) > limit:
            say(f"There are more: these are the {'newest' if missed else 'next'} {limit:,}. See --limit and --since.")


def listing(house: House, *, missed: bool = False, since: str = "", limit: int) -> list[Line]:
    """Gives the next lines of the timetable, or what was missed."""
    from actions import timetable
    from cli.service import surroundings
    from core.roles import TERMINAL

    day = _day(since) if since else None
    with house.database.reading() as session:
        return timetable.timetable(session, TERMINAL, surroundings(house), missed=missed, since=day, limit=limit)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text[:40]!r} is not a day", where="--since", mend="Write it like 2027-05-14.") from None


def show(lines: Sequence[Line], console: Console, *, currency: str) -> None:
    """Shows lines of the timetable in 80 columns.

    What is to come is numbered from 1, as `hold` and `release` take it; what was missed by its own number.
    """
    from core.planned import PlannedState

    rows = [
        (
            str(line.number if line.state in (PlannedState.MISSED, PlannedState.SKIPPED) else at),
            f"{line.due_local:%a %d %b %Y %H:%M}\n{line.due_at:%d %b %H:%M} UTC",
            f"{line.kind}: {line.title}",
            _whom(line, currency),
        )
        for at, line in enumerate(lines, 1)
    ]
    print_table(console, ("", "when", "what", "to"), rows)


def to_json(line: Line) -> dict[str, Any]:
    """Gives a line as plain data; `due_local` is what the clocks show where the meeting is."""
    return {
        "kind": line.kind.value,
        "meeting": line.meeting,
        "due_local": line.due_local.isoformat(timespec="seconds"),
        "due_utc": line.due_at.isoformat(timespec="seconds"),
        "people": line.people,
        "left_out": dict(line.left_out),
        "channels": dict(line.channels),
        "key": line.key,
        "number": line.number,
        "title": line.title,
        "version": line.version,
        "zone": line.zone,
        "state": line.state.value,
        "reason": line.reason,
        "cost": str(line.cost),
        "notice": line.notice,
    }


def told(people: int, channels: Mapping[str, int]) -> str:
    """Says to how many and how: `5 people: 3 by e-mail, 2 by text`."""
    from cli.preview import by

    how = ", ".join(f"{count:,} {by(channel)}" for channel, count in Counter(channels).most_common() if count)
    return f"{number(people, 'person', 'people')}{': ' if how else ''}{how}"


def _whom(line: Line, currency: str) -> str:
    from core.planned import PlannedState

    if line.state in (PlannedState.MISSED, PlannedState.SKIPPED):
        return f"{line.state}: {line.reason}"
    cost = f", about {currency}{line.cost:.2f}" if line.cost else ""
    out = f"\n{line.left_out.total():,} left out" if line.left_out else ""
    held = f"\nheld{f': {line.reason}' if line.reason else ''}" if line.state is PlannedState.HELD else ""
    return told(line.people, line.channels) + cost + out + held


def _act(house: House, act: str, entry: str, since: str, limit: int) -> None:
    from actions import timetable
    from cli.service import surroundings
    from core.roles import TERMINAL

    found = _found(house, entry, since, limit)
    change, done = (timetable.hold, "Held back") if act == HOLD else (timetable.release, "Released")
    with house.database.writing() as session:
        change(session, TERMINAL, found.key, surroundings(house))
    say(f"{done}: {found.kind} for {found.title}, due {found.due_local:%a %d %b %Y %H:%M}.")


def _send(house: House, entry: str) -> None:
    """Sends what was missed. Its number is its own, not its place in the list, which sending would change."""
    from actions import timetable
    from cli.sending import nobody_sends
    from cli.service import surroundings
    from core.roles import TERMINAL

    if not entry:
        raise UserError("Which entry?", mend="Give its number in the list: ringround timetable --missed")
    with house.database.writing() as session:
        sent = timetable.send(session, TERMINAL, entry, surroundings(house))
    what = f"{sent.kind} for {sent.title}, due {sent.due_local:%a %d %b %Y %H:%M}"
    if sent.repeat:
        say(f"It was sent before, and is not sent again: {what}.")
    elif sent.waits:
        say(f"It waits: {what}; {sent.waits}.", "To send it at that cost: ringround timetable release NUMBER")
    else:
        say(f"It goes out now: {what}.")
        nobody_sends(house)


def _found(house: House, entry: str, since: str, limit: int) -> Line:
    if not entry:
        raise UserError("Which entry?", mend="Give its number in the list: ringround timetable")
    lines = listing(house, since=since, limit=limit if entry.isdigit() else MOST)
    if entry.isascii() and entry.isdigit():
        if 1 <= int(entry) <= len(lines):
            return lines[int(entry) - 1]
        raise UserError(f"There is no number {entry[:10]} in the list", mend="ringround timetable shows the list.")
    for line in lines:
        if line.key == entry:
            return line
    raise UserError(f"Nothing is planned under {entry[:60]!r}", mend="ringround timetable shows what is.")
