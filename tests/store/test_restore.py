from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from core.clock import SteppedClock
from core.delivery import HELD_RESTORED, DuplicatePolicy
from core.errors import Refused, StoreError, UserError
from core.notices import NoticeState
from core.people import Role, Status
from core.person_row import PersonRow
from core.reach import Standing
from core.roles import TERMINAL, Actor
from store import notices, stops, sweep
from store.backup import backup
from store.database import Database
from store.erasure import erase
from store.holding import Restored
from store.importing import import_people
from store.people import person_by_uid, set_status
from store.reach import reach
from store.restore import restore
from store.settle import settle_doubt
from store.stop_log import StopLog
from store.tables import Audit, Delivery, Notice, Person, Route
from store.tables.base import known
from tests.store.people import (
    CHANNELS,
    HOUR,
    NOON,
    TODAY,
    WAYS,
    add_person,
    claim,
    deliveries,
    publish,
    recipient_of,
    route_of,
    say,
)

SECRET = b"a secret of this installation"
NIGHT = NOON + 12 * HOUR


@dataclass
class House:
    """A database with its log, and the backup that was made of it."""

    database: Database
    log: StopLog
    clock: SteppedClock
    path: Path

    def backup(self) -> None:
        backup(self.database, self.path, self.clock)
        self.clock.step(HOUR)

    def restore(self) -> Restored:
        return restore(self.database, self.path, self.log, TERMINAL, self.clock)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    clock = SteppedClock(NOON)
    log = StopLog(tmp_path / "stops.log", SECRET, clock)
    database.stop_log = log
    return House(database, log, clock, tmp_path / "backup.sqlite3")


def person(house: House, name: str, *channels: str, **more: object) -> str:
    with house.database.writing() as session:
        return add_person(session, name, *channels, **more).uid  # type: ignore[arg-type]


def change(house: House, uid: str, do: Callable[..., object], *args: object) -> None:
    """Does something to a person (or, where `do` wants one, to their first route)."""
    with house.database.writing() as session:
        do(session, person_by_uid(session, uid), *args)


def stop(house: House, uid: str, channel: str = "email") -> None:
    with house.database.writing() as session:
        stops.stop_route(session, route_of(session, person_by_uid(session, uid), channel), house.clock.now())


def start(house: House, uid: str, channel: str = "email") -> None:
    with house.database.writing() as session:
        route = route_of(session, person_by_uid(session, uid), channel)
        stops.start_route(session, route, SECRET, house.clock.now())


def route_state(house: House, uid: str, channel: str = "email") -> str:
    with house.database.reading() as session:
        return route_of(session, person_by_uid(session, uid), channel).state


def row(house: House, uid: str) -> Person:
    with house.database.reading() as session:
        found = person_by_uid(session, uid)
        session.expunge(found)
        return found


def everything_sent(house: House, at_hour: int = 2) -> int:
    """Claims whatever would leave by itself now and in the next days; returns how much that is."""
    with house.database.writing() as session:
        at = NOON + at_hour * HOUR
        return sum(len(claim(session, channel, 1000, at)) for channel in CHANNELS)


# The drill


