"""A person's card: all that is on file about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.console import answers

if TYPE_CHECKING:
    from store.people import PersonCard


def standing(status: str, stopped: bool) -> str:
    """Says how somebody stands with the group."""
    return f"{status}, stopped" if stopped else status


def show_card(card: PersonCard) -> None:
    """Shows a person's card."""
    person = card.person
    console = answers()
    console.print(f"{person.name}", style="bold")
    facts = {
        "id": person.id,
        "called": person.called,
        "status": standing(person.status, person.stopped),
        "paused until": person.paused_until.isoformat() if person.paused_until else "",
        "groups": ", ".join(person.groups),
        "held by": card.held_by,
        "never": ", ".join(card.never),
        "language": card.language,
        "format": card.format,
        "support": card.support,
        "time zone": card.timezone,
        "notes": card.notes,
    }
    for fact, value in facts.items():
        if value:
            console.print(f"  {fact}: {value}")
    for at, route in enumerate(card.routes, 1):
        since = f" since {route.since.date()}" if route.since and route.state != "active" else ""
        why = f" ({route.reason})" if route.reason else ""
        console.print(f"  route {at}: {route.channel} {route.address or 'erased'}, {route.state}{since}{why}")
        for consent in route.consents:
            console.print(f"    {consent}")
    if card.deliveries:
        console.print("  the last messages:")
    for one in card.deliveries:
        why = f" ({one.reason})" if one.reason else ""
        console.print(f"    {one.at:%Y-%m-%d} {one.channel} {one.state}{why}: {one.subject}")
