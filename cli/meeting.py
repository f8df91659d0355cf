"""`ringround meeting`: put a meeting in, move it, cancel it, see them, and note who comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import agree, answers, at_terminal, number, print_json, print_table, say

if TYPE_CHECKING:
    from actions.meeting_orders import Order
    from cli.service import House

app = typer.Typer(name="meeting", help="The dates when the group meets.", no_args_is_help=True)

MeetingId = Annotated[str, typer.Argument(metavar="MEETING", help="The meeting's id, or the beginning of it.")]
Zone = Annotated[str | None, typer.Option("--zone", help="The time zone of the place, if not the group's.")]
Place = Annotated[str | None, typer.Option("--place", help="Where it is.")]
Link = Annotated[str | None, typer.Option("--link", help="The web address to join online.")]
JoinPhone = Annotated[str | None, typer.Option("--join-phone", help="The number to join by phone, with any code.")]
Access = Annotated[
    str | None, typer.Option("--access", help="Step-free? Hearing loop? Interpreter? Whom to ask? In a few words.")
]
Agenda = Annotated[str | None, typer.Option("--agenda", help="What it is about.")]
Thanks = Annotated[str | None, typer.Option("--thanks", help="Your thanks for the day after; without, none are sent.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not show and ask first.")]
Sure = Annotated[bool, typer.Option("--sure", help="A date in the past is meant.")]
Late = Annotated[bool, typer.Option("--late", help="Send also what is late already; else it is left out.")]
Json = Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")]

WHEN = "'YYYY-MM-DD HH:MM'"


@app.command(
    epilog='Example: ringround meeting add --title "Spring meeting" --starts "2027-03-30 14:00" --minutes 90 '
    '--place "The library" --access "Step-free. Hearing loop."'
)
def add(
    title: Annotated[str, typer.Option(help="What it is called.")],
    starts: Annotated[str, typer.Option(metavar=WHEN, help="Its day and time, by the clocks where it is.")],
    minutes: Annotated[int, typer.Option(help="How long it lasts.")],
    place: Place = None,
    zone: Zone = None,
    link: Link = None,
    join_phone: JoinPhone = None,
    access: Access = None,
    agenda: Agenda = None,
    group: Annotated[str | None, typer.Option(help="Only the people of this group.")] = None,
    repeat: Annotated[
        str, typer.Option(metavar="RULE", help="Repeat it by an iCalendar rule: FREQ=MONTHLY;BYDAY=1TU;COUNT=12.")
    ] = "",
    thanks: Thanks = None,
    yes: Yes = False,
    sure: Sure = False,
    late: Late = False,
    json: Json = False,
) -> None:
    """Put a meeting in, or each date of a series; its notices go out by the strategy.

    At a terminal it shows what leaves at once and what would be late, and asks first.
    """
    from actions import meeting_orders, meetings
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    new = meeting_orders.NewMeeting(
        title=title,
        starts=starts,
        minutes=minutes,
        zone=zone or "",
        place=place or "",
        link=link or "",
        join_phone=join_phone or "",
        access=access or "",
        agenda=agenda or "",
        group=group,
        thanks=thanks or "",
        repeat=repeat,
        late=late,
    )
    with opened() as house:
        asked = at_terminal() and not yes
        if asked and not _agreed(house, new, "Put it in?"):
            return
        with _sure_is_an_option(), house.database.writing() as session:
            ids = meetings.add(session, TERMINAL, new, surroundings(house), sure=sure or asked)
        if json:
            print_json({"meeting": ids[0], "meetings": ids})
        say(f"The meeting is {ids[0]}." if len(ids) == 1 else f"{len(ids)} meetings; the first is {ids[0]}.")
        _tell(house, ids, doubts=not asked)


@app.command(epilog='Example: ringround meeting move 0198c0de-0000 --starts "2027-03-31 14:00"')
def move(
    meeting: MeetingId,
    starts: Annotated[str | None, typer.Option(metavar=WHEN, help="Its new day and time.")] = None,
    minutes: Annotated[int | None, typer.Option(help="How long it lasts now.")] = None,
    place: Place = None,
    zone: Zone = None,
    link: Link = None,
    join_phone: JoinPhone = None,
    title: Annotated[str | None, typer.Option(help="What it is called now.")] = None,
    access: Access = None,
    agenda: Agenda = None,
    thanks: Thanks = None,
    yes: Yes = False,
    sure: Sure = False,
    late: Late = False,
    json: Json = False,
) -> None:
    """Change a meeting; everyone who was told of it is told of a new time, length, place or way to join.

    Only what you name changes; an empty text takes it away. At a terminal it shows what leaves at once, and asks.
    """
    from actions import meeting_orders, meetings
    from cli.service import opened, surroundings
    from core.errors import UserError
    from core.roles import TERMINAL

    given = (starts, minutes, place, zone, link, join_phone, title, access, agenda, thanks)
    if all(one is None for one in given):
        raise UserError("Nothing is to change", mend="Name what does: --starts, --place, --minutes, ...")
    change = meeting_orders.Change(
        id=meeting,
        title=title,
        starts=starts,
        minutes=minutes,
        zone=zone,
        place=place,
        link=link,
        join_phone=join_phone,
        access=access,
        agenda=agenda,
        thanks=thanks,
        late=late,
    )
    with opened() as house:
        asked = at_terminal() and not yes
        if asked and not _agreed(house, change, "Change it?"):
            return
        with _sure_is_an_option(), house.database.writing() as session:
            id_ = meetings.move(session, TERMINAL, change, surroundings(house), sure=sure or asked)
        if json:
            print_json({"meeting": id_})
        say("The meeting is changed.")
        _tell(house, [id_], doubts=not asked)


@app.command(epilog='Example: ringround meeting cancel 0198c0de-0000 --why "The hall is flooded"')
def cancel(
    meeting: MeetingId,
    why: Annotated[str, typer.Option(help="Why, in a few words; those who were told of it read them.")],
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Cancel a meeting, and tell everyone who was told of it; this can't be undone.

    At a terminal it shows what leaves at once, and asks first.
    """
    from actions import meeting_orders, meetings
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    cancellation = meeting_orders.Cancellation(meeting, why)
    with opened() as house:
        if at_terminal() and not yes and not _agreed(house, cancellation, "Cancel it?"):
            return
        with house.database.writing() as session:
            id_ = meetings.cancel(session, TERMINAL, cancellation, surroundings(house))
        if json:
            print_json({"meeting": id_})
        say("The meeting is cancelled.")
        _tell(house, [id_], doubts=False)


