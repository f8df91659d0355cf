"""The dialogue with servers that are slower, plainer or stranger than most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from channels.mail import Mail
from core.receipts import Outcome, Receipt
from tests.channels.surroundings import make_world, message, surroundings

EHLO = b"250 plain.example\r\n"
PIPELINING = b"250-piped.example\r\n250 PIPELINING\r\n"
GOOD = {b"MAIL": b"250 OK\r\n", b"RCPT": b"250 OK\r\n", b"DATA": b"354 Go on\r\n", b".": b"250 Taken\r\n"}
GOOD |= {b"RSET": b"250 OK\r\n", b"QUIT": b"221 Bye\r\n"}


class Server:
    def __init__(self, ehlo: bytes, answers: dict[bytes, bytes]) -> None:
        self.answers = {b"EHLO": ehlo} | GOOD | answers
        self.commands: list[bytes] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.tasks: list[asyncio.Task[None]] = []

    def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.tasks.append(asyncio.create_task(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            word = line.split()[0].upper()
            self.commands.append(word)
            answer = self.answers[word]
            writer.write(answer)
            if word == b"DATA" and answer.startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
                self.commands.append(b".")
                writer.write(self.answers[b"."])


@asynccontextmanager
async def serving(ehlo: bytes = EHLO, answers: dict[bytes, bytes] | None = None) -> AsyncIterator[tuple[Server, Mail]]:
    talker = Server(ehlo, answers or {})
    server = await asyncio.start_server(talker.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with make_world() as world:
        part = {"port": port, "username": "", "password": ""}
        mail = Mail(surroundings(world, {"email": part}), patience=20, data_patience=20)
        try:
            yield talker, mail
        finally:
            await mail.close()
            server.close()
            for task in talker.tasks:
                task.cancel()
            await asyncio.gather(*talker.tasks, return_exceptions=True)
            for writer in talker.writers:
                writer.close()
                await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def sent(mail: Mail) -> Receipt:
    return await mail.send(message("ada@example.org"))


DIALECTS = pytest.mark.parametrize("ehlo", [EHLO, PIPELINING], ids=["one by one", "together"])


@DIALECTS
async def test_both_dialects_send_one_message_after_the_other(ehlo: bytes) -> None:
    async with serving(ehlo) as (server, mail):
        for _ in range(3):
            assert (await sent(mail)).outcome is Outcome.ACCEPTED
        assert server.commands == [b"EHLO", *[b"MAIL", b"RCPT", b"DATA", b"."] * 3]


@DIALECTS
async def test_after_a_refused_recipient_the_connection_goes_on(ehlo: bytes) -> None:
    async with serving(ehlo, {b"RCPT": b"550 5.1.1 No\r\n", b"DATA": b"503 5.5.1 No recipient\r\n"}) as (server, mail):
        assert (await sent(mail)).dead
        del server.answers[b"RCPT"], server.answers[b"DATA"]
        server.answers |= GOOD
        assert (await sent(mail)).outcome is Outcome.ACCEPTED
        assert server.commands.count(b"EHLO") == 1
        assert b"RSET" in server.commands


async def test_one_by_one_nothing_follows_a_refusal() -> None:
    async with serving(EHLO, {b"MAIL": b"451 Later\r\n"}) as (server, mail):
        assert (await sent(mail)).outcome is Outcome.DEFERRED
        assert server.commands == [b"EHLO", b"MAIL"]


async def test_a_server_that_wants_the_content_of_what_it_refused_gets_nothing() -> None:
    async with serving(PIPELINING, {b"RCPT": b"550 5.1.1 No\r\n"}) as (server, mail):
        assert (await sent(mail)).dead
        server.answers |= GOOD
        assert (await sent(mail)).outcome is Outcome.ACCEPTED
        assert server.commands.count(b"EHLO") == 2
        assert server.commands.count(b".") == 1


@DIALECTS
async def test_answers_of_several_lines_are_one_answer(ehlo: bytes) -> None:
    many = b"250-2.1.0 first\r\n250-2.1.0 second\r\n250 2.1.0 third\r\n"
    async with serving(ehlo, {b"MAIL": many, b"RCPT": many, b".": many}) as (_, mail):
        assert (await sent(mail)).status == "250 2.1.0"


@DIALECTS
@pytest.mark.parametrize("nonsense", [b"what?\r\n", b"99\r\n", b"999 no\r\n", b"\xff\xfe\r\n", b"354 again\r\n"])
async def test_nonsense_after_the_content_is_unknown(ehlo: bytes, nonsense: bytes) -> None:
    async with serving(ehlo, {b".": nonsense}) as (server, mail):
        assert (await sent(mail)).outcome is Outcome.UNKNOWN
        server.answers |= GOOD
        assert (await sent(mail)).outcome is Outcome.ACCEPTED
        assert server.commands.count(b"EHLO") == 2


@DIALECTS
@pytest.mark.parametrize("word", [b"MAIL", b"RCPT", b"DATA"])
@pytest.mark.parametrize("nonsense", [b"what?\r\n", b"\r\n", b"999 no\r\n"])
async def test_nonsense_before_the_content_is_deferred(ehlo: bytes, word: bytes, nonsense: bytes) -> None:
    async with serving(ehlo, {word: nonsense}) as (server, mail):
        assert (await sent(mail)).outcome is Outcome.DEFERRED
        server.answers |= GOOD
        assert (await sent(mail)).outcome is Outcome.ACCEPTED


async def test_a_server_that_never_ends_its_line_is_left() -> None:
    async with serving(PIPELINING, {b".": b"2" * 100_000}) as (_, mail):
        assert (await sent(mail)).outcome is Outcome.UNKNOWN


async def test_a_server_that_says_goodbye_unasked_is_left_in_time() -> None:
    async with serving(PIPELINING) as (server, mail):
        await sent(mail)
        server.writers[0].write(b"421 4.4.2 Idle for too long\r\n")
        await asyncio.sleep(0.05)
        assert (await sent(mail)).outcome is Outcome.ACCEPTED
        assert server.commands.count(b"EHLO") == 2


async def test_a_server_without_ehlo_is_greeted_the_old_way() -> None:
    async with serving(b"502 What is that\r\n", {b"HELO": b"250 Hello\r\n"}) as (server, mail):
        assert (await sent(mail)).outcome is Outcome.ACCEPTED
        assert server.commands[:2] == [b"EHLO", b"HELO"]
