from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandbox.faults import Fault
from sandbox.record import now
from sandbox.world import World
from tests.sandbox.outside import Webhook, eventually

# The SDK's own client hands aiohttp its BasicAuth, which aiohttp 4 will drop: two messages for one habit.
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]

ADA = "+447700900123"
OURS = "+447700900000"


@asynccontextmanager
async def sdk(world: World, auth_token: str | None = None) -> AsyncIterator[Client]:
    http = AsyncTwilioHttpClient(timeout=5)
    client = Client(world.account_sid, auth_token or world.auth_token, http_client=http)  # type: ignore[no-untyped-call]
    client.api.base_url = world.twilio_url
    yield client
    await http.close()  # type: ignore[no-untyped-call]


def is_signed(auth_token: str, url: str, form: dict[str, str], headers: dict[str, str]) -> bool:
    validator = RequestValidator(auth_token)  # type: ignore[no-untyped-call]
    return bool(validator.validate(url, form, headers["X-Twilio-Signature"]))  # type: ignore[no-untyped-call]


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with sdk(world) as running:
        yield running


async def test_a_text_is_accepted_and_later_delivered(world: World, client: Client) -> None:
    sent = await client.messages.create_async(to=ADA, from_=OURS, body="Tea — at four")
    assert (str(sent.status), sent.num_segments, str(sent.direction)) == ("queued", "1", "outbound-api")
    assert sent.date_created is not None
    assert sent.date_created.tzinfo is not None
    (arrival,) = world.messages("sms", to=ADA)
    assert (arrival.text, arrival.sender, arrival.ref) == ("Tea — at four", OURS, sent.sid)

    async def delivered() -> bool:
        return str((await client.messages(sent.sid or "").fetch_async()).status) == "delivered"

    await eventually(delivered)
    assert arrival.extra["status"] == "delivered"


async def test_signed_callbacks_tell_sent_then_delivered(world: World, client: Client, webhook: Webhook) -> None:
    url = f"{webhook.url}/sms/receipt?d=d-7&a=2"
    sent = await client.messages.create_async(to=ADA, from_=OURS, body="Tea", status_callback=url)
    await webhook.received(2)
    assert [form["MessageStatus"] for form in webhook.forms] == ["sent", "delivered"]
    for form, headers in zip(webhook.forms, webhook.headers, strict=True):
        assert is_signed(world.auth_token, url, form, headers)
        assert not is_signed("another", url, form, headers)
        assert (form["MessageSid"], form["AccountSid"], form["To"]) == (sent.sid, world.account_sid, ADA)
        assert "ErrorCode" not in form
    arrival = world.messages("sms")[0]
    assert (arrival.delivery, arrival.attempt) == ("d-7", "2")


REFUSED: dict[int, dict[str, Any]] = {
    21211: {"to": "07700900123"},
    21602: {"body": "  "},
    21617: {"body": "a" * 1601},
    21609: {"status_callback": "ftp://example.org/x"},
    21606: {"from_": "+447700900999"},
    21212: {"from_": "12"},
    21603: {"from_": None},
    21266: {"to": OURS},
}


@pytest.mark.parametrize(("code", "change"), REFUSED.items(), ids=map(str, REFUSED))
async def test_a_wrong_field_is_refused_with_its_code(
    world: World, client: Client, code: int, change: dict[str, Any]
) -> None:
    with pytest.raises(TwilioRestException) as raised:
        await client.messages.create_async(**{"to": ADA, "from_": OURS, "body": "Tea", **change})
    assert (raised.value.code, raised.value.status) == (code, 400)
    assert world.messages() == []
    assert world.record.refused["sms"] == 1


async def test_callback_addresses_with_an_underscore_in_the_host_are_refused(client: Client) -> None:
    with pytest.raises(TwilioRestException, match="StatusCallback"):
        await client.messages.create_async(to=ADA, from_=OURS, body="Tea", status_callback="https://my_host.example/x")


async def test_a_wrong_password_is_refused(world: World) -> None:
    async with sdk(world, "wrong") as client:
        with pytest.raises(TwilioRestException) as raised:
            await client.api.accounts(world.account_sid).fetch_async()
    assert (raised.value.status, raised.value.code) == (401, 20003)