@app.command("list", epilog="Example: ringround meeting list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 200,
    json: Json = False,
) -> None:
    """List the meetings that are not over, the next one first."""
    from actions import diary
    from cli import meeting_card
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        found = diary.listing(session, TERMINAL, since=None if all_ else house.clock.now(), limit=limit)
    if json:
        print_json([meeting_card.to_json(one) for one in found])
        return
    if not found:
        say("No meeting is planned. Put one in: ringround meeting add")
        return
    rows = [
        (one.id[:13], f"{one.starts:%a %d %b %Y %H:%M}", one.title, one.place, meeting_card.standing(one))
        for one in found
    ]
    print_table(answers(), ("meeting", "starts", "title", "place", "state"), rows)
    say(number(len(found), "meeting"))


@app.command(epilog="Example: ringround meeting show 0198c0de-0000")
def show(meeting: MeetingId, json: Json = False) -> None:
    """Show all that is known of a meeting: what it was before, and who said what."""
    from actions import diary
    from cli import meeting_card
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        page = diary.show(session, TERMINAL, meeting)
        zone = house.settings.zone
    if json:
        print_json(meeting_card.page_to_json(page))
    else:
        meeting_card.show(page, zone, answers())


@app.command(epilog='Example: ringround meeting answer 0198c0de-0000 "Ann Carter" yes')
def answer(
    meeting: MeetingId,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Their id, or part of their name.")],
    value: Annotated[str, typer.Argument(metavar="yes|no|maybe", help="What they said.")],
) -> None:
    """Note whether somebody comes; the last answer counts."""
    from actions import meetings, staff
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        uid = staff.person(session, TERMINAL, person)
        meetings.answer(session, TERMINAL, meeting, uid, value, TERMINAL.name, surroundings(house))
    say("Noted.")


def _agreed(house: House, order: Order, question: str) -> bool:
    """Shows what an order would set going, and asks."""
    from actions.meeting_preview import what_leaves
    from cli import meeting_card
    from cli.console import words
    from cli.service import surroundings
    from core.roles import TERMINAL

    with house.database.writing() as session:  # it is tried and taken back
        found = what_leaves(session, TERMINAL, order, surroundings(house))
    meeting_card.show_leaves(found, words(), currency=house.settings.sms.currency)
    if agree(question):
        return True
    say("Nothing was changed.")
    return False


def _tell(house: House, ids: list[str], *, doubts: bool) -> None:
    """Says what a person should know of a meeting that was put in or changed: at a terminal some of it was asked."""
    from actions import diary
    from actions.notices import is_rehearsal
    from cli.sending import nobody_sends
    from core import meetings
    from core.roles import TERMINAL

    with house.database.reading() as session:
        found = [diary.show(session, TERMINAL, id_).meeting for id_ in ids] if doubts else []
        rehearsal = is_rehearsal(session, house.settings)
    for sentence in dict.fromkeys(doubt for one in found for doubt in meetings.doubts(one, house.clock.now())):
        say(sentence)
    if rehearsal:
        say("This is a rehearsal: only staff are really sent to. When all is well: ringround golive")
    nobody_sends(house)


@contextmanager
def _sure_is_an_option() -> Iterator[None]:
    """Says how a date in the past is confirmed here: each door has its own way."""
    from actions.meetings import InThePast

    try:
        yield
    except InThePast as error:
        raise InThePast(error.what, where=error.where, mend=f"{error.mend} If it is right, add --sure.") from None
