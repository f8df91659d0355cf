"""`ringround doctor`: looks at everything that can be wrong, and says how to mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import answers, print_json
from core.errors import RingroundError

if TYPE_CHECKING:
    from cli.checks import Finding

app = typer.Typer()


@app.command(epilog="Example: ringround doctor")
def doctor(
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Look for what is wrong, and say how to mend it.

    It checks settings, strategy, database, each provider's and the mailbox's log-in, disk, clock and backups.
    """
    findings = list(_findings())
    well = all(one.well for one in findings)
    if json:
        print_json(
            {
                "ok": well,
                "checks": [{"name": one.about, "ok": one.well, "says": one.says, "mend": one.mend} for one in findings],
            }
        )
    else:
        console = answers()
        for one in findings:
            console.print(f"{'ok     ' if one.well else 'TO MEND'} {one.about}: {one.says}", soft_wrap=True)
            if one.mend:
                console.print(f"        {one.mend}", soft_wrap=True)
        console.print("\nAll is well." if well else "\nSomething needs mending.", style="bold")
    if not well:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    """Looks at one thing after the other; where one can't be looked at, neither can what stands on it."""
    from cli import checks, service
    from config import logs
    from config.settings import load

    logs.begin()
    about = "settings"
    try:
        settings = load()
        yield from checks.of_settings(settings, os.environ)
        about = "data folder"
        base = service.found(settings)
        base.close()
        yield from checks.of_folder(settings, base)
        about = "strategy"
        settings, rules = service.agreed(settings)
        yield from checks.of_strategy(rules, settings)
        about = "database"
        with service.opened(settings) as house:
            yield from checks.of_database(house)
            yield from checks.of_service(house)
            for channel, why in service.switched_off(house).items():
                yield checks.Finding(channel, True, why)
            yield from checks.of_messages_in(house)
            yield from service.run(checks.of_mailbox(house))
            yield from service.run(checks.of_channels(house))
    except RingroundError as error:
        place = f" ({error.where})" if error.where else ""
        yield checks.Finding(about, False, f"{error.what}{place}", error.mend)
