"""`ringround calls`: whom to ring, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import answers, number, print_json, print_table, say
from cli.files import write_file

app = typer.Typer(name="calls", help="Whom to ring, what to say, and what came of it.", no_args_is_help=True)

Notice = Annotated[str | None, typer.Option("--notice", help="Only the calls of this notice.")]


@app.command("list", epilog="Example: ringround calls list")
def list_(
    notice: Notice = None,
    script: Annotated[bool, typer.Option("--script", help="Show what to say as well.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """List whom to ring now, the most urgent first."""
    from actions import calls
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        found = calls.listing(session, TERMINAL, surroundings(house), notice)
    if json:
        print_json([line.to_json() for line in found])
        return
    if not found:
        say("Nobody has to be rung just now.")
        return
    console = answers()
    if script:
        for line in found:
            held = f", held by {line.held_by}" if line.held_by else ""
            console.print(f"{line.code}  {line.name}  {line.number}{held}", style="bold")
            for fact, value in (("needs", line.needs), ("ring between", line.between), ("last", line.last)):
                if value:
                    console.print(f"  {fact}: {value}")
            console.print(f"\n{line.script}\n")
    else:
        rows = [(line.code, line.name, line.number, line.why, f"{line.tries} {line.last}".strip()) for line in found]
        print_table(console, ("code", "name", "number", "why we ring", "tries"), rows)
    say(f"{number(len(found), 'call')}. Afterwards: ringround calls record CODE reached")


@app.command(epilog="Example: ringround calls export calls.xlsx")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file.", show_default=False)],
    notice: Notice = None,
) -> None:
    """Write the call list as a spreadsheet, with what to say."""
    from actions import calls
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        write_file(file, calls.export(session, TERMINAL, file.name, surroundings(house), notice))
    say(f"{file} is the call list. It is as private as the people on it.")


@app.command(epilog='Example: ringround calls record 3f9a01bc reached --note "Will bring her sister"')
def record(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The call's code, from the list.")],
    outcome: Annotated[
        str,
        typer.Argument(
            metavar="OUTCOME",
            help="reached, voicemail, no_answer, engaged, wrong_number, number_dead, call_back, other_channel, "
            "do_not_call or interpreter.",
        ),
    ],
    note: Annotated[str, typer.Option(help="What the next caller should know.")] = "",
) -> None:
    """Note what came of a call."""
    from actions import calls
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        calls.record(session, TERMINAL, code, outcome, note, surroundings(house))
    say("Noted.")