async def test_the_account_and_its_numbers_can_be_looked_up(world: World, client: Client) -> None:
    account = await client.api.accounts(world.account_sid).fetch_async()
    assert (account.sid, str(account.status)) == (world.account_sid, "active")
    (number,) = await client.incoming_phone_numbers.list_async()
    assert number.phone_number == OURS
    assert await client.incoming_phone_numbers.list_async(phone_number="+447700900999") == []


async def test_messages_are_listed_newest_first_by_filter_and_page(world: World, client: Client) -> None:
    for n in range(7):
        await client.messages.create_async(to=ADA if n % 2 else "+447700900124", from_=OURS, body=str(n))
    assert [m.body for m in await client.messages.list_async(page_size=2)] == list("6543210")
    assert [m.body for m in await client.messages.list_async(to=ADA, from_=OURS)] == list("531")
    assert await client.messages.list_async(to=ADA, from_=ADA) == []
    await eventually(lambda: all(a.extra["status"] == "delivered" for a in world.messages("sms")))
    soon, before = (now() + timedelta(minutes=m) for m in (5, -5))
    assert len(await client.messages.list_async(to=ADA, date_sent_after=before)) == 3
    assert await client.messages.list_async(to=ADA, date_sent_after=soon) == []
    assert len(await client.messages.list_async(date_sent_before=soon)) == 7
    assert await client.messages.list_async(date_sent_before=before) == []
    assert len(await client.messages.list_async(date_sent=now().date())) == 7


async def test_a_message_can_be_emptied_and_deleted(client: Client) -> None:
    sent = await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    assert (await client.messages(sent.sid or "").update_async(body="")).body == ""
    assert await client.messages(sent.sid or "").delete_async()
    with pytest.raises(TwilioRestException) as raised:
        await client.messages(sent.sid or "").fetch_async()
    assert (raised.value.status, raised.value.code) == (404, 20404)


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "CANCEL", "end", "QUIT", "StopAll"])
async def test_a_stop_word_opts_out_of_this_sender_until_start(world: World, client: Client, word: str) -> None:
    world.sms.senders.add("GROUP")
    await world.text_in(ADA, word)
    with pytest.raises(TwilioRestException) as raised:
        await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    assert raised.value.code == 21610
    await client.messages.create_async(to=ADA, from_="GROUP", body="Tea")
    await world.text_in(ADA, "Yes")
    await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    replies = [m for m in await client.messages.list_async(to=ADA) if str(m.direction) == "outbound-reply"]
    assert len(replies) == 2


async def test_a_stop_word_inside_a_sentence_is_only_text(world: World, client: Client) -> None:
    await world.text_in(ADA, "Please stop by on Tuesday")
    await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    assert world.record.total == 1


async def test_inbound_texts_are_posted_signed_and_listed(world: World, client: Client, webhook: Webhook) -> None:
    world.sms.inbound_url = f"{webhook.url}/sms/in"
    sid = await world.text_in(ADA, "Yes, I am coming")
    (form,) = webhook.forms
    assert (form["From"], form["To"], form["Body"], form["MessageSid"]) == (ADA, OURS, "Yes, I am coming", sid)
    assert is_signed(world.auth_token, world.sms.inbound_url, form, webhook.headers[0])
    (listed,) = await client.messages.list_async(from_=ADA)
    assert (str(listed.direction), str(listed.status)) == ("inbound", "received")


CODES = ["21610", "21211", "21614", "21408", "21612", "20003", "20429", "21611", "63038", "21608", "30002", "21999"]


@pytest.mark.parametrize("how", CODES)
async def test_each_code_fails_once(world: World, client: Client, how: str) -> None:
    world.fail(Fault("sms", how, to=ADA))
    with pytest.raises(TwilioRestException) as raised:
        await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    assert raised.value.code == int(how)
    await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    assert (world.record.total, world.record.refused["sms"]) == (1, 1)


