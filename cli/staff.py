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
    """Give somebody a role; with an address they are put on file first."""
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    addresses = {"email": email, "mobile": mobile, "telegram": telegram, "phone": phone}
    with opened() as house, house.database.writing() as session:
        now = house.clock.now()
        if any(addresses.values()):
            cells = {"name": person, **addresses}
            card, _ = people.add(session, TERMINAL, cells, house.settings.region, house.secret, now)
            uid = card.person.id
        else:
            uid = staff.person(session, TERMINAL, person)
        staff.add(session, TERMINAL, uid, role, now)
        name = people.show(session, TERMINAL, uid).person.name
    if json:
        print_json({"id": uid, "name": name, "role": role.value})
    say(f"{name} is {role.value} now.")


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
    """Take somebody's rights away for now; staff add gives them back."""
    from actions import staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        staff.suspend(session, TERMINAL, staff.person(session, TERMINAL, person), house.clock.now())
    say("Their rights are suspended.")
