"""A person blocks the bot, or lets it write again."""

from __future__ import annotations

from actions import joining
from bot.turn import Turn


async def changed(turn: Turn, *, present: bool) -> None:
    """Takes a block for what it is, a wish to hear nothing more here; and an unblocking for the opposite."""
    desk = turn.desk
    if present:
        await desk.database.write(joining.let_in_again, turn.chat, desk.around())
    else:
        await desk.database.write(joining.shut_out, turn.chat, desk.around())
