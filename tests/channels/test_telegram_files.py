"""Pictures, documents and buttons in Telegram, over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from channels.base import Message
from channels.telegram import Telegram
from core.notices import Attachment
from core.receipts import Outcome
from sandbox.faults import Fault
from sandbox.world import World
from tests.channels.surroundings import TEXT, WORDS, make_world, message, surroundings
from tests.core.given_files import DOCUMENT, PICTURE, SHOWS, png

CHAT = "4711"
BUTTONS = (("Yes", "n:yes:d"), ("No", "n:no:d"), ("Maybe", "n:maybe:d"), ("More", "n:more:d"))
LONG = "Dear {first_name}, " + "the meeting moves to the library on Tuesday. " * 30


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with make_world() as world:
        yield world


@pytest.fixture
async def telegram(world: World) -> AsyncIterator[Telegram]:
    telegram = Telegram(surroundings(world))
    yield telegram
    await world.heal()
    await telegram.close()


def with_file(file: Attachment, text: str = TEXT, chat: str = CHAT, **more: Any) -> Message:
    return replace(message(chat, content=text, **more), attachment=file, buttons=BUTTONS)


def arrived(world: World) -> list[dict[str, Any]]:
    return [one.extra["content"] for one in world.messages("telegram")]


async def test_the_buttons_stand_below_in_the_person_s_words(world: World, telegram: Telegram) -> None:
    await telegram.send(replace(message(CHAT), buttons=BUTTONS))
    await telegram.send(message(CHAT))
    first, second = arrived(world)
    rows = first["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [["Yes", "No", "Maybe"], ["More"]]
    assert rows[0][2]["callback_data"] == "n:maybe:d"
    assert "reply_markup" not in second


@pytest.mark.parametrize(("file", "kind"), [(PICTURE, "photo"), (DOCUMENT, "document")])
async def test_a_short_text_is_the_file_s_caption(
    world: World, telegram: Telegram, file: Attachment, kind: str
) -> None:
    receipt = await telegram.send(with_file(file))
    [sent] = arrived(world)
    assert kind in sent
    assert WORDS in sent["caption"]
    assert file.description in sent["caption"]
    assert "Jo Bell" in sent["caption"]
    assert len(sent["reply_markup"]["inline_keyboard"]) == 2
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.ref == world.messages("telegram")[0].ref


async def test_a_file_goes_before_a_text_that_is_too_long_for_a_caption(world: World, telegram: Telegram) -> None:
    receipt = await telegram.send(with_file(PICTURE, LONG))
    picture, text = arrived(world)
    assert picture["caption"] == SHOWS
    assert "reply_markup" not in picture
    assert text["text"].startswith("Dear Ada, the meeting moves")
    assert SHOWS in text["text"]
    assert text["reply_markup"]
    assert receipt.ref == world.messages("telegram")[1].ref


async def test_a_file_is_handed_over_once_and_then_known_by_its_number(world: World, telegram: Telegram) -> None:
    for number in range(4):
        await telegram.send(with_file(DOCUMENT, chat=str(4711 + number)))
    assert len({sent["document"]["file_id"] for sent in arrived(world)}) == 1
    assert len(world.telegram.chats.files) == 1
    await telegram.send(replace(with_file(DOCUMENT), notice="notice-2"))
    assert len(world.telegram.chats.files) == 2


async def test_many_at_once_hand_the_file_over_once(world: World, telegram: Telegram) -> None:
    import asyncio

    world.slow("telegram", 0.02)
    receipts = await asyncio.gather(*(telegram.send(with_file(PICTURE, chat=str(100 + n))) for n in range(16)))
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len(arrived(world)) == 16
    assert len(world.telegram.chats.files) == 1


async def test_a_number_that_telegram_has_forgotten_costs_one_person_the_file_and_nobody_the_words(
    world: World, telegram: Telegram
) -> None:
    await telegram.send(with_file(PICTURE))
    world.telegram.chats.files.clear()
    assert (await telegram.send(with_file(PICTURE))).outcome is Outcome.ACCEPTED
    assert (await telegram.send(with_file(PICTURE))).outcome is Outcome.ACCEPTED
    first, second, third = arrived(world)
    assert "photo" in first
    assert SHOWS in second["text"]
    assert "photo" in third


async def test_a_picture_of_a_shape_that_telegram_does_not_show_goes_as_a_document(
    world: World, telegram: Telegram
) -> None:
    torn = replace(PICTURE, data=png()[:12])  # the pretend Telegram can't find its size
    assert (await telegram.send(with_file(torn))).outcome is Outcome.ACCEPTED
    assert (await telegram.send(with_file(torn))).outcome is Outcome.ACCEPTED
    assert ["document" in sent for sent in arrived(world)] == [True, True]


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("429", Outcome.DEFERRED),
        ("blocked", Outcome.REFUSED),
        ("chat-not-found", Outcome.REFUSED),
        ("unauthorized", Outcome.BROKEN),
    ],
)
@pytest.mark.parametrize("text", [TEXT, LONG])
async def test_what_stops_the_file_stops_the_text(
    world: World, telegram: Telegram, how: str, outcome: Outcome, text: str
) -> None:
    world.fail(Fault("telegram", how))
    assert (await telegram.send(with_file(PICTURE, text))).outcome is outcome
    assert arrived(world) == []


@pytest.mark.parametrize("how", ["http-500", "reset-after"])
async def test_doubt_about_the_file_is_no_doubt_about_the_text(world: World, telegram: Telegram, how: str) -> None:
    world.fail(Fault("telegram", how))
    assert (await telegram.send(with_file(PICTURE, LONG))).outcome is Outcome.ACCEPTED
    assert [sent for sent in arrived(world) if "text" in sent]


async def test_doubt_about_a_text_that_is_the_caption_is_doubt_about_the_message(
    world: World, telegram: Telegram
) -> None:
    world.fail(Fault("telegram", "reset-after"))
    assert (await telegram.send(with_file(PICTURE))).outcome is Outcome.UNKNOWN
    assert len(arrived(world)) == 1


async def test_whoever_has_the_file_does_not_get_it_again_with_a_later_try(
    world: World, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    await telegram.send(with_file(PICTURE, LONG, chat="1"))  # Telegram has it now
    real = telegram._say
    tries: list[str] = []

    async def asked_to_wait(*arguments: Any) -> Any:
        tries.append("text")
        if len(tries) == 1:
            world.fail(Fault("telegram", "429"))
        return await real(*arguments)

    monkeypatch.setattr(telegram, "_say", asked_to_wait)
    first = await telegram.send(with_file(PICTURE, LONG, delivery="d2", attempt=1))
    second = await telegram.send(with_file(PICTURE, LONG, delivery="d2", attempt=2))
    assert (first.outcome, second.outcome) == (Outcome.DEFERRED, Outcome.ACCEPTED)
    assert ["photo" in sent for sent in arrived(world)] == [True, False, True, False]
    assert telegram._have_file == set()


async def test_a_moved_chat_gets_both(world: World, telegram: Telegram) -> None:
    world.telegram.chats.find("-4711").migrated_to = -1004711  # type: ignore[union-attr]
    receipt = await telegram.send(with_file(PICTURE, LONG, chat="-4711"))
    assert (receipt.outcome, receipt.new_address) == (Outcome.ACCEPTED, "-1004711")
    assert len(arrived(world)) == 2


async def test_a_document_that_takes_too_long_is_put_off_for_those_who_wait(world: World) -> None:
    import asyncio

    telegram = Telegram(surroundings(world), upload=0.3)
    world.slow("telegram", 0.5)
    told = await asyncio.gather(*(telegram.send(with_file(DOCUMENT, chat=str(n))) for n in (1, 2, 3, 4)))
    await world.heal()
    await telegram.close()
    assert told[0].outcome is Outcome.UNKNOWN, "it may have arrived"
    assert told[-1].outcome is Outcome.DEFERRED, "it never left"
