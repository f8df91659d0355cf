"""`ringround init`: the settings, the database and the first member of staff, as a conversation at a terminal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import providers
from cli.console import agree, ask, at_terminal, complain, must_agree, say
from core.errors import ConfigError, RingroundError

if TYPE_CHECKING:
    from config.settings import Settings

app = typer.Typer()

Part = dict[str, str | int]

SECRETS = ("password", "auth_token", "token")


@app.command(epilog="Example: ringround init")
def init() -> None:
    """Set Ringround up: settings, database, and you as the first member of staff.

    What is there already is never touched.
    """
    from cli import service
    from cli.settings_file import write_once, written
    from config import logs
    from config.settings import FILE, load

    logs.begin()
    settings = load()
    base = service.found(settings)  # makes the folder
    base.database.close()
    path = settings.data_dir / FILE
    if path.exists():
        say(f"There is a settings file already, and it stays as it is: {path}")
    else:
        answers = _conversation(settings) if at_terminal() else _environment(os.environ)
        if write_once(path, written(answers)):
            say(f"The settings are in {path}: only you can read them.")
    with service.opened(load()) as house:
        say(f"The database is ready: {house.database.path or 'on the PostgreSQL server'}")
        if at_terminal():
            _first_of_staff(house)
        else:
            _what_to_set(house)
    say("", "Next: ringround people template people.xlsx")
    say("When it is filled in: ringround people import people.xlsx")
    say("It begins as a rehearsal: only staff are really sent to. If something seems wrong: ringround doctor")


# Without a terminal.


def _environment(environ: Mapping[str, str]) -> dict[str, Part]:
    """Takes what the environment says, but for secrets, which stay there."""
    from cli.settings_file import LAYOUT

    answers: dict[str, Part] = {}
    for part, _, names in LAYOUT:
        for name, _ in names:
            value = environ.get("RINGROUND_" + (f"{part}__{name}" if part else name).upper())
            if value and name not in SECRETS:
                answers.setdefault(part, {})[name] = value
    return answers


def _what_to_set(house: Any) -> None:
    from channels.base import Surroundings
    from channels.registry import off

    settings = house.settings
    around = Surroundings(settings=settings, group=settings.speaker, clock=house.clock, secret=house.secret)
    for sentence in off(around).values():
        say(sentence)
    if not settings.group.contact_name or not settings.group.contact_phone:
        say("Nobody can be asked yet: set RINGROUND_GROUP__CONTACT_NAME and RINGROUND_GROUP__CONTACT_PHONE.")
    say("Add yourself: ringround staff add NAME --role admin --email ADDRESS")
