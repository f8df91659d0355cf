"""The chat door while Telegram, the network or our own code does not do what it should."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from bot import help as helping
from bot.application import ChatDoor
from bot.turn import Turn
from sandbox.faults import Fault
from tests.bot.town import ChatTown


async def test_a_chat_that_has_blocked_us_is_no_error(town: ChatTown, caplog: pytest.LogCaptureFixture) -> None:
    ann = town.person("Ann Carter", "telegram")
    town.world.fail(Fault("telegram", "blocked", to=str(ann), times=1))
    with caplog.at_level(logging.WARNING):
        assert await town.says(ann, "/help") == ""
    assert caplog.text == ""


async def test_where_telegram_asks_us_to_wait_the_answer_comes_after_that(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    town.world.fail(Fault("telegram", "429", to=str(ann), times=1, seconds=1))
    assert "/stop" in await town.says(ann, "/help")


async def test_while_telegram_is_away_nothing_is_lost(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    await town.world.down("telegram")
    await asyncio.sleep(0.05)
    town.world.telegram_people.writes(ann, "/help")
    await town.world.up("telegram")
    await town.dealt_with()
    assert "/stop" in town.last(ann).text


async def test_it_stops_in_under_a_second_in_the_middle_of_a_turn(
    town: ChatTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = town.person("Ann Carter", "telegram")
    begun = asyncio.Event()

    async def stuck(_: Turn) -> None:
        begun.set()
        await asyncio.sleep(3600)

    monkeypatch.setitem(town.door._commands, "help", helping.CHAPTER.commands[0].__class__("help", "", stuck))  # type: ignore[arg-type]
    town.world.telegram_people.writes(ann, "/help")
    await begun.wait()
    door: ChatDoor = town.door
    start = time.monotonic()
    await door.__aexit__(None, None, None)
    assert time.monotonic() - start < 2, "0.7 s, on a machine that is busy with other things too"
    monkeypatch.undo()
    await town.restart()
    await town.dealt_with()
    assert "/stop" in town.last(ann).text, "it is delivered again"
