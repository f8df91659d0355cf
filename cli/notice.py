"""`ringround notice`: show what a notice would do, send it, watch it, hold it, take it back."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli import drafts
from cli.console import agree, answers, at_terminal, must_agree, number, print_json, print_table, say
from core.errors import UserError

if TYPE_CHECKING:
    from actions.notices import Draft, Surroundings
    from cli.service import House
    from store.notices import Published
    from store.tasks import Sent

app = typer.Typer(name="notice", help="Tell people something, and see what became of it.", no_args_is_help=True)

Notice = Annotated[str, typer.Argument(metavar="NOTICE", help="The notice's id, or the beginning of it.")]
Newest = Annotated[str, typer.Argument(metavar="[NOTICE]", help="The notice's id or its beginning; else the newest.")]
Json = Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")]

EXAMPLE = 'Example: ringround notice send --text "Hello {first_name}, we meet on Tuesday at 2 pm." --group Carers'


@app.command(epilog=EXAMPLE)
def send(
    text: drafts.Text = None,
    text_file: drafts.TextFile = None,
    subject: drafts.Subject = None,
    sms_text: drafts.SmsText = None,
    group: drafts.Group = None,
    purpose: drafts.Purpose = "service",
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
    language: drafts.Language = "",
    as_it_is: drafts.AsItIs = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not show and ask first.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until everybody stands somewhere.")] = False,
    json: Json = False,
) -> None:
    """Send a notice to everybody, or to a group, each on their own channel.

    At a terminal it shows what would happen and asks first.
    """
    from cli.service import opened

    with opened() as house:
        draft = drafts.make_draft(
            house.settings,
            text=text,
            text_file=text_file,
            subject=subject,
            sms_text=sms_text,
            group=group,
            purpose=purpose,
            language=language,
            as_it_is=as_it_is,
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
        code = _wait(house, published.uid) if wait else _nobody_sends(house)
    raise typer.Exit(code)


@app.command(epilog='Example: ringround notice preview --text "We meet on Tuesday at 2 pm." --group Carers')
def preview(
    text: drafts.Text = None,
    text_file: drafts.TextFile = None,
    subject: drafts.Subject = None,
    sms_text: drafts.SmsText = None,
    group: drafts.Group = None,
    purpose: drafts.Purpose = "service",
    language: drafts.Language = "",
    as_it_is: drafts.AsItIs = False,
    all_: Annotated[bool, typer.Option("--all", help="Show every person's message.")] = False,
    json: Json = False,
) -> None:
    """Show what a notice would do; nothing is sent."""
    from actions import notices
    from cli import preview as page
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house:
        draft = drafts.make_draft(
            house.settings,
            text=text,
            text_file=text_file,
            subject=subject,
            sms_text=sms_text,
            group=group,
            purpose=purpose,
            language=language,
            as_it_is=as_it_is,
        )
        around = surroundings(house)
        with house.database.reading() as session:
            found = notices.preview(session, TERMINAL, draft, around)
            everyone = list(notices.messages(session, TERMINAL, draft, around)) if all_ else []
    if json:
        print_json(page.to_json(found, everyone, house.settings))
        return
    page.show(found, draft, house.settings, answers())
    page.show_everyone(everyone, answers())


@app.command("list", epilog="Example: ringround notice list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    json: Json = False,
) -> None:
    """List the newest notices."""
    from dataclasses import asdict

    from actions import reach
    from cli import standing
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house:
        with house.database.reading() as session:
            found = reach.listing(session, TERMINAL, limit=limit)
        zone = house.settings.zone
    if json:
        print_json([{**asdict(one), "at": one.at.isoformat()} for one in found])
        return
    if not found:
        say("No notice has been sent yet.")
        return
    rows = [
        (
            one.id[:13],
            f"{one.at.astimezone(zone):%d %b %H:%M}",
            f"{one.people:,}",
            _state(one.state, one.waiting, rehearsal=one.rehearsal),
            standing.about(one.about, house.settings),
        )
        for one in found
    ]
    print_table(answers(), ("notice", "made", "people", "state", "about"), rows)


@app.command(epilog="Example: ringround notice status")
def status(uid: Newest = "", json: Json = False) -> None:
    """Show how far a notice has come, and what it waits for."""
    from actions import reach
    from cli import standing
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.reading() as session:
        notice = reach.notice(session, TERMINAL, uid)
        found = reach.reach(session, TERMINAL, notice.uid, surroundings(house))
        progress = reach.progress(session, TERMINAL, notice.uid)
        waiting, paused = reach.waiting(session, TERMINAL, notice.uid)
        if json:
            counts = {key: value for key, value in reach.to_json(found).items() if key != "people"}
            states = {state.value: count for state, count in progress.states.items()}
            print_json({**counts, "state": notice.state, "deliveries": states, "paused": paused})
            return
        console = answers()
        standing.show_heading(console, notice, house.settings)
        standing.show_counts(console, found)
        standing.show_waiting(console, waiting, paused, house.settings, house.clock.now())
        standing.show_doubts(console, reach.doubts(session, TERMINAL, notice.uid))


@app.command(epilog="Example: ringround notice pause 0198c0de-0000")
def pause(uid: Notice) -> None:
    """Hold everything of a notice that has not left."""
    _act("pause", uid, "held")


@app.command(epilog="Example: ringround notice resume 0198c0de-0000")
def resume(uid: Notice) -> None:
    """Let a paused notice, or one held after a restore, go on."""
    _act("resume", uid, "let go on")


@app.command(epilog="Example: ringround notice cancel 0198c0de-0000")
def cancel(uid: Notice, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Take back everything of a notice that has not left; this can't be undone."""
    if must_agree("Take back what has not left?", yes=yes, what="Cancelling a notice"):
        _act("cancel", uid, "withdrawn")
    else:
        say("Nothing was changed.")


