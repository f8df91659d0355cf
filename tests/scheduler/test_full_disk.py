from __future__ import annotations

import pytest

from channels.base import Message
from core.receipts import Receipt
from store import bulk
from store.database import Database, Session
from tests.scheduler.scripted import Scripted, TickingClock, all_in, counted, crowd, dispatching, says, until
from tests.store.people import attempts, deliveries

PEOPLE = 200


def full(session: Session) -> None:
    """Lets the database grow no further, as a full disk does."""
    (pages,) = bulk.rows(session, "PRAGMA page_count")[0]
    session.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def room(session: Session) -> None:
    session.connection().exec_driver_sql("PRAGMA max_page_count = 1000000")


async def test_nothing_is_sent_that_was_not_claimed_and_all_goes_on_when_there_is_room(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    channel = Scripted()
    unclaimed: list[str] = []

    def check(message: Message) -> Receipt:
        with database.reading() as session:
            known = {one.uid: one.id for one in deliveries(session)}
            claimed = {(one.delivery_id, one.n) for one in attempts(session)}
        if (known[message.delivery], message.attempt) not in claimed:
            unclaimed.append(message.delivery)
        return says("accepted")

    channel.answer = check
    crowd(database, PEOPLE, "email")
    await database.write(full)
    async with dispatching(database, [channel], TickingClock()) as dispatcher:
        await until(lambda: "disk that holds the database is full" in caplog.text)
        await until(lambda: channel.at_once == 0 or dispatcher._recorder.ailing)
        assert len(channel.told) < PEOPLE
        await database.write_silently(room)
        await until(all_in(database, "accepted", PEOPLE))
    assert not unclaimed
    assert not channel.told_twice
    assert counted(database) == {"accepted": PEOPLE}