def test_after_a_restore_nobody_is_sent_anything_until_staff_let_it_go_on(house: House) -> None:
    names = [f"Person {number}" for number in range(8)]
    uids = [person(house, name, "email") for name in names]
    with house.database.writing() as session:
        notice = publish(session)
        for sent in claim(session, limit=2):
            say(session, sent, "accepted", ref=f"m{sent.id}")
        claim(session, limit=1)
    house.backup()

    with house.database.writing() as session:
        sweep.lost(session, house.clock.now(), WAYS, at_start=True)
        for sent in claim(session, at=house.clock.now()):
            say(session, sent, "accepted", ref=f"m{sent.id}")
    stop(house, uids[3])
    change(house, uids[4], set_status, Status.DIED, None, house.clock.now())
    change(house, uids[5], erase, SECRET, house.clock.now())

    restored = house.restore()

    assert everything_sent(house) == 0
    with house.database.reading() as session:
        found = [delivery.state for delivery in deliveries(session)]
        assert found == ["accepted"] * 2 + ["unknown"] + ["withdrawn"] * 3 + ["held"] * 2
        stands = reach(session, session.exec(select(Notice)).one())
        assert stands.invited == sum(stands.counts.values()) == 8
        assert stands.counts == {Standing.TRYING: 5, Standing.LEFT_OUT: 3}
    assert route_state(house, uids[3]) == "stopped"
    assert row(house, uids[4]).status == "died"
    assert row(house, uids[5]).name == "Erased person"
    assert [(held.id, held.people) for held in restored.held] == [(notice.uid, 2)]
    assert (restored.unknown, restored.stops, restored.strangers) == (1, 3, 0)

    with house.database.writing() as session:
        assert notices.resume(session, notices.find_notice(session, notice.uid), house.clock.now()) == 2
    with house.database.writing() as session:
        assert [one.name for one in claim(session, at=house.clock.now())] == names[6:]


def test_what_is_in_doubt_is_not_sent_again_even_where_telling_twice_was_preferred(house: House) -> None:
    person(house, "Ann", "email")
    person(house, "Joe", "email")
    with house.database.writing() as session:
        publish(session, policy=DuplicatePolicy.PREFER_TELLING_TWICE)
        claim(session, limit=1)
        claim(session, limit=1)
        sweep.lost(session, NOON + timedelta(seconds=1), WAYS)
    house.backup()
    house.restore()
    with house.database.writing() as session:
        sweep.lost(session, house.clock.now(), WAYS, at_start=True)
        notices.resume(session, session.exec(select(Notice)).one(), house.clock.now())
        for delivery in deliveries(session):
            assert delivery.state == "unknown"
            settle_doubt(session, known(delivery.id), delivery.attempts, None, house.clock.now(), WAYS)
        assert [delivery.state for delivery in deliveries(session)] == ["review", "review"]


