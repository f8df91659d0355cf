"""`ringround notice send` and `preview`: tell people something, or see first what that would do."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import drafts
from cli.console import agree, answers, at_terminal, print_json, say

if TYPE_CHECKING:
    from actions.notices import Draft
    from cli.service import House
    from store.notices import Published

Json = Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")]

SEND_EXAMPLE = 'Example: ringround notice send --text "Hello {first_name}, we meet on Tuesday at 2 pm." --group Carers'
PREVIEW_EXAMPLE = 'Example: ringround notice preview --text "We meet on Tuesday at 2 pm." --group Carers'


@drafts.with_wording
def send(
    wording: drafts.Wording,
    key: Annotated[str | None, typer.Option(help="Your own name for it: the same key is never sent twice.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Send it although the same went out today.")] = False,
    duplicates: Annotated[
        str | None,
        typer.Option(metavar="silence|twice", help="Where nobody knows whether it arrived: ask staff, or send again."),
    ] = None,
    urgent: Annotated[bool, typer.Option("--urgent", help="Goes first, and in quiet hours too.")] = False,
    not_after: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
            metavar="'YYYY-MM-DD HH:MM'",
            help="After that it is too late to send; three days if absent.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not show and ask first.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until everybody stands somewhere.")] = False,
    json: Json = False,
) -> None:
    """Send a notice to everybody, or to a group.

    Each person gets it on their own channel. At a terminal it shows what would happen and asks first.
    """
    from cli.service import opened

    with opened() as house:
        draft = drafts.make_draft(
            house.settings,
            wording,
            key=key,
            again=again,
            duplicates=duplicates,
            urgent=urgent,
            not_after=not_after,
        )
        if not yes and at_terminal() and not _agreed(house, draft):
            say("Nothing was sent.")
            return
        published = _publish(house, draft)
        if json:
            print_json({"notice": published.uid, "repeat": published.repeat})
        _tell(house, published)
        code = _wait(house, published.uid) if wait else nobody_sends(house)
    raise typer.Exit(code)


@drafts.with_wording
def preview(
    wording: drafts.Wording,
    all_: Annotated[bool, typer.Option("--all", help="Show every person's message.")] = False,
    json: Json = False,
) -> None:
    """Show what a notice would do; nothing is sent."""
    from actions import notice_preview
    from cli import preview as page
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    with opened() as house:
        draft = drafts.make_draft(house.settings, wording)
        around = surroundings(house)
        with house.database.reading() as session:
            found = notice_preview.preview(session, TERMINAL, draft, around)
            everyone = list(notice_preview.messages(session, TERMINAL, draft, around)) if all_ else []
    if json:
        print_json(page.to_json(found, everyone, house.settings))
        return
    page.show(found, draft, house.settings, answers())
    page.show_everyone(everyone, answers())


def _agreed(house: House, draft: Draft) -> bool:
    from actions import notice_preview
    from cli import preview as page
    from cli.console import words
    from cli.service import surroundings
    from core.roles import TERMINAL

    with house.database.reading() as session:
        found = notice_preview.preview(session, TERMINAL, draft, surroundings(house))
    page.show(found, draft, house.settings, words())
    return agree("Send it now?")


def _publish(house: House, draft: Draft) -> Published:
    from actions import notices
    from cli.service import surroundings
    from core.roles import TERMINAL

    with house.database.writing() as session:
        return notices.send(session, TERMINAL, draft, surroundings(house))


def _tell(house: House, published: Published) -> None:
    from actions.notices import is_rehearsal

    if published.repeat:
        say(
            f"This has been sent already today: it is the notice {published.uid}. Nothing new was made.",
            "To send it once more on purpose, add --again.",
        )
        return
    say(f"The notice is {published.uid}.")
    with house.database.reading() as session:
        if is_rehearsal(session, house.settings):
            say("This is a rehearsal: only staff are really sent to. When all is well: ringround golive")


def nobody_sends(house: House) -> int:
    """Says so where no service runs, because then nothing leaves yet; returns the exit code."""
    if house.lock.take():
        house.lock.release()
        say("Nothing leaves yet, because the service is not running. Start it: ringround serve")
    return 0


def _wait(house: House, uid: str) -> int:
    from actions import reach
    from cli import standing
    from cli.console import words
    from cli.service import run, surroundings
    from cli.waiting import wait
    from config import logs
    from core.roles import TERMINAL

    logs.begin(logging.ERROR, house.settings.log.format)  # what hinders the sending is told in words below
    ended = run(wait(house, uid))
    with house.database.reading() as session:
        found = reach.reach(session, TERMINAL, uid, surroundings(house))
    standing.show_counts(words(), found)
    say(*ended.words, style="bold" if ended.code else None)
    say(f"Everybody by name: ringround reach {uid}")
    return ended.code
