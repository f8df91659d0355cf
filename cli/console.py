"""How the terminal speaks: answers on standard output, words about them on standard error, JSON alone.

What somebody asked to see (a list, a preview, where everyone stands) goes to standard output, or as `--json` the JSON
and nothing else. All other words go to standard error. Questions are asked only where both are a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from getpass import getpass
from typing import TYPE_CHECKING, Any

from core.errors import RingroundError, UserError

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
"""Columns where nobody says how wide the page is: a pipe or a file."""


def words() -> Console:
    """Gives the console for words about what is done."""
    return _console(sys.stderr)


def answers() -> Console:
    """Gives the console for what was asked for."""
    return _console(sys.stdout)


def _console(stream: Any) -> Console:
    from rich.console import Console

    # A name may hold square brackets or a colon: nothing that comes from people is read as markup or emoji.
    width = None if stream.isatty() else WIDTH
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)


def say(*lines: str, style: str | None = None) -> None:
    """Tells something, a sentence or more a line; in a pipe or a file no line is broken."""
    console = words()
    for line in lines:
        console.print(line, style=style, soft_wrap=not console.is_terminal)


def print_json(data: Any) -> None:
    """Prints an answer for machines: one JSON document on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def print_table(console: Console, headings: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Prints a plain table that reads well in 80 columns; the first column is never cut."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False, show_edge=False)
    for at, heading in enumerate(headings):
        table.add_column(heading, no_wrap=at == 0, overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        console.file.write(f"{line.rstrip()}\n")


def _text(cell: str) -> Any:
    from rich.text import Text

    return Text(cell)


def complain(error: RingroundError) -> None:
    """Tells of an error: what is wrong, where, and how to mend it."""
    place = f" ({error.where})" if error.where else ""
    say(f"{error.what}{place}.", style="bold red")
    if error.mend:
        say(error.mend)


def at_terminal() -> bool:
    """Tells whether somebody sits there: both standard input and standard output are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def ask(question: str, default: str = "", *, secret: bool = False, needed: bool = False) -> str:
    """Asks for a line of text; an empty answer takes the default. Ctrl-C and Ctrl-D end the command."""
    import typer

    while True:
        try:
            if secret:  # asks only when nothing that is typed is shown any more
                answer = getpass(f"{question}: ", sys.stderr).strip()
            else:
                answer = str(typer.prompt(question, default=default, err=True, show_default=bool(default))).strip()
        except (typer.Abort, EOFError):
            raise KeyboardInterrupt from None
        if answer or not needed:
            return answer
        say("Please write something; Ctrl-C ends this.")


def agree(question: str, *, default: bool = False) -> bool:
    """Asks a question that is answered with yes or no."""
    import typer

    try:
        return typer.confirm(question, default=default, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None


def must_agree(question: str, *, yes: bool, what: str) -> bool:
    """Asks before something that can't be undone; `yes` is the option that says so beforehand.

    Raises UserError where nobody is there to ask: `what` was not done.
    """
    if yes:
        return True
    if not at_terminal():
        raise UserError(f"{what} needs a yes, and nobody is here to ask", mend="Run it again with --yes.")
    return agree(question)


def number(count: int, one: str, many: str = "") -> str:
    """Writes a number with its noun: `1 person`, `1,000 people`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 8) -> str:
    """Joins names for a sentence, the first `most` of them."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