def test_a_notice_that_was_still_spreading_is_held_for_those_who_are_still_to_come(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", 2)
    for number in range(5):
        person(house, f"Person {number}", "email")
    with house.database.writing() as session:
        publish(session)
    house.backup()
    restored = house.restore()
    assert [(held.people, held.spreading) for held in restored.held] == [(2, True)]
    with house.database.writing() as session:
        notice = session.exec(select(Notice)).one()
        while notices.spread(session, known(notice.id), CHANNELS, TODAY, house.clock.now()):
            pass
    assert everything_sent(house) == 0
    with house.database.writing() as session:
        assert notices.resume(session, session.exec(select(Notice)).one(), house.clock.now()) == 5


def test_the_next_route_after_a_late_failure_waits_for_staff_too(house: House) -> None:
    person(house, "Ann", "email", "sms")
    with house.database.writing() as session:
        publish(session)
        sent = claim(session)[0]
        say(session, sent, "accepted", ref="m1")
    house.backup()
    assert [held.people for held in house.restore().held] == [0]
    with house.database.writing() as session:
        say(session, sent, "refused", at=house.clock.now(), ref="m1", dead=True)
        assert [(one.channel, one.state) for one in deliveries(session)] == [("email", "failed"), ("sms", "held")]


def test_what_was_held_by_a_pause_stays_held_and_asks_to_be_confirmed(house: House) -> None:
    person(house, "Ann", "email")
    with house.database.writing() as session:
        notices.pause(session, publish(session), NOON)
    house.backup()
    house.restore()
    with house.database.reading() as session:
        delivery = deliveries(session)[0]
        assert (delivery.state, delivery.reason) == ("held", HELD_RESTORED)


def test_what_is_planned_for_later_goes_out_at_its_time_and_is_mentioned(house: House) -> None:
    person(house, "Ann", "email")
    with house.database.writing() as session:
        publish(session, not_before=NIGHT)
    house.backup()
    restored = house.restore()
    assert (restored.held, restored.later) == ([], 1)
    assert everything_sent(house) == 0
    assert everything_sent(house, at_hour=13) == 1


def test_a_finished_or_cancelled_notice_stays_as_it_is(house: House) -> None:
    ann = person(house, "Ann", "email")
    with house.database.writing() as session:
        publish(session, "finished")
        say(session, claim(session)[0], "delivered", ref="m1")
        notices.cancel(session, publish(session, "cancelled"), NOON)
    house.backup()
    assert house.restore().held == []
    with house.database.reading() as session:
        assert [one.state for one in session.exec(select(Notice))] == [NoticeState.OPEN, NoticeState.CANCELLED]
        assert recipient_of(session, person_by_uid(session, ann), session.exec(select(Notice)).all()[1]).left_out


def test_a_restore_leaves_one_line_in_the_audit(house: House) -> None:
    person(house, "Ann", "email")
    house.backup()
    house.restore()
    with house.database.reading() as session:
        assert [(line.actor, line.action) for line in session.exec(select(Audit))] == [("terminal", "restore")]


def test_new_rows_after_a_restore_get_keys_of_their_own(house: House) -> None:
    person(house, "Ann", "email")
    house.backup()
    house.restore()
    person(house, "Joe", "email")
    with house.database.writing() as session:
        publish(session)
    assert everything_sent(house) == 2


# The log of stops


def test_a_route_that_was_started_again_ends_as_its_last_line_says(house: House) -> None:
    ann, joe = person(house, "Ann", "email"), person(house, "Joe", "email")
    house.backup()
    stop(house, ann)
    start(house, ann)
    stop(house, joe)
    start(house, joe)
    stop(house, joe)
    house.restore()
    assert (route_state(house, ann), route_state(house, joe)) == ("active", "stopped")


def test_a_line_about_the_very_moment_of_the_backup_is_not_missed(house: House) -> None:
    ann = person(house, "Ann", "email")
    backup(house.database, house.path, SteppedClock(NOON + timedelta(minutes=1)))
    stop(house, ann)  # its line is dated before the backup's moment, and the backup does not have it
    house.restore()
    assert route_state(house, ann) == "stopped"


def test_what_was_stopped_before_the_backup_and_started_since_is_started(house: House) -> None:
    ann = person(house, "Ann", "email", "sms")
    change(house, ann, stops.stop_everything, NOON)
    house.backup()
    start(house, ann)
    house.restore()
    assert (route_state(house, ann), route_state(house, ann, "sms")) == ("active", "stopped")
    assert row(house, ann).stopped_at is None


def test_one_of_two_who_share_a_phone_may_stop_without_the_other(house: House) -> None:
    shared = {"sms": "+447700900001"}
    ann, joe = person(house, "Ann", "sms", addresses=shared), person(house, "Joe", "sms", addresses=shared)
    house.backup()
    stop(house, ann, "sms")
    house.restore()
    assert (route_state(house, ann, "sms"), route_state(house, joe, "sms")) == ("stopped", "active")


def test_everything_stopped_and_leaving_hold_and_a_mistake_that_was_mended_stays_mended(house: House) -> None:
    ann, joe, mia = person(house, "Ann", "email"), person(house, "Joe", "email"), person(house, "Mia", "email")
    house.backup()
    now = house.clock.now()
    change(house, ann, stops.stop_everything, now)
    change(house, joe, set_status, Status.LEFT, None, now)
    change(house, mia, set_status, Status.DIED, None, now)
    change(house, mia, set_status, Status.ACTIVE, None, now)
    house.restore()
    assert row(house, ann).stopped_at == now
    assert (row(house, joe).status, row(house, mia).status) == ("left", "active")


@pytest.mark.parametrize("gone", ["stopped", "everything", "died", "left", "erased"])
def test_a_stop_of_somebody_added_since_the_backup_holds_when_a_file_brings_them_back(house: House, gone: str) -> None:
    house.backup()
    now = house.clock.now()
    ann = person(house, "Ann Carter", "email", addresses={"email": "Ann@example.org"})
    if gone == "stopped":
        stop(house, ann)
    elif gone == "everything":
        change(house, ann, stops.stop_everything, now)
    elif gone == "erased":
        change(house, ann, erase, SECRET, now)
    else:
        change(house, ann, set_status, Status(gone), None, now)
    assert house.restore().strangers == 1
    with house.database.writing() as session:
        result = import_people(
            session, [PersonRow(2, "Ann Carter", routes=(("email", "ann@example.org"),))], SECRET, now
        )
        assert len(result.conflicts) == 1
        assert [route.state for route in session.exec(select(Route))] in ([], ["stopped"])


def test_a_line_torn_by_a_crash_swallows_neither_itself_nor_the_next(house: House) -> None:
    ann, joe = person(house, "Ann", "email"), person(house, "Joe", "email")
    house.backup()
    stop(house, ann)
    whole = house.log.path.read_bytes()
    house.log.path.write_bytes(whole + whole[: len(whole) // 2] + b"\xff")
    stop(house, joe)
    assert house.restore().stops == 2
    assert (route_state(house, ann), route_state(house, joe)) == ("stopped", "stopped")


def test_a_log_that_is_not_there_is_mentioned(house: House) -> None:
    house.backup()
    restored = house.restore()
    assert not restored.log_found
    assert any("no stops.log" in line for line in restored.sentences())


def test_a_stop_that_can_not_be_logged_is_not_made(house: House, tmp_path: Path) -> None:
    ann = person(house, "Ann", "email")
    house.database.stop_log = StopLog(tmp_path, SECRET, house.clock)
    with pytest.raises(StoreError, match="can't be written"):
        stop(house, ann)
    assert route_state(house, ann) == "active"


# What is said


def test_the_report_tells_staff_in_plain_words_what_to_do(house: House) -> None:
    ann = person(house, "Ann", "email")
    person(house, "Joe", "email")
    with house.database.writing() as session:
        notice = publish(session)
    house.backup()
    stop(house, ann)
    said = "\n".join(house.restore().sentences())
    assert "backup from 2 March 2026, 12:00 UTC" in said
    assert f"ringround notice resume {notice.uid}" in said
    assert "'News', 1 message." in said
    assert "Made to hold again: 1 stop, death or erasure since then." in said


# Files that are no backup


@pytest.fixture
def untouched(house: House) -> Iterator[House]:
    """A house that a refused restore must leave exactly as it is."""
    uid = person(house, "Ann", "email")
    with house.database.writing() as session:
        publish(session)
    yield house
    assert row(house, uid).name == "Ann"
    with house.database.reading() as session:
        assert [one.state for one in session.exec(select(Delivery))] == ["queued"]
    assert not list(house.path.parent.glob(".ringround-*"))
    assert not list(house.path.parent.glob("*before-restore*"))


def refused(house: House, match: str) -> None:
    with pytest.raises(UserError, match=match) as caught:
        house.restore()
    assert str(house.path) in str(caught.value)


def test_a_file_that_is_not_there_is_refused(untouched: House) -> None:
    refused(untouched, "no such file")


@pytest.mark.parametrize("content", [b"", b"name,email\nAnn,ann@example.org\n", bytes(5000)])
def test_a_file_of_another_kind_is_refused(untouched: House, content: bytes) -> None:
    untouched.path.write_bytes(content)
    refused(untouched, "not a backup of Ringround")


def test_the_database_of_another_program_is_refused(untouched: House) -> None:
    with closing(sqlite3.connect(untouched.path)) as other:
        other.executescript("CREATE TABLE person (id); CREATE TABLE alembic_version (version_num)")
    refused(untouched, "not a backup of Ringround")


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_truncated_backup_is_refused(untouched: House, part: float) -> None:
    untouched.backup()
    content = untouched.path.read_bytes()
    untouched.path.write_bytes(content[: int(len(content) * part)])
    refused(untouched, "damaged")


def test_a_backup_of_a_newer_version_is_refused(untouched: House) -> None:
    untouched.backup()
    with closing(sqlite3.connect(untouched.path)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    refused(untouched, "newer version")


def test_only_an_admin_may_restore(untouched: House) -> None:
    untouched.backup()
    with pytest.raises(Refused):
        restore(untouched.database, untouched.path, untouched.log, Actor("x", Role.COORDINATOR), untouched.clock)


# Where it goes


def test_the_backup_itself_is_left_as_it_is(house: House) -> None:
    person(house, "Ann", "email")
    with house.database.writing() as session:
        publish(session)
    house.backup()
    before = house.path.read_bytes()
    house.restore()
    assert house.path.read_bytes() == before


def test_the_database_that_is_replaced_is_kept_and_can_be_brought_back(house: House) -> None:
    house.backup()
    ann = person(house, "Ann", "email")
    restored = house.restore()
    assert restored.safety is not None
    assert restored.safety.stat().st_mode & 0o777 == 0o600
    with house.database.reading() as session:
        assert session.exec(select(Person)).all() == []
    house.clock.step(HOUR)
    house.path = restored.safety
    house.restore()
    assert row(house, ann).name == "Ann"


@pytest.fixture
def sqlite_house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    clock = SteppedClock(NOON)
    log = StopLog(tmp_path / "stops.log", SECRET, clock)
    database = Database(sqlite_url, log)
    yield House(database, log, clock, tmp_path / "backup.sqlite3")
    database.close()


def test_a_database_that_another_program_has_open_is_not_replaced(sqlite_house: House) -> None:
    sqlite_house.backup()
    holder = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM person").fetchone()
print("open", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", holder, str(sqlite_house.database.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match="Another program is using the database"):
            sqlite_house.restore()
        other.communicate("")
    sqlite_house.restore()


def test_a_damaged_database_can_be_replaced_and_is_kept(sqlite_house: House) -> None:
    ann = person(sqlite_house, "Ann", "email")
    sqlite_house.backup()
    assert sqlite_house.database.path is not None
    sqlite_house.database.writer.dispose()
    sqlite_house.database.reader.dispose()
    sqlite_house.database.path.write_bytes(b"nothing that a database would hold" * 300)
    restored = sqlite_house.restore()
    assert row(sqlite_house, ann).name == "Ann"
    assert restored.safety is not None
    assert restored.safety.read_bytes().startswith(b"nothing that")


def test_a_backup_goes_into_a_database_that_is_not_there_yet(sqlite_house: House, tmp_path: Path) -> None:
    ann = person(sqlite_house, "Ann", "email")
    sqlite_house.backup()
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
    restored = restore(fresh, sqlite_house.path, sqlite_house.log, TERMINAL, sqlite_house.clock)
    with fresh.reading() as session:
        assert person_by_uid(session, ann).name == "Ann"
    assert restored.safety is None
    fresh.close()


def test_a_backup_of_one_kind_of_database_goes_into_the_other(
    sqlite_house: House, postgres_database_url: str, tmp_path: Path
) -> None:
    ann = person(sqlite_house, "Ann", "email", "sms")
    with sqlite_house.database.writing() as session:
        publish(session)
    sqlite_house.backup()
    with closing(Database(postgres_database_url, sqlite_house.log)) as server:
        restore(server, sqlite_house.path, sqlite_house.log, TERMINAL, sqlite_house.clock)
        moved = House(server, sqlite_house.log, sqlite_house.clock, tmp_path / "back.sqlite3")
        person(moved, "Joe", "email")
        moved.backup()
        sqlite_house.path = moved.path
        sqlite_house.restore()
        assert row(sqlite_house, ann).created_at == NOON
        with sqlite_house.database.reading() as session:
            assert [one.name for one in session.exec(select(Person).order_by(Person.name))] == ["Ann", "Joe"]
            assert [one.state for one in session.exec(select(Delivery))] == ["held"]
