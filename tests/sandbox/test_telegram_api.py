from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Iterable

import aiohttp
import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from sandbox.faults import Fault
from sandbox.telegram_limits import Limits
from sandbox.world import World
from tests.sandbox.outside import Webhook, eventually

# The library asks its users to choose how it tells a span; nothing here depends on it.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")

ADA = 501
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 40, 30) + b"\x08\x06\0\0\0"


def bot_of(world: World, token: str | None = None) -> Bot:
    return Bot(
        token or world.telegram_token,
        base_url=f"{world.telegram_url}/bot",
        base_file_url=f"{world.telegram_url}/file/bot",
    )


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Bot]:
    world.started_chat(ADA, "Ada Löwe")
    async with bot_of(world) as running:
        yield running


async def test_a_message_arrives_without_its_tags(world: World, bot: Bot) -> None:
    sent = await bot.send_message(ADA, "<b>Tea</b> &amp; <i>🍰 cake</i> ", parse_mode="HTML")
    assert sent.text == "Tea & 🍰 cake"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 0, 3), ("italic", 6, 7)]
    assert sent.chat.first_name == "Ada"
    (arrival,) = world.messages("telegram", to=ADA)
    assert (arrival.text, arrival.ref, arrival.name) == ("Tea & 🍰 cake", f"501:{sent.message_id}", "Ada Löwe")


BAD_HTML = {
    "<br>": 'Unsupported start tag "br" at byte offset 0',
    "<b>Tea": 'Can\'t find end tag corresponding to start tag "b"',
    "ä<b><i>Tea</b></i>": 'Unmatched end tag at byte offset 11, expected "</i>", found "</b>"',
    "Tea</b>": "Unexpected end tag at byte offset 3",
    "1 < 2": "Unclosed or unescaped start tag at byte offset 2",
    "<span>Tea</span>": 'Tag "span" must have class "tg-spoiler"',
}


