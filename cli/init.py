"""`ringround init`: the settings, the strategy, the database and the first member of staff."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import typer

from cli.console import at_terminal, say

if TYPE_CHECKING:
    from cli.service import House
    from cli.settings_file import Part
    from config.settings import Settings

app = typer.Typer()

SECRETS = ("password", "auth_token", "token")


@app.command(epilog="Example: ringround init")
def init() -> None:
    """Set Ringround up: settings, database, and yourself.

    At a terminal it asks, elsewhere it takes what the environment says. What is there already is never touched.
    """
    from cli import conversation, service
    from cli.settings_file import write_once, written
    from config import logs
    from config.settings import FILE, load

    logs.begin()
    settings = load()
    service.found(settings).close()  # makes the data folder
    path = settings.data_dir / FILE
    if path.exists():
        say(f"There is a settings file already, and it stays as it is: {path}")
    else:
        answers = conversation.about_settings(settings) if at_terminal() else _from_environment(os.environ)
        if write_once(path, written(answers)):
            say(f"The settings are in {path}: only you can read them.")
    _write_strategy(settings)
    with service.opened(load()) as house:
        say(f"The database is ready: {house.database.path or 'on the PostgreSQL server'}")
        if at_terminal():
            conversation.about_staff(house)
        else:
            _say_what_to_set(house)
    say("", "Next: ringround people template people.xlsx")
    say("When it is filled in: ringround people import people.xlsx")
    say("It begins as a rehearsal: only staff are really sent to. If something seems wrong: ringround doctor")


def _write_strategy(settings: Settings) -> None:
    """Writes the usual strategy, unless there is one; its quiet hours are those that the settings have."""
    from cli.settings_file import write_once
    from config.strategy import FILE, default_text, read
    from core.errors import ConfigError
    from core.strategy import DEFAULT_QUIET

    text, usual, quiet = default_text(), DEFAULT_QUIET, settings.quiet
    for name, before, now in (("start", usual.start, quiet.start), ("end", usual.end, quiet.end)):
        text = text.replace(f'{name} = "{before:%H:%M}"', f'{name} = "{now:%H:%M}"', 1)  # [quiet] is the first part
    try:
        read(text)
    except ConfigError as error:  # the quiet hours that are set leave no time for a notice of the usual strategy
        say(f"No {FILE} was written: {error.what}. The usual rules hold, and what falls into quiet hours waits.")
        return
    path = settings.data_dir / FILE
    if write_once(path, text):
        say(f"The rules for telling people about meetings are in {path}. See them: ringround strategy show")


def _from_environment(environ: Mapping[str, str]) -> dict[str, Part]:
    """Takes what the environment says, but for secrets, which stay there."""
    from cli.settings_file import LAYOUT

    answers: dict[str, Part] = {}
    for part, _, names in LAYOUT:
        for name, _ in names:
            value = environ.get("RINGROUND_" + (f"{part}__{name}" if part else name).upper())
            if value and name not in SECRETS:
                answers.setdefault(part, {})[name] = int(value) if name == "port" and value.isdecimal() else value
    return answers


def _say_what_to_set(house: House) -> None:
    from cli.service import switched_off

    for sentence in switched_off(house).values():
        say(sentence)
    group = house.settings.group
    if not group.contact_name or not group.contact_phone:
        say("Nobody can be asked yet: set RINGROUND_GROUP__CONTACT_NAME and RINGROUND_GROUP__CONTACT_PHONE.")
    say("Add yourself: ringround staff add NAME --role admin --email ADDRESS")
