"""What the rest of the house may rely on, whichever channel it speaks through."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import Channel, RawCallback
from channels.memory import Memory
from core.errors import ConfigError, OperatorError, UserError
from core.notices import Attachment
from core.receipts import Outcome, Receipt
from sandbox.world import World
from tests.channels.surroundings import DELIVERY, PASSWORD, WORDS, make_world, message, surroundings
from tests.contract.cases import CASES, HURRIED, PATIENT, Case
from tests.core.given_files import DOCUMENT, PICTURE

FAILURES = [pytest.param(case, how, id=f"{case.name}-{how}") for case in CASES for how in case.fails]
REMOTE = [case for case in CASES if case.remote]

# The pretend providers run in the same process and may write down what they get.
PROVIDERS_OWN = ("mail.", "sandbox", "aiohttp.access", "aiohttp.server")


def each(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with make_world() as world:
        yield world


@pytest.fixture
async def channel(world: World, case: Case, request: pytest.FixtureRequest) -> AsyncIterator[Channel]:
    silent = "hang" in request.node.callspec.params.get("how", "")
    channel = case.make(surroundings(world), HURRIED if silent else PATIENT)
    await channel.open()
    yield channel
    await world.heal()
    await channel.close()


@each(CASES)
async def test_a_message_is_taken_and_its_words_arrive_once_with_the_name(
    world: World, channel: Channel, case: Case
) -> None:
    receipt = await channel.send(message(case.address, name="Zoë Ångström"))
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.provider == channel.name == case.name
    if case.words:
        (words,) = case.words(world, channel)
        assert words.count(WORDS) == words.count("Zoë") == 1
        assert receipt.ref
    assert world.violations == []


@each(CASES)
async def test_what_the_channel_says_of_itself_can_be_relied_on(channel: Channel) -> None:
    assert channel.limits.concurrency >= 1
    assert channel.limits.lease >= timedelta(seconds=90)
    assert channel.limits.rate is None or channel.limits.rate > 0
    assert isinstance(channel.proves, bool)


@each([case for case in CASES if case.keeps_identity])
async def test_a_second_attempt_at_a_delivery_can_be_told_to_be_one(world: World, channel: Channel, case: Case) -> None:
    first = await channel.send(message(case.address, attempt=1))
    second = await channel.send(message(case.address, attempt=2))
    other = await channel.send(message(case.address, delivery="0198f6d2-0000-7000-8000-000000000002"))
    assert first.ref == second.ref != other.ref
    assert [one.ref for one in world.messages(case.name)] == [first.ref, first.ref, other.ref]


@pytest.mark.parametrize(("case", "how"), FAILURES)
async def test_each_way_to_fail_is_told_as_what_it_is(world: World, channel: Channel, case: Case, how: str) -> None:
    case.fail(world, channel, how)
    receipt = await channel.send(message(case.address))
    assert receipt.outcome is case.fails[how]
    assert receipt.provider == case.name
    if receipt.outcome not in (Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.DELIVERED) and case.words:
        assert case.words(world, channel) == []


@each(REMOTE)
async def test_a_provider_that_is_away_and_comes_back(world: World, channel: Channel, case: Case) -> None:
    assert (await channel.send(message(case.address))).outcome is Outcome.ACCEPTED
    await world.down(case.name)
    told = [await channel.send(message(case.address)) for _ in range(2)]
    assert told[0].outcome in (Outcome.DEFERRED, Outcome.UNKNOWN)
    assert told[1].outcome is Outcome.DEFERRED
    assert all(one.wide for one in told), "the trouble is the provider's, not this person's"
    await world.up(case.name)
    assert (await channel.send(message(case.address))).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("seed", [1, 2])
@each([case for case in CASES if case.fails])
async def test_send_never_raises_and_never_forgets_what_it_did(
    world: World, channel: Channel, case: Case, seed: int
) -> None:
    chance = random.Random(seed)
    quick = [how for how in case.fails if "hang" not in how]
    taken = 0
    for attempt in range(1, 25):
        if chance.random() < 0.6:
            case.fail(world, channel, chance.choice(quick))
        receipt = await channel.send(message(case.address, attempt=attempt))
        assert isinstance(receipt, Receipt)
        taken += receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED)
        unknown = receipt.outcome is Outcome.UNKNOWN
        assert case.words
        arrived = len(case.words(world, channel))
        assert taken <= arrived <= taken + unknown
        taken = arrived
        world.faults.heal()


@each(CASES)
async def test_as_many_at_once_as_the_channel_allows(world: World, channel: Channel, case: Case) -> None:
    limit = channel.limits.concurrency
    room = asyncio.Semaphore(limit)
    if case.remote:
        world.slow(case.name, 0.02)
    most = 0

    async def one(n: int) -> Receipt:
        nonlocal most
        async with room:
            receipt = await channel.send(message(case.address, delivery=f"delivery-{n}"))
            most = max(most, world.in_flight)
            return receipt

    receipts = await asyncio.gather(*(one(n) for n in range(3 * limit)))
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert most <= limit
    if case.words:
        assert len(case.words(world, channel)) == 3 * limit
        assert len({receipt.ref for receipt in receipts}) == 3 * limit
    if case.name == "email":
        assert len(world.mail.conversations) <= limit


@each(CASES)
async def test_no_address_word_or_secret_gets_into_a_log_or_a_reason(
    world: World, channel: Channel, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    around = surroundings(world).settings
    hidden = [
        case.address,
        WORDS,
        "Lovelace",
        PASSWORD,
        around.sms.auth_token.get_secret_value(),
        around.telegram.token.get_secret_value(),
    ]
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    for how in [None, *(how for how in case.fails if "hang" not in how)]:
        if how:
            case.fail(world, channel, how)
        receipt = await channel.send(message(case.address))
        told += [receipt.reason, receipt.status]
        with suppress(OperatorError):
            await channel.find(message(case.address), datetime(2026, 1, 1, tzinfo=UTC))
        world.faults.heal()
    written = [
        f"{record.getMessage()} {record.exc_text or ''} {record.exc_info or ''}"
        for record in caplog.records
        if not record.name.startswith(PROVIDERS_OWN)
    ]
    for line in told + written:
        assert not [secret for secret in hidden if secret in line], line


@each(CASES)
async def test_opening_and_closing_leaves_nothing_behind(world: World, case: Case) -> None:
    unused = case.make(surroundings(world), PATIENT)
    await unused.open()
    await unused.close()
    used = case.make(surroundings(world), PATIENT)
    await used.open()
    await used.send(message(case.address))
    await used.close()
    del unused, used
    gc.collect()  # a connection left open would warn here, and a warning is an error
    await asyncio.sleep(0)


@each(CASES)
async def test_opening_does_not_need_the_provider(world: World, case: Case) -> None:
    if case.remote:
        await world.down(case.name)
    channel = case.make(surroundings(world), PATIENT)
    await channel.open()
    await channel.close()


@each(CASES)
async def test_good_settings_pass_the_check(channel: Channel) -> None:
    await channel.check()


@each(REMOTE)
async def test_wrong_credentials_are_told_in_plain_words(world: World, case: Case) -> None:
    assert case.wrong
    channel = case.make(surroundings(world, case.wrong), PATIENT)
    await channel.open()
    try:
        with pytest.raises(ConfigError) as caught:
            await channel.check()
        receipt = await channel.send(message(case.address))
    finally:
        await channel.close()
    assert receipt.outcome is Outcome.BROKEN
    assert "refuse" in caught.value.what or "does not know" in caught.value.what
    assert "RINGROUND_" in caught.value.mend
    secrets = [value for part in case.wrong.values() for value in part.values()]
    assert not [secret for secret in secrets if secret in str(caught.value)]
    assert caught.value.__suppress_context__


@each(REMOTE)
async def test_an_absent_provider_is_told_in_plain_words(world: World, channel: Channel, case: Case) -> None:
    await world.down(case.name)
    with pytest.raises(ConfigError, match="no connection") as caught:
        await channel.check()
    assert "RINGROUND_" in caught.value.mend
    assert caught.value.__suppress_context__


@each(CASES)
async def test_what_is_shown_before_is_what_arrives(world: World, channel: Channel, case: Case) -> None:
    shown = channel.render(message(case.address, name="Zoë Ångström"))
    assert shown.text.count(WORDS) == 1
    assert "Zoë" in shown.text
    await channel.send(message(case.address, name="Zoë Ångström"))
    if case.words:
        assert [words.strip() for words in case.words(world, channel)] == [shown.text.strip()]


@pytest.mark.parametrize("file", [PICTURE, DOCUMENT], ids=["picture", "document"])
@each(CASES)
async def test_a_file_arrives_or_is_described(world: World, channel: Channel, case: Case, file: Attachment) -> None:
    wanted = replace(message(case.address), attachment=file)
    shown = channel.render(wanted).text
    receipt = await channel.send(wanted)
    assert receipt.outcome is Outcome.ACCEPTED
    assert world.violations == []
    if case.files:
        assert case.files(world, channel) == [file.data]
    if not isinstance(channel, Memory):
        assert file.description in shown
    if case.words:
        (words,) = case.words(world, channel)
        assert words.strip() == shown.strip()
        assert words.count(WORDS) == 1


@each([case for case in CASES if case.files and case.fails])
async def test_a_file_with_a_long_text_leaves_no_doubt_of_its_own(world: World, channel: Channel, case: Case) -> None:
    """Each failure of the first request, and of the second: what the receipt says holds for the words."""
    assert case.words
    wanted = replace(message(case.address, content=f"{WORDS} " * 40), attachment=PICTURE)
    for how in (how for how in case.fails if "hang" not in how):
        before = sum(WORDS in words for words in case.words(world, channel))
        case.fail(world, channel, how)
        receipt = await channel.send(replace(wanted, delivery=f"{how}-1"))
        world.faults.heal()
        arrived = sum(WORDS in words for words in case.words(world, channel)) - before
        if receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED):
            assert arrived == 1, how
        elif receipt.outcome is not Outcome.UNKNOWN:
            assert arrived == 0, how


@each(CASES)
async def test_buttons_stand_below_where_the_channel_has_them_and_harm_nothing_elsewhere(
    world: World, channel: Channel, case: Case
) -> None:
    buttons = tuple((word.title(), f"n:{word}:{DELIVERY}") for word in ("yes", "no", "maybe", "more"))
    assert (await channel.send(replace(message(case.address), buttons=buttons))).outcome is Outcome.ACCEPTED
    assert world.violations == []
    assert channel.limits.buttons == bool(case.buttons)
    if case.buttons:
        assert case.buttons(world, channel) == [[data for _, data in buttons]]


@each(CASES)
async def test_words_with_a_mistake_are_told_before_anything_is_sent(channel: Channel, case: Case) -> None:
    good = message(case.address)
    with pytest.raises(UserError, match="placeholder"):
        channel.render(replace(good, content=replace(good.content, text="Dear {stranger}")))


@each(CASES)
async def test_what_no_provider_can_have_sent_is_a_value_error(channel: Channel) -> None:
    for nonsense in [RawCallback(), RawCallback(form={"MessageStatus": "sent"}, body=b"\xff\x00")]:
        with pytest.raises(ValueError, match=r"\w+ \w+"):
            channel.read(nonsense)


@each(CASES)
async def test_looking_up_says_what_is_known_or_that_nobody_can_be_asked(
    world: World, channel: Channel, case: Case
) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    found = await channel.find(message(case.address), since)
    assert found is None or found.provider == case.name
    if not case.remote:
        return
    await world.down(case.name)
    if found is None:  # it can never say
        assert await channel.find(message(case.address), since) is None
    else:
        with pytest.raises(OperatorError):
            await channel.find(message(case.address), since)
