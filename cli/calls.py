"""`ringround calls`: whom to ring, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import answers, listed, number, print_json, print_table, say
from cli.files import read_file, write_file

if TYPE_CHECKING:
    from actions.call_lines import CallLine

app = typer.Typer(name="calls", help="Whom to ring, what to say, and what came of it.", no_args_is_help=True)

MOST_SHOWN = 50
"""Rows that are shown one by one; `--json` has them all."""

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
        zone = house.settings.zone
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
            back = f"{line.back_at.astimezone(zone):%Y-%m-%d %H:%M}" if line.back_at else ""
            facts = (
                ("needs", line.needs),
                ("ring between", line.between),
                ("last", line.last),
                ("asked to be rung at", back),
            )
            for fact, value in facts:
                if value:
                    console.print(f"  {fact}: {value}")
            console.print(f"\n{line.script}\n")
    else:
        rows = [(line.code, line.name, line.number, line.why, _state(line)) for line in found]
        print_table(console, ("code", "name", "number", "why we ring", "tries"), rows)
    say(f"{number(len(found), 'call')}. Afterwards: ringround calls record CODE reached")


@app.command(
    epilog='Example: ringround calls export calls.pdf --for "Jo Bell" --until "2027-03-28 17:00"',
)
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .xlsx or .pdf file.", show_default=False)],
    notice: Notice = None,
    caller: Annotated[str, typer.Option("--for", help="Who rings these people: nobody else is given them.")] = "",
    until: Annotated[str, typer.Option("--until", help='Until when they have the list, like "2027-03-28 17:00".')] = "",
) -> None:
    """Write the call list as a spreadsheet or on paper, with what to say and room for what came of it."""
    import asyncio
    from functools import partial

    from actions import call_lists
    from cli.service import opened, surroundings
    from core.calendar import instant, read_wall
    from core.roles import TERMINAL
    from core.speech import IN_ENGLISH

    with opened() as house:
        around = surroundings(house)
        at = instant(read_wall(until, where="--until"), around.zone) if until else None
        making = call_lists.export(
            house.database,
            TERMINAL,
            file.name,
            around,
            notice=notice,
            caller=caller,
            until=at,
            keep=partial(write_file, file),
        )
        done = asyncio.run(making)
    say(f"{file} is the call list: {number(done.calls, 'call')}. It is as private as the people on it.")
    if caller:
        say(f"Until {until} these people are {done.caller}'s: screens and other lists skip them.")
    if done.unprintable:
        texts = [one.words(IN_ENGLISH) for one in done.unprintable]
        say(
            f"No font on this computer can print {number(len(texts), 'text')} in full: {listed(texts)}.",
            "On paper a word stands in their place. A sheet shows them: ringround calls export calls.xlsx.",
        )


@app.command("import", epilog="Example: ringround calls import calls.xlsx")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A filled list: .csv or .xlsx.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Bring a filled call list back; a second time changes nothing. It ends with 2 where a row can't be understood."""
    from actions import call_returns
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    filled = call_returns.read_calls(read_file(file), file.name)
    with opened() as house:
        with house.database.reading() as session:
            done = call_returns.begin(session, TERMINAL, filled)
        for part in filled.parts():
            with house.database.writing() as session:
                call_returns.note_rows(session, TERMINAL, part, surroundings(house), done)
    if json:
        print_json(done.to_json())
    else:
        console = answers()
        for title, found in (("Noted elsewhere meanwhile", done.flagged), ("Not understood", done.errors)):
            if found:
                rows = [(str(one.row), one.column, one.name, one.problem, one.mend) for one in found[:MOST_SHOWN]]
                print_table(console, ("row", "column", "name", "what", "what to do"), rows, title=title)
            if len(found) > MOST_SHOWN:
                console.print(f"... and {len(found) - MOST_SHOWN:,} more rows.")
    say(f"{number(done.noted, 'result')} noted, {number(done.unchanged, 'row')} without anything new.")
    if done.errors:
        say("Mend these rows in the file and import it again: what is noted already is not noted twice.")
        raise typer.Exit(2)


@app.command(epilog='Example: ringround calls record KXQWMNPZ reached --note "Will bring her sister"')
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


def _state(line: CallLine) -> str:
    """Says how often somebody was rung, and who has the call in hand."""
    tried = f"{line.tries} {line.last.replace('_', ' ')}".strip()
    if line.with_whom:
        return f"{tried}, {'on paper with' if line.paper else 'with'} {line.with_whom}"
    return tried
