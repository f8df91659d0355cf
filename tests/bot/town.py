"""A town whose people have Telegram: the real service with the chat door open, over HTTP, by polling."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from actions import joining, staff
from actions.desk import Desk
from actions.joining import JoinLink
from actions.leaving import Surroundings
from bot.application import ChatDoor
from channels.telegram import Telegram
from cli import service
from config.settings import load
from core.people import Role
from core.roles import TERMINAL, Actor
from sandbox.world import World
from scheduler.dispatch import Dispatcher
from store import notices
from store.database import Database
from store.tables import Person, Route
from tests.journeys.clock import MovedClock
from tests.journeys.town import london
from tests.store.people import add_person

PATIENCE = 20.0
"""Seconds until a test gives up: long, because a busy machine is no fault."""


@dataclass(frozen=True)
class Shown:
    """One message of the bot's as it stands in a chat now."""

    id: int
    text: str
    buttons: list[str]
    data: list[str]
    file: bytes | None = None


class ChatTown:
    """The service with its chat door. Chats are numbers; `open` starts it, `close` stops it, as often as one likes."""

    each: float | None = None
    """Seconds between messages to one chat: none, because people in tests write faster than one can read."""

    def __init__(self, world: World, folder: Path, start: datetime, **settings: str) -> None:
        around = {
            "RINGROUND_DATA_DIR": str(folder),
            "RINGROUND_LIVE": "true",
            "RINGROUND_SMS__RATE": "100",
            "RINGROUND_TELEGRAM__RATE": "30",
            "RINGROUND_QUIET__START": "00:00",
            "RINGROUND_QUIET__END": "00:00",
            "RINGROUND_GROUP__NAME": "Planning group",
            "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
            "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
        }
        self.world = world
        self.clock = MovedClock(start)
        self.house = service.build(load({**world.settings(), **around, **settings}, folder), self.clock)
        self._chats = count(501)
        self._stack: AsyncExitStack | None = None
        self.dispatcher: Dispatcher | None = None
        self._door: ChatDoor | None = None

    @property
    def database(self) -> Database:
        return self.house.database

    @property
    def around(self) -> Surroundings:
        return service.surroundings(self.house)

    @property
    def desk(self) -> Desk:
        return service.desk_of(self.house)

    @property
    def door(self) -> ChatDoor:
        assert self._door is not None, "the service is off"
        return self._door

    # Who is there

    def person(self, name: str, *channels: str, role: Role | None = None, chat: int | None = None, **more: Any) -> int:
        """Puts somebody on file and into the pretend world; with "telegram" among `channels`, returns their chat.

        Addresses are made up, or given: email="ann@example.org". `chat` is their chat's number where it matters.
        """
        addresses: dict[str, str] = {name_: more.pop(name_) for name_ in ("email", "sms", "phone") if name_ in more}
        if "telegram" in channels or chat:
            chat = chat or next(self._chats)
            addresses["telegram"] = str(chat)
            self.world.started_chat(chat, name)
        order = dict.fromkeys([*channels, *addresses])
        with self.database.writing() as session:
            add_person(session, name, *order, staff=role, addresses=addresses, **more)
        return chat or 0

    def staff(self, name: str, role: Role = Role.COORDINATOR, **more: Any) -> int:
        """Puts a member of staff on file who has a chat, and returns it."""
        return self.person(name, "telegram", role=role, **more)

    def stranger(self, name: str) -> int:
        """Lets somebody into the pretend world who is not on file, and returns their chat."""
        chat = next(self._chats)
        self.world.started_chat(chat, name)
        return chat

    def actor(self, name: str) -> Actor:
        """Who somebody is as staff."""
        with self.database.reading() as session:
            found = next(one for one in staff.listing(session, TERMINAL) if one.name == name)
        return Actor(found.id, Role(found.role))

    def uid(self, name: str) -> str:
        """Somebody's outside id."""
        with self.database.reading() as session:
            return session.exec(select(Person.uid).where(Person.name == name)).one()

    def invite(self, name: str, *, staff: bool = False) -> JoinLink:
        """Makes somebody's link into the chat."""
        make = joining.staff_link if staff else joining.make_link
        with self.database.writing() as session:
            return make(session, TERMINAL, self.uid(name), self.around)

    async def starts(self, chat: int, link: JoinLink) -> str:
        """Opens a link into the chat and presses Start."""
        return await self.says(chat, f"/start {link.url.partition('start=')[2]}")

    def routes(self, name: str) -> list[str]:
        """Somebody's channels in their own order, with the state of each that is not in use."""
        with self.database.reading() as session:
            found = session.exec(
                select(Route).join(Person).where(Person.name == name).order_by(col(Route.position), col(Route.id))
            )
            return [one.channel if one.state == "active" else f"{one.channel} {one.state}" for one in found]

    # What they do

    async def says(self, chat: int, text: str, by: int | None = None) -> str:
        """Writes to the bot, waits until that was dealt with, and returns all that came back, line after line."""
        return await self._answers(chat, lambda: self.world.telegram_people.writes(chat, text, by))

    async def presses(self, chat: int, button: str, by: int | None = None, *, message: int | None = None) -> str:
        """Presses a button (by label or data) below the last message that has it; returns what came back or changed."""
        if message is None:
            having = [one for one in self.shown(chat) if button in one.buttons + one.data]
            assert having, f"no button {button!r}; the last message is {self.last(chat)}"
            message = having[-1].id
        return await self._answers(chat, lambda: self.world.telegram_people.presses(chat, message, button, by))

    async def presses_late(self, chat: int, data: str, message: int) -> str:
        """Presses a button that was there when somebody else's screen last showed the message."""
        old = self.world.telegram.chats.message(chat, message)
        assert old is not None
        button = {"text": "an old button", "callback_data": data}
        return await self._answers(chat, lambda: self.world.telegram_people._press(old, button, chat))

    async def edits(self, chat: int, message: int, text: str) -> str:
        """Changes a message that the person wrote before."""
        return await self._answers(chat, lambda: self.world.telegram_people.edits(chat, message, text))

    async def sends(self, chat: int, name: str, data: bytes, mime: str, caption: str = "") -> str:
        """Sends a file to the bot."""
        return await self._answers(chat, lambda: self.world.telegram_people.sends_file(chat, name, data, mime, caption))

    async def _answers(self, chat: int, do: Any) -> str:
        before = {one.id: one for one in self.shown(chat)}
        do()
        await self.dealt_with()
        return "\n".join(one.text for one in self.shown(chat) if before.get(one.id) != one)

    async def dealt_with(self) -> None:
        """Waits until the bot has dealt with all updates, which it confirms only then."""
        await self.until(lambda: not len(self.world.telegram.updates))
        await asyncio.sleep(0)

    async def until(self, there: Any) -> None:
        """Waits until something is true."""
        end = time.monotonic() + PATIENCE
        while not there():
            assert time.monotonic() < end, "waited in vain"
            await asyncio.sleep(0.005)

    async def calm(self) -> None:
        """Waits until nothing that is due remains to be sent."""
        assert self.dispatcher is not None, "the service is off"
        await self.dispatcher.round()
        self.dispatcher.wake()

        def busy() -> bool:
            with self.database.reading() as session:
                if notices.spreading(session):
                    return True
                connection = session.connection()
                at = self.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")
                due = "SELECT count(*) FROM delivery WHERE state = 'sending' OR (state = 'queued' AND not_before <= ?)"
                return bool(connection.exec_driver_sql(due, (at,)).scalar())

        await self.until(lambda: not busy() and not self.world.in_flight)

    # What they see

    def shown(self, chat: int) -> list[Shown]:
        """The bot's messages in a chat as they stand now, oldest first."""
        found = []
        for arrival in self.world.messages("telegram", to=chat):
            number = arrival.extra["message_id"]
            if (message := self.world.telegram.chats.message(chat, number)) is None:
                continue
            said = message.json
            buttons = message.buttons
            file_id = (said.get("document") or (said.get("photo") or [{}])[-1]).get("file_id")
            file = self.world.telegram.chats.files[file_id].data if file_id else None
            labels = [button["text"] for button in buttons]
            data = [button.get("callback_data", button.get("url", "")) for button in buttons]
            found.append(Shown(number, said.get("text", said.get("caption", "")), labels, data, file))
        return found

    def last(self, chat: int) -> Shown:
        """The bot's last message in a chat, as it stands now."""
        shown = self.shown(chat)
        assert shown, "the bot has said nothing in this chat"
        return shown[-1]

    async def next(self, chat: int, n: int) -> Shown:
        """Waits until the bot has sent `n` messages in all to a chat, and returns the n-th."""
        await self.until(lambda: len(self.shown(chat)) >= n)
        return self.shown(chat)[n - 1]

    def menu(self, chat: int | None = None) -> list[str]:
        """The commands that Telegram completes in a chat, or in every private chat."""
        scope = {"type": "chat", "chat_id": chat} if chat else {"type": "all_private_chats"}
        key = json.dumps([scope, ""], sort_keys=True)
        return [one["command"] for one in self.world.telegram.commands.get(key, [])]

    # The service

    async def open(self) -> None:
        """Starts the dispatcher and the chat door."""
        self._stack = AsyncExitStack()
        channel = self.house.channels["telegram"]
        assert isinstance(channel, Telegram)
        channel.limits = replace(channel.limits, each=self.each)
        self.dispatcher = await self._stack.enter_async_context(service.dispatching(self.house))
        self._door = ChatDoor(self.desk, channel, self.dispatcher.pacers["telegram"])
        await self._stack.enter_async_context(self._door)
        await self.until(lambda: self.door.ready)

    async def close(self) -> None:
        """Stops both, as the service does."""
        if self._stack is not None:
            await self._stack.aclose()
        self._stack = self._door = self.dispatcher = None

    async def restart(self) -> None:
        """Stops and starts the service."""
        await self.close()
        await self.open()


@asynccontextmanager
async def chat_town(folder: Path, start: str = "2026-03-02 10:00", **settings: str) -> AsyncIterator[ChatTown]:
    """A town with nobody in it and the service running, at a moment of London's clocks (a Monday morning)."""
    async with World(fsync=False) as world:
        town = ChatTown(world, folder, london(start), **settings)
        try:
            await town.open()
            yield town
        finally:
            await town.close()
            town.house.close()
