"""What an e-mail looks like as it arrives, and how the connections are used."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme

from channels.base import Channel
from channels.mail import Mail
from core.errors import ConfigError
from core.links import Links, Purpose
from core.receipts import Outcome
from sandbox.faults import Fault
from sandbox.world import World
from tests.channels.surroundings import DELIVERY, PASSWORD, WORDS, make_world, message, surroundings


@pytest.fixture
async def mail(world: World) -> AsyncIterator[Mail]:
    mail = Mail(surroundings(world))
    yield mail
    await mail.close()


async def arrived(world: World, changes: dict[str, Any] | None = None, **how: Any) -> EmailMessage:
    mail = Mail(surroundings(world, changes))
    receipt = await mail.send(message("ada@example.org", **how))
    await mail.close()
    assert receipt.outcome is Outcome.ACCEPTED
    raw = world.messages("email")[-1].raw
    assert raw is not None
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


async def test_the_headers_say_who_writes_to_whom_and_that_a_machine_does(world: World) -> None:
    mail = await arrived(world, {"group": {"reply_to": "jo@example.org"}}, attempt=2)
    assert mail["From"] == "Riverside Voices <group@sandbox.example.org>"
    assert mail["Reply-To"] == "Riverside Voices <jo@example.org>"
    assert mail["To"] == "Ada Lovelace <ada@example.org>"
    assert mail["Subject"] == "The meeting moves"
    assert mail["Message-ID"] == f"<{DELIVERY}@sandbox.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Ringround-Delivery"] == DELIVERY
    assert mail["X-Ringround-Attempt"] == "2"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 0
    assert world.messages("email")[0].extra["envelope_from"] == "group@sandbox.example.org"


async def test_a_plain_and_an_html_part_say_the_same(world: World) -> None:
    mail = await arrived(world)
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    for part in (plain, html):
        assert f"Dear Ada, {WORDS}" in part.get_content()


async def test_there_is_nowhere_to_reply_where_nobody_reads(world: World) -> None:
    assert (await arrived(world))["Reply-To"] is None


async def test_unsubscribing_needs_a_public_address(world: World) -> None:
    mail = await arrived(world)
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


async def test_one_click_unsubscribes_this_delivery(world: World) -> None:
    mail = await arrived(world, {"public_url": "https://ring.example.org/"})
    link = mail["List-Unsubscribe"].removeprefix("<").removesuffix(">")
    assert link.startswith("https://ring.example.org/stop/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    links = Links("https://ring.example.org", surroundings(world).secret)
    assert links.read(link.rpartition("/")[2], Purpose.STOP) == DELIVERY


async def test_one_click_is_only_offered_over_https(world: World) -> None:
    mail = await arrived(world, {"public_url": "http://ring.example.org"})
    assert mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "bad", ["", "ada", "ada@", "a b@example.org", "a@b>\r\nRCPT TO:<eve@example.org", "żółw@example.org"]
)
async def test_what_is_no_address_is_refused_without_asking_the_server(world: World, mail: Mail, bad: str) -> None:
    receipt = await mail.send(message(bad))
    assert (receipt.outcome, receipt.dead) == (Outcome.REFUSED, True)
    assert not world.mail.conversations


async def test_a_domain_in_another_script_goes_out_in_punycode(world: World, mail: Mail) -> None:
    assert (await mail.send(message("ada@bücher.example.org"))).outcome is Outcome.ACCEPTED
    assert world.messages("email")[0].to == "ada@xn--bcher-kva.example.org"


async def test_words_that_cannot_be_sent_are_refused_in_words(world: World, mail: Mail) -> None:
    good = message("ada@example.org")
    receipt = await mail.send(replace(good, content=replace(good.content, text="Dear {stranger}")))
    assert (receipt.outcome, receipt.dead) == (Outcome.REFUSED, False)
    assert "placeholder" in receipt.reason


async def test_lines_that_begin_with_a_dot_arrive_whole(world: World) -> None:
    text = "First.\n\n.hidden {first_name}\n\n.\n\n..two"
    (plain, _) = (await arrived(world, content=text)).iter_parts()
    assert isinstance(plain, EmailMessage)
    assert plain.get_content().replace("\r\n", "\n").startswith("First.\n\n.hidden Ada\n\n.\n\n..two\n")


def test_an_address_to_send_from_is_needed() -> None:
    with pytest.raises(ConfigError, match="RINGROUND_EMAIL__FROM"):
        Mail(surroundings(make_offline_world(), {"email": {"from": "nobody"}}))


def make_offline_world() -> World:
    """A world that has not been entered has no HTTP side, so only the mail part of its settings is read."""

    class Offline(World):
        def settings(self) -> dict[str, str]:
            return {"RINGROUND_EMAIL__HOST": "127.0.0.1"}

    return Offline(fsync=False)


# Connections.


async def test_one_connection_serves_one_message_after_the_other(world: World, mail: Mail) -> None:
    for n in range(5):
        await mail.send(message("ada@example.org", delivery=f"delivery-{n}"))
        (conversation,) = world.mail.conversations
    assert len(world.messages("email")) == 5
    await mail.close()
    await gone(world)
    assert conversation.session
    assert conversation.session.authenticated


async def test_a_connection_that_the_server_gave_up_is_opened_again(world: World, mail: Mail) -> None:
    await mail.send(message("ada@example.org"))
    world.fail(Fault("email", "mail 421 4.7.0 Enough messages on this connection"))
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED
    assert len(world.messages("email")) == 2


async def test_a_connection_that_was_cut_while_it_rested_is_opened_again(world: World, mail: Mail) -> None:
    await mail.send(message("ada@example.org"))
    await world.down("email")
    await world.up("email")
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED


async def test_a_server_that_always_says_421_is_asked_no_more_than_twice(world: World, mail: Mail) -> None:
    await mail.send(message("ada@example.org"))
    fault = world.fail(Fault("email", "mail 421 4.7.0 Enough", times=None))
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.DEFERRED
    assert fault.hits == 2


async def test_a_connection_that_nobody_needs_is_closed(world: World) -> None:
    mail = Mail(surroundings(world), rest=0.05)
    await mail.send(message("ada@example.org"))
    assert world.mail.conversations
    await gone(world)
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED
    await mail.close()


async def test_no_more_connections_than_allowed_however_many_ask(world: World) -> None:
    mail = Mail(surroundings(world, {"email": {"connections": 2}}))
    world.slow("email", 0.01)
    sends = [mail.send(message("ada@example.org", delivery=f"d-{n}")) for n in range(20)]
    receipts = await asyncio.gather(*sends)
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len(world.mail.conversations) == 2
    await mail.close()


async def test_a_cancelled_send_does_not_spoil_the_next(world: World, mail: Mail) -> None:
    await mail.send(message("ada@example.org"))
    world.fail(Fault("email", "hang-after-dot"))
    send = asyncio.create_task(mail.send(message("ada@example.org")))
    await world.arrived(2)
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED
    assert len(world.messages("email")) == 3


async def test_answers_to_a_cancelled_envelope_are_not_taken_for_another_s(world: World, mail: Mail) -> None:
    await mail.send(message("ada@example.org"))
    fault = world.fail(Fault("email", "hang-before-354"))
    send = asyncio.create_task(mail.send(message("eve@example.org")))
    async with asyncio.timeout(10):
        while not fault.hits:  # noqa: ASYNC110 - a failure tells nobody that it has struck
            await asyncio.sleep(0.01)
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send
    async with asyncio.timeout(10):
        assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED
    assert [one.to for one in world.messages("email")] == ["ada@example.org"] * 2


async def gone(world: World) -> None:
    async with asyncio.timeout(10):
        while world.mail.conversations:  # noqa: ASYNC110 - the server tells nobody when it is done
            await asyncio.sleep(0.01)


# TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_mail_goes_out_encrypted(certificate: ssl.SSLContext, tls: str) -> None:
    async with make_world(mail_tls=tls, mail_context=certificate) as world:
        mail = Mail(surroundings(world))
        await mail.check()
        for _ in range(3):
            assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED
        await mail.close()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
async def test_a_certificate_that_nobody_vouches_for_stops_everything(certificate: ssl.SSLContext, tls: str) -> None:
    async with make_world(mail_tls=tls, mail_context=certificate) as world:
        await refused(world, Mail(surroundings(world)), "certificate")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("asked", ["tls", "starttls"])
async def test_no_password_goes_out_in_the_clear_where_the_server_has_no_tls(asked: str) -> None:
    async with make_world() as world:
        await refused(world, Mail(surroundings(world, {"email": {"tls": asked}})), "TLS")


async def test_a_log_in_that_the_server_does_not_know_is_told() -> None:
    async with make_world(mail_user=None, mail_password=None) as world:
        login = {"username": "group", "password": PASSWORD}
        await refused(world, Mail(surroundings(world, {"email": login})), "log-in")


async def test_a_server_name_that_does_not_exist_is_told() -> None:
    async with make_world() as world:
        mail = Mail(surroundings(world, {"email": {"host": "mail.invalid"}}))
        with pytest.raises(ConfigError, match="no mail server of that name"):
            await mail.check()
        assert (await mail.send(message("ada@example.org"))).outcome is Outcome.DEFERRED


async def test_a_server_that_never_greets_is_told() -> None:
    async with make_world() as world:
        # The kernel connects, and nobody ever speaks.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            part = {"port": silent.getsockname()[1]}
            mail = Mail(surroundings(world, {"email": part}), patience=0.2)
            with pytest.raises(ConfigError, match="does not answer"):
                await mail.check()
            assert (await mail.send(message("ada@example.org"))).outcome is Outcome.DEFERRED


async def refused(world: World, mail: Channel, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        await mail.check()
    assert "RINGROUND_EMAIL__" in caught.value.mend
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.BROKEN
    await mail.close()
    await gone(world)
