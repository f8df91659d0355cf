"""How a preview of a notice looks: how many people on each channel, an example, and who needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.console import listed, number
from core.people import EMAIL, PHONE, SMS, TELEGRAM

if TYPE_CHECKING:
    from rich.console import Console

    from actions.notice_preview import Preview, Shown
    from actions.notices import Draft
    from channels.base import Rendered
    from config.settings import Settings

BY = {EMAIL: "by e-mail", SMS: "by text", TELEGRAM: "by Telegram", PHONE: "by a phone call"}
"""How a person is told on a channel."""

INDENT = " " * 4


def by(channel: str) -> str:
    """Says how a person is told on a channel, a plug-in's too."""
    return BY.get(channel, f"by {channel}")


def show(found: Preview, draft: Draft, settings: Settings, console: Console) -> None:
    """Shows a preview on a page of 80 columns."""
    console.print("Preview: nothing has been sent.", style="bold")
    if found.rehearsal:
        console.print("This is a rehearsal: only staff would really be sent to, until ringround golive.")
        console.print("Below is what would happen once it is live.")
    audience = f"in {draft.group}" if draft.group else "on file"
    console.print(f"\n{number(found.invited, 'person', 'people')} {audience}:")
    for channel, per in found.channels.items():
        console.print(f"{per.people:7,} {by(channel)}{_price(channel, found, settings)}")
    for words, people in (("need a person", found.needs_person), ("left out on purpose", found.left_out)):
        if count := sum(map(len, people.values())):
            console.print(f"{count:7,} {words}")
    if found.dear:
        console.print(
            f"\nThese characters make some texts dearer, because fewer fit into each: {' '.join(found.dear[:20])}"
        )
    for words, people in (("Need a person", found.needs_person), ("Left out on purpose", found.left_out)):
        for reason, names in people.items():
            console.print(f"\n{words} ({reason}): {listed(names, 20)}")
    for channel, per in found.channels.items():
        if per.example:
            console.print(f"\nExample {by(channel)}, to {per.example_name}:", style="bold")
            _show_rendered(per.example, console)
    if found.hints:
        console.print("\nPlain language:", style="bold")
        for hint in found.hints:
            console.print(f"  - {hint}")
    console.print()


def show_everyone(everyone: Sequence[Shown], console: Console) -> None:
    """Shows each person's message, or why they get none."""
    for shown in everyone:
        if shown.rendered and shown.step.route:
            console.print(f"{shown.name}, {by(shown.step.route.channel)}:", style="bold")
            _show_rendered(shown.rendered, console)
        else:
            console.print(f"{shown.name}: {_why_not(shown)}", style="bold")
        console.print()


def to_json(found: Preview, everyone: Sequence[Shown], settings: Settings) -> dict[str, Any]:
    """Gives a preview as plain data; `people` is there only where everybody was asked for."""
    told = {
        "rehearsal": found.rehearsal,
        "invited": found.invited,
        "channels": {
            channel: {
                "people": per.people,
                "example": {"name": per.example_name, "subject": per.example.subject, "text": per.example.text}
                if per.example
                else None,
            }
            for channel, per in found.channels.items()
        },
        "texts": {
            "segments": sum(count * people for count, people in found.segments.items()),
            "cost": str(found.cost),
            "currency": settings.sms.currency,
            "dear": found.dear,
        },
        "calls": {"minutes": found.minutes},
        "needs_person": found.needs_person,
        "left_out": found.left_out,
        "hints": found.hints,
    }
    if everyone:
        told["people"] = [_person(shown) for shown in everyone]
    return told


def _person(shown: Shown) -> dict[str, Any]:
    rendered = shown.rendered
    return {
        "id": shown.id,
        "name": shown.name,
        "channel": shown.step.route.channel if shown.step.route else "",
        "reason": "" if shown.step.route else _why_not(shown),
        "subject": rendered.subject if rendered else "",
        "text": rendered.text if rendered else "",
    }


def _why_not(shown: Shown) -> str:
    _, task, left_out = shown.step
    return f"needs a person ({task})" if task else f"left out on purpose ({left_out})"


def _price(channel: str, found: Preview, settings: Settings) -> str:
    if channel == SMS:
        segments = sum(count * people for count, people in found.segments.items())
        return f": {number(segments, 'segment')}, about {settings.sms.currency}{found.cost:.2f}"
    if channel == PHONE:
        return f": about {number(found.minutes, 'minute')} of calling"
    return ""


def _show_rendered(rendered: Rendered, console: Console) -> None:
    from rich.text import Text

    subject = f"Subject: {rendered.subject}\n\n" if rendered.subject else ""
    for line in Text(subject + rendered.text.strip()).wrap(console, console.width - len(INDENT)):
        line.rstrip()
        console.print(Text(INDENT) + line if line else "")
