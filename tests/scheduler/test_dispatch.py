from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest

from channels.base import Message
from channels.phone import Phone
from config.settings import QuietSettings
from core.clock import SteppedClock
from core.delivery import DuplicatePolicy
from core.errors import OperatorError
from core.receipts import Receipt
from scheduler import dispatch
from scheduler.breaker import MOST_IN_A_ROW
from store import notices, outbox, pauses, sweep
from store.database import Database
from tests.scheduler.scripted import (
    PATIENCE,
    Scripted,
    TickingClock,
    all_in,
    counted,
    crowd,
    dispatching,
    says,
    settings,
    until,
)
from tests.store.people import MINUTE, TODAY, add_person, claim, deliveries, plan, publish, states

AWAY = says("deferred", wide=True, reason="there is no connection")
TELL_TWICE = DuplicatePolicy.PREFER_TELLING_TWICE

WRITER = """
import sys
from store.database import Database
from tests.store.people import add_person, publish
database = Database(sys.argv[1])
with database.writing() as session:
    add_person(session, "Zoe", "email")
    publish(session, "from outside")
database.close()
"""


async def test_rows_that_another_process_writes_are_noticed(database: Database) -> None:
    channel = Scripted()
    async with dispatching(database, [channel], TickingClock()):
        await asyncio.sleep(2 * dispatch.LOOK_EVERY)
        writer = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, f"sqlite:///{database.path}", stdout=subprocess.DEVNULL
        )
        assert await writer.wait() == 0
        await until(lambda: channel.told, patience=15)  # far less than the half minute of the safety net


async def test_rows_that_are_written_while_the_dispatcher_starts_are_noticed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come after a lane's first look and before the first look at what others write."""
    channel = Scripted()
    other = Database(f"sqlite:///{database.path}")
    looked = database.read_version

    async def late() -> object:
        if not channel.begun and not counted(database):
            await asyncio.sleep(0.2)
            crowd(other, 1, "email")
        return await looked()

    monkeypatch.setattr(database, "read_version", late)
    async with dispatching(database, [channel], TickingClock()):
        await until(lambda: channel.told, patience=15)
    other.close()


async def test_a_notice_of_several_pages_reaches_everybody_once(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 10)
    channel = Scripted()
    with database.writing() as session:
        for number in range(95):
            add_person(session, f"Person {number}", "email")
    async with dispatching(database, [channel], clock):
        await database.write(notices.publish, plan(), ("email",), TODAY, clock.now())
        await until(all_in(database, "accepted", 95))
    assert not channel.told_twice


async def test_people_who_can_only_be_rung_are_put_on_the_list(database: Database, clock: SteppedClock) -> None:
    crowd(database, 3, "phone")
    async with dispatching(database, [Phone()], clock):
        await until(all_in(database, "accepted", 3))


async def test_the_last_rung_is_a_call(database: Database, clock: SteppedClock) -> None:
    crowd(database, 1, "email", "phone")
    async with dispatching(database, [Scripted(answer=lambda _: says("refused", dead=True)), Phone()], clock):
        await until(lambda: states(database) == [("email", "failed"), ("phone", "accepted")])


