from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlmodel import col, select

from actions import conversations
from bot import help as helping
from bot.turn import Turn
from core.errors import StoreError, UserError
from core.people import Role
from store.tables import Bookmark, Conversation, InboxItem
from tests.bot.town import ChatTown


async def test_each_role_has_its_own_help(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    assert "/requests" in await town.says(sam, "/help")
    said = await town.says(ann, "/HELP")
    assert "/stop: Stop our messages to this chat." in said
    assert "/requests" not in said


async def test_staff_commands_are_unknown_to_others(town: ChatTown) -> None:
    town.staff("Sam Lee")
    ann, eve = town.person("Ann Carter", "telegram"), town.stranger("Eve")
    for name in town.door.names:
        if name not in ("start", "stop", "help"):
            assert f"I do not know /{name}." in await town.says(ann, f"/{name}")
    assert "Hello. This is the chat of Planning group." in await town.says(eve, "/requests")


@pytest.mark.parametrize("role", list(Role))
async def test_every_command_is_refused_below_its_role(town: ChatTown, role: Role) -> None:
    sam = town.staff("Sam Lee", role)
    for name, least in town.door.names.items():
        if least is not None and list(Role).index(role) < list(Role).index(least):
            assert f"{least} may use the command /{name}" in await town.says(sam, f"/{name}")


async def test_strangers_get_the_same_whatever_they_type(town: ChatTown) -> None:
    town.staff("Sam Lee")
    answers = set()
    for text in ("/staff", "/login", "yes", "Who is Ann Carter?", "/cancel", "📎", "/status"):
        answers.add((await town.says(town.stranger("Eve"), text)).strip())
    assert len(answers) == 1


async def test_a_slip_of_the_pen_is_met_with_what_was_meant(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    assert "Did you mean /requests?" in await town.says(sam, "/request")
    assert "Type /help" in await town.says(sam, "/zzz")


async def test_cancel_only_leaves_a_conversation(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    assert "nothing was under way" in await town.says(ada, "/cancel")
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    assert "You have left it." in await town.says(ada, "/cancel")
    assert "I did not understand that" in await town.says(ada, "Kim")


async def test_a_conversation_goes_on_after_a_restart(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    town.person("Kim Park", email="kim@example.org")
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    await town.restart()
    assert "Who is it? Choose" in await town.says(ada, "park")
    await town.restart()
    assert "What may Kim Park do?" in await town.says(ada, "kim park"), "the buttons that were offered are kept too"


async def test_what_came_while_the_service_was_off_is_dealt_with_in_order(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.close()
    for text in ("/staff", "add somebody", "Kim Park"):
        town.world.telegram_people.writes(ada, text)
    await town.open()
    await town.dealt_with()
    assert [one.text.partition("\n")[0] for one in town.shown(ada)] == [
        "These people have a role:",
        "Who is it? Type the name, or a part of it.",
        "Who is it? Choose, or type another part of the name.",
    ]


async def test_an_update_that_was_dealt_with_and_comes_again_does_nothing(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    await town.says(ann, "Is there cake?")
    with town.database.reading() as session:
        done = session.exec(select(Bookmark.value).where(col(Bookmark.name).startswith("telegram.updates"))).one()
    update = int(done.split()[-1])
    message = town.world.telegram.chats.message(ann, 1)
    assert message is not None
    await town.door.feed({"update_id": update, "message": message.json})
    await town.restart()
    await town.door.feed({"update_id": update, "message": message.json})
    assert len(town.shown(ann)) == 1
    with town.database.reading() as session:
        assert len(session.exec(select(InboxItem)).all()) == 1


async def test_an_update_that_cannot_be_read_is_passed_over(town: ChatTown) -> None:
    who = {"id": 7, "first_name": "Ann", "is_bot": False}
    usual = {"message_id": 1, "date": 1, "from": who, "chat": {"id": 7, "type": "private"}, "text": "Hello"}
    assert await town.door.feed({"update_id": 90, "message": usual})
    for odd in ({"date": 1e20}, {"date": 1e999}, {"date": "x"}, {"text": 5}, {"entities": 7}, {"chat": 3}):
        assert not await town.door.feed({"update_id": 91, "message": usual | odd}), odd
    assert await town.door.feed({"update_id": 10**30, "message": usual})


async def test_a_crash_before_an_update_is_marked_gives_one_sensible_result(
    town: ChatTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happened is written down, the mark is not: the same update comes again after the restart."""
    ann = town.person("Ann Carter", "telegram")

    def crash(*_: object, **__: object) -> None:
        raise StoreError("the machine stops here")

    monkeypatch.setattr(conversations, "go_out", crash)
    town.world.telegram_people.writes(ann, "Is there cake?")
    await town.next(ann, 1)
    assert len(town.world.telegram.updates) == 1, "it is not confirmed"
    await town.close()
    monkeypatch.undo()
    await town.open()
    await town.dealt_with()
    with town.database.reading() as session:
        assert len(session.exec(select(InboxItem)).all()) == 1


async def test_one_chat_in_order_and_the_others_meanwhile(town: ChatTown, monkeypatch: pytest.MonkeyPatch) -> None:
    sam, jo = town.staff("Sam Lee"), town.staff("Jo Bell")
    gate, at_once = asyncio.Event(), []

    async def slow(turn: Turn) -> None:
        at_once.append(turn.text)
        await gate.wait()
        await turn.say(f"done {turn.argument}")

    monkeypatch.setitem(town.door._commands, "help", helping.CHAPTER.commands[0].__class__("help", "", slow))  # type: ignore[arg-type]
    town.world.telegram_people.writes(sam, "/help 1")
    town.world.telegram_people.writes(sam, "/help 2")
    await town.until(lambda: at_once)
    town.world.telegram_people.writes(jo, "/requests")
    assert "Nobody waits" in (await town.next(jo, 1)).text
    assert at_once == ["/help 1"]
    assert len(town.world.telegram.updates) >= 2, "what is not done is not confirmed"
    gate.set()
    await town.dealt_with()
    assert [one.text for one in town.shown(sam)] == ["done 1", "done 2"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            UserError("There is no such day", mend="Write it like 14 May."),
            "There is no such day. Write it like 14 May.",
        ),
        (StoreError("The disk is full"), "Something on our side does not work just now."),
        (ZeroDivisionError("Ann Carter, 07700 900123"), "That did not work, and it was not your fault."),
    ],
)
async def test_a_fault_is_answered_calmly_and_the_conversation_stays(
    town: ChatTown,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")

    async def fails(_: Turn) -> None:
        raise error

    monkeypatch.setitem(town.door._talks, "staff", fails)
    with caplog.at_level(logging.INFO):
        assert said in await town.says(ada, "Ann Carter, 07700 900123")
    assert "900123" not in caplog.text
    monkeypatch.undo()
    assert "Somebody new: Kim" in str((await town.says(ada, "Kim"), town.last(ada).buttons))


async def test_a_flood_gets_one_sentence_and_then_silence_for_the_minute(town: ChatTown) -> None:
    ann, sam = town.person("Ann Carter", "telegram"), town.staff("Sam Lee")
    limit = town.desk.settings.chat.limit
    for _ in range(limit + 5):
        town.world.telegram_people.writes(ann, "/help")
    await town.dealt_with()
    texts = [one.text for one in town.shown(ann)]
    assert len(texts) == limit + 1
    assert "wait a minute" in texts[-1]
    assert "/requests" in await town.says(sam, "/help"), "others are not touched by it"
    town.clock.move(town.clock.now() + timedelta(seconds=61))
    assert "/stop" in await town.says(ann, "/help")


async def test_a_forwarded_command_is_not_carried_out(town: ChatTown) -> None:
    ada, eve = town.staff("Ada Byron", Role.ADMIN), town.stranger("Eve")
    town.world.telegram_people.forwards(ada, "/staff", "Somebody")
    town.world.telegram_people.forwards(eve, "/staff", "Somebody")
    await town.dealt_with()
    assert "was forwarded, so nothing was done" in town.last(ada).text
    assert town.shown(eve) == []


async def test_a_command_that_is_changed_afterwards_does_nothing(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    message = town.world.telegram_people.writes(ada, "/hepl")
    await town.dealt_with()
    assert "changed afterwards does nothing" in await town.edits(ada, message, "/staff")


async def test_every_press_is_answered_and_an_old_button_says_so(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    assert "over" in await town.presses_late(ada, "gone:1", 2)
    await town.until(lambda: None not in town.world.telegram.queries.values())


async def test_tapping_twice_gives_one_sensible_result(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    town.person("Kim Park", email="kim@example.org")
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    await town.says(ada, "kim")
    await town.presses(ada, "Kim Park")
    message = town.last(ada).id
    for _ in range(2):
        town.world.telegram_people.presses(ada, message, "viewer")
    await town.dealt_with()
    assert town.actor("Kim Park").role is Role.VIEWER
    assert all("did not work" not in one.text for one in town.shown(ada))


async def test_a_conversation_that_nobody_went_on_with_is_forgotten(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    town.clock.move(town.clock.now() + timedelta(days=1, minutes=1))
    assert "I did not understand" in await town.says(ada, "Kim Park")


async def test_what_was_gathered_is_plain_json_and_nobodys_name_is_in_the_bookmark(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    await town.says(ada, "Kim <b>\u202e'; DROP TABLE person")
    with town.database.reading() as session:
        assert "DROP TABLE" in session.exec(select(Conversation.data)).one()
    assert "Ada Byron: admin." in await town.says(ada, "/staff")
