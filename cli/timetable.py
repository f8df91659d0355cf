"""`ringround timetable`: what goes out for meetings, when and to how many; hold an entry back, and let it go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import answers, number, print_json, print_table, say
from core.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from actions.timetable import Line
    from cli.service import House

app = typer.Typer()

HOLD, RELEASE = "hold", "release"

MOST = 1000
"""Lines that are shown at most, and looked through for a key."""


@app.command(epilog="Example: ringround timetable hold 2")
def timetable(
    act: Annotated[
        str, typer.Argument(metavar="hold|release", help="Hold one entry back, or let it go; else all are listed.")
    ] = "",
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="Which one: its number in the list, or its key from --json.")
    ] = "",
    missed: Annotated[
        bool, typer.Option("--missed", help="What did not go out, because it was too late or was left out.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """List what will go out for meetings, when and to how many; hold one entry, or release it."""
    from cli.service import opened

    if act not in ("", HOLD, RELEASE):
        raise UserError(f"The timetable can't {act[:40]!r}", mend="Use hold or release, or nothing to see the list.")
    with opened() as house:
        if act:
            _act(house, act, entry, limit)
            return
        lines = listing(house, missed=missed, limit=limit)
        if json:
            print_json([to_json(line) for line in lines])
        elif not lines:
            say("Nothing was missed." if missed else "Nothing is planned. Meetings plan it: ringround meeting add")
        else:
            show(lines, answers(), currency=house.settings.sms.currency)
            if not missed:
                say("To hold one back: ringround timetable hold NUMBER")


def listing(house: House, *, missed: bool = False, limit: int) -> list[Line]:
    """Gives the next lines of the timetable, or what was missed."""
    from actions import timetable
    from cli.service import surroundings
    from core.roles import TERMINAL

    with house.database.reading() as session:
        return timetable.timetable(session, TERMINAL, surroundings(house), missed=missed, limit=limit)


def show(lines: Sequence[Line], console: Console, *, currency: str) -> None:
    """Shows lines of the timetable in 80 columns, numbered from 1 as `hold` and `release` take them."""
    rows = [
        (
            str(at),
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
        "channels": dict(line.channels),
        "key": line.key,
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
    held = f"\nheld{f': {line.reason}' if line.reason else ''}" if line.state is PlannedState.HELD else ""
    return told(line.people, line.channels) + cost + held


def _act(house: House, act: str, entry: str, limit: int) -> None:
    from actions import timetable
    from cli.service import surroundings
    from core.roles import TERMINAL

    found = _found(house, entry, limit)
    change = timetable.hold if act == HOLD else timetable.release
    with house.database.writing() as session:
        change(session, TERMINAL, found.key, surroundings(house))
    done = "Held back" if act == HOLD else "Released"
    say(f"{done}: {found.kind} for {found.title}, due {found.due_local:%a %d %b %Y %H:%M}.")


def _found(house: House, entry: str, limit: int) -> Line:
    if not entry:
        raise UserError("Which entry?", mend="Give its number in the list: ringround timetable")
    lines = listing(house, limit=limit if entry.isdigit() else MOST)
    if entry.isascii() and entry.isdigit():
        if 1 <= int(entry) <= len(lines):
            return lines[int(entry) - 1]
        raise UserError(f"There is no number {entry[:10]} in the list", mend="ringround timetable shows the list.")
    for line in lines:
        if line.key == entry:
            return line
    raise UserError(f"Nothing is planned under {entry[:60]!r}", mend="ringround timetable shows what is.")
