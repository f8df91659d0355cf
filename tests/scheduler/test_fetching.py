"""Texts and what becomes of ours, fetched from the provider where it can't reach us."""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from actions import notices, reach, receipts
from cli import service
from cli.fetching import fetchers
from config.settings import load
from core.clock import SteppedClock, SystemClock
from core.content import make_content
from core.delivery import State
from core.errors import OperatorError
from core.people import RouteState
from core.receipts import Inbound, Receipt
from core.roles import TERMINAL
from sandbox.faults import Fault
from sandbox.world import World
from scheduler import fetching
from scheduler.fetching import WIDE_EVERY, Fetching
from store.database import Session
from store.tables import Delivery, InboxItem, Notice, Route
from tests.store.people import add_person

ANN, JOE = "+447700900123", "+447700900124"


class Town:
    """A house without a public address, its people in the pretend world, and a clock that begins at this moment."""

    def __init__(self, world: World, folder: Path, **more: str) -> None:
        self.world = world
        self.clock = SteppedClock(SystemClock().now())
        environ = {
            **world.settings(),
            "RINGROUND_DATA_DIR": str(folder),
            "RINGROUND_LIVE": "true",
            "RINGROUND_QUIET__START": "00:00",
            "RINGROUND_QUIET__END": "00:00",
            "RINGROUND_SMS__RATE": "1000",
            "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
            "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
            **more,
        }
        self.house = service.build(load(environ, folder), self.clock)
        with self.house.database.writing() as session:
            add_person(session, "Ann Carter", "sms", "email", addresses={"sms": ANN, "email": "ann@example.org"})
            add_person(session, "Joe Dean", "sms", addresses={"sms": JOE})

    def begin(self) -> Fetching:
        """Makes what fetches, as at each start of the service."""
        (one,) = fetchers(self.house)
        assert isinstance(one, Fetching)
        return one

    async def send(self) -> None:
        """Tells everybody something, and waits until the provider has it."""
        async with service.dispatching(self.house):
            draft = notices.Draft(make_content("We meet on Monday.", "We meet"))
            await self.house.database.write(notices.send, TERMINAL, draft, service.surroundings(self.house))
            await until(lambda: self.states().count(State.ACCEPTED) >= 2)

    def states(self, channel: str = "sms") -> list[str]:
        with self.house.database.reading() as session:
            wanted = select(Delivery.state).where(Delivery.channel == channel).order_by(col(Delivery.id))
            return list(session.exec(wanted))

    def heard(self) -> list[str]:
        with self.house.database.reading() as session:
            return [text or "" for text in session.exec(select(InboxItem.text).order_by(col(InboxItem.id)))]

    async def later(self, status: str) -> None:
        """Has the phone company say something about every text."""
        for arrival in self.world.messages("sms"):
            text = self.world.sms.texts.get(str(arrival.ref))
            assert text is not None
            text.advance(status)


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30  # long, because a busy machine is no fault
    while not condition():
        assert time.monotonic() < end, "it does not come"
        await sleep(0.02)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World(fsync=False, receipt_delay=1000) as world:  # texts stay queued until a test says more
        yield world


