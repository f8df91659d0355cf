"""`ringround serve`: the service, which sends, backs up and looks after what time does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import typer

from cli.console import listed, say, words

if TYPE_CHECKING:
    from cli.service import House

app = typer.Typer()

NEXT = 5
"""Lines of the timetable that are shown at the start."""


@app.command(epilog="Example: ringround serve")
def serve() -> None:
    """Run the service until it is stopped (Ctrl-C, or SIGTERM)."""
    from cli import service
    from config import logs

    with service.opened() as house:
        logs.begin(logging.INFO, house.settings.log.format)
        tell(house)
        tell_what_comes(house)
        service.run(service.serve(house))
    say("The service has stopped. What waits leaves when it is started again.")


def tell(house: House) -> None:
    """Says in three lines what is on, what is off and why, and whether it is a rehearsal."""
    from actions.notices import is_rehearsal
    from cli.service import switched_off

    say(" ".join([f"On: {listed(sorted(house.channels))}.", *switched_off(house).values()]))
    with house.database.reading() as session:
        rehearsal = is_rehearsal(session, house.settings)
    say(
        "Rehearsal: only staff are really sent to. When all is well: ringround golive"
        if rehearsal
        else "Live: messages really go to everybody."
    )
    say(f"The data is in {house.settings.data_dir}.")


def tell_what_comes(house: House) -> None:
    """Shows what goes out next for meetings, where anything does."""
    from cli import timetable

    if lines := timetable.listing(house, limit=NEXT):
        say("Next for meetings:")
        timetable.show(lines, words(), currency=house.settings.sms.currency)