@app.command(epilog="Example: ringround notice review 0198c0de-0000-7000-8000-000000000000 --was-sent")
def review(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id, as notice status shows it.")],
    was_sent: Annotated[bool, typer.Option("--was-sent", help="It arrived: leave it at that.")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="It did not arrive: send it again.")] = False,
    give_up: Annotated[bool, typer.Option("--give-up", help="Try the person's next route, or have them rung.")] = False,
) -> None:
    """Settle a doubtful message: one of which nobody knows whether it was sent."""
    from actions import reach
    from cli.service import opened
    from core.roles import TERMINAL

    verdicts: dict[Sent, bool] = {"sent": was_sent, "not sent": not_sent, "give up": give_up}
    chosen = [verdict for verdict, wanted in verdicts.items() if wanted]
    if len(chosen) != 1:
        raise UserError("Say one thing", mend="Use one of --was-sent, --not-sent and --give-up.")
    with opened() as house, house.database.writing() as session:
        reach.review(session, TERMINAL, message, chosen[0], surroundings(house))
    say("Noted.")


def surroundings(house: House) -> Surroundings:
    """Gives what the actions on notices are handed."""
    from actions.notices import Surroundings

    return Surroundings(house.settings, house.channels, house.clock.now())


def _agreed(house: House, draft: Draft) -> bool:
    from actions import notices
    from cli import preview as page
    from cli.console import words
    from core.roles import TERMINAL

    with house.database.reading() as session:
        found = notices.preview(session, TERMINAL, draft, surroundings(house))
    page.show(found, draft, house.settings, words())
    return agree("Send it now?")


def _publish(house: House, draft: Draft) -> Published:
    from actions import notices
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


def _nobody_sends(house: House) -> int:
    if house.lock.take():
        house.lock.release()
        say("Nothing leaves yet, because the service is not running. Start it: ringround serve")
    return 0


def _wait(house: House, uid: str) -> int:
    from actions import reach
    from cli import standing
    from cli.console import words
    from cli.service import run
    from cli.waiting import wait
    from config import logs
    from core.roles import TERMINAL

    logs.begin(logging.ERROR)  # what hinders the sending is told in words below
    ended = run(wait(house, uid))
    with house.database.reading() as session:
        found = reach.reach(session, TERMINAL, uid, surroundings(house))
    standing.show_counts(words(), found)
    say(*ended.words, style="bold" if ended.code else None)
    say(f"Everybody by name: ringround reach {uid}")
    return ended.code


def _act(what: str, uid: str, done: str) -> None:
    from actions import notices
    from cli.service import opened
    from core.roles import TERMINAL

    with opened() as house, house.database.writing() as session:
        changed = getattr(notices, what)(session, TERMINAL, uid, house.clock.now())
    say(f"{number(changed, 'message')} {done}.")


def _state(state: str, waiting: int, *, rehearsal: bool) -> str:
    words = state if state != "open" else f"{waiting:,} waiting" if waiting else "done"
    return f"{words}, rehearsal" if rehearsal else words
