"""`ringround golive`: the end of the rehearsal."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import complain, must_agree, say
from core.errors import RingroundError

app = typer.Typer()


@app.command(epilog="Example: ringround golive")
def golive(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """End the rehearsal: from now on messages really go to everybody."""
    from actions import people, staff
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house:
        if house.settings.live:
            say("It is live already: RINGROUND_LIVE says so.")
            return
        try:
            house.settings.speaker.check()
        except RingroundError as error:
            complain(error)
        with house.database.reading() as session:
            count = len(people.listing(session, TERMINAL))
        question = f"From now on messages really go to all {count:,} people on file. Go live?"
        if not must_agree(question, yes=yes, what="Going live"):
            say("It stays a rehearsal.")
            return
        with house.database.writing() as session:
            new = staff.go_live(session, TERMINAL, house.clock.now())
    say("It is live now. Notices made in rehearsal stay as they are." if new else "It is live already.")
