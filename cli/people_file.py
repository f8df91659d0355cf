"""`ringround people import`, `template` and `export`: people as a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import listed, number, print_json, say
from cli.files import read_file, write_file

if TYPE_CHECKING:
    from actions.people import ImportReport
    from core.person_row import Problem

MOST_TOLD = 40
"""Problems that are told one by one; the JSON holds them all."""

File = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file.", show_default=False)]


def import_(
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Import the good rows although others are bad.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")] = False,
) -> None:
    """Bring in people from a spreadsheet.

    Nothing is imported unless every row is good.
    """
    from actions import people
    from cli.service import opened
    from core.roles import TERMINAL

    data = read_file(file)
    with opened() as house:
        read = people.read_people(data, file.name, house.settings.region)
        with house.database.writing() as session:
            report = people.import_file(
                session, TERMINAL, read, house.secret, house.clock.now(), skip_bad=skip_bad, dry_run=dry_run
            )
    if json:
        print_json(report.to_json())
    _tell_import(report)
    if report.refused:
        raise typer.Exit(2)


def template(file: File) -> None:
    """Write an empty people file, with two examples and an explanation."""
    from actions import people

    write_file(file, people.template(file.name))
    say(f"{file} is ready: fill it in, then: ringround people import {file}")


def export(file: File) -> None:
    """Write everybody as a people file; importing it changes nothing."""
    from actions import people
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        data = people.export(session, TERMINAL, file.name, house.clock.now())
        write_file(file, data)
    say(f"{file} holds everybody who is with the group. It is as private as the people in it.")


def _tell_import(report: ImportReport) -> None:
    if report.refused:
        bad = len({problem.row for problem in report.errors})
        say(f"Nothing was imported: {number(bad, 'row needs', 'rows need')} mending.", style="bold red")
    else:
        would = "would be " if report.dry_run else ""
        say(f"{report.added:,} {would}added, {report.changed:,} {would}changed, {report.unchanged:,} unchanged.")
    tell_problems("To mend:", report.errors)
    tell_problems("Left as they are on file:", report.conflicts)
    tell_problems("Good to know:", report.remarks)
    if report.extra_columns:
        say(f"Kept under notes, because we do not know these columns: {listed(report.extra_columns)}.")
    if report.refused:
        say("Mend the file and import it again, or take the good rows alone with --skip-bad.")
    elif report.dry_run:
        say("Nothing was changed: this was a dry run.")


def tell_problems(title: str, problems: Sequence[Problem]) -> None:
    """Tells where each problem is, what it is and how to mend it."""
    if not problems:
        return
    say("", title)
    for one in problems[:MOST_TOLD]:
        place = f"row {one.row}" if one.row else "the file"
        about = ", ".join(part for part in (place, one.name, one.column) if part)
        say(f"  {about}: {one.problem}. {one.mend}")
    if len(problems) > MOST_TOLD:
        say(f"  ... and {len(problems) - MOST_TOLD:,} more; --json shows them all.")
