"""`ringround notice`: show what a notice would do, send it, watch it, hold it, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import sending
from cli.console import answers, must_agree, number, print_json, print_table, say
from core.errors import UserError

if TYPE_CHECKING:
    from store.tasks import Sent

app = typer.Typer(name="notice", help="Tell people something, and see what became of it.", no_args_is_help=True)
app.command(epilog=sending.SEND_EXAMPLE)(sending.send)
app.command(epilog=sending.PREVIEW_EXAMPLE)(sending.preview)

Notice = Annotated[str, typer.Argument(metavar="NOTICE", help="The notice's id, or the beginning of it.")]
Newest = Annotated[str, typer.Argument(metavar="[NOTICE]", help="The notice's id or its beginning; else the newest.")]
Json = Annotated[bool, typer.Option("--json", help="Answer for machines, on standard output.")]


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
    from cli.service import opened, surroundings
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
    """Take back what has not left; this can't be undone."""
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
    """Say what became of a message that nobody is sure about."""
    from actions import reach
    from cli.service import opened, surroundings
    from core.roles import TERMINAL

    verdicts: dict[Sent, bool] = {"sent": was_sent, "not sent": not_sent, "give up": give_up}
    chosen = [verdict for verdict, wanted in verdicts.items() if wanted]
    if len(chosen) != 1:
        raise UserError("Say one thing", mend="Use one of --was-sent, --not-sent and --give-up.")
    with opened() as house, house.database.writing() as session:
        reach.review(session, TERMINAL, message, chosen[0], surroundings(house))
    say("Noted.")


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
