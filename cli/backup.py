"""`ringround backup` and `ringround restore`: one file that holds everything, and how it comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import must_agree, say
from core.errors import ConfigError

app = typer.Typer()

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.", show_default=False)]


@app.command(epilog="Example: ringround backup /media/stick/ringround-backup.sqlite3")
def backup(file: File) -> None:
    """Write everything into one file; the service may run meanwhile."""
    from cli.service import opened
    from store import backup as store

    with opened() as house:
        store.backup(house.database, file, house.clock)
    say(f"The backup is in {file}. It is as private as the people in it: keep it where only you can reach it.")


@app.command(epilog="Example: ringround restore ringround-backup.sqlite3")
def restore(file: File, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Put a backup back; the service must be stopped."""
    from cli.service import found
    from config import logs
    from config.settings import load
    from core.roles import TERMINAL
    from store import restore as store

    logs.begin()
    settings = load()
    logs.begin(form=settings.log.format)
    base = found(settings)
    try:
        if not base.lock.take():
            raise ConfigError(
                "The service is running, and a backup can't take its database away from it",
                where=str(settings.data_dir),
                mend="Stop it first, then do this again.",
            )
        if not must_agree("Put this backup in the place of everything?", yes=yes, what="Restoring a backup"):
            say("Nothing was changed.")
            return
        restored = store.restore(base.database, file, base.stops, TERMINAL, base.clock)
    finally:
        base.close()
    say(*restored.sentences())
