from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from channels.base import Message
from channels.memory import Memory
from core.clock import SteppedClock
from core.receipts import Outcome, Receipt
from scheduler import lane
from scheduler.lane import MOST_EACH
from store import notices
from store.database import Database
from store.tables import Notice
from store.withdraw import withdraw_person
from tests.scheduler.scripted import LEASE, Scripted, TickingClock, all_in, counted, crowd, dispatching, says, until
from tests.store.people import MINUTE, NOON, add_person, attempts, deliveries, publish


async def test_everything_is_sent_once_and_written_down(database: Database, clock: SteppedClock) -> None:
    memory = Memory("email")
    crowd(database, 300, "email")
    async with dispatching(database, [memory], clock):
        await until(all_in(database, "accepted", 300))
    assert len({message.delivery for message in memory.sent}) == len(memory.sent) == 300
    with database.reading() as session:
        assert {attempt.outcome for attempt in attempts(session)} == {"accepted"}


async def test_each_person_gets_their_own_name(database: Database, clock: SteppedClock) -> None:
    memory = Memory("email")
    crowd(database, 3, "email", text="Dear {name}, we meet.")
    async with dispatching(database, [memory], clock):
        await until(all_in(database, "accepted", 3))
    assert sorted(message.fields["name"] for message in memory.sent) == ["Person 0", "Person 1", "Person 2"]


@pytest.mark.parametrize(("rate", "concurrency"), [(None, 2), (20.0, 6)])
async def test_no_more_is_in_hand_than_leaves_soon(database: Database, rate: float | None, concurrency: int) -> None:
    batch = int(rate) if rate else concurrency * MOST_EACH
    crowd(database, 4 * batch, "email")
    in_hand: list[int] = []
    channel = Scripted(rate=rate, concurrency=concurrency)
    channel.gate.clear()
    async with dispatching(database, [channel], TickingClock()) as dispatcher:
        email = dispatcher._lanes["email"]

        def note(message: Message) -> Receipt:
            in_hand.append(len(email._in_hand))
            return says("accepted")

        channel.answer = note
        await until(lambda: channel.at_once == concurrency or rate)
        channel.gate.set()
        await until(lambda: len(channel.told) >= 2 * batch)
    assert max(in_hand) <= batch * 1.5 + concurrency
    if rate:
        assert max(in_hand) <= batch / 2, "what leaves in a twentieth of a second is little at this pace"
    assert channel.most_at_once <= concurrency


async def test_as_many_are_under_way_as_the_channel_allows(database: Database, clock: SteppedClock) -> None:
    channel = Scripted(concurrency=6)
    channel.gate.clear()
    crowd(database, 40, "email")
    async with dispatching(database, [channel], clock):
        await until(lambda: channel.at_once == 6)
        channel.gate.set()
        await until(all_in(database, "accepted", 40))
    assert channel.most_at_once == 6


async def test_one_slow_channel_does_not_hold_up_another(database: Database, clock: SteppedClock) -> None:
    slow, quick = Scripted("email"), Scripted("sms")
    slow.gate.clear()
    with database.writing() as session:
        for number in range(20):
            add_person(session, f"Person {number}", "email" if number % 2 else "sms")
        publish(session)
    async with dispatching(database, [slow, quick], clock):
        await until(lambda: len(quick.told) == 10)
        assert not slow.told
        slow.gate.set()
        await until(all_in(database, "accepted", 20))


async def test_more_notices_than_are_kept_in_memory_all_go_out(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "MOST_NOTICES", 5)
    channel = Scripted(concurrency=1)
    channel.takes = 0.01  # so that some still wait when the next are claimed
    with database.writing() as session:
        add_person(session, "Ann", "email")
        for number in range(40):
            publish(session, f"k{number}", text=f"News number {number}")
    async with dispatching(database, [channel], clock):
        await until(all_in(database, "accepted", 40))
    assert len({message.content.text for message in channel.told}) == 40


