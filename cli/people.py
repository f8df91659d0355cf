"""`ringround people`: who is on file, and the ways to reach them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import people_file
from cli.card import show_card, standing
from cli.console import agree, answers, at_terminal, listed, must_agree, number, print_json, print_table, say
from cli.people_file import tell_problems
from core.errors import UserError
from core.people import Status

if TYPE_CHECKING:
    from store.people import PersonCard

app = typer.Typer(name="people", help="Who is on file, and the ways to reach them.", no_args_is_help=True)
app.command("import", epilog="Example: ringround people import people.xlsx --dry-run")(people_file.import_)
app.command(epilog="Example: ringround people template people.xlsx")(people_file.template)
app.command(epilog="Example: ringround people export people.xlsx")(people_file.export)

Person = Annotated[str, typer.Argument(metavar="ID", help="The person's id, or part of their name.")]
Json = Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")]


@app.command(epilog='Example: ringround people add --name "Ann Carter" --email ann@example.org --group Carers')
def add(
    name: Annotated[str, typer.Option(help="The whole name.")],
    called: Annotated[str, typer.Option(help="What they like to be called.")] = "",
    preferred_channel: Annotated[str, typer.Option(help="email, sms, telegram or phone.")] = "",
    email: Annotated[str, typer.Option(help="Their e-mail address.")] = "",
    mobile: Annotated[str, typer.Option(help="Their mobile number, for texts.")] = "",
    telegram: Annotated[str, typer.Option(help="The number of their chat, where it is known.")] = "",
    phone: Annotated[str, typer.Option(help="The number to ring them on.")] = "",
    never: Annotated[str, typer.Option(help="Channels never to use, separated by ;")] = "",
    held_by: Annotated[str, typer.Option(help="Whose phone or mailbox it is, where not their own.")] = "",
    language: Annotated[str, typer.Option(help="The language they read best, where not the group's.")] = "",
    group: Annotated[list[str] | None, typer.Option(help="A group that they are in; may be given again.")] = None,
    format: Annotated[str, typer.Option(help="standard, easy_read, large_print, audio, bsl or braille.")] = "",
    support: Annotated[str, typer.Option(help="What helps them to take part.")] = "",
    timezone: Annotated[str, typer.Option(help="Their time zone, where not the group's.")] = "",
    consent: Annotated[str, typer.Option(help="For promotion: basis, date, where from, and the words.")] = "",
    notes: Annotated[str, typer.Option(help="Anything else.")] = "",
    json: Json = False,
) -> None:
    """Add one person."""
    from actions import people
    from cli.service import opened
    from core.roles import TERMINAL

    cells = {
        "name": name,
        "called": called,
        "preferred_channel": preferred_channel,
        "email": email,
        "mobile": mobile,
        "telegram": telegram,
        "phone": phone,
        "never": never,
        "held_by": held_by,
        "language": language,
        "groups": "; ".join(group or ()),
        "format": format,
        "support": support,
        "timezone": timezone,
        "consent": consent,
        "notes": notes,
    }
    with opened() as house, house.database.writing() as session:
        card, remarks = people.add(session, TERMINAL, cells, house.settings.region, house.secret, house.clock.now())
    if json:
        print_json(card.to_json())
    say(f"{card.person.name} is on file: {card.person.id}")
    tell_problems("Please look at this:", remarks)


@app.command("list", epilog="Example: ringround people list --group Carers")
def list_(
    query: Annotated[str, typer.Argument(metavar="[NAME]", help="Part of a name, or an id.")] = "",
    group: Annotated[str | None, typer.Option(help="Only those of this group.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only those who stand like this.")] = None,
    json: Json = False,
) -> None:
    """List people by name."""
    from actions import people
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        found = people.listing(session, TERMINAL, query=query, group=group, status=status)
    if json:
        print_json([one.to_json() for one in found])
        return
    if not found:
        say("Nobody.", "Bring people in with: ringround people import FILE" if not query else "")
        return
    rows = [
        (one.name, ", ".join(one.channels) or "no route", standing(one.status, one.stopped), one.id) for one in found
    ]
    print_table(answers(), ("name", "channels", "status", "id"), rows)
    say(number(len(found), "person", "people"))


@app.command(epilog="Example: ringround people show Ann")
def show(person: Person, json: Json = False) -> None:
    """Show all that is on file about one person."""
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        card = people.show(session, TERMINAL, staff.person(session, TERMINAL, person))
    if json:
        print_json(card.to_json())
        return
    show_card(card)


@app.command(epilog="Example: ringround people link Ann --qr ann.png")
def link(
    person: Person,
    qr: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Write the link as a QR picture too.")] = None,
    json: Json = False,
) -> None:
    """Make somebody's own link into the Telegram chat, and a code to type.

    Either works once, within 60 days.
    """
    from actions import joining, staff
    from cli.invitation import met, write_qr
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house:
        met(house)
        with house.database.writing() as session:
            uid = staff.person(session, TERMINAL, person)
            made = joining.make_link(session, TERMINAL, uid, surroundings(house))
            if qr:
                write_qr(made.url, qr)
    if json:
        print_json({"id": uid, "link": made.url, "code": made.code, "bot": made.bot})
        return
    say("Their link:", made.url)
    say(f"Or they write to @{made.bot} on Telegram and type: {made.code}")
    if qr:
        say(f"The QR picture is in {qr}.")


@app.command(epilog="Example: ringround people erase 0198c0de-0000-7000-8000-000000000000")
def erase(person: Person, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Erase a person for good.

    What became of their notices stays, without their name.
    """
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house:
        with house.database.reading() as session:
            card = people.show(session, TERMINAL, staff.person(session, TERMINAL, person))
        if not must_agree(f"Erase {card.person.name} for good?", yes=yes, what="Erasing somebody"):
            say("Nothing was changed.")
            return
        with house.database.writing() as session:
            people.erase(session, TERMINAL, card.person.id, house.secret, house.clock.now())
    say("Erased. Their addresses are remembered only as hashes, so that no old file brings them back.")


