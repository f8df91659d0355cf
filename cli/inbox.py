"""`ringround inbox`: what people wrote that a person must read, and the answers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import answers, number, print_json, print_table, say

if TYPE_CHECKING:
    from actions.inbox import Line

app = typer.Typer(name="inbox", help="What people wrote to you, and your answers.", no_args_is_help=True)

ID = 8
"""Characters of an id in the list: its end, which is random."""

Id = Annotated[str, typer.Argument(metavar="ID", help="The message's id, from the list.", show_default=False)]


@app.command("list", epilog="Example: ringround inbox list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Also what is answered or closed.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """List what waits for somebody, what may be distress first."""
    from actions import inbox
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        found = inbox.listing(session, TERMINAL, everything=everything, limit=limit)
    if json:
        print_json([line.to_json() for line in found])
        return
    if not found:
        say("Nothing waits for you.")
        return
    rows = [
        (line.id[-ID:], f"{line.at:%d %b %H:%M}", line.name or "not on file", line.channel, _reason(line), _short(line))
        for line in found
    ]
    print_table(answers(), ("id", "when (UTC)", "who", "by", "why", "what they wrote"), rows)
    say(f'{number(len(found), "message")}. To answer: ringround inbox reply ID "Your words"')


@app.command(epilog="Example: ringround inbox show 3f9a01bc")
def show(
    id_: Id,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Show one message in full."""
    from actions import inbox
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        line = inbox.show(session, TERMINAL, id_)
    if json:
        print_json(line.to_json())
        return
    console = answers()
    facts = (
        ("who", line.name or "not on file"),
        ("by", line.channel),
        ("when (UTC)", f"{line.at:%d %B %Y, %H:%M}"),
        ("why", _reason(line)),
        ("was told last", line.context),
    )
    for fact, value in facts:
        if value:
            console.print(f"{fact}: {value}", markup=False)
    console.print(f"\n{line.text}", markup=False)


@app.command(epilog='Example: ringround inbox reply 3f9a01bc "Yes, there is a ramp at the side door."')
def reply(
    id_: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Your answer.", show_default=False)],
) -> None:
    """Answer somebody; it goes back the way they wrote."""
    from actions import inbox
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        line = inbox.reply(session, TERMINAL, id_, text, surroundings(house))
    say(f"Your answer to {line.name} is on its way.")


@app.command(epilog="Example: ringround inbox have 3f9a01bc")
def have(id_: Id) -> None:
    """Say that you have it: nobody else is asked any more."""
    from actions import inbox
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        line = inbox.have(session, TERMINAL, id_, surroundings(house))
    say(f"You have the message of {line.name or 'somebody who is not on file'}.")


@app.command(epilog="Example: ringround inbox close 3f9a01bc")
def close(id_: Id) -> None:
    """Close a message that needs no answer."""
    from actions import inbox
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        inbox.close(session, TERMINAL, id_, surroundings(house))
    say("Closed.")


def _reason(line: Line) -> str:
    pinned = "PINNED: " if line.pinned else ""
    taken = f" ({line.taken_by} has it)" if line.state == "taken" else ""
    return f"{pinned}{line.reason}{taken}"


def _short(line: Line) -> str:
    text = " ".join(line.text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
