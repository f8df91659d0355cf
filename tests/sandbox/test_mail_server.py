from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from functools import partial

import aiosmtplib
import pytest
import trustme

from sandbox.faults import Fault
from sandbox.world import World
from tests.sandbox.outside import eventually

FROM, TO = "group@example.org", "ada@example.org"


def letter(to: str = TO, text: str = "Dear Ada,\n.tea at four\n", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"The Tuesday Group <{FROM}>"
    mail["To"] = f"Ada Löwe <{to}>"
    mail["Subject"] = "Tea — on Tuesday"
    mail["Date"] = "Tue, 24 Nov 2026 10:00:00 +0000"
    mail["Message-ID"] = "<one@example.org>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(f"<p>{text}</p>", subtype="html", cte="base64")
    return mail


def wire(mail: EmailMessage | None = None) -> bytes:
    return (mail or letter()).as_bytes(policy=WIRE)


async def conversation(world: World, raw: bytes) -> list[str]:
    """Says everything at once, with nothing mended on the way, and gives the last line of each answer."""
    reader, writer = await asyncio.open_connection(world.mail_host, world.mail_port)
    writer.write(f"EHLO me\r\nMAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\n".encode())
    writer.write(raw.replace(b"\r\n.", b"\r\n..") + b".\r\nQUIT\r\n")
    lines = (await reader.read(-1)).decode().splitlines()
    writer.close()
    await writer.wait_closed()
    return [line for line in lines if line[3:4] == " "]


@pytest.fixture
async def client(world: World) -> AsyncIterator[aiosmtplib.SMTP]:
    smtp = aiosmtplib.SMTP(hostname=world.mail_host, port=world.mail_port, start_tls=False, timeout=5)
    await smtp.connect()
    yield smtp
    smtp.close()


async def test_a_sound_mail_arrives_with_all_that_it_said(world: World, client: aiosmtplib.SMTP) -> None:
    mail = letter(X_Ringround_Delivery="d-7", X_Ringround_Attempt="2")
    await client.sendmail("bounce@example.org", TO, wire(mail))
    (arrival,) = world.messages("email", to=TO)
    assert (arrival.to, arrival.sender, arrival.name) == (TO, FROM, "Ada Löwe")
    assert arrival.text == "Dear Ada,\n.tea at four\n"
    assert arrival.subject == "Tea — on Tuesday"
    assert (arrival.ref, arrival.delivery, arrival.attempt) == ("<one@example.org>", "d-7", "2")
    assert arrival.raw == wire(mail)
    assert arrival.extra["envelope_from"] == "bounce@example.org"


async def test_one_connection_carries_many_mails(world: World, client: aiosmtplib.SMTP) -> None:
    for _ in range(5):
        await client.sendmail(FROM, TO, wire())
    await client.quit()
    assert len(await world.arrived(5)) == 5


async def test_ehlo_names_what_the_server_can(client: aiosmtplib.SMTP) -> None:
    await client.ehlo()
    names = ("size", "8bitmime", "pipelining", "enhancedstatuscodes")
    assert all(client.supports_extension(name) for name in names)
    assert not client.supports_extension("auth")


BROKEN = {
    "bare CR or LF": wire().replace(b"Dear Ada,=0A", b"Dear\nAda").replace(b"Dear Ada,\r\n", b"Dear\nAda,\r\n"),
    "longer than 998": wire(letter()).replace(b"Subject: ", b"X-Long: " + b"a" * 1000 + b"\r\nSubject: "),
    "exactly one Date": wire().replace(b"Date: ", b"X-Date: "),
    "exactly one Message-Id header": wire().replace(b"Message-ID: ", b"X-Id: "),
    "exactly one From": wire().replace(b"Subject: ", b"From: b@example.org\r\nSubject: "),
    "exactly one To": wire().replace(b"To: ", b"X-To: "),
    "at most one Subject": wire().replace(b"Subject: ", b"Subject: a\r\nSubject: "),
    "not named in To or Cc": wire(letter("someone@else.org")),
    "outside ASCII": wire().replace(b"Subject: ", "X-Name: Ada Löwe\r\nSubject: ".encode()),
    "8-bit content without BODY=8BITMIME": wire().replace(b"Dear Ada", "Dear Adä".encode()),
    "'Name: value'": wire().replace(b"Subject: ", b"no colon here\r\nSubject: "),
    "Date is not a date": wire().replace(b"Tue, 24 Nov 2026", b"Some day"),
    "<left@right>": wire().replace(b"<one@example.org>", b"one"),
    "RFC 8058 3.1": wire(letter(List_Unsubscribe_Post="List-Unsubscribe=One-Click")),
    "without an https address": wire(
        letter(List_Unsubscribe_Post="List-Unsubscribe=One-Click", List_Unsubscribe="<mailto:stop@example.org>")
    ),
    "MIME-Version": wire().replace(b"MIME-Version", b"X-Mime"),
    "broken MIME structure": wire().replace(b'boundary="', b'boundary="not'),
    "malformed Content-Type": wire().replace(b"text/plain;", b"text;"),
}


@pytest.mark.parametrize(("rule", "raw"), BROKEN.items(), ids=BROKEN)
async def test_a_broken_rule_is_refused_by_name(world: World, rule: str, raw: bytes) -> None:
    *_, answer, bye = await conversation(world, raw)
    assert answer.startswith("554 5.6.0"), answer
    assert rule in answer
    assert rule in world.violations[0].reason
    assert world.messages() == []
    assert bye.startswith("221")


async def test_without_strict_the_structure_is_not_parsed() -> None:
    async with World(strict=False) as world:
        client = aiosmtplib.SMTP(hostname=world.mail_host, port=world.mail_port, start_tls=False)
        async with client:
            await client.sendmail(FROM, TO, BROKEN["malformed Content-Type"])
            with pytest.raises(aiosmtplib.SMTPDataError):
                await client.sendmail(FROM, TO, BROKEN["exactly one Date"])
        assert world.record.total == 1


async def test_a_login_is_asked_for_where_a_password_is_set() -> None:
    async with World(mail_user="ada", mail_password="tea") as world:
        send = partial(aiosmtplib.send, letter(), hostname=world.mail_host, port=world.mail_port, start_tls=False)
        with pytest.raises(aiosmtplib.SMTPSenderRefused, match="Authentication required"):
            await send()
        with pytest.raises(aiosmtplib.SMTPAuthenticationError) as wrong:
            await send(username="ada", password="coffee")
        assert wrong.value.code == 535
        await send(username="ada", password="tea")
        client = aiosmtplib.SMTP(hostname=world.mail_host, port=world.mail_port, start_tls=False)
        async with client:
            await client.ehlo()
            await client.auth_login("ada", "tea")
            await client.send_message(letter())
        assert world.record.total == 2
        assert world.settings()["RINGROUND_EMAIL__PASSWORD"] == "tea"


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_tls_works_in_both_ways(mode: str) -> None:
    authority = trustme.CA()
    server, trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(trusted)
    async with World(mail_tls=mode, mail_context=server) as world:
        send = partial(aiosmtplib.send, letter(), hostname=world.mail_host, port=world.mail_port, tls_context=trusted)
        await send(use_tls=mode == "tls", start_tls=mode == "starttls")
        if mode == "starttls":
            with pytest.raises(aiosmtplib.SMTPSenderRefused, match="STARTTLS"):
                await send(start_tls=False)
        assert world.record.total == 1


REPLIES = {
    "mail-451": (aiosmtplib.SMTPSenderRefused, 451),
    "mail 421 4.7.0 Too many": (aiosmtplib.SMTPSenderRefused, 421),
    "rcpt-450": (aiosmtplib.SMTPRecipientsRefused, 450),
    "rcpt-550": (aiosmtplib.SMTPRecipientsRefused, 550),
    "rcpt-552": (aiosmtplib.SMTPRecipientsRefused, 552),
    "greylist": (aiosmtplib.SMTPRecipientsRefused, 450),
    "rcpt 553 5.1.10 No such domain": (aiosmtplib.SMTPRecipientsRefused, 553),
    "data 451 4.3.2 Not now": (aiosmtplib.SMTPDataError, 451),
    "dot-554": (aiosmtplib.SMTPDataError, 554),
    "dot 452 4.3.1 Disk full": (aiosmtplib.SMTPDataError, 452),
}


@pytest.mark.parametrize(("how", "expected"), REPLIES.items(), ids=REPLIES)
async def test_a_reply_fails_once_and_then_the_mail_goes_through(
    world: World, client: aiosmtplib.SMTP, how: str, expected: tuple[type[aiosmtplib.SMTPException], int]
) -> None:
    fault = world.fail(Fault("email", how))
    kind, code = expected
    with pytest.raises(kind) as raised:
        await client.sendmail(FROM, TO, wire())
    error: object = raised.value
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    assert isinstance(error, aiosmtplib.SMTPResponseException)
    assert error.code == code
    assert fault.hits == 1
    assert world.messages() == []
    if not client.is_connected:
        await client.connect()
    await client.sendmail(FROM, TO, wire())
    assert world.record.total == 1


async def test_the_greeting_can_be_421(world: World) -> None:
    world.fail(Fault("email", "connect-421"))
    with pytest.raises(aiosmtplib.SMTPConnectResponseError) as raised:
        await aiosmtplib.send(letter(), hostname=world.mail_host, port=world.mail_port, start_tls=False)
    assert raised.value.code == 421


async def test_a_login_can_fail(world: World, client: aiosmtplib.SMTP) -> None:
    world.mail.user, world.mail.password = "ada", "tea"
    world.fail(Fault("email", "auth-535", times=None))
    with pytest.raises(aiosmtplib.SMTPAuthenticationError) as raised:
        await client.login("ada", "tea")
    assert raised.value.code == 535


@pytest.mark.parametrize(("how", "kept"), [("drop-before-354", 0), ("drop-after-dot", 1), ("drop-after-dot-lost", 0)])
async def test_a_dropped_connection_keeps_or_loses_the_mail(
    world: World, client: aiosmtplib.SMTP, how: str, kept: int
) -> None:
    world.fail(Fault("email", how))
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.sendmail(FROM, TO, wire())
    assert world.record.total == kept
    assert world.in_flight == 0


@pytest.mark.parametrize(("how", "kept"), [("hang-before-354", 0), ("hang-after-dot", 1), ("hang-after-dot-lost", 0)])
async def test_a_hang_keeps_or_loses_the_mail_and_ends_with_heal(
    world: World, client: aiosmtplib.SMTP, how: str, kept: int
) -> None:
    world.fail(Fault("email", how))
    sending = asyncio.create_task(client.sendmail(FROM, TO, wire()))
    await eventually(lambda: world.in_flight == 1 and world.record.total == kept and not world.faults.waiting())
    await world.heal()
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await sending
    assert (world.record.total, world.in_flight) == (kept, 0)


async def test_a_hang_with_an_end_answers_late(world: World, client: aiosmtplib.SMTP) -> None:
    world.fail(Fault("email", "hang-after-dot", seconds=0.02))
    await client.sendmail(FROM, TO, wire())
    assert world.record.total == 1


async def test_a_drop_at_quit_comes_after_the_success(world: World, client: aiosmtplib.SMTP) -> None:
    world.fail(Fault("email", "drop-at-quit"))
    await client.sendmail(FROM, TO, wire())
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.quit()
    assert world.record.total == 1


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(world: World, client: aiosmtplib.SMTP) -> None:
    await client.mail(FROM)
    await client.rcpt(TO)
    await client.execute_command(b"DATA")
    assert world.in_flight == 1
    client.close()
    await eventually(lambda: world.in_flight == 0)
    assert world.record.total == 0


async def test_a_relay_that_is_down_refuses_and_comes_back_on_its_port(world: World, client: aiosmtplib.SMTP) -> None:
    port = world.mail_port
    await world.down("email")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await client.sendmail(FROM, TO, wire())
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await aiosmtplib.send(letter(), hostname=world.mail_host, port=port, start_tls=False)
    await world.up("email")
    await aiosmtplib.send(letter(), hostname=world.mail_host, port=port, start_tls=False)
    assert world.record.total == 1


async def test_pipelined_commands_are_answered_in_order(world: World) -> None:
    answers = await conversation(world, wire())
    assert [answer[:3] for answer in answers] == ["220", "250", "250", "250", "354", "250", "221"]
    assert world.record.total == 1


async def test_a_mail_that_is_too_big_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.mail_conversation.SIZE_LIMIT", 5_000)
    answers = await conversation(world, wire(letter(text="A line.\n" * 2_000)))
    assert answers[-1].startswith("552")
    assert world.record.total == 0


async def test_the_world_ends_while_a_client_is_still_connected() -> None:
    async with World(fsync=False) as world:
        _, writer = await asyncio.open_connection(world.mail_host, world.mail_port)
        await eventually(lambda: len(world.mail.conversations) == 1)
    assert world.mail.conversations == set()
    writer.close()