@app.command(epilog="Example: ringround people mark Ann --paused-until 2027-01-15")
def mark(
    person: Person,
    died: Annotated[bool, typer.Option("--died", help="They have died: everything for them stops at once.")] = False,
    left: Annotated[bool, typer.Option("--left", help="They have left the group.")] = False,
    active: Annotated[bool, typer.Option("--active", help="They are with us.")] = False,
    paused_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="They take a break until that day.")
    ] = None,
) -> None:
    """Say how somebody stands with the group.

    What waits for those who are gone is withdrawn at once.
    """
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    wanted = [
        status
        for status, chosen in (
            (Status.DIED, died),
            (Status.LEFT, left),
            (Status.ACTIVE, active),
            (Status.PAUSED, paused_until is not None),
        )
        if chosen
    ]
    if len(wanted) != 1:
        raise UserError("Say one thing", mend="Use one of --died, --left, --active and --paused-until DATE.")
    with opened() as house, house.database.writing() as session:
        now = house.clock.now()
        if paused_until and paused_until.date() <= now.astimezone(house.settings.zone).date():
            raise UserError("A pause ends in the future", where="--paused-until")
        uid = staff.person(session, TERMINAL, person)
        until = paused_until.date() if paused_until else None
        withdrawn = people.mark(session, TERMINAL, uid, wanted[0], now, until=until)
        name = people.show(session, TERMINAL, uid).person.name
    lasting = f" until {until}" if until else ""
    say(f"{name} is marked: {wanted[0]}{lasting}. {number(withdrawn, 'message')} withdrawn.")


@app.command(epilog="Example: ringround people stop Ann --channel sms")
def stop(
    person: Person,
    channel: Annotated[str, typer.Option(help="Stop only this channel.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop one channel, or everything, because the person wishes it."""
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house:
        with house.database.reading() as session:
            card = people.show(session, TERMINAL, staff.person(session, TERMINAL, person))
        what = channel or "everything"
        if not yes and at_terminal() and not agree(f"Stop {what} for {card.person.name}?", default=True):
            say("Nothing was changed.")
            return
        with house.database.writing() as session:
            now = house.clock.now()
            if channel:
                withdrawn = sum(people.stop_route(session, TERMINAL, route, now) for route in _routes(card, channel))
            else:
                withdrawn = people.stop_everything(session, TERMINAL, card.person.id, now)
    say(f"Stopped {what} for {card.person.name}. {number(withdrawn, 'message')} withdrawn.")


@app.command(epilog="Example: ringround people start Ann --channel sms")
def start(person: Person, channel: Annotated[str, typer.Option(help="The channel that may be used again.")]) -> None:
    """Let a channel be used again.

    The person wishes it, or the address works again.
    """
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        card = people.show(session, TERMINAL, staff.person(session, TERMINAL, person))
        for route in _routes(card, channel):
            people.start_route(session, TERMINAL, route, house.secret, house.clock.now())
    say(f"{card.person.name} may be told by {channel} again.")


def _routes(card: PersonCard, channel: str) -> list[str]:
    found = [route.id for route in card.routes if channel == route.channel]
    if not found:
        there = listed(sorted({route.channel for route in card.routes})) or "none"
        raise UserError(f"{card.person.name} has no such channel", where="--channel", mend=f"There is: {there}.")
    return found
