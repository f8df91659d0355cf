"""Carrier pigeons: a channel that lives outside Ringround's own code."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from channels.base import Limits, Message, RawCallback, Rendered, Surroundings
from core.forms import sms_form
from core.receipts import Inbound, Outcome, Receipt


class Pigeon:
    """Ties a note to a pigeon's leg."""

    name = "pigeon"
    proves = False
    limits = Limits(rate=0.1, concurrency=2, lease=timedelta(minutes=10))

    def __init__(self, surroundings: Surroundings) -> None:
        self._group = surroundings.group
        self.notes: list[str] = []

    async def open(self) -> None:
        """Opens the loft."""

    async def close(self) -> None:
        """Shuts the loft."""

    async def send(self, message: Message) -> Receipt:
        """Lets a pigeon fly."""
        self.notes.append(self.render(message).text)
        return Receipt(Outcome.ACCEPTED, self.name, "in the air", ref=f"pigeon-{len(self.notes)}")

    def render(self, message: Message) -> Rendered:
        """Shows the note."""
        form = sms_form(message.content, self._group, stop_word=False)
        return Rendered("", form.text.fill(message.fields))

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Raises ValueError: pigeons tell nothing."""
        raise ValueError("pigeons tell nothing")

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Gives None: nobody knows where a pigeon is."""
        return None

    async def check(self) -> None:
        """Looks whether there are pigeons."""


def pigeon(surroundings: Surroundings) -> Pigeon | None:
    """Makes the channel, or None where there is no loft."""
    return Pigeon(surroundings) if os.environ.get("PIGEON_LOFT") else None
