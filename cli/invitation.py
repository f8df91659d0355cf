"""Links into the chat, as the terminal makes them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import OperatorError, UserError
from core.people import TELEGRAM

if TYPE_CHECKING:
    from cli.service import House


PATIENCE = 5.0
"""Seconds that Telegram is given to say who our bot is."""


def met(house: House) -> bool:
    """Asks Telegram for our bot's name, which links begin with; returns whether links can be made.

    Where Telegram is away, a name that was learned before still holds.
    """
    from actions import joining
    from channels.telegram import Telegram
    from cli.service import desk_of, run, surroundings

    channel = house.channels.get(TELEGRAM)
    if not isinstance(channel, Telegram):
        return False

    async def ask() -> None:
        from bot.introduction import introduce

        await channel.open()
        try:
            async with asyncio.timeout(PATIENCE):
                await introduce(desk_of(house), channel)
        finally:
            await channel.close()

    with suppress(OperatorError, TimeoutError):
        run(ask())
    with house.database.reading() as session:
        return bool(joining.bot_name(session, surroundings(house)))


def write_qr(url: str, path: Path) -> None:
    """Writes a link as a QR picture that is large enough to print; raises UserError where the file can't be written."""
    import segno

    if path.suffix.lower() != ".png":
        raise UserError("The QR picture is a PNG", where=str(path), mend="Give it a name that ends in .png.")
    try:
        segno.make(url, error="m").save(str(path), kind="png", scale=10, border=4)
    except OSError as error:
        raise UserError(f"The file can't be written: {error.strerror}", where=str(path)) from None