async def post(world: World, **form: str) -> tuple[int, dict[str, str], str]:
    url = f"{world.twilio_url}/2010-04-01/Accounts/{world.account_sid}/Messages.json"
    login = base64.b64encode(f"{world.account_sid}:{world.auth_token}".encode()).decode()
    form = {"To": ADA, "From": OURS, "Body": "Tea", **form}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Basic {login}"}) as session,
        session.post(url, data=form) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.text()


@pytest.mark.parametrize("how", ["20429", "http-429"])
async def test_too_many_says_when_to_come_back(world: World, how: str) -> None:
    world.fail(Fault("sms", how, seconds=7))
    status, headers, _ = await post(world)
    assert (status, headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_broken_provider_answers_without_json(world: World, status: int) -> None:
    world.fail(Fault("sms", f"http-{status}"))
    assert (await post(world))[0] == status
    assert world.messages() == []


async def test_garbage_comes_after_the_message_was_kept(world: World) -> None:
    world.fail(Fault("sms", "garbage"))
    assert "<html>" in (await post(world))[2]
    assert world.record.total == 1


@pytest.mark.parametrize(("how", "kept"), [("reset-before", 0), ("reset-after", 1)])
async def test_a_reset_connection_keeps_or_loses_the_text(world: World, how: str, kept: int) -> None:
    world.fail(Fault("sms", how))
    with pytest.raises(aiohttp.ClientConnectionError):
        await post(world)
    assert (world.record.total, world.in_flight) == (kept, 0)


@pytest.mark.parametrize(("how", "kept"), [("hang-before", 0), ("hang-after", 1)])
async def test_a_hang_keeps_or_loses_the_text_and_ends_with_heal(world: World, how: str, kept: int) -> None:
    world.fail(Fault("sms", how))
    sending = asyncio.create_task(post(world))
    await eventually(lambda: world.in_flight == 1 and world.record.total == kept and not world.faults.waiting())
    await world.heal("sms")
    with pytest.raises(aiohttp.ClientConnectionError):
        await sending
    assert world.record.total == kept


LATER = {
    "undelivered-30003": [("sent", ""), ("undelivered", "30003")],
    "undelivered-30008": [("sent", ""), ("undelivered", "30008")],
    "failed-30001": [("failed", "30001")],
    "undelivered-30022": [("sent", ""), ("undelivered", "30022")],
    "stays-sent": [("sent", "")],
    "callbacks-twice": [("sent", ""), ("sent", ""), ("delivered", ""), ("delivered", "")],
    "callbacks-reversed": [("delivered", ""), ("sent", "")],
}


@pytest.mark.parametrize(("how", "told"), LATER.items(), ids=LATER)
async def test_a_later_fate_is_told_by_callback(
    world: World, webhook: Webhook, how: str, told: list[tuple[str, str]]
) -> None:
    world.fail(Fault("sms", how))
    assert (await post(world, StatusCallback=webhook.url))[0] == 201
    await webhook.received(len(told))
    await eventually(lambda: len(world.sms.lives) == 0)
    assert [(form["MessageStatus"], form.get("ErrorCode", "")) for form in webhook.forms] == told


async def test_callbacks_can_stay_away(world: World, client: Client, webhook: Webhook) -> None:
    world.fail(Fault("sms", "callbacks-none"))
    await post(world, StatusCallback=webhook.url)
    await eventually(lambda: len(world.sms.lives) == 0)
    assert webhook.forms == []
    (text,) = await client.messages.list_async()
    assert str(text.status) == "delivered"


async def test_a_refused_callback_is_counted(world: World, webhook: Webhook) -> None:
    webhook.status = 500
    await post(world, StatusCallback=webhook.url)
    await eventually(lambda: world.sms.callbacks.failed == 2)


async def test_a_lookup_can_fail_on_its_own(world: World, client: Client) -> None:
    world.fail(Fault("sms", "20429", at="list"))
    await client.messages.create_async(to=ADA, from_=OURS, body="Tea")
    with pytest.raises(TwilioException, match="429"):
        await client.messages.page_async()


async def test_a_provider_that_is_down_refuses_and_comes_back_on_its_port(world: World) -> None:
    await post(world)
    await world.down("sms")
    with pytest.raises(aiohttp.ClientConnectorError):
        await post(world)
    await world.up("sms")
    assert (await post(world))[0] == 201
