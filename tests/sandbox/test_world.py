from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from sandbox.faults import Fault
from sandbox.world import World
from tests.sandbox.outside import eventually


async def send(world: World, to: str = "ada@example.org") -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Group <group@example.org>", to, "Tea"
    mail["Date"], mail["Message-ID"] = "Tue, 24 Nov 2026 10:00:00 +0000", "<1@example.org>"
    mail.set_content("Dear Ada")
    await aiosmtplib.send(mail, hostname=world.mail_host, port=world.mail_port, start_tls=False)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_the_settings_point_the_product_at_the_world(world: World) -> None:
    settings = world.settings()
    assert settings["RINGROUND_EMAIL__PORT"] == str(world.mail_port)
    assert settings["RINGROUND_EMAIL__TLS"] == "none"
    assert settings["RINGROUND_SMS__BASE_URL"] == world.twilio_url
    assert settings["RINGROUND_TELEGRAM__BASE_URL"] == world.telegram_url
    assert set(settings) >= {"RINGROUND_EMAIL__FROM", "RINGROUND_SMS__FROM", "RINGROUND_TELEGRAM__TOKEN"}


async def test_both_apis_answer_on_the_common_port_too(world: World, http: aiohttp.ClientSession) -> None:
    for root in (world.http_url + "/telegram", world.telegram_url):
        async with http.get(f"{root}/bot{world.telegram_token}/getMe") as answer:
            assert (await answer.json())["result"]["is_bot"]
    await world.down("telegram")
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.get(f"{world.http_url}/telegram/bot{world.telegram_token}/getMe")
    async with http.get(world.page_url) as answer:
        assert answer.status == 200


async def test_slow_makes_each_send_take_its_time(world: World) -> None:
    world.slow("email", 0.1)
    start = time.monotonic()
    await send(world)
    assert time.monotonic() - start >= 0.1
    await world.heal("email")
    assert world.stats()["latency"]["email"] == 0


async def test_a_slow_fault_waits_once(world: World) -> None:
    world.fail(Fault("email", "slow", seconds=0.05))
    start = time.monotonic()
    await send(world)
    assert time.monotonic() - start >= 0.05
    assert world.faults.waiting() == []


async def test_heal_opens_what_was_down(world: World) -> None:
    for channel in ("email", "sms", "telegram"):
        await world.down(channel)
    assert world.stats()["down"] == ["email", "sms", "telegram"]
    await world.heal()
    await send(world)
    assert world.stats()["down"] == []
    with pytest.raises(ValueError, match="unknown channel"):
        await world.down("pigeon")


async def test_messages_are_found_by_channel_and_recipient(world: World) -> None:
    await send(world)
    await send(world, "Bob@example.org")
    assert [arrival.to for arrival in await world.arrived(2)] == ["ada@example.org", "Bob@example.org"]
    assert len(world.messages("email", to="bob@example.org")) == 1
    assert world.messages("sms") == []
    assert world.log_path is not None
    assert world.log_path.read_text().count('"accepted", "request"') == 2


async def test_a_reply_by_mail_is_kept_in_the_inbox(world: World) -> None:
    raw = await world.mail_in("ada@example.org", "I will come", "Re: Tea\r\nBcc: x@y.z", "<1@example.org>")
    assert world.mail_people.inbox == [raw]
    assert b"In-Reply-To: <1@example.org>" in raw
    assert b"\nBcc" not in raw


# The control interface


async def steer(http: aiohttp.ClientSession, world: World, act: str, **fields: Any) -> tuple[int, Any]:
    async with http.post(f"{world.http_url}/_sandbox/{act}", json=fields) as answer:
        return answer.status, await answer.json()


async def tell(http: aiohttp.ClientSession, world: World, what: str) -> Any:
    async with http.get(f"{world.http_url}/_sandbox/{what}") as answer:
        return await answer.json()


async def test_another_process_can_steer_and_ask(world: World, http: aiohttp.ClientSession) -> None:
    assert await steer(http, world, "fail", channel="email", how="greylist", times=None) == (
        200,
        {"ok": True, "result": None},
    )
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(world)
    stats = await tell(http, world, "stats")
    assert (stats["faults"][0]["hits"], stats["refused"]["email"]) == (1, 1)
    await steer(http, world, "down", channel="sms")
    await steer(http, world, "slow", channel="telegram", seconds=3)
    assert (await tell(http, world, "stats"))["down"] == ["sms"]
    await steer(http, world, "heal")
    await send(world)
    await send(world)
    (second,) = await tell(http, world, "messages?channel=email&to=ada@example.org&since=1")
    assert (second["n"], second["text"]) == (2, "Dear Ada\n")
    assert (await tell(http, world, "stats"))["in_flight"] == 0
    assert (await tell(http, world, "settings")) == world.settings()


async def test_another_process_can_act_as_people(world: World, http: aiohttp.ClientSession) -> None:
    await steer(http, world, "introduce", name="Ada", email="ada@example.org", mobile="+447700900123", telegram=501)
    status, text = await steer(http, world, "text_in", number="+447700900123", body="STOP")
    assert (status, text["result"][:2]) == (200, "SM")
    assert (await steer(http, world, "telegram_in", chat_id="501", text="/start"))[1]["result"] == 1
    await steer(http, world, "block", chat_id=501)
    chat = world.telegram.chats.find(501)
    assert chat is not None
    assert (chat.name, chat.blocked) == ("Ada", True)
    await steer(http, world, "mail_in", sender="ada@example.org", text="Hello")
    assert "Hello" in (await tell(http, world, "inbox"))[0]


@pytest.mark.parametrize(
    ("act", "fields", "words"),
    [
        ("fail", {"channel": "email", "how": "x"}, "choose one of"),
        ("fail", {}, "channel"),
        ("press", {"chat_id": 1, "message_id": 2, "button": "Yes"}, "no message 2"),
        ("telegram_in", {"chat_id": "five", "text": "x"}, "five"),
    ],
)
async def test_a_mistake_in_steering_is_told(
    world: World, http: aiohttp.ClientSession, act: str, fields: dict[str, Any], words: str
) -> None:
    status, body = await steer(http, world, act, **fields)
    assert status == 400
    assert words in body["error"]


# The process


async def test_the_world_runs_as_a_process_and_ends_when_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--json", "--all-chats", "--log", str(log),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    token = ready["settings"]["RINGROUND_TELEGRAM__TOKEN"]
    async with aiohttp.ClientSession() as session:
        url = f"{ready['telegram']}/bot{token}/sendMessage"
        async with session.post(url, json={"chat_id": 5, "text": "Tea"}) as answer:
            assert answer.status == 200
        async with session.post(f"{ready['http']}/_sandbox/fail", json={"channel": "telegram", "how": "hang-after"}):
            pass
        hanging = asyncio.create_task(session.post(url, json={"chat_id": 5, "text": "Cake"}))
        await eventually(lambda: log.read_text().count('"accepted", "request"') == 2)
        os.kill(process.pid, signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        with pytest.raises(aiohttp.ClientConnectionError):
            await hanging
    kinds = [json.loads(line)["kind"] for line in log.read_text().splitlines()]
    assert kinds == ["started", "accepted", "answered", "started", "accepted", "answered"]
