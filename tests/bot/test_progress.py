from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, update

from actions import progress
from bot.progress import PROOF, TICK, result_words
from core.people import Role
from core.roles import SERVICE
from sandbox.faults import Fault
from sandbox.world import World
from store.tables import Delivery
from tests.bot.crowd import TEXT, crowd, notices, result, told
from tests.bot.town import ChatTown, chat_town
from tests.journeys.town import london

QUICK = {"RINGROUND_CHAT__UNDO": "PT0S"}


async def announce(town: ChatTown, chat: int) -> int:
    """Sends a notice, and returns the message that follows it."""
    await town.says(chat, f"/announce {TEXT}")
    await town.presses(chat, "Send")
    return next(one.id for one in town.shown(chat) if "Being sent" in one.text)


async def test_the_progress_stays_within_the_limits_while_the_same_bot_sends(folder: Path) -> None:
    async with World(fsync=False, limits=True) as world:
        # Half of what Telegram allows: on a machine that stood still, messages arrive closer than they left.
        town = ChatTown(world, folder, london("2026-03-02 10:00"), **QUICK, RINGROUND_TELEGRAM__RATE="15")
        town.each = 1.0
        assert world.telegram.limits is not None
        asked, refused = world.telegram.limits.retry_after, []

        def counted(chat_id: int) -> int:
            if wait := asked(chat_id):
                refused.append(chat_id)
            return wait

        world.telegram.limits.retry_after = counted  # type: ignore[method-assign]
        try:
            await town.open()
            for number in range(150):
                town.person(f"Person {number}", "telegram")
            sam = town.staff("Sam Lee")
            card = await announce(town, sam)
            seen, begun = set(), time.monotonic()

            def ended() -> bool:
                seen.add(next(one.text for one in town.shown(sam) if one.id == card))
                return any("Sent to 151 people." in one.text for one in town.shown(sam))

            await town.until(ended)
        finally:
            await town.close()
            town.house.close()
        assert not refused
        assert len(told(town)) == 151
        assert len([text for text in seen if "still to go" in text and "\n0 messages sent" not in text]) >= 1
        assert len(seen) <= (time.monotonic() - begun) / town.each + 3


async def test_the_result_is_a_new_message_with_what_can_be_done_next(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = crowd(town, 9)
        town.person("Nan Shaw")
        card = await announce(town, sam)
        ended = await result(town, sam)
        assert "Sent to 7 people. Nobody can say yet whether it has arrived. 2 to ring. 1 needs somebody" in ended
        assert "told" not in ended
        assert "reached" not in ended
        shown = town.last(sam)
        assert shown.id > card
        assert shown.buttons == ["Who", "Calls", "Retry"]
        (before,) = [one for one in town.shown(sam) if one.id == card]
        assert "All of it has left. How it went is below." in before.text
        assert before.buttons == []
        who = await town.says(sam, "who")
        assert "To ring: Person 3, Person 7." in who
        assert "Need somebody to see to them: Nan Shaw (no way to reach them is on file)." in who
        assert "Sent, and nobody can say whether it has arrived: Person 0 by e-mail" in who
        assert "2 calls to make. About 6 minutes." in await town.presses(sam, "Calls")


async def test_what_is_known_to_have_arrived_is_counted_apart(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = crowd(town, 4)
        await announce(town, sam)
        await result(town, sam)
        with town.database.writing() as session:
            session.exec(update(Delivery).where(col(Delivery.channel) == "sms").values(state="delivered"))
        with town.database.reading() as session:
            found = progress.result(session, SERVICE, notices(town)[0].id, town.around)
        words = result_words(found, town.desk.speech())
        assert words == "Sent to 4 people. 1 is known to have arrived."


async def test_after_a_restart_the_progress_goes_on_and_the_result_comes_once(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = crowd(town, 6)
        town.world.fail(Fault("email", "greylist", times=2))
        await town.world.down("email")
        await announce(town, sam)
        await town.until(lambda: len(told(town)) >= 3)
        await town.restart()
        await town.world.up("email")
        await town.world.heal("email")
        for _ in range(4):
            town.clock.move(town.clock.now() + timedelta(minutes=20))
            await town.calm()
        town.clock.move(town.clock.now() + timedelta(seconds=PROOF))
        await asyncio.sleep(2 * TICK)
        town.clock.move(town.clock.now() + timedelta(seconds=PROOF))
        await town.until(lambda: any("Sent to" in one.text for one in town.shown(sam)))
        await town.restart()
        await asyncio.sleep(2 * TICK)
        assert len([one for one in town.shown(sam) if "Sent to" in one.text]) == 1


async def test_a_notice_that_somebody_else_stops_is_told_of_where_it_was_written(folder: Path) -> None:
    async with chat_town(folder) as town:
        sam, kim = crowd(town, 4), town.staff("Kim Roe")
        await town.says(sam, f"/announce {TEXT}")
        await town.presses(sam, "Send")
        uid = notices(town)[0].id
        await town.says(kim, "/help")
        assert "Undone." in await town.presses_late(kim, f"pr:stop:{uid}", town.last(kim).id)
        assert "Sent to 0 people." in await result(town, sam)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CALLER])
async def test_only_a_coordinator_stops_a_notice(folder: Path, role: Role) -> None:
    async with chat_town(folder) as town:
        sam, vi = crowd(town, 4), town.staff("Vi Poole", role)
        await town.says(sam, f"/announce {TEXT}")
        await town.presses(sam, "Send")
        await town.says(vi, "/help")
        data = f"pr:stop:{notices(town)[0].id}"
        assert "Only a coordinator may stop notices" in await town.presses_late(vi, data, town.last(vi).id)
        assert notices(town)[0].waiting == 5
