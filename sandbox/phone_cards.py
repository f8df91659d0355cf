"""What stands on each person's phone and in each inbox, gathered from the world's record for the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.participants import Participant
from sandbox.record import Arrival, Event

if TYPE_CHECKING:
    from sandbox.world import World

LOOK_BACK = 5_000
"""How many of the latest messages the page looks at."""
SHOWN = 30
"""How many of a person's latest messages a card shows."""
CARDS = 60
"""How many cards the page shows at once; the filter finds the others."""
CHANNEL_WORDS = {"email": "E-mail", "sms": "Text message", "telegram": "Telegram"}


@dataclass(slots=True)
class Bubble:
    """One message on a card: to the person, from the person (`mine`), or one that did not get there (`trouble`)."""

    at: datetime
    channel: str
    text: str
    mine: bool = False
    trouble: str = ""
    subject: str | None = None
    sender: str = ""
    status: str = ""
    arrival: Arrival | None = None

    @property
    def entities(self) -> list[dict[str, Any]]:
        """How Telegram's text is set: bold, links and so on."""
        content = self.arrival.extra.get("content", {}) if self.arrival and self.text else {}
        found: list[dict[str, Any]] = content.get("entities", [])
        return found

    @property
    def buttons(self) -> list[tuple[str, str | None]]:
        """Labels of the buttons that can be pressed, each with the address of a link button."""
        if self.arrival is None or self.arrival.extra.get("deleted"):
            return []
        markup = self.arrival.extra.get("content", {}).get("reply_markup", {})
        inline = [(b["text"], b.get("url")) for row in markup.get("inline_keyboard", []) for b in row]
        return inline + [(label, None) for label in self.arrival.extra.get("keyboard", [])]


@dataclass(slots=True)
class Card:
    """One person with the messages of all their addresses, oldest first."""

    person: Participant
    bubbles: list[Bubble] = field(default_factory=list)

    @property
    def in_trouble(self) -> bool:
        """Tells whether something did not get through to this person."""
        return any(bubble.trouble for bubble in self.bubbles)


def cards(world: World, name: str = "", channel: str = "") -> tuple[list[Card], int]:
    """Gives the cards of the people whose name or address holds `name` and who use `channel`, and their full number.

    Both filters are optional. Cards stand in the order in which the people became known.
    """
    by_person: dict[int, Card] = {}
    for bubble, address, known_as in sorted(_bubbles(world), key=lambda entry: entry[0].at):
        for person in world.participants.behind(bubble.channel, address, known_as):
            by_person.setdefault(id(person), Card(person)).bubbles.append(bubble)
    everybody = [by_person.get(id(person)) or Card(person) for person in world.participants.all()]
    found = [card for card in everybody if _matches(card, name.strip().lower(), channel)]
    for card in found:
        card.bubbles = [b for b in card.bubbles if channel in ("", b.channel)][-SHOWN:]
    return found[:CARDS], len(found)


def _matches(card: Card, name: str, channel: str) -> bool:
    words = [card.person.name.lower(), *(address for _, address in card.person.addresses)]
    used = {used for used, _ in card.person.addresses}
    return any(name in word for word in words) and (not channel or channel in used)


def _bubbles(world: World) -> Iterable[tuple[Bubble, str, str | None]]:
    """Gives each bubble with the person's address and the name that came with it."""
    for arrival in islice(reversed(world.record.arrivals), LOOK_BACK):
        yield _arrived(arrival), arrival.to, arrival.name
    for event in islice(reversed(world.record.events), LOOK_BACK):
        mine = event.kind == "inbound"
        yield _happened(event), event.sender if mine else event.to, None


def _arrived(arrival: Arrival) -> Bubble:
    status = str(arrival.extra.get("status", ""))
    content = arrival.extra.get("content", {})
    text = content.get("text", arrival.text)
    if document := content.get("document"):
        text = f"[{document['file_name']}] {text}".strip()
    if "photo" in content:
        text = f"[Picture] {text}".strip()
    if arrival.extra.get("edited"):
        status = "changed later"
    if arrival.extra.get("deleted"):
        status, text = "deleted later", ""
    lost = status.startswith(("undelivered", "failed"))
    return Bubble(
        at=arrival.at,
        channel=arrival.channel,
        text=text,
        subject=arrival.subject,
        sender=arrival.sender,
        status=status,
        trouble=f"Not delivered: {status}" if lost else "",
        arrival=arrival,
    )


def _happened(event: Event) -> Bubble:
    trouble = f"Not accepted: {event.reason}" if event.kind in ("refused", "violation") else ""
    return Bubble(
        at=event.at,
        channel=event.channel,
        text=event.text,
        mine=event.kind == "inbound",
        trouble=trouble,
        subject=event.subject,
        sender=event.sender,
        status="from the provider" if event.kind == "provider" else "",
    )
