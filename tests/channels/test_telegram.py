"""Telegram, over the wire: every answer, chats that move, and what a message looks like."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from channels.telegram import Telegram
from core.errors import ConfigError, UserError
from core.forms import TELEGRAM_LIMIT
from core.receipts import Outcome
from sandbox.faults import Fault
from sandbox.world import World
from tests.channels.rows import Row, each, meaning
from tests.channels.surroundings import WORDS, message, surroundings

CHAT = "4711"


TABLE = [
    Row("429", Outcome.DEFERRED, "429", retry_after=timedelta(seconds=7), wide=True),
    Row("blocked", Outcome.REFUSED, "403 blocked", opted_out=True),
    Row("deactivated", Outcome.REFUSED, "403", dead=True),
    Row("never-started", Outcome.REFUSED, "403", dead=True),
    Row("chat-not-found", Outcome.REFUSED, "400 chat not found", dead=True),
    Row("parse-error", Outcome.REFUSED, "400 formatting"),
    Row("unauthorized", Outcome.BROKEN, "token"),
    Row("http-500", Outcome.UNKNOWN, "no answer", wide=True),
    Row("http-502", Outcome.UNKNOWN, "no answer", wide=True),
    Row("reset-before", Outcome.UNKNOWN, "no answer", wide=True),
    Row("reset-after", Outcome.UNKNOWN, "no answer", wide=True),
    Row("hang-before", Outcome.UNKNOWN, "no answer", wide=True),
    Row("hang-after", Outcome.UNKNOWN, "no answer", wide=True),
    Row("garbage", Outcome.UNKNOWN, "no answer", wide=True),
]


@pytest.fixture
async def telegram(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Telegram]:
    silent = "hang" in request.node.name
    telegram = Telegram(surroundings(world), patience=1.5 if silent else 20)
    yield telegram
    await world.heal()
    await telegram.close()


@each(TABLE)
async def test_each_answer_means_what_the_table_says(world: World, telegram: Telegram, row: Row) -> None:
    fault = world.fail(Fault("telegram", row.how, seconds=7 if "hang" not in row.how else None))
    receipt = await telegram.send(message(CHAT))
    assert meaning(receipt) == meaning(row)
    assert receipt.reason
    assert (receipt.ref, receipt.new_address) == (None, None)
    assert fault.hits == 1, "nothing is repeated"


async def test_a_second_program_with_the_token_is_our_own_fault(world: World, telegram: Telegram) -> None:
    world.fail(Fault("telegram", "conflict", at="sendMessage"))
    receipt = await telegram.send(message(CHAT))
    assert (receipt.outcome, receipt.status, receipt.wide) == (Outcome.BROKEN, "409", False)


async def test_a_chat_that_has_moved_gets_the_message_at_once(world: World, telegram: Telegram) -> None:
    world.started_chat(-4711, "The group's own chat")
    world.fail(Fault("telegram", "migrated"))
    receipt = await telegram.send(message("-4711"))
    (arrival,) = world.messages("telegram")
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.new_address == arrival.to != "-4711"
    assert receipt.ref == arrival.ref


async def test_a_chat_that_has_moved_and_then_fails_still_tells_where_it_is(world: World, telegram: Telegram) -> None:
    world.started_chat(-4711, "The group's own chat")
    world.fail(Fault("telegram", "migrated"))
    world.fail(Fault("telegram", "reset-after"))
    receipt = await telegram.send(message("-4711"))
    assert receipt.outcome is Outcome.UNKNOWN
    assert receipt.new_address


async def test_no_connection_is_deferred(world: World, telegram: Telegram) -> None:
    await world.down("telegram")
    receipt = await telegram.send(message(CHAT))
    assert (receipt.outcome, receipt.status, receipt.wide) == (Outcome.DEFERRED, "no connection", True)


@pytest.mark.parametrize("cause", ["PoolTimeout", "ConnectTimeout"])
async def test_a_time_out_before_there_was_a_connection_is_deferred(world: World, cause: str) -> None:
    import httpx
    from telegram.error import TimedOut

    class NeverConnects:
        async def send_message(self, *_: Any, **__: Any) -> None:
            raise TimedOut from getattr(httpx, cause)("no")

    bot: Any = NeverConnects()
    receipt = await Telegram(surroundings(world), bot=bot).send(message(CHAT))
    assert (receipt.outcome, receipt.wide) == (Outcome.DEFERRED, True)


async def test_what_telegram_refuses_otherwise_is_not_held_against_the_chat(world: World) -> None:
    from telegram.error import BadRequest

    answers = ["Message is too long", "Not enough rights to send text messages to the chat"]

    class Refuses:
        async def send_message(self, *_: Any, **__: Any) -> None:
            raise BadRequest(answers.pop(0))

    bot: Any = Refuses()
    telegram = Telegram(surroundings(world), bot=bot)
    told = [await telegram.send(message(CHAT)) for _ in range(2)]
    assert [meaning(one) for one in told] == [
        meaning(Row("too long", Outcome.REFUSED, "400 too long")),
        meaning(Row("no rights", Outcome.REFUSED, "400")),
    ]


@pytest.mark.parametrize("bad", ["", "ada", "@ada", "12 34"])
async def test_what_is_no_chat_number_is_refused_without_asking(world: World, telegram: Telegram, bad: str) -> None:
    receipt = await telegram.send(message(bad))
    assert (receipt.outcome, receipt.dead) == (Outcome.REFUSED, True)
    assert world.record.changes == 0


async def test_a_message_is_formatted_and_a_name_cannot_change_that(world: World, telegram: Telegram) -> None:
    receipt = await telegram.send(message(CHAT, name="<b>Zoë", content=f"**Dear {{first_name}}**, {WORDS}"))
    (arrival,) = world.messages("telegram")
    assert receipt.ref == arrival.ref == f"{CHAT}:{arrival.ref.partition(':')[2]}"
    assert arrival.text.startswith(f"Dear <b>Zoë, {WORDS}")
    assert "Riverside Voices" in arrival.text


async def test_a_text_that_a_long_name_makes_too_long_is_refused(world: World, telegram: Telegram) -> None:
    text = "{name} " + "word " * 770
    assert (await telegram.send(message(CHAT, content=text))).outcome is Outcome.ACCEPTED
    receipt = await telegram.send(message(CHAT, content=text, name="Joe 🙂" * 60))
    assert (receipt.outcome, receipt.dead, receipt.status) == (Outcome.REFUSED, False, "words")
    assert len(world.messages("telegram")) == 1


async def test_a_name_may_fill_the_room_to_the_last_character(telegram: Telegram) -> None:
    text = "{name} " + "word " * 765
    without = len(telegram.render(message(CHAT, content=text, name="J")).text) - 1
    longest = "🙂" + "o" * (TELEGRAM_LIMIT - without - 2)  # which counts as two
    assert (await telegram.send(message(CHAT, content=text, name=longest))).outcome is Outcome.ACCEPTED
    with pytest.raises(UserError, match="With this person's name"):
        telegram.render(message(CHAT, content=text, name=longest + "o"))


async def test_a_bot_that_is_shared_stays_open(world: World, telegram: Telegram) -> None:
    await telegram.open()
    guest = Telegram(surroundings(world), bot=telegram.bot)
    await guest.open()
    await guest.close()
    assert (await telegram.send(message(CHAT))).outcome is Outcome.ACCEPTED


async def test_the_token_never_gets_into_a_log_or_an_error(
    world: World, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "telegram", "telegram.Bot"):
        caplog.set_level(logging.DEBUG, logger=name)
    token = world.telegram_token
    told = []
    for how in ["unauthorized", "garbage", "reset-before", "http-502"]:
        world.fail(Fault("telegram", how, times=2, at="*"))
        told.append(repr(await telegram.send(message(CHAT))))
        with pytest.raises(ConfigError) as caught:
            await telegram.check()
        told += [str(caught.value), repr(caught.value.__cause__)]
    await telegram.check()
    records = [record for record in caplog.records if not record.name.startswith(("sandbox", "aiohttp"))]
    told += [f"{record.getMessage()} {record.exc_info}" for record in records]
    assert token not in "\n".join(told)
    assert WORDS not in "\n".join(told)


async def test_a_warning_of_the_http_library_is_still_heard(
    telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    await telegram.open()
    logging.getLogger("httpx").warning("something is wrong")
    assert "something is wrong" in caplog.text