@pytest.fixture
async def town(world: World, tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(world, tmp_path)
    yield town
    for channel in town.house.channels.values():
        await channel.close()
    town.house.close()


async def test_what_people_write_is_heard_at_the_next_look_once(world: World, town: Town) -> None:
    looking = town.begin()
    await looking.look()
    await world.text_in(ANN, "Is there a ramp?")
    await world.text_in(JOE, "")  # a picture alone
    assert await looking.look() == 2
    assert town.heard() == ["Is there a ramp?", ""]
    assert await looking.look() == 0
    for _ in range(2):
        await town.begin().look()  # a restart knows nothing of what it has fetched already
    assert town.heard() == ["Is there a ramp?", ""]


async def test_what_came_while_we_were_off_is_heard(world: World, town: Town) -> None:
    await town.begin().look()
    await world.text_in(ANN, "Is there a ramp?")
    town.clock.step(timedelta(days=5))
    assert await town.begin().look() == 1
    assert town.heard() == ["Is there a ramp?"]


async def test_many_texts_are_all_heard_in_their_order(world: World, town: Town) -> None:
    await town.begin().look()
    for number in range(250):
        await world.text_in(ANN, f"Question {number}?")
    assert await town.begin().look() == 250
    assert town.heard() == [f"Question {number}?" for number in range(250)]


async def test_receipts_move_what_was_sent(world: World, town: Town) -> None:
    looking = town.begin()
    await town.send()
    await looking.look()
    assert town.states() == [State.ACCEPTED, State.ACCEPTED]
    await town.later("delivered")
    assert await looking.look() == 2
    assert town.states() == [State.DELIVERED, State.DELIVERED]
    assert await looking.look() == 0


async def test_a_text_that_was_never_sent_has_no_date_and_is_found(world: World, town: Town) -> None:
    looking = town.begin()
    await looking.look()
    await town.send()
    text = world.sms.texts.get(str(world.messages("sms", ANN)[0].ref))
    assert text is not None
    text.advance("failed", 30006)  # a number that can't get texts
    assert text.sent is None
    await looking.look()
    assert town.states()[0] == State.FAILED
    assert town.states("email") == [State.QUEUED], "the next route"
    with town.house.database.reading() as session:
        assert session.exec(select(Route.state).where(Route.address == ANN)).one() == RouteState.DEAD


async def test_a_receipt_that_comes_days_later_is_found(world: World, town: Town) -> None:
    looking = town.begin()
    await town.send()
    await looking.look()
    town.clock.step(timedelta(days=2))
    await looking.look()
    await town.later("delivered")
    for _ in range(WIDE_EVERY):
        await looking.look()
    assert town.states() == [State.DELIVERED, State.DELIVERED]


async def test_a_receipt_that_came_while_we_were_off_is_found(world: World, town: Town) -> None:
    await town.send()
    await town.begin().look()
    await town.later("delivered")
    town.clock.step(timedelta(days=2))
    await town.begin().look()
    assert town.states() == [State.DELIVERED, State.DELIVERED]


@pytest.mark.parametrize("how", ["http-500", "20429", "20003", "reset-before", "garbage"])
@pytest.mark.parametrize("after", [0, 1])  # what came in is listed first, then what became of ours
async def test_a_provider_that_refuses_is_asked_again(world: World, town: Town, how: str, after: int) -> None:
    looking = town.begin()
    await looking.look()
    await world.text_in(ANN, "Is there a ramp?")
    world.fail(Fault("sms", how, at="list", times=None, after=after))
    town.clock.step(timedelta(hours=5))
    with pytest.raises(OperatorError, match="Twilio can't be asked"):
        await looking.look()
    await world.heal()
    assert await looking.look() == 1
    assert town.heard() == ["Is there a ramp?"]


async def test_a_provider_that_is_away_is_asked_again(
    world: World, town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import asyncio

    monkeypatch.setattr(fetching, "EVERY", 0.01)
    await world.down("sms")
    looking = town.begin()
    running = asyncio.create_task(looking.run())
    await until(lambda: "Twilio can't be asked" in caplog.text)
    await world.up("sms")
    await world.text_in(ANN, "Is there a ramp?")
    await until(town.heard)
    looking.stop()
    await running
    assert ANN not in caplog.text


async def test_a_fault_of_ours_keeps_nothing_else_back_and_is_tried_again(world: World, town: Town) -> None:
    faulty = True

    def take(session: Session, found: Sequence[Receipt | Inbound]) -> None:
        receipts.take_all(session, found, service.surroundings(town.house))
        if faulty and isinstance(found[0], Inbound) and found[0].text == "Bad":
            raise KeyError(found[0].text)

    channel = town.house.channels["sms"]
    looking = Fetching(channel, town.house.database, town.clock, take)  # type: ignore[arg-type]  # texts can be fetched
    for word in ("One", "Bad", "Two"):
        await world.text_in(ANN, word)
    assert await looking.look() == 2
    assert town.heard() == ["One", "Two"]
    faulty = False
    assert await looking.look() == 1
    assert town.heard() == ["One", "Two", "Bad"]


async def test_a_stop_that_twilio_has_answered_is_not_answered_again(world: World, town: Town) -> None:
    looking = town.begin()
    await world.text_in(ANN, "Stop")
    await looking.look()
    with town.house.database.reading() as session:
        assert session.exec(select(Route.state).where(Route.address == ANN)).one() == RouteState.STOPPED
        assert session.exec(select(Notice).where(Notice.kind == "reply")).all() == []


async def test_twilios_own_answers_are_none_of_ours(world: World, town: Town) -> None:
    await world.text_in(ANN, "Stop")  # Twilio answers, which is listed as well
    fetch = town.begin()._channel.fetch
    assert [type(one) for one in await fetch(town.clock.now() - timedelta(hours=1))] == [Inbound]


async def test_whoever_can_be_reached_fetches_nothing(world: World, tmp_path: Path) -> None:
    town = Town(world, tmp_path, RINGROUND_PUBLIC_URL="https://group.example.org")
    assert fetchers(town.house) == []
    town.house.close()


@pytest.mark.parametrize(("public", "channels"), [("", []), ("https://group.example.org", ["sms"])])
async def test_a_notice_waits_for_proof_only_where_it_is_brought_to_us(
    world: World, tmp_path: Path, public: str, channels: list[str]
) -> None:
    town = Town(world, tmp_path, RINGROUND_PUBLIC_URL=public)
    assert reach.proving(service.surroundings(town.house)) == channels
    town.house.close()
