"""Calls: a person is the provider, and the delivery itself is the call on somebody's list."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.base import Limits, Message, RawCallback, Rendered
from config.catalogues import Catalogues
from core.forms import call_form
from core.group import Group
from core.receipts import Inbound, Outcome, Receipt

NAME = "phone"


class Phone:
    """The channel of those whom a person rings. Nothing leaves the machine: accepted means on the call list."""

    name = NAME
    proves = True  # the caller says how it went
    limits = Limits(rate=None, concurrency=1, lease=timedelta(seconds=90))

    def __init__(self, catalogues: Catalogues | None = None) -> None:
        self._catalogues = catalogues or Catalogues()

    async def open(self) -> None:
        """Does nothing."""

    async def close(self) -> None:
        """Does nothing."""

    async def send(self, message: Message) -> Receipt:
        """Puts the call on the list."""
        return Receipt(Outcome.ACCEPTED, NAME, "listed")

    def render(self, message: Message) -> Rendered:
        """Shows what the caller says; raises UserError for words with a mistake in them."""
        said = message.fields
        group = Group(said["group"], said["contact_name"], said["contact_phone"])
        speech = self._catalogues.speech(message.content.language)
        form = call_form(message.content, group, speech, attachment=message.attachment)
        return Rendered("", form.script.fill(said))

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Raises ValueError: callers note what happened, no provider calls back."""
        raise ValueError("there are no callbacks for calls")

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Says that the call is on the list: putting it there can't fail half-way."""
        return Receipt(Outcome.ACCEPTED, NAME, "listed")

    async def check(self) -> None:
        """Does nothing: there is nothing to go wrong."""
