"""`ringround strategy`: the group's rules for telling people about meetings, in plain English."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import answers, say

app = typer.Typer(name="strategy", help="The rules by which people are told about meetings.", no_args_is_help=True)


@app.callback()
def _one_of_several() -> None:
    pass  # without it, a single command would take the place of its group


@app.command(epilog="Example: ringround strategy show --check")
def show(
    check: Annotated[bool, typer.Option("--check", help="Say what it means for the people on file.")] = False,
) -> None:
    """Show the strategy in plain English, to discuss, agree and publish."""
    from actions import strategy
    from cli.service import opened, surroundings
    from config.strategy import FILE
    from core.roles import TERMINAL
    from core.strategy_words import describe

    with opened() as house:
        text = describe(house.strategy, house.settings.sms.currency)
        path = house.settings.data_dir / FILE
        around = surroundings(house)
        with house.database.reading() as session:
            meaning = strategy.meaning(session, TERMINAL, around) if check else []
    if meaning:
        text += "\n".join(["", "What that means for the people on file:", *(f"- {line}" for line in meaning)]) + "\n"
    _print(text)
    say("", f"The rules are in {path}." if path.exists() else f"These are the usual rules. To change them: {path}")


def _print(text: str) -> None:
    """Prints a text within the page's width, the rest of an item under its beginning."""
    from textwrap import wrap

    console = answers()
    for line in text.splitlines():
        indent = "  " if line.startswith("- ") else ""
        for part in wrap(line, console.width, subsequent_indent=indent) or [""]:
            console.print(part, soft_wrap=True)
