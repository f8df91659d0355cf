"""The program `ringround`: its commands, and what a person reads when something goes wrong."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cli import (
    backup,
    calls,
    demo,
    doctor,
    golive,
    inbox,
    init,
    meeting,
    notice,
    people,
    reach,
    serve,
    staff,
    strategy,
    timetable,
)
from cli.console import complain, say
from core.errors import RingroundError

app = typer.Typer(
    name="ringround",
    help="Tells every member of a group on the channel that suits them, and gives a person the list of who to ring.",
    epilog="Start with: ringround init. Or look around first: ringround demo.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    demo,
    init,
    golive,
    serve,
    people,
    staff,
    meeting,
    timetable,
    strategy,
    notice,
    reach,
    calls,
    inbox,
    doctor,
    backup,
):
    app.add_typer(part.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ringround {version('ringround')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    pass


def run() -> None:
    """Runs the program and ends the process: 0 fine, 1 the surroundings, 2 the user's own slip, 130 Ctrl-C."""
    sys.exit(_run())


def _run() -> int:
    try:
        app(prog_name="ringround")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
        if code == 130:
            say("Stopped, as you asked.")
        return code
    except RingroundError as error:
        complain(error)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has gone: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except Exception as error:  # noqa: BLE001 - nobody should meet a stack trace
        from cli.apology import apologise

        apologise(error)
        return 1
    return 0


if __name__ == "__main__":
    run()