async def test_a_channel_that_raises_leaves_the_others_alone_and_its_own_in_doubt(
    database: Database, clock: SteppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def fall_over(message: Message) -> Receipt:
        raise ZeroDivisionError

    broken, well = Scripted("email", fall_over, doubt=10 * MINUTE), Scripted("sms")
    with database.writing() as session:
        for number in range(10):
            add_person(session, f"Person {number}", "email" if number % 2 else "sms")
        publish(session)
    async with dispatching(database, [broken, well], clock):
        await until(lambda: counted(database) == {"accepted": 5, "unknown": 5})
    assert "failed in its own code" in caplog.text


async def test_a_pause_holds_all_that_is_not_claimed_and_a_resume_lets_it_go(
    database: Database, clock: SteppedClock
) -> None:
    channel = Scripted(concurrency=2)
    channel.gate.clear()
    crowd(database, 100, "email")
    async with dispatching(database, [channel], clock) as dispatcher:
        await until(lambda: channel.at_once == 2)
        with database.writing() as session:
            held = notices.pause(session, session.get_one(Notice, 1), clock.now())
        channel.gate.set()
        await until(lambda: counted(database) == {"held": held, "accepted": 100 - held})
        dispatcher.wake()
        await asyncio.sleep(0.1)
        assert len(channel.told) == 100 - held
        with database.writing() as session:
            assert notices.resume(session, session.get_one(Notice, 1), clock.now()) == held
        await until(all_in(database, "accepted", 100))
    assert not channel.told_twice


async def test_a_cancellation_is_exact_to_the_person(database: Database, clock: SteppedClock) -> None:
    channel = Scripted(concurrency=2)
    channel.gate.clear()
    crowd(database, 100, "email")
    async with dispatching(database, [channel], clock):
        await until(lambda: channel.at_once == 2)
        with database.writing() as session:
            withdrawn = notices.cancel(session, session.get_one(Notice, 1), clock.now())
        channel.gate.set()
        await until(lambda: counted(database) == {"withdrawn": withdrawn, "accepted": 100 - withdrawn})
    with database.reading() as session:
        accepted = {one.uid for one in deliveries(session) if one.state == "accepted"}
    assert {message.delivery for message in channel.told} == accepted


async def test_somebody_who_died_gets_nothing_more(database: Database, clock: SteppedClock) -> None:
    channel = Scripted(concurrency=1)
    channel.gate.clear()
    crowd(database, 60, "email")
    async with dispatching(database, [channel], clock):
        await until(lambda: channel.at_once == 1)
        with database.writing() as session:
            last = deliveries(session)[-1].uid
            withdraw_person(session, 60, "died", clock.now())
        channel.gate.set()
        await until(lambda: counted(database) == {"withdrawn": 1, "accepted": 59})
    assert last not in {message.delivery for message in channel.told}


async def test_what_failed_for_now_is_tried_again_when_its_time_has_come(
    database: Database, clock: SteppedClock
) -> None:
    answers = iter([says("deferred"), says("deferred", retry_after=timedelta(hours=2)), says("accepted")])
    channel = Scripted(answer=lambda _: next(answers))
    crowd(database, 1, "email")
    async with dispatching(database, [channel], clock) as dispatcher:
        await until(lambda: len(channel.begun) == 1 and counted(database) == {"queued": 1})
        clock.step(timedelta(seconds=100))
        dispatcher.wake()
        await until(lambda: len(channel.begun) == 2 and counted(database) == {"queued": 1})
        clock.step(timedelta(minutes=110))
        dispatcher.wake()
        await asyncio.sleep(0.1)
        assert len(channel.begun) == 2, "two hours were asked for"
        clock.step(timedelta(minutes=20))
        dispatcher.wake()
        await until(all_in(database, "accepted", 1))
    assert [message.attempt for message in channel.begun] == [1, 2, 3]


async def test_the_next_rung_is_tried_as_soon_as_one_fails(database: Database) -> None:
    mail = Scripted("email", lambda _: says("refused", dead=True))
    text = Scripted("sms")
    crowd(database, 5, "email", "sms")
    async with dispatching(database, [mail, text], TickingClock()):
        await until(lambda: len(text.told) == 5, patience=5)
        await until(lambda: counted(database) == {"failed": 5, "accepted": 5})


async def test_while_a_provider_asks_for_a_rest_nothing_is_kept_in_hand(
    database: Database, clock: SteppedClock
) -> None:
    """A claim that waits in memory for longer than its lease would be taken for lost, and sent twice."""
    rest = says("deferred", wide=True, retry_after=timedelta(seconds=600))
    answers = iter([says("accepted"), rest])
    channel = Scripted(answer=lambda _: next(answers, says("accepted")), concurrency=1)
    crowd(database, 50, "email")
    real = HandMovedClock()
    async with dispatching(database, [channel], real) as dispatcher:
        await until(lambda: len(channel.begun) == 2)
        await until(all_but_one_queued(database))
        assert len(channel.begun) == 2
        real.step(timedelta(seconds=700))
        dispatcher.wake()
        await until(all_in(database, "accepted", 50))
    assert not channel.told_twice


def all_but_one_queued(database: Database):  # type: ignore[no-untyped-def]
    return lambda: counted(database) == {"accepted": 1, "queued": 49}


class HandMovedClock(SteppedClock):
    """Stands still whoever sleeps; a sleeper looks again each moment."""

    def __init__(self) -> None:
        super().__init__(NOON)

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        await asyncio.sleep(min(max(seconds, 0), 0.01))
        while self.monotonic() < end - 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_claim_whose_lease_is_almost_over_is_not_begun(database: Database) -> None:
    clock = HandMovedClock()
    channel = Scripted(concurrency=1, doubt=10 * MINUTE)
    channel.gate.clear()
    crowd(database, 10, "email")
    async with dispatching(database, [channel], clock):
        await until(lambda: channel.at_once == 1 and counted(database).get("sending", 0) > 1)
        with database.reading() as session:
            in_hand = {one.delivery_id for one in attempts(session)} - {1}
        clock.step(LEASE + timedelta(seconds=1))  # the machine slept
        channel.gate.set()
        await until(all_in(database, "accepted", 10))
    assert not channel.told_twice
    with database.reading() as session:
        accepted = {one.delivery_id: one.n for one in attempts(session) if one.outcome == "accepted"}
    assert accepted[1] == 1, "its answer came late, and is taken all the same"
    assert {accepted[number] for number in in_hand} == {2}, "those that waited in hand were claimed anew"


async def test_urgent_messages_go_first(database: Database, clock: SteppedClock) -> None:
    channel = Scripted(concurrency=1)
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session, "first", text="News")
        publish(session, "second", text="Cancelled", urgent=True)
    async with dispatching(database, [channel], clock):
        await until(all_in(database, "accepted", 2))
    assert [message.content.text for message in channel.told] == ["Cancelled", "News"]


async def test_a_delivered_receipt_stops_the_ladder(database: Database, clock: SteppedClock) -> None:
    channel = Scripted(answer=lambda _: says(Outcome.DELIVERED, ref="r1"))
    crowd(database, 1, "email", "sms")
    async with dispatching(database, [channel], clock):
        await until(all_in(database, "delivered", 1))
