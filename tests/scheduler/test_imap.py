"""The group's mailbox on a real IMAP server, and on servers that behave badly."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import trustme

from config.settings import MailboxSettings
from core.errors import ConfigError, OperatorError
from scheduler.imap import Imap
from scheduler.mailbox import LARGEST
from store.bookmarks import bookmarks
from store.database import Database
from tests.scheduler.dovecot import PASSWORD, Dovecot, running
from tests.scheduler.letters import ann, heard, letter, mailbox, until
from tests.store.people import NOON


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with running() as one:
        yield one


@pytest.fixture
def dovecot(server: Dovecot) -> Dovecot:
    server.empty()
    return server


def trusting(server: Dovecot) -> ssl.SSLContext:
    context = ssl.create_default_context()
    server.authority.configure_trust(context)
    return context


@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_letters_are_read_and_stay_unread(dovecot: Dovecot, database: Database, tls: str) -> None:
    ann(database)
    box = Imap(dovecot.settings(tls), trusting(dovecot))
    await box.check()
    dovecot.deliver(letter("From before"))
    assert await mailbox(box, database).look() == 0
    for number in range(3):
        dovecot.deliver(letter(f"Letter {number}: é"))
    assert await mailbox(box, database).look() == 3
    assert await mailbox(Imap(dovecot.settings(tls), trusting(dovecot)), database).look() == 0
    assert heard(database) == ["Letter 0: é", "Letter 1: é", "Letter 2: é"]
    with dovecot.logged_in() as client:
        assert client.search(None, "UNSEEN")[1][0].split() == [b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_server_that_can_not_prove_who_it_is_hears_no_password(dovecot: Dovecot, tls: str) -> None:
    stranger = ssl.create_default_context()
    trustme.CA().configure_trust(stranger)
    with pytest.raises(ConfigError, match="RINGROUND_MAILBOX__HOST"):
        await Imap(dovecot.settings(tls), stranger).check()


@pytest.mark.parametrize(
    ("changed", "mend"),
    [
        ({"password": "wrong"}, "__PASSWORD"),
        ({"password": "falsch-ä"}, "__PASSWORD"),
        ({"username": 'no"body'}, "__USERNAME"),
        ({"folder": "Nowhere"}, "__FOLDER"),
        ({"folder": 'No "where" \\'}, "__FOLDER"),
        ({"folder": "Entwürfe"}, "__FOLDER"),
        ({"tls": "tls"}, "__TLS"),
        ({"port": 1}, "__PORT"),
        ({"host": "nowhere.invalid"}, "__HOST"),
    ],
)
async def test_what_is_set_wrongly_is_named(
    dovecot: Dovecot, database: Database, changed: dict[str, object], mend: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = dovecot.settings().model_dump() | {"password": PASSWORD} | changed
    box = Imap(MailboxSettings.model_validate(settings))
    with pytest.raises(ConfigError, match=mend) as said:
        await box.check()
    assert PASSWORD not in str(said.value) + caplog.text
    with pytest.raises(OperatorError):
        await mailbox(box, database).look()


async def test_a_folder_other_than_the_inbox(dovecot: Dovecot, database: Database) -> None:
    ann(database)
    with dovecot.logged_in() as client:
        client.create('"Group answers"')
    box = Imap(dovecot.settings(folder="Group answers"))
    await mailbox(box, database).look()
    dovecot.deliver(letter("Elsewhere"))
    dovecot.deliver(letter("Here"), '"Group answers"')
    assert await mailbox(box, database).look() == 1
    assert heard(database) == ["Here"]


def anew(dovecot: Dovecot, *letters: tuple[bytes, datetime]) -> None:
    """Makes a folder once more, with other numbers for its letters (another UIDVALIDITY)."""
    with dovecot.logged_in() as client:
        client.delete("Anew")
        client.create("Anew")
    for data, at in letters:
        dovecot.deliver(data, "Anew", at)


async def test_a_folder_that_is_numbered_anew_is_read_from_the_last_letter_on(
    dovecot: Dovecot, database: Database
) -> None:
    ann(database)
    box = Imap(dovecot.settings(folder="Anew"))
    hour = timedelta(hours=1)
    old, before, first = (letter("Old"), NOON - 99 * hour), (letter("Before"), NOON - hour), (letter("First"), NOON)
    anew(dovecot, old, before)
    assert await mailbox(box, database).look() == 0
    dovecot.deliver(first[0], "Anew", first[1])
    assert await mailbox(box, database).look() == 1
    between = [(letter(f"Between {number}"), NOON + number * hour) for number in (1, 0, 30)]
    back = (letter("Put back", Date="Mon, 2 Feb 2026 12:00:00 +0000"), NOON + hour)  # its old time is lost
    anew(dovecot, *between, first, before, back, old)
    letters = box.letters(await database.read(bookmarks, f"mailbox:{box.name}//"))
    assert [one.marks for one in [await anext(letters), await anext(letters)]] == [{}, {}], "a crash begins anew"
    await letters.aclose()
    await mailbox(box, database).look()
    assert heard(database) == ["First", "Between 1", "Between 0", "Between 30"]
    dovecot.deliver(letter("After"), "Anew", NOON + 31 * hour)
    assert await mailbox(box, database).look() == 1
    assert heard(database)[-1] == "After"


async def test_a_folder_that_was_empty_and_is_numbered_anew_begins_at_its_end(
    dovecot: Dovecot, database: Database
) -> None:
    ann(database)
    box = Imap(dovecot.settings(folder="Anew"))
    anew(dovecot)
    await mailbox(box, database).look()
    anew(dovecot, (letter("From where nobody knows"), NOON))
    assert await mailbox(box, database).look() == 0
    dovecot.deliver(letter("After"), "Anew")
    assert await mailbox(box, database).look() == 1
    assert heard(database) == ["After"]


async def test_a_letter_that_goes_while_we_look_is_no_trouble(dovecot: Dovecot, database: Database) -> None:
    ann(database)
    box = Imap(dovecot.settings())
    await mailbox(box, database).look()
    dovecot.deliver(letter("One"))
    dovecot.deliver(letter("Two"))
    letters = box.letters({"read": await position(box)})
    assert (await anext(letters)).data
    dovecot.empty()
    assert [one.data async for one in letters] == [b""]
    dovecot.deliver(letter("Three"))
    await mailbox(box, database).look()
    assert heard(database) == ["Three"]


async def position(box: Imap) -> str:
    async for first in box.letters({}):
        validity, _, _ = first.marks["read"].partition(":")
    return f"{validity}:0"


async def test_a_big_letter_is_cut(dovecot: Dovecot) -> None:
    box = Imap(dovecot.settings())
    dovecot.deliver(letter("Big") + b"0123456789abcde\r\n" * (LARGEST // 15))
    (one,) = [one async for one in box.letters({"read": await position(box)})]
    assert len(one.data) == LARGEST


async def test_a_connection_that_dies_in_the_middle_is_made_anew(dovecot: Dovecot, database: Database) -> None:
    ann(database)
    through = Wire(dovecot.plain)
    async with through.open() as port:
        box = Imap(dovecot.settings(port=port))
        await mailbox(box, database).look()
        for number in range(3):
            dovecot.deliver(letter(f"Letter {number}"))
        through.left = 1500  # bytes of the server: enough for the log-in and a part of the letters
        with pytest.raises(OperatorError):
            await mailbox(box, database).look()
        assert len(heard(database)) < 3
        through.left = -1
        await mailbox(box, database).look()
    assert heard(database) == ["Letter 0", "Letter 1", "Letter 2"]


@pytest.mark.parametrize("after", [0, 1, 60, 300, 500])
async def test_a_server_that_goes_silent_is_left_in_time(dovecot: Dovecot, after: int) -> None:
    through = Wire(dovecot.plain, silently=True)
    dovecot.deliver(letter("Letter"))
    async with through.open() as port:
        box = Imap(dovecot.settings(port=port), patience=0.3)
        through.left = after
        began = time.monotonic()
        with pytest.raises(OperatorError, match="does not answer"):
            await anext(box.letters({"read": "1:0"}))
        assert time.monotonic() - began < 10
    await until(lambda: not [one for one in threading.enumerate() if one.name == "imap"])


async def test_a_stop_does_not_wait_for_a_silent_server(dovecot: Dovecot, database: Database) -> None:
    through = Wire(dovecot.plain, silently=True)
    async with through.open() as port:
        through.left = 300
        looking = asyncio.create_task(mailbox(Imap(dovecot.settings(port=port)), database).run())
        await until(lambda: through.left == 0)
        began = time.monotonic()
        looking.cancel()
        await asyncio.wait([looking])
        assert time.monotonic() - began < 2


class Wire:
    """A wire to the server that is cut, or goes silent, after so many bytes of the server's (-1: never)."""

    def __init__(self, port: int, *, silently: bool = False) -> None:
        self._port, self._silently = port, silently
        self.left = -1

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        door = await asyncio.start_server(self._joined, "127.0.0.1", 0)
        try:
            yield door.sockets[0].getsockname()[1]
        finally:
            door.close()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, out = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await asyncio.gather(self._carried(reader, out, False), self._carried(back, writer, True))
        finally:
            out.close()
            writer.close()

    async def _carried(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: bool) -> None:
        while data := await reader.read(100):
            if counted and self.left >= 0:
                data, self.left = data[: self.left], max(0, self.left - len(data))
            writer.write(data)
            await writer.drain()
            if counted and self.left == 0 and not self._silently:
                break
        writer.close()
