"""What becomes of faults: people are told calmly, the log says where and of what kind, and nothing else ends."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable

from core.clock import Clock
from core.errors import OperatorError, UserError
from core.speech import Speech

TRY_AGAIN = 1.0
"""Seconds between two tries at what has failed."""

log = logging.getLogger(__name__)


def sentence(error: UserError) -> str:
    """Says what is wrong and how to mend it, as one reads it in a chat."""
    return f"{error.what}. {error.mend}".strip()


def apology(speech: Speech, error: Exception) -> str:
    """Says calmly that something went wrong which is nobody's fault who writes to us."""
    if isinstance(error, OperatorError):
        return speech.say("Something on our side does not work just now. Please try again in a few minutes.")
    return speech.say("That did not work, and it was not your fault. Please try again; /help shows what you can do.")


def log_fault(error: Exception) -> None:
    """Logs where something went wrong and what kind of fault it is; its words may hold an address or a text."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("A turn of the chat failed (%s)\n%s", type(error).__name__, place)


async def forever(what: str, do: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Does what should never end; where it fails, it is begun again a little later."""
    while True:
        try:
            await do()
            return
        except Exception as error:  # noqa: BLE001 - one part that fails must not end the others
            log.error("%s failed, and is begun again", what)
            log_fault(error)
            await clock.sleep(TRY_AGAIN)
