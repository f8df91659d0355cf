"""`ringround reach`: where everybody stands on a notice."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import answers, print_json

app = typer.Typer()


@app.command(epilog="Example: ringround reach 0198c0de-0000 --all")
def reach(
    notice: Annotated[
        str, typer.Argument(metavar="[NOTICE]", help="The notice's id or its beginning; else the newest.")
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Name everybody, also those who are all right.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Show where everybody stands on a notice."""
    from actions import reach as actions
    from cli import standing
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        row = actions.notice(session, TERMINAL, notice)
        found = actions.reach(session, TERMINAL, row.uid, surroundings(house))
        if json:
            print_json(actions.to_json(found))
            return
        standing.show_heading(answers(), row, house.settings)
        standing.show_counts(answers(), found)
        standing.show_people(answers(), found, everybody=all_)
