"""How a meeting looks at the terminal, and what a change of it would set going."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.console import number
from cli.timetable import told
from core import spoken
from core.answers import Answer
from core.meetings import Meeting, MeetingState, changes
from core.planned import TOO_DEAR

if TYPE_CHECKING:
    from rich.console import Console

    from actions.diary import Page
    from actions.leaving import Leaving
    from actions.meeting_preview import Later, Leaves

MOST = 12
"""Lines of one kind that are shown of a series."""


def to_json(one: Meeting) -> dict[str, Any]:
    """Gives a meeting as plain data; `starts` is what the clocks show in `zone`."""
    return {
        "id": one.id,
        "title": one.title,
        "starts": one.starts.isoformat(timespec="minutes"),
        "zone": one.zone,
        "starts_utc": one.starts_at.isoformat(timespec="minutes"),
        "minutes": one.minutes,
        "place": one.place,
        "link": one.link,
        "join_phone": one.join_phone,
        "access": one.access,
        "agenda": one.agenda,
        "group": one.group,
        "state": one.state.value,
        "why": one.why,
        "thanks": one.thanks,
        "version": one.version,
        "series": one.series or None,
    }


def page_to_json(page: Page) -> dict[str, Any]:
    """Gives all that is known of a meeting as plain data."""
    versions = [{"at": at.isoformat(timespec="seconds"), **to_json(one)} for at, one in page.versions]
    return {
        **to_json(page.meeting),
        "answers": {answer.value: page.answers[answer] for answer in Answer},
        "versions": versions,
    }


def standing(one: Meeting) -> str:
    """Says in a word or two how a meeting stands."""
    if one.state is MeetingState.CANCELLED:
        return "cancelled"
    return "planned" if one.version == 1 else f"changed ({number(one.version - 1, 'time')})"


def show(page: Page, zone: ZoneInfo, console: Console) -> None:
    """Shows a meeting; `zone` is the group's, by which it is told when something was changed."""
    one = page.meeting
    console.print(one.title, style="bold")
    facts = {
        "id": one.id,
        "starts": f"{spoken.when(one.starts)} ({one.zone})",
        "lasts": number(one.minutes, "minute"),
        "place": one.place,
        "online": one.link,
        "by phone": one.join_phone,
        "access": one.access,
        "agenda": one.agenda,
        "group": one.group or "everybody",
        "state": standing(one),
        "why": one.why,
        "thanks": one.thanks,
        "answers": ", ".join(f"{page.answers[answer]} {answer}" for answer in Answer if page.answers[answer]),
    }
    for fact, value in facts.items():
        if value:
            console.print(f"  {fact}: {value}", soft_wrap=True)
    before: Meeting | None = None
    for at, version in page.versions if len(page.versions) > 1 else []:
        what = ", ".join(aspect.replace("_", " ") for aspect in changes(before, version)) if before else "put in"
        starts = f"{spoken.when(version.starts)}{f', {version.place}' if version.place else ''}"
        console.print(f"  {at.astimezone(zone):%d %b %Y %H:%M}  {what}: {starts}", soft_wrap=True)
        before = version


def show_leaves(found: Leaves, console: Console, *, currency: str) -> None:
    """Shows what leaves at once, to how many and how; what would be late; and what waits for its time."""
    for doubt in found.doubts:
        console.print(doubt, style="bold")
    if found.meetings > 1:
        console.print(f"These are {found.meetings} meetings.")
    if found.rehearsal:
        console.print("This is a rehearsal: only staff would really be sent to. Below is what would happen once live.")
    if found.withdrawn:
        console.print(f"{number(found.withdrawn, 'message')} about it not sent yet would be stopped.")
    console.print("This leaves at once:" if found.at_once else "Nothing leaves at once.")
    for leaving in found.at_once[:MOST]:
        _show_leaving(leaving, console, currency)
    _show_rest(len(found.at_once), console)
    for heading, lines in (("Late already, and left out:", found.late), ("This goes out later:", found.coming)):
        if lines:
            console.print(heading)
        for line in lines[:MOST]:
            console.print(f"  {_said(line)}")
        _show_rest(len(lines), console)
        if lines is found.late and lines:
            console.print("  To send that as well, add --late.")


def _show_leaving(leaving: Leaving, console: Console, currency: str) -> None:
    calls = f", about {number(leaving.minutes, 'minute')} of calling" if leaving.minutes else ""
    cost = f", about {currency}{leaving.cost:.2f}" if leaving.cost else ""
    console.print(f"  {leaving.kind} to {told(leaving.people, leaving.channels)}{cost}{calls}")
    for why, people in (("need a person", leaving.needs_person), ("left out on purpose", leaving.left_out)):
        for reason, count in people.items():
            console.print(f"    {count:,} {why}: {reason}")


def _said(line: Later) -> str:
    waits = f" (held: {line.reason})" if line.reason.startswith(TOO_DEAR) else ""
    return f"{line.kind} for {line.title}, {line.due_local:%a %d %b %Y %H:%M}{waits}"


def _show_rest(count: int, console: Console) -> None:
    if count > MOST:
        console.print(f"  and {count - MOST:,} more")
