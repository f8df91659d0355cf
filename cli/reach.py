"""`ringround reach`: where everybody stands on a notice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import answers, print_json, say

if TYPE_CHECKING:
    from cli.service import House

app = typer.Typer()


@app.command(epilog="Example: ringround reach 0198c0de-0000 --all")
def reach(
    notice: Annotated[
        str, typer.Argument(metavar="[NOTICE]", help="The notice's id or its beginning; else the newest.")
    ] = "",
    all_: Annotated[bool, typer.Option("--all", help="Name everybody, also those who are all right.")] = False,
    chart: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw it as a picture, and say in words what it shows.")
    ] = None,
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
        if chart is not None:
            _draw(house, row.uid, chart)
        if json:
            print_json(actions.to_json(found))
            return
        standing.show_heading(answers(), row, house.settings)
        standing.show_counts(answers(), found)
        standing.show_people(answers(), found, everybody=all_)


def _draw(house: House, uid: str, path: Path) -> None:
    """Writes the picture, and says what it shows to whoever does not see it."""
    from actions import status
    from cli.files import write_file
    from cli.service import surroundings
    from core.chart import describe, draw
    from core.errors import UserError
    from core.roles import TERMINAL

    if path.suffix.lower() != ".png":
        raise UserError(
            f"The picture is a PNG file, and {path.name[:60]} is not", mend="Give it a name such as reach.png."
        )
    around = surroundings(house)
    with house.database.reading() as session:
        title, bars = status.picture(session, TERMINAL, uid, around, around.speech())
    write_file(path, draw(title, bars))
    say(f"{describe(title, bars)} The picture is in {path}.")
