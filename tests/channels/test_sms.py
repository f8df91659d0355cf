"""Texts through Twilio, over the wire: every code, the callbacks, and finding a text again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web

from channels.base import RawCallback
from channels.sms import Sms, signed_by_twilio
from channels.twilio_codes import CODES, STATUSES
from core.clock import SystemClock
from core.errors import ConfigError, OperatorError, UserError
from core.links import Links
from core.receipts import Inbound, Outcome, Receipt
from core.segments import measure
from sandbox.failures import TWILIO_CODES
from sandbox.faults import Fault
from sandbox.world import World
from tests.channels.rows import Row, each, meaning
from tests.channels.surroundings import DELIVERY, WORDS, make_world, message, surroundings
from tests.core.given_files import DOCUMENT, PICTURE, SHOWS

ADA = "+447700900123"
HOURS = timedelta(hours=2)
SID = "SM" + "0" * 32
PUBLIC = "https://maple.example.org"


AT_ONCE = [
    # The person or their number.
    Row("21610", Outcome.REFUSED, "21610", opted_out=True),
    Row("21211", Outcome.REFUSED, "21211", dead=True),
    Row("21265", Outcome.REFUSED, "21265", dead=True),
    Row("21614", Outcome.REFUSED, "21614", dead=True),
    Row("21635", Outcome.REFUSED, "21635", dead=True),
    Row("21266", Outcome.REFUSED, "21266"),
    # The message, or what the account may do.
    Row("21602", Outcome.REFUSED, "21602"),
    Row("21604", Outcome.REFUSED, "21604"),
    Row("21617", Outcome.REFUSED, "21617"),
    Row("21408", Outcome.REFUSED, "21408"),
    Row("21612", Outcome.REFUSED, "21612"),
    Row("21999", Outcome.REFUSED, "21999"),
    # Too much at once.
    Row("20429", Outcome.DEFERRED, "20429", retry_after=timedelta(seconds=7), wide=True),
    Row("http-429", Outcome.DEFERRED, "20429", retry_after=timedelta(seconds=7), wide=True),
    Row("21611", Outcome.DEFERRED, "21611", retry_after=timedelta(seconds=7), wide=True),
    Row("30022", Outcome.DEFERRED, "30022", retry_after=timedelta(seconds=7)),
    Row("63017", Outcome.DEFERRED, "63017", retry_after=timedelta(seconds=7)),
    # The account.
    Row("20003", Outcome.BROKEN, "20003"),
    Row("20404", Outcome.BROKEN, "20404"),
    Row("21212", Outcome.BROKEN, "21212"),
    Row("21603", Outcome.BROKEN, "21603"),
    Row("21606", Outcome.BROKEN, "21606"),
    Row("21608", Outcome.BROKEN, "21608"),
    Row("21609", Outcome.BROKEN, "21609"),
    Row("30002", Outcome.BROKEN, "30002"),
    Row("60728", Outcome.BROKEN, "60728", retry_after=timedelta(seconds=7)),
    Row("63038", Outcome.BROKEN, "63038", retry_after=timedelta(seconds=7)),
    # Nobody knows.
    Row("20500", Outcome.UNKNOWN, "20500", wide=True),
    Row("http-500", Outcome.UNKNOWN, "http 500", wide=True),
    Row("http-502", Outcome.UNKNOWN, "http 502", wide=True),
    Row("http-503", Outcome.UNKNOWN, "http 503", wide=True),
    Row("reset-before", Outcome.UNKNOWN, "no answer", wide=True),
    Row("reset-after", Outcome.UNKNOWN, "no answer", wide=True),
    Row("hang-before", Outcome.UNKNOWN, "no answer", wide=True),
    Row("hang-after", Outcome.UNKNOWN, "no answer", wide=True),
    Row("garbage", Outcome.UNKNOWN, "no answer", wide=True),
]

BY_CALLBACK = [
    Row("undelivered-30003", Outcome.DEFERRED, "undelivered 30003", retry_after=HOURS, tries_left=2),
    Row("undelivered-30005", Outcome.DEFERRED, "undelivered 30005", retry_after=HOURS, tries_left=1),
    Row("undelivered-30008", Outcome.DEFERRED, "undelivered 30008", retry_after=HOURS, tries_left=1),
    Row("undelivered-30004", Outcome.REFUSED, "undelivered 30004"),
    Row("undelivered-30006", Outcome.REFUSED, "undelivered 30006", dead=True),
    Row("undelivered-30007", Outcome.REFUSED, "undelivered 30007"),
    Row("undelivered-30999", Outcome.REFUSED, "undelivered 30999"),
    Row("failed-30001", Outcome.DEFERRED, "failed 30001"),
    Row("failed-30022", Outcome.DEFERRED, "failed 30022"),
    Row("failed-30002", Outcome.BROKEN, "failed 30002"),
    Row("failed-21610", Outcome.REFUSED, "failed 21610", opted_out=True),
    Row("stays-sent", Outcome.ACCEPTED, "sent"),
    Row("callbacks-reversed", Outcome.DELIVERED, "delivered"),
]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with make_world(receipt_delay=0.001) as world:
        yield world


@pytest.fixture
async def sms(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Sms]:
    silent = "hang" in request.node.name
    sms = Sms(surroundings(world), patience=1.5 if silent else 20)
    yield sms
    await world.heal()
    await sms.close()


@each(AT_ONCE)
async def test_each_answer_means_what_the_table_says(world: World, sms: Sms, row: Row) -> None:
    fault = world.fail(Fault("sms", row.how, seconds=7 if "hang" not in row.how else None))
    receipt = await sms.send(message(ADA))
    assert meaning(receipt) == meaning(row)
    assert receipt.reason
    assert fault.hits == 1, "nothing is repeated"


def test_every_code_of_the_table_is_tried_over_the_wire() -> None:
    tried = {int(row.status.split()[-1]) for row in AT_ONCE + BY_CALLBACK if row.status.split()[-1].isdecimal()}
    assert set(CODES) <= tried
    assert set(TWILIO_CODES) <= tried


# Callbacks.


class Door:
    """A web door that only keeps what comes in."""

    def __init__(self) -> None:
        self.came: list[tuple[str, RawCallback, str]] = []
        self.more = asyncio.Event()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = request.headers["X-Twilio-Signature"]
        self.came.append((str(request.url), RawCallback(form, dict(request.query), body), signature))
        self.more.set()
        return web.Response(status=204)

    async def wait_for(self, count: int) -> list[tuple[str, RawCallback, str]]:
        async with asyncio.timeout(10):
            while len(self.came) < count:
                self.more.clear()
                await self.more.wait()
        return self.came


@pytest.fixture
async def door() -> AsyncIterator[tuple[Door, str]]:
    door = Door()
    runner = web.ServerRunner(web.Server(door.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    yield door, f"http://{host}:{port}"
    await runner.cleanup()


@each(BY_CALLBACK)
async def test_each_later_status_means_what_the_table_says(world: World, door: tuple[Door, str], row: Row) -> None:
    kept, url = door
    sms = Sms(surroundings(world, {"public_url": url}))
    world.fail(Fault("sms", row.how))
    sent = await sms.send(message(ADA, attempt=3))
    assert sent.outcome is Outcome.ACCEPTED
    count = 2 if row.how.startswith(("undelivered", "callbacks")) else 1
    receipts = [receipt for _, raw, _ in await kept.wait_for(count) for receipt in sms.read(raw)]
    await sms.close()
    (found,) = [one for one in receipts if isinstance(one, Receipt) and one.status == row.status]
    assert meaning(found) == meaning(row)
    assert (found.ref, found.delivery, found.attempt) == (sent.ref, DELIVERY, 3)


async def test_twilio_s_signature_is_known_from_any_other(world: World, door: tuple[Door, str]) -> None:
    kept, url = door
    sms = Sms(surroundings(world, {"public_url": url}))
    await sms.send(message(ADA))
    address, raw, signature = (await kept.wait_for(1))[0]
    await sms.close()
    token = world.auth_token
    assert signed_by_twilio(token, address, raw.form, signature)
    assert not signed_by_twilio("another token", address, raw.form, signature)
    assert not signed_by_twilio(token, address + "0", raw.form, signature)
    assert not signed_by_twilio(token, address, {**raw.form, "MessageStatus": "failed"}, signature)
    assert not signed_by_twilio(token, address, {**raw.form, "More": "1"}, signature)
    assert not signed_by_twilio(token, address, raw.form, "")
    assert not signed_by_twilio(token, address, raw.form, "żółw")


async def test_without_a_public_address_there_are_no_callbacks(world: World, sms: Sms) -> None:
    await sms.send(message(ADA))
    (arrival,) = world.messages("sms")
    assert (arrival.delivery, arrival.attempt) == (None, None)


def form(world: World, **fields: str) -> RawCallback:
    return RawCallback({"AccountSid": world.account_sid, "MessageSid": SID, **fields})


async def test_every_status_has_its_outcome(world: World, sms: Sms) -> None:
    for status, outcome in STATUSES.items():
        (receipt,) = sms.read(form(world, MessageStatus=status))
        assert isinstance(receipt, Receipt)
        assert (receipt.outcome, receipt.ref) == (outcome, SID)
        assert (receipt.delivery, receipt.attempt) == (None, None)


async def test_a_status_of_the_future_is_passed_over(world: World, sms: Sms) -> None:
    assert sms.read(form(world, MessageStatus="teleported")) == []


@pytest.mark.parametrize("query", [{"d": "", "a": ""}, {"a": "x"}, {"a": "-1"}])
async def test_an_odd_address_names_no_attempt(world: World, sms: Sms, query: dict[str, str]) -> None:
    raw = RawCallback(form(world, MessageStatus="sent").form, query)
    (receipt,) = sms.read(raw)
    assert isinstance(receipt, Receipt)
    assert (receipt.delivery, receipt.attempt) == (None, None)


@pytest.mark.parametrize("change", [{"AccountSid": "AC" + "1" * 32}, {"MessageSid": "SM1"}, {"MessageSid": f"{SID}\n"}])
async def test_what_is_not_about_our_account_is_refused(world: World, sms: Sms, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="our Twilio account"):
        sms.read(form(world, MessageStatus="sent", **change))


async def test_what_somebody_texts_comes_in(world: World, door: tuple[Door, str], sms: Sms) -> None:
    kept, url = door
    world.sms.inbound_url = f"{url}/callbacks/sms"
    sid = await world.text_in(ADA, "Yes, I'll come 🙂")
    (_, raw, signature) = (await kept.wait_for(1))[0]
    assert sms.read(raw) == [Inbound("sms", ADA, "Yes, I'll come 🙂", sid)]
    assert signature


# What a text looks like.


async def test_a_text_begins_with_the_group_and_ends_with_how_to_stop(world: World, sms: Sms) -> None:
    receipt = await sms.send(message(ADA))
    (arrival,) = world.messages("sms")
    assert arrival.text.startswith("Riverside Voices: Dear Ada, " + WORDS)
    assert "STOP" in arrival.text
    assert (arrival.sender, arrival.ref) == (world.sms_from, receipt.ref)
    assert receipt.status == "queued"


async def test_a_name_as_sender_hears_no_stop() -> None:
    async with make_world(sms_from="Riverside") as world:
        sms = Sms(surroundings(world))
        await sms.send(message(ADA))
        await sms.check()
        await sms.close()
        (arrival,) = world.messages("sms")
        assert "STOP" not in arrival.text
        assert "+441632960001" in arrival.text


async def test_words_that_are_too_long_are_refused_in_words(world: World, sms: Sms) -> None:
    receipt = await sms.send(message(ADA, content="A long story. " * 120))
    assert (receipt.outcome, receipt.dead, world.messages("sms")) == (Outcome.REFUSED, False, [])
    assert "too long" in receipt.reason


# Finding a text again.


@pytest.fixture
def begun() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the pretend Twilio has a real clock


async def test_a_text_whose_answer_was_lost_is_found(world: World, sms: Sms, begun: datetime) -> None:
    world.fail(Fault("sms", "reset-after"))
    assert (await sms.send(message(ADA))).outcome is Outcome.UNKNOWN
    (arrival,) = world.messages("sms")
    found = await sms.find(message(ADA), begun)
    assert found is not None
    assert found.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED)
    assert found.ref == arrival.ref


async def test_a_text_that_never_arrived_is_proved_absent(world: World, sms: Sms, begun: datetime) -> None:
    await sms.send(message(ADA, content="Another text."))
    await sms.send(message("+447700900124"))
    world.fail(Fault("sms", "reset-before"))
    assert (await sms.send(message(ADA))).outcome is Outcome.UNKNOWN
    found = await sms.find(message(ADA), begun)
    assert found is not None
    assert (found.outcome, found.status, found.ref) == (Outcome.DEFERRED, "absent", None)


async def test_an_older_text_of_the_same_words_is_not_taken_for_it(world: World, sms: Sms, begun: datetime) -> None:
    await sms.send(message(ADA))
    found = await sms.find(message(ADA), begun + timedelta(minutes=10))
    assert found is not None
    assert found.status == "absent"


async def test_several_equal_texts_are_left_to_a_person(world: World, sms: Sms, begun: datetime) -> None:
    await sms.send(message(ADA))
    await sms.send(message(ADA))
    assert await sms.find(message(ADA), begun) is None


@pytest.mark.parametrize("how", ["http-500", "20429", "reset-before", "garbage"])
async def test_where_twilio_can_not_be_asked_nobody_knows_more(
    world: World, sms: Sms, begun: datetime, how: str
) -> None:
    await sms.send(message(ADA))
    world.fail(Fault("sms", how, at="list", times=None))
    with pytest.raises(OperatorError, match="just now") as caught:
        await sms.find(message(ADA), begun)
    assert caught.value.__suppress_context__


async def test_a_found_text_tells_its_fate(begun: datetime) -> None:
    async with make_world(receipt_delay=3600) as world:
        sms = Sms(surroundings(world))
        sent = await sms.send(message(ADA))
        text = world.sms.texts.get(sent.ref or "")
        assert text
        text.advance("undelivered", 30006)
        found = await sms.find(message(ADA), begun)
        await sms.close()
    assert found is not None
    assert (found.outcome, found.dead, found.status) == (Outcome.REFUSED, True, "undelivered 30006")


# Settings.


async def test_a_number_to_send_from_is_needed(world: World) -> None:
    with pytest.raises(ConfigError, match="RINGROUND_SMS__FROM"):
        Sms(surroundings(world, {"sms": {"from": ""}}))


async def test_a_number_of_somebody_else_is_told(world: World) -> None:
    sms = Sms(surroundings(world, {"sms": {"from": "+447700900999"}}))
    with pytest.raises(ConfigError, match="does not belong"):
        await sms.check()
    await sms.close()


async def test_the_callback_s_address_names_the_attempt(world: World) -> None:
    sms = Sms(surroundings(world, {"public_url": "https://ring.example.org"}))
    await sms.send(message(ADA, attempt=2))
    (arrival,) = world.messages("sms")
    assert (arrival.delivery, arrival.attempt) == (DELIVERY, "2")
    address = urlsplit(world.sms.texts.get(arrival.ref).callback)  # type: ignore[union-attr]
    assert (address.netloc, address.path) == ("ring.example.org", "/callbacks/sms")
    await sms.close()


async def test_a_meeting_that_asks_says_which_words_are_heard(world: World, sms: Sms) -> None:
    await sms.send(replace(message(ADA), asks=True))
    await sms.send(message(ADA))
    asks, other = (arrival.text for arrival in world.messages("sms"))
    assert asks.endswith("To answer, text YES, NO or MAYBE, or ring Jo Bell on +441632960001. Text STOP to stop.")
    assert other.endswith("To answer, text back or ring Jo Bell on +441632960001. Text STOP to stop.")
    assert measure(other).count <= measure(asks).count <= 2


async def test_a_picture_is_described_and_a_document_offered(world: World, sms: Sms) -> None:
    for file in (PICTURE, DOCUMENT, replace(DOCUMENT, description="")):
        await sms.send(replace(message(ADA), attachment=file))
    picture, document, bare = (arrival.text for arrival in world.messages("sms"))
    assert f"{WORDS}\nThere is also a picture. It shows: {SHOWS}\n" in picture
    assert f"{WORDS}\nThere is also a document. What it is about: What we will talk about\n" in document
    assert f"{WORDS}\nThere is also a document. Ask us for it.\n" in bare


def test_a_description_that_makes_a_text_too_long_is_told(world: World) -> None:
    sms = Sms(surroundings(world))
    wanted = replace(message(ADA, content="x" * 700), attachment=replace(PICTURE, description="y" * 300))
    assert sms.render(replace(wanted, attachment=None)).text
    with pytest.raises(UserError, match="too long for a text message"):
        sms.render(wanted)


@pytest.mark.parametrize(
    ("links", "public", "asks", "leads"),
    [(True, PUBLIC, True, True), (True, PUBLIC, False, False), (False, PUBLIC, True, False), (True, "", True, False)],
)
def test_a_text_leads_to_the_person_s_pages_only_where_links_are_allowed(
    world: World, links: bool, public: str, asks: bool, leads: bool
) -> None:
    sms = Sms(surroundings(world, {"sms": {"links": links}, "public_url": public}))
    shown = sms.render(replace(message(ADA), asks=asks)).text
    link = Links(PUBLIC, b"a secret of thirty-two characters").visit(DELIVERY)
    assert shown.endswith(f"\nOr answer here: {link}") is leads
    assert ("://" in shown) is leads


async def test_a_lost_text_with_all_of_that_is_found_by_its_words(world: World) -> None:
    sms = Sms(surroundings(world, {"sms": {"links": True}, "public_url": PUBLIC}))
    wanted = replace(message(ADA), asks=True, attachment=PICTURE)
    sent = await sms.send(wanted)
    found = await sms.find(wanted, SystemClock().now() - timedelta(minutes=1))
    await sms.close()
    assert found is not None
    assert found.ref == sent.ref
