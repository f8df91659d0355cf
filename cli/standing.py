"""Where everybody stands, in words; what was sent is never shown as if it had reached anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cli.console import number, print_table
from cli.preview import by
from core.delivery import State
from core.people import PHONE
from core.reach import Standing

if TYPE_CHECKING:
    from rich.console import Console

    from config.settings import Settings
    from store.overview import Doubt, Waiting
    from store.reach import PersonReach, Reach
    from store.tables import Notice

MOST_NAMED = 25
"""People named under one heading before `--all` is needed."""

SENT = "sent, not confirmed"


def show_heading(console: Console, notice: Notice, settings: Settings) -> None:
    """Says which notice it is."""
    made = notice.created_at.astimezone(settings.zone)
    console.print(about(notice.subject, settings), style="bold")
    state = "" if notice.state == "open" else f", {notice.state}"
    rehearsal = ", rehearsal" if notice.rehearsal else ""
    console.print(f"{notice.uid}, made on {made:%A %d %B %Y at %H:%M}{state}{rehearsal}\n")


def about(subject: str, settings: Settings) -> str:
    """Shows a subject that is meant for nobody in particular: dots stand for a person's name."""
    from core.placeholders import KNOWN, Template

    return Template.parse(subject, KNOWN).fill({**settings.speaker.fields, "first_name": "…", "name": "…"})


def show_counts(console: Console, found: Reach) -> None:
    """Shows how many people stand where."""
    sent = Counter(person.channel for person in found.people if _sent(person))
    how = ", ".join(f"{count:,} {by(channel)}" for channel, count in sent.most_common())
    counts = found.counts
    console.print(f"{number(found.invited, 'person', 'people')} invited:")
    for count, words in (
        (counts[Standing.REACHED], "reached: somebody, or their provider, said so"),
        (sent.total(), f"{SENT} (accepted by the provider)\n{' ' * 10}{how}"),
        (counts[Standing.TRYING] - sent.total(), "still being tried"),
        (counts[Standing.NEEDS_PERSON], "need a person: a call, a visit, a letter"),
        (counts[Standing.NOT_REACHABLE], "not reachable by anybody"),
        (counts[Standing.LEFT_OUT], "left out on purpose"),
    ):
        if count:
            console.print(f"{count:7,} {words}")
    if not found.complete:
        console.print("Not everything is settled yet.")


def show_people(console: Console, found: Reach, *, everybody: bool) -> None:
    """Names the people, those first who need somebody; `everybody` names those who are all right as well."""
    if everybody:
        rows = [(one.name, _words(one), one.channel, one.reason) for one in found.people]
        console.print()
        print_table(console, ("name", "where they stand", "channel", "why"), rows)
        return
    for title, belongs in _HEADINGS:
        people = [one for one in found.people if belongs(one)]
        if not people:
            continue
        console.print(f"\n{title}:", style="bold")
        for one in people[:MOST_NAMED]:
            why = "to be rung, on the call list" if _to_be_rung(one) else one.reason or by(one.channel)
            console.print(f"  {one.name}: {why}")
        if len(people) > MOST_NAMED:
            console.print(f"  ... and {len(people) - MOST_NAMED:,} more; --all names everybody.")


def show_waiting(
    console: Console, waiting: Sequence[Waiting], paused: Mapping[str, str], settings: Settings, now: datetime
) -> None:
    """Says what still waits, and for what."""
    for channel, reason in paused.items():
        console.print(f"\n{channel} is paused, and tried again each minute: {reason}", style="bold red")
    for one in waiting:
        due = f", due on {one.due.astimezone(settings.zone):%A at %H:%M}" if one.due > now else ""
        why = f" ({one.reason})" if one.reason else ""
        console.print(f"  {number(one.count, 'message')} {by(one.channel)}: {one.state}{why}{due}")


def show_doubts(console: Console, doubts: Sequence[Doubt]) -> None:
    """Names the messages of which nobody knows whether they were sent."""
    if not doubts:
        return
    console.print("\nNobody knows whether these were sent. Ask the person, then: ringround notice review", style="bold")
    print_table(console, ("message", "name", "channel", "why"), [(d.id, d.name, d.channel, d.reason) for d in doubts])


def _sent(person: PersonReach) -> bool:
    return person.standing is Standing.TRYING and person.state == State.ACCEPTED


def _to_be_rung(person: PersonReach) -> bool:
    return person.standing is Standing.NEEDS_PERSON and (person.channel, person.state) == (PHONE, State.ACCEPTED)


def _words(person: PersonReach) -> str:
    if _sent(person):
        return SENT
    if _to_be_rung(person):
        return "to be rung"
    return {
        Standing.REACHED: "reached",
        Standing.TRYING: f"being tried: {person.state}",
        Standing.NEEDS_PERSON: "needs a person",
        Standing.NOT_REACHABLE: "not reachable",
        Standing.LEFT_OUT: "left out on purpose",
    }[person.standing]


_HEADINGS: tuple[tuple[str, Callable[[PersonReach], bool]], ...] = (
    ("Need a person", lambda one: one.standing is Standing.NEEDS_PERSON),
    ("Not reachable", lambda one: one.standing is Standing.NOT_REACHABLE),
    ("Still being tried", lambda one: one.standing is Standing.TRYING and not _sent(one)),
    ("Left out on purpose", lambda one: one.standing is Standing.LEFT_OUT),
)
