"""A channel that keeps what it is told to send: for tests, and for rehearsals in which nothing leaves."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta

from channels.base import Limits, Message, RawCallback, Rendered
from core.placeholders import KNOWN, Template
from core.receipts import Inbound, Outcome, Receipt


class Memory:
    """Keeps messages in `sent`, in order, and answers with what was asked for, else accepted."""

    limits = Limits(rate=None, concurrency=16, lease=timedelta(seconds=90))

    def __init__(self, name: str = "memory", *, proves: bool = False) -> None:
        self.name = name
        self.proves = proves
        self.sent: list[Message] = []
        self._next: deque[Receipt] = deque()

    def answer_next(self, *receipts: Receipt) -> None:
        """Gives these receipts to the next sends, one each; a message that is not taken is not kept either."""
        self._next.extend(receipts)

    async def open(self) -> None:
        """Does nothing."""

    async def close(self) -> None:
        """Does nothing."""

    async def send(self, message: Message) -> Receipt:
        """Keeps the message, unless the next receipt says that it was not taken; lets others run meanwhile."""
        await asyncio.sleep(0)
        receipt = self._next.popleft() if self._next else Receipt(Outcome.ACCEPTED, self.name, "kept")
        if receipt.outcome not in (Outcome.ACCEPTED, Outcome.DELIVERED):
            return receipt
        self.sent.append(message)
        return receipt if receipt.ref else replace(receipt, ref=f"{self.name}-{len(self.sent)}")

    def render(self, message: Message) -> Rendered:
        """Shows the words as they were written, with the person's name in them."""
        text = Template.parse(message.content.text, KNOWN).fill(message.fields)
        return Rendered(message.content.subject, text)

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Raises ValueError: nobody calls back."""
        raise ValueError("there are no callbacks for messages that are only kept")

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Looks whether this delivery's message has been kept."""
        kept = any(one.delivery == message.delivery for one in self.sent)
        return Receipt(Outcome.ACCEPTED if kept else Outcome.DEFERRED, self.name, "kept" if kept else "absent")

    async def check(self) -> None:
        """Does nothing: there is nothing to go wrong."""
