"""What becomes of a text message after Twilio has accepted it, and how its customer hears of it."""

from __future__ import annotations

import asyncio

from sandbox.failures import Act, How
from sandbox.record import Arrival, Record
from sandbox.twilio_callbacks import Callbacks
from sandbox.twilio_texts import API_VERSION, Text


def parameters_of(text: Text) -> dict[str, str]:
    """Gives what Twilio posts about a message."""
    parameters = {
        "AccountSid": text.account_sid,
        "ApiVersion": API_VERSION,
        "From": text.sender or "",
        "MessageSid": text.sid,
        "MessageStatus": text.status,
        "SmsSid": text.sid,
        "SmsStatus": text.status,
        "To": text.to,
    }
    if text.error_code is not None:
        parameters["ErrorCode"] = str(text.error_code)
    return parameters


class Lives:
    """Takes messages through their later statuses, `delay` seconds each."""

    def __init__(self, record: Record, callbacks: Callbacks, delay: float) -> None:
        self._record = record
        self._callbacks = callbacks
        self._delay = delay
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    async def close(self) -> None:
        """Ends all lives as they stand."""
        for life in self._running:
            life.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def start(self, text: Text, arrival: Arrival, how: How | None) -> None:
        """Begins the later life of a message that has just been accepted."""
        life = asyncio.create_task(self._live(text, arrival, how))
        self._running.add(life)
        life.add_done_callback(self._running.discard)

    async def _live(self, text: Text, arrival: Arrival, how: How | None) -> None:
        """Takes a message through its later statuses and tells each by callback; the first status is never told."""
        steps: list[tuple[str, int | None]] = [("sent", None), ("delivered", None)]
        if how and how.act is Act.LATER:
            last, code = how.reply.split()
            steps = steps[:1] if last == "undelivered" else []
            steps.append((last, int(code) or None))
        manner = how.reply if how and how.act is Act.CALLBACKS else ""
        told: list[dict[str, str]] = []
        for status, error in steps:
            await asyncio.sleep(self._delay)
            text.advance(status, error)
            arrival.extra["status"] = status if error is None else f"{status} ({error})"
            self._record.changed("status", "sms", text.to, text.sid, arrival.extra["status"])
            told.append(parameters_of(text))
            if text.callback and manner in ("", "twice"):
                for _ in range(2 if manner else 1):
                    await self._callbacks.post(text.callback, told[-1])
        if text.callback and manner == "reversed":
            for parameters in reversed(told):
                await self._callbacks.post(text.callback, parameters)