class TestQuietHours:
    HOURS = QuietSettings(start=time(21), end=time(8))

    async def test_hold_what_is_due_at_night_and_let_it_go_in_the_morning(self, database: Database) -> None:
        clock = SteppedClock(datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
        channel = Scripted()
        crowd(database, 3, "email")
        async with dispatching(database, [channel], clock, self.HOURS) as dispatcher:
            dispatcher.wake()
            await asyncio.sleep(0.2)
            assert counted(database) == {"queued": 3}
            clock.step(timedelta(hours=9, minutes=1))
            dispatcher.wake()
            await until(all_in(database, "accepted", 3))

    async def test_are_each_persons_own(self, database: Database) -> None:
        clock = SteppedClock(datetime(2026, 3, 2, 13, 0, tzinfo=UTC))  # an hour before midnight in Tokyo
        channel = Scripted()
        with database.writing() as session:
            add_person(session, "Ann", "email")
            add_person(session, "Yui", "email", timezone="Asia/Tokyo")
            publish(session)
        async with dispatching(database, [channel], clock, self.HOURS) as dispatcher:
            await until(lambda: counted(database) == {"accepted": 1, "queued": 1})
            dispatcher.wake()
            await asyncio.sleep(0.1)
            assert [message.name for message in channel.told] == ["Ann"]

    async def test_do_not_bind_what_is_urgent(self, database: Database) -> None:
        clock = SteppedClock(datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
        crowd(database, 2, "email", urgent=True)
        async with dispatching(database, [Scripted()], clock, self.HOURS):
            await until(all_in(database, "accepted", 2))


async def test_what_is_too_late_expires_and_is_given_to_staff(database: Database, clock: SteppedClock) -> None:
    channel = Scripted(answer=lambda _: says("deferred"))
    crowd(database, 2, "email")
    async with dispatching(database, [channel], clock) as dispatcher:
        await until(lambda: len(channel.begun) == 2 and counted(database) == {"queued": 2})
        clock.step(timedelta(days=4))
        await dispatcher.round()
        assert counted(database) == {"expired": 2}


class TestAProviderThatIsDown:
    async def drain(self, database: Database, channel: Scripted, clock: SteppedClock, people: int) -> None:
        staff_channel = Scripted("sms")
        with database.writing() as session:
            add_person(session, "Sam Staff", "sms", staff="coordinator", groups=["Staff"])
            for number in range(people):
                add_person(session, f"Person {number}", "email", groups=["All"])
            publish(session, group="All")
        healthy = channel.answer
        channel.answer = self.trouble
        async with dispatching(database, [channel, staff_channel], clock) as dispatcher:
            await until(lambda: list(self.pauses(database)) == ["email"])
            await until(lambda: staff_channel.told)
            await until(lambda: not counted(database)["sending"])
            begun = len(channel.begun)
            assert begun <= MOST_IN_A_ROW + channel.limits.concurrency
            spent = self.spent(database)
            for _ in range(3):
                clock.step(timedelta(seconds=61))
                dispatcher.wake()
                seen = len(channel.begun)
                await until(lambda: len(channel.begun) > seen)  # noqa: B023
                await until(lambda: not counted(database)["sending"])
            assert len(channel.begun) <= begun + 5, "one a minute, whatever waits"
            assert self.spent(database) == spent, "a probe spends no attempt"
            channel.answer = healthy
            for _ in range(4):
                clock.step(timedelta(minutes=2))
                dispatcher.wake()
                await asyncio.sleep(0.05)
            await until(lambda: len(channel.told) == people)
            await until(all_in(database, "accepted", people + 1))
            assert not self.pauses(database)
        assert len(staff_channel.told) == 1, "staff are told once"
        assert not channel.told_twice

    trouble: Callable[[Message], Receipt] = staticmethod(lambda _: AWAY)

    @staticmethod
    def pauses(database: Database) -> dict[str, str]:
        with database.reading() as session:
            return pauses.paused_providers(session)

    @staticmethod
    def spent(database: Database) -> int:
        with database.reading() as session:
            return sum(one.tries for one in deliveries(session) if one.channel == "email")

    @pytest.mark.parametrize("people", [30, 150])
    async def test_is_paused_tried_each_minute_and_drained_when_it_is_well(
        self, database: Database, clock: SteppedClock, people: int
    ) -> None:
        await self.drain(database, Scripted(), clock, people)

    async def test_is_paused_at_once_when_our_account_is_at_fault(
        self, database: Database, clock: SteppedClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.trouble = lambda _: says("broken", reason="our password is wrong")
        channel = Scripted()
        await self.drain(database, channel, clock, 150)
        assert self.spent(database) == 150, "each spent the one attempt that went well"
        said = {one.getMessage(): vars(one) for one in caplog.records}
        assert said["email is paused: our password is wrong"]["channel"] == "email"
        about = said["An attempt by email broke off: our password is wrong"]
        assert (about["channel"], about["attempt"]) == ("email", 1)
        assert {len(about[name]) for name in ("notice", "delivery")} == {len("01a205ac-bad4-765c-a403-735bbdc17f91")}

    async def test_errors_of_recipients_do_not_pause_it(self, database: Database, clock: SteppedClock) -> None:
        channel = Scripted(answer=lambda _: says("refused"))
        crowd(database, 100, "email")
        async with dispatching(database, [channel], clock):
            await until(all_in(database, "failed", 100))
        assert not self.pauses(database)


class TestDoubts:
    """What becomes of deliveries of which nobody knows whether they were sent."""

    @staticmethod
    def interrupted(database: Database, policy: DuplicatePolicy = DuplicatePolicy.PREFER_SILENCE) -> None:
        """One delivery that a process was sending when it was killed."""
        crowd(database, 1, "email", policy=policy)
        with database.writing() as session:
            claim(session)

    async def test_found_at_the_provider_it_is_accepted(
        self, database: Database, clock: SteppedClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        channel = Scripted()
        channel.look_up = lambda _: says("accepted", ref="r7")
        self.interrupted(database)
        async with dispatching(database, [channel], clock):
            await until(all_in(database, "accepted", 1))
        assert not channel.begun
        [about] = [vars(one) for one in caplog.records if "interrupted" in one.getMessage()]
        assert (about["channel"], about["attempt"], len(about["delivery"])) == ("email", 1, 36)

    @staticmethod
    async def begun(database: Database, channel: Scripted, clock: SteppedClock) -> dispatch.Dispatcher:
        """A dispatcher that has begun and makes its rounds when it is told to."""
        assert database.path is not None
        dispatcher = dispatch.Dispatcher(database, {"email": channel}, settings(database.path.parent), clock)
        await database.write(sweep.lost, clock.now(), dispatcher.ways, at_start=True)
        return dispatcher

    async def test_absent_twice_it_is_sent_again(self, database: Database, clock: SteppedClock) -> None:
        channel = Scripted(doubt=10 * MINUTE)
        channel.look_up = lambda _: says("deferred")
        self.interrupted(database)
        dispatcher = await self.begun(database, channel, clock)
        for looks in (1, 2):
            assert counted(database) == {"unknown": 1}
            clock.step(11 * MINUTE)
            await dispatcher.round()
            assert len(channel.asked) == looks
        async with dispatching(database, [channel], clock):
            await until(all_in(database, "accepted", 1))
        assert [message.attempt for message in channel.told] == [2]

    async def test_nobody_asks_before_a_late_answer_has_had_its_time(
        self, database: Database, clock: SteppedClock
    ) -> None:
        channel = Scripted(doubt=10 * MINUTE)
        self.interrupted(database)
        dispatcher = await self.begun(database, channel, clock)
        clock.step(9 * MINUTE)
        await dispatcher.round()
        assert not channel.asked

    async def test_where_the_provider_cannot_say_and_silence_is_preferred_a_person_decides(
        self, database: Database, clock: SteppedClock
    ) -> None:
        channel = Scripted()
        self.interrupted(database)
        async with dispatching(database, [channel], clock):
            await until(all_in(database, "review", 1))
        assert not channel.begun

    async def test_where_the_provider_cannot_say_and_telling_twice_is_preferred_it_is_sent_again(
        self, database: Database, clock: SteppedClock
    ) -> None:
        channel = Scripted()
        self.interrupted(database, TELL_TWICE)
        async with dispatching(database, [channel], clock):
            await until(all_in(database, "accepted", 1))
        assert [message.attempt for message in channel.told] == [2]

    async def test_while_the_provider_is_away_it_is_asked_again_later(
        self, database: Database, clock: SteppedClock
    ) -> None:
        def away(_: Message) -> Receipt:
            raise OperatorError("There is no connection")

        channel = Scripted()
        channel.look_up = away
        self.interrupted(database)
        dispatcher = await self.begun(database, channel, clock)
        for _ in range(2):
            await dispatcher.round()
        assert len(channel.asked) == 1, "not before a minute is over"
        channel.look_up = lambda _: says("accepted")
        clock.step(2 * MINUTE)
        await dispatcher.round()
        assert counted(database) == {"accepted": 1}

    async def test_a_channel_that_raises_when_asked_is_asked_again_later(
        self, database: Database, clock: SteppedClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fall_over(_: Message) -> Receipt:
            raise ZeroDivisionError

        channel = Scripted()
        channel.look_up = fall_over
        self.interrupted(database)
        dispatcher = await self.begun(database, channel, clock)
        await dispatcher.round()
        channel.look_up = lambda _: says("accepted")
        clock.step(2 * MINUTE)
        await dispatcher.round()
        assert counted(database) == {"accepted": 1}
        assert "failed in its own code" in caplog.text

    async def test_an_answer_of_unknown_is_settled_by_policy(self, database: Database, clock: SteppedClock) -> None:
        answers = iter([says("unknown")])
        channel = Scripted(answer=lambda _: next(answers, says("accepted")))
        with database.writing() as session:
            add_person(session, "Ann", "email")
            publish(session, "change", policy=TELL_TWICE)
        async with dispatching(database, [channel], clock) as dispatcher:
            await until(lambda: len(channel.begun) == 1 and counted(database) == {"unknown": 1})
            await dispatcher.round()
            await until(all_in(database, "accepted", 1))

    async def test_of_a_channel_that_was_switched_off_meanwhile_a_person_decides(
        self, database: Database, clock: SteppedClock
    ) -> None:
        self.interrupted(database)
        async with dispatching(database, [Scripted("sms")], clock):
            await until(all_in(database, "review", 1))


async def test_a_fault_in_the_dispatcher_itself_ends_it_instead_of_leaving_it_half_alive(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(outbox, "claim", fault)
    crowd(database, 1, "email")
    assert database.path is not None
    dispatcher = dispatch.Dispatcher(database, {"email": Scripted()}, settings(database.path.parent), clock)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(dispatcher.run(), PATIENCE)