@pytest.mark.parametrize(("text", "words"), BAD_HTML.items(), ids=BAD_HTML)
async def test_bad_html_is_refused(world: World, bot: Bot, text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities") as raised:
        await bot.send_message(ADA, text, parse_mode="HTML")
    assert words.lower() in raised.value.message.lower()
    assert world.messages() == []


async def test_text_has_a_length(bot: Bot) -> None:
    await bot.send_message(ADA, "<b>" + "a" * 4096 + "</b>", parse_mode="HTML")
    with pytest.raises(BadRequest, match="too long"):
        await bot.send_message(ADA, "a" * 4097)
    with pytest.raises(BadRequest, match="empty"):
        await bot.send_message(ADA, "<b> </b>", parse_mode="HTML")


async def test_who_cannot_be_written_to_is_refused(world: World, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(999, "Tea")
    world.telegram_people.blocks(ADA)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(ADA, "Tea")
    await world.telegram_in(ADA, "/start")
    await bot.send_message(ADA, "Tea")
    assert world.record.refused["telegram"] == 2


async def test_all_chats_can_be_known(world: World) -> None:
    async with World(all_chats=True) as everybody, bot_of(everybody) as bot:
        await bot.send_message(77, "Tea")
        assert everybody.messages(to=77)[0].name == "Person 77"


async def test_a_wrong_token_is_refused(world: World) -> None:
    with pytest.raises(InvalidToken):
        async with bot_of(world, "12345:wrong"):
            pass


async def test_messages_can_be_edited_and_deleted(world: World, bot: Bot) -> None:
    sent = await bot.send_message(ADA, "1 of 3")
    edited = await bot.edit_message_text("2 of 3", ADA, sent.message_id)
    assert isinstance(edited, type(sent))
    assert (edited.text, edited.edit_date is not None) == ("2 of 3", True)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("2 of 3", ADA, sent.message_id)
    with pytest.raises(BadRequest, match="to edit not found"):
        await bot.edit_message_text("x", ADA, 999)
    assert await bot.delete_message(ADA, sent.message_id)
    with pytest.raises(BadRequest, match="to delete not found"):
        await bot.delete_message(ADA, sent.message_id)
    assert world.record.total == 1
    assert world.messages()[0].extra["deleted"]


async def test_buttons_can_be_pressed_and_answered(world: World, bot: Bot) -> None:
    buttons = [[InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("Map", url="https://a.b/c")]]
    sent = await bot.send_message(ADA, "Coming?", reply_markup=InlineKeyboardMarkup(buttons))
    query = await world.press(ADA, sent.message_id, "Yes")
    (update,) = await bot.get_updates(timeout=1)
    assert update.callback_query is not None
    assert (update.callback_query.id, update.callback_query.data) == (query, "y")
    assert update.callback_query.message is not None
    assert update.callback_query.message.message_id == sent.message_id
    assert await bot.answer_callback_query(query, "Thank you")
    assert world.telegram.queries[query] == "Thank you"
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query(query)
    assert await world.press(ADA, sent.message_id, "Map") == "https://a.b/c"
    with pytest.raises(ValueError, match=r"no button 'No'.*Yes, Map"):
        await world.press(ADA, sent.message_id, "No")


async def test_a_button_below_the_text_field_writes_its_label(world: World, bot: Bot) -> None:
    sent = await bot.send_message(ADA, "Coming?", reply_markup=ReplyKeyboardMarkup([["Yes", "No"]]))
    await world.press(ADA, sent.message_id, "No")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "No"


async def test_button_data_has_a_length(bot: Bot) -> None:
    button = InlineKeyboardButton("Yes", callback_data="ä" * 33)
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(ADA, "Coming?", reply_markup=InlineKeyboardMarkup([[button]]))


async def test_files_go_both_ways(world: World, bot: Bot) -> None:
    sent = await bot.send_document(ADA, document=b"name,mobile\n", filename="people.csv", caption="The list")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("people.csv", 12)
    again = await bot.send_document(ADA, document=sent.document.file_id)
    assert again.document is not None
    photo = await bot.send_photo(ADA, photo=PNG)
    assert (photo.photo[-1].width, photo.photo[-1].height) == (40, 30)
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await bot.send_photo(ADA, photo=b"not a picture")
    world.telegram_people.sends_file(ADA, "in.csv", b"a,b\n", "text/csv")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    received = await update.message.document.get_file()
    assert bytes(await received.download_as_bytearray()) == b"a,b\n"
    assert [arrival.text for arrival in world.messages("telegram")] == ["The list", "", ""]


async def test_updates_come_once_confirmed_and_in_order(world: World, bot: Bot) -> None:
    await world.telegram_in(ADA, "one")
    second = await world.telegram_in(ADA, "two")
    world.telegram_people.edits(ADA, second, "two!")
    first, *rest = await bot.get_updates(limit=2)
    assert [u.message.text for u in (first, *rest) if u.message] == ["one", "two!"]
    (edited,) = await bot.get_updates(offset=first.update_id + 2)
    assert edited.edited_message is not None
    assert edited.edited_message.text == "two!"
    assert await bot.get_updates(offset=edited.update_id + 1) == ()


async def test_a_long_poll_ends_when_something_happens(world: World, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=5, allowed_updates=["message"]))
    await eventually(lambda: world.telegram.updates._poll == 1)
    assert not polling.done()
    world.telegram_people.blocks(ADA)
    await world.telegram_in(ADA, "/start tuesday")
    (update,) = await polling
    assert update.message is not None
    assert update.message.text == "/start tuesday"


async def test_a_second_poll_ends_the_first_with_a_conflict(world: World, bot: Bot) -> None:
    async with bot_of(world) as other:
        first = asyncio.create_task(bot.get_updates(timeout=5))
        await eventually(lambda: world.telegram.updates._poll == 1)
        second = asyncio.create_task(other.get_updates(timeout=5))
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await first
        await world.telegram_in(ADA, "hello")
        assert len(await second) == 1


async def test_a_webhook_gets_updates_with_its_secret_until_it_takes_them(
    world: World, bot: Bot, webhook: Webhook
) -> None:
    await bot.set_webhook(webhook.url, secret_token="s-3", allowed_updates=["message"])
    webhook.status = 500
    await world.telegram_in(ADA, "hello")
    await webhook.received(1)
    await eventually(lambda: world.telegram.updates.last_error is not None)
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (webhook.url, 1)
    assert info.last_error_message is not None
    webhook.status = 204
    await webhook.received(2)
    update = Update.de_json(json.loads(webhook.bodies[-1]), bot)
    assert update.message is not None
    assert update.message.text == "hello"
    assert webhook.headers[-1]["X-Telegram-Bot-Api-Secret-Token"] == "s-3"
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await eventually(lambda: len(world.telegram.updates) == 0)
    assert await bot.get_updates() == ()


async def test_commands_chats_and_actions(world: World, bot: Bot) -> None:
    assert await bot.set_my_commands([BotCommand("announce", "Tell everyone")])
    assert [c.command for c in await bot.get_my_commands()] == ["announce"]
    assert await bot.get_my_commands(language_code="cy") == ()
    assert await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Announce!", "Tell everyone")])
    assert (await bot.get_chat(ADA)).full_name == "Ada Löwe"
    assert await bot.send_chat_action(ADA, "typing")
    world.started_chat(-1001, "Tuesday Group")
    assert await bot.leave_chat(-1001)
    with pytest.raises(Forbidden, match="kicked"):
        await bot.send_message(-1001, "Tea")


async def test_a_whole_application_runs_against_it(world: World, bot: Bot) -> None:
    async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.effective_message is not None
        button = InlineKeyboardButton("Yes", callback_data="y")
        payload = " ".join(context.args or [])
        await update.effective_message.reply_text(payload, reply_markup=InlineKeyboardMarkup([[button]]))

    async def pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer()
        await update.callback_query.edit_message_text("Noted")

    application = Application.builder().token(world.telegram_token).base_url(f"{world.telegram_url}/bot").build()
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(pressed)])
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(poll_interval=0, timeout=1)
        await world.telegram_in(ADA, "/start tuesday")
        (arrival,) = await world.arrived(1)
        assert arrival.text == "tuesday"
        await world.press(ADA, arrival.extra["message_id"], "Yes")
        await eventually(lambda: arrival.extra.get("edited", False))
        await application.updater.stop()
        await application.stop()


