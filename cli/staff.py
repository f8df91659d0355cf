"""`ringround staff`: people with a role."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import answers, print_json, print_table, say
from core.people import Role

app = typer.Typer(name="staff", help="Who may do what.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Their id, or part of their name.")]


@app.command(epilog='Example: ringround staff add "Sam Lee" --role coordinator --email sam@example.org')
def add(
    person: Person,
    role: Annotated[Role, typer.Option(help="viewer, caller, coordinator or admin.")] = Role.COORDINATOR,
    email: Annotated[str, typer.Option(help="For somebody who is not on file yet: their e-mail address.")] = "",
    mobile: Annotated[str, typer.Option(help="For somebody who is not on file yet: their mobile number.")] = "",
    telegram: Annotated[str, typer.Option(help="For somebody who is not on file yet: their chat's number.")] = "",
    phone: Annotated[str, typer.Option(help="For somebody who is not on file yet: the number to ring.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Give somebody a role; with an address they are put on file first.

    Where Telegram is on, the link into the chat is printed: pass it on to them. It works once, within 24 hours.
    """
    from actions import joining, people, staff
    from cli.invitation import met
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    addresses = {"email": email, "mobile": mobile, "telegram": telegram, "phone": phone}
    with opened() as house:
        chat = met(house)
        with house.database.writing() as session:
            now = house.clock.now()
            if any(addresses.values()):
                cells = {"name": person, **addresses}
                card, _ = people.add(session, TERMINAL, cells, house.settings.region, house.secret, now)
                uid = card.person.id
            else:
                uid = staff.person(session, TERMINAL, person)
            staff.add(session, TERMINAL, uid, role, now)
            name = people.show(session, TERMINAL, uid).person.name
            link = joining.staff_link(session, TERMINAL, uid, surroundings(house)).url if chat else ""
    if json:
        print_json({"id": uid, "name": name, "role": role.value} | ({"link": link} if link else {}))
    say(f"{name} is {role.value} now.")
    if link:
        say("Their link into the chat, for one use within 24 hours; pass it on to them yourself:", link)


@app.command("list", epilog="Example: ringround staff list")
def list_(
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """List everybody who has or had a role."""
    from actions import staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        found = staff.listing(session, TERMINAL)
    if json:
        print_json([one.to_json() for one in found])
    elif not found:
        say("Nobody has a role yet. Add somebody: ringround staff add PERSON --role coordinator")
    else:
        rows = [(one.name, f"{one.role}, suspended" if one.suspended else one.role, one.id) for one in found]
        print_table(answers(), ("name", "role", "id"), rows)


@app.command(epilog='Example: ringround staff suspend "Sam Lee"')
def suspend(person: Person) -> None:
    """Take somebody's rights away for now; staff add gives them back.

    It counts at once, in the chat and on the web pages; what they sent that has not left is held.
    """
    from actions import staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        done = staff.suspend(session, TERMINAL, staff.person(session, TERMINAL, person), house.clock.now())
    say("Their rights are suspended.")
    for notice, subject in done.held:
        say(f"Held: {subject}. Let it go on: ringround notice resume {notice}")


@app.command(epilog='Example: ringround staff login "Sam Lee"')
def login(
    person: Person,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Print a link that logs somebody in to the web pages: once, within 10 minutes."""
    from actions import sessions, staff
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        uid = staff.person(session, TERMINAL, person)
        link = sessions.login_link(session, TERMINAL, surroundings(house), person=uid)
    if json:
        print_json({"id": uid, "link": link})
        return
    say("The link works once, within 10 minutes. Whoever opens it is logged in as them:")
    answers().print(link, soft_wrap=True, highlight=False, markup=False)