FAILURES: dict[str, type[TelegramError]] = {
    "429": RetryAfter,
    "blocked": Forbidden,
    "deactivated": Forbidden,
    "never-started": Forbidden,
    "chat-not-found": BadRequest,
    "migrated": ChatMigrated,
    "parse-error": BadRequest,
    "unauthorized": InvalidToken,
    "http-500": NetworkError,
    "http-502": NetworkError,
    "reset-before": NetworkError,
}


@pytest.mark.parametrize(("how", "kind"), FAILURES.items(), ids=FAILURES)
async def test_each_failure_strikes_once(world: World, bot: Bot, how: str, kind: type[TelegramError]) -> None:
    world.fail(Fault("telegram", how, to=str(ADA)))
    with pytest.raises(kind):
        await bot.send_message(ADA, "Tea")
    assert world.messages() == []
    if how != "migrated":
        await bot.send_message(ADA, "Tea")
        assert world.record.total == 1


async def test_a_migrated_group_is_found_under_its_new_id(world: World, bot: Bot) -> None:
    world.started_chat(-44, "Tuesday Group")
    world.fail(Fault("telegram", "migrated"))
    with pytest.raises(ChatMigrated) as raised:
        await bot.send_message(-44, "Tea")
    await bot.send_message(raised.value.new_chat_id, "Tea")
    with pytest.raises(ChatMigrated):
        await bot.send_message(-44, "Tea")


async def test_retry_after_tells_the_seconds(world: World, bot: Bot) -> None:
    world.fail(Fault("telegram", "429", seconds=17))
    with pytest.raises(RetryAfter) as raised:
        await bot.send_message(ADA, "Tea")
    assert raised.value._retry_after.total_seconds() == 17


async def test_a_conflict_strikes_the_poll(world: World, bot: Bot) -> None:
    world.fail(Fault("telegram", "conflict"))
    with pytest.raises(Conflict):
        await bot.get_updates()


async def test_garbage_comes_after_the_message_was_kept(world: World, bot: Bot) -> None:
    world.fail(Fault("telegram", "garbage"))
    with pytest.raises(TelegramError, match="Invalid server response"):
        await bot.send_message(ADA, "Tea")
    assert world.record.total == 1


async def test_a_reset_after_accepting_keeps_the_message(world: World, bot: Bot) -> None:
    world.fail(Fault("telegram", "reset-after"))
    with pytest.raises(NetworkError):
        await bot.send_message(ADA, "Tea")
    assert world.record.total == 1


@pytest.mark.parametrize(("how", "kept"), [("hang-before", 0), ("hang-after", 1)])
async def test_a_hang_keeps_or_loses_the_message(world: World, bot: Bot, how: str, kept: int) -> None:
    world.fail(Fault("telegram", how))
    with pytest.raises(TimedOut):
        await bot.send_message(ADA, "Tea", read_timeout=0.1)
    await eventually(lambda: world.in_flight == 0)
    assert world.record.total == kept


async def test_the_limits_of_sending_hold_when_asked_for() -> None:
    time = 1000.0
    async with World(limits=True, all_chats=True, fsync=False) as world, bot_of(world) as bot:
        world.telegram.limits = Limits(lambda: time)
        with pytest.raises(RetryAfter) as chat:
            await send_to(bot, [ADA] * 10)
        assert (world.record.total, chat.value._retry_after.total_seconds()) == (3, 1)
        time += 1
        await send_to(bot, [ADA])
        with pytest.raises(RetryAfter):
            await send_to(bot, range(1000, 1080))
        assert world.record.total == 3 + 30
        time += 60
        with pytest.raises(RetryAfter) as group:
            await send_to(bot, [-9] * 25)
        assert (world.record.total, group.value._retry_after.total_seconds()) == (3 + 30 + 20, 3)


async def send_to(bot: Bot, chats: Iterable[int]) -> None:
    for chat_id in chats:
        await bot.send_message(chat_id, "Tea")


async def test_a_bot_that_is_down_refuses_and_comes_back(world: World, bot: Bot) -> None:
    await world.down("telegram")
    with pytest.raises(NetworkError, match="Connect"):
        await bot.send_message(ADA, "Tea")
    await world.up("telegram")
    await bot.send_message(ADA, "Tea")


async def test_unknown_methods_and_unreadable_calls_are_refused(world: World, bot: Bot) -> None:
    with pytest.raises(TelegramError):
        await bot.do_api_request("makeTea")
    url = f"{world.telegram_url}/bot{world.telegram_token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        for body in ({"chat_id": ADA, "text": "x", "reply_markup": "{"}, {"text": "x"}, {"chat_id": "five"}):
            async with session.post(url, json=body) as answer:
                assert (answer.status, (await answer.json())["ok"]) == (400, False)
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert answer.status == 400
