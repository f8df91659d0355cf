"""Any order of what can happen to a meeting, on a real database: nobody is left with an old version."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import col, select

from core.answers import Answer
from core.meetings import MeetingState
from core.planned import PlannedState
from store import answers, making, planned, sweep, withdraw
from store.call_results import record_call
from store.calls import open_calls
from store.database import Database, Session
from store.outbox import Claim
from store.settle import settle_doubt
from store.tables import Delivery, Meeting, Notice, Planned, Recipient
from store.tables.base import known
from tests.store.meetings import MAKING, cancel, make_all, move, put_in
from tests.store.people import DAY, HOUR, NOON, WAYS, add_person, claim, say

T = TypeVar("T")

CHANNELS = ("email", "sms", "phone")
OUTCOMES = ("accepted", "accepted", "delivered", "refused", "deferred", "unknown")
NEWS = ("change", "cancellation")


class Meetings(RuleBasedStateMachine):
    """What arrived at whom, kept beside the database: (meeting, version, kind) in the order of leaving."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "machine.sqlite3")
        self.database = Database(f"sqlite:///{self.folder / 'machine.sqlite3'}")
        self.now = NOON
        self.flying: list[Claim] = []
        self.left: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        self.heard: dict[tuple[int, int], int] = {}  # the newest version that each was told of, as is known
        self.said: dict[tuple[int, int], Answer] = {}
        self.settled: set[tuple[int, int]] = set()  # person and notice: the person knows
        self.refused: set[tuple[int, int]] = set()  # person and notice: it was there, and the person said no
        self.answered_in_flight: set[tuple[int, int]] = set()  # delivery and attempt: nobody can call it back

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    @initialize()
    def people(self) -> None:
        with self.database.writing() as session:
            all_ = [
                add_person(session, "Ann", "email", "sms"),
                add_person(session, "Joe", "sms", "email", "phone"),
                add_person(session, "Cora", "phone"),
            ]
            self.people_by_uid = {one.uid: known(one.id) for one in all_}

    @rule(days=st.sampled_from([1, 3, 16, 30]))
    def add(self, days: int) -> None:
        with self.database.writing() as session:
            row = put_in(session, self.now + days * DAY, self.now)
            making.make_due(session, row, MAKING, self.now)

    @rule(data=st.data(), days=st.sampled_from([-1, 1, 2, 9]))
    def move(self, data: st.DataObject, days: int) -> None:
        with self.database.writing() as session:
            if row := self._one_of(data, session.exec(select(Meeting).where(Meeting.state == "planned")).all()):
                move(session, row, max(row.starts_at + days * DAY, self.now + HOUR), self.now)

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        with self.database.writing() as session:
            if row := self._one_of(data, session.exec(select(Meeting).where(Meeting.state == "planned")).all()):
                cancel(session, row, self.now)

    @rule(data=st.data())
    def hold_or_release(self, data: st.DataObject) -> None:
        with self.database.writing() as session:
            waiting = select(Planned).where(col(Planned.state).in_(("coming", "held")))
            if one := self._one_of(data, session.exec(waiting).all()):
                act = planned.hold if one.state == PlannedState.COMING else planned.release
                act(session, one.key, self.now)

    @rule(data=st.data(), value=st.sampled_from(Answer))
    def answer(self, data: st.DataObject, value: Answer) -> None:
        with self.database.writing() as session:
            if row := self._one_of(data, session.exec(select(Meeting)).all()):
                uid = data.draw(st.sampled_from(sorted(self.people_by_uid)))
                answers.answer(session, row, uid, value, "test", self.now)
                self._answered(session, row, self.people_by_uid[uid], value)

    def _answered(self, session: Session, row: Meeting, person: int, value: Answer) -> None:
        """Remembers what must not leave any more."""
        self.said[person, known(row.id)] = value
        heard = 1 if row.version == 1 else self.heard.get((person, known(row.id)), 0)
        self.answered_in_flight |= {(mine.id, mine.n) for mine in self.flying}
        for notice in session.exec(select(Notice).where(Notice.meeting_id == row.id)):
            if notice.kind != "cancellation" and (notice.meeting_version or 0) <= heard:
                self.settled.add((person, known(notice.id)))
            if value is Answer.NO and notice.kind in ("invitation", "reminder"):
                self.refused.add((person, known(notice.id)))

    @rule(hours=st.sampled_from([1, 20, 24 * 7]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.make()

    @rule()
    def make(self) -> None:
        with self.database.writing() as session:
            make_all(session, self.now)

    @rule(channel=st.sampled_from(CHANNELS), limit=st.integers(1, 3))
    def claim(self, channel: str, limit: int) -> None:
        with self.database.writing() as session:
            self.flying += claim(session, channel, limit, at=self.now)

    @precondition(lambda self: self.flying)
    @rule(
        data=st.data(), outcome=st.sampled_from(["accepted", "accepted", "delivered", "refused", "deferred", "unknown"])
    )
    def send(self, data: st.DataObject, outcome: str) -> None:
        """Hands a message to its provider; of an unknown one nobody knows, but it has left."""
        mine = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        with self.database.writing() as session:
            delivery = session.get_one(Delivery, mine.id)
            if delivery.channel == "phone":
                outcome = "accepted"
            elif outcome not in ("refused", "deferred"):
                self._leaves(session, delivery, mine.n, heard=outcome != "unknown")
            say(session, mine, outcome, self.now, provider=delivery.channel, ref=f"{mine.uid}-{mine.n}")

    @rule()
    def crash(self) -> None:
        """The process ends: what was under way may have left or not."""
        with self.database.writing() as session:
            for mine in self.flying:
                delivery = session.get_one(Delivery, mine.id)
                if delivery.channel != "phone" and mine.n % 2:
                    self._leaves(session, delivery, mine.n, heard=False)
            self.flying.clear()
            sweep.lost(session, self.now, WAYS, at_start=True)

    @rule()
    def look_into_doubts(self) -> None:
        with self.database.writing() as session:
            for doubts in sweep.doubts(session, self.now + HOUR, 50).values():
                for doubt in doubts:
                    settle_doubt(session, doubt.id, doubt.n, None, self.now, WAYS)

    @rule(data=st.data())
    def ring(self, data: st.DataObject) -> None:
        """Somebody rings from the list as it is now."""
        with self.database.writing() as session:
            if call := self._one_of(data, open_calls(session, self.now.date())):
                delivery = session.exec(select(Delivery).where(Delivery.uid == call.id)).one()
                self._leaves(session, delivery, 0, heard=True)
                record_call(session, call.id, "reached", "", "caller", self.now, WAYS)

    @rule()
    def sweep(self) -> None:
        with self.database.writing() as session:
            self._sweep(session)

    def _sweep(self, session: Session) -> None:
        sweep.stale(session, self.now)
        for meeting in withdraw.meetings_with_older(session, self.now):
            withdraw.withdraw_older(session, meeting, self.now)
        for meeting in making.latecomers(session, self.now):
            making.tell_latecomers(session, meeting, MAKING, self.now)

    def _leaves(self, session: Session, delivery: Delivery, n: int, *, heard: bool) -> None:
        notice = session.get_one(Notice, delivery.notice_id)
        person = session.get_one(Recipient, delivery.recipient_id).person_id
        meeting, version = notice.meeting_id or 0, notice.meeting_version or 0
        self.left[person].append((meeting, version, notice.kind))
        if heard:
            self.heard[person, meeting] = max(version, self.heard.get((person, meeting), 0))
        if (known(delivery.id), n) in self.answered_in_flight:
            return
        here = (person, known(notice.id))
        assert here not in self.refused, "nobody who said no gets a reminder that waited"
        assert here not in self.settled or (notice.all_routes and delivery.channel != "phone"), "who answered knows"
        if notice.audience == "yes_or_nothing":
            assert self.said.get((person, meeting)) is not Answer.NO, "nobody who said no is reminded on the morning"

    def _one_of(self, data: st.DataObject, found: Sequence[T]) -> T | None:
        return data.draw(st.sampled_from(list(found))) if found else None

    @invariant()
    def nobody_gets_an_older_version_after_a_newer_one(self) -> None:
        for got in self.left.values():
            newest: dict[int, int] = {}
            for meeting, version, _ in got:
                assert version >= newest.get(meeting, 0), got
                newest[meeting] = version

    @invariant()
    def nothing_of_a_cancelled_meeting_leaves_after_the_cancellation(self) -> None:
        for got in self.left.values():
            cancelled = set()
            for meeting, _, kind in got:
                assert meeting not in cancelled or kind == "cancellation", got
                cancelled |= {meeting} if kind == "cancellation" else set()

    @invariant()
    def whoever_was_told_a_version_is_told_its_successor(self) -> None:
        """Undoes nothing: looks at a copy of the rows in which all that is under way has been swept."""
        with self.database.writing() as session:
            trial = session.begin_nested()
            make_all(session, self.now)
            self._sweep(session)
            for person, got in self.left.items():
                for meeting, version in {(meeting, version) for meeting, version, _ in got}:
                    row = session.get_one(Meeting, meeting)
                    if row.version <= version or not self._news_is_out(session, row):
                        continue
                    meant = session.exec(
                        select(Recipient)
                        .join(Notice)
                        .where(Recipient.person_id == person, Notice.meeting_id == meeting)
                        .where(Notice.meeting_version == row.version)
                    ).all()
                    assert meant, (person, meeting, version, row.version)
            trial.rollback()

    def _news_is_out(self, session: Session, row: Meeting) -> bool:
        """Whether the news of the newest version was made and is still of use."""
        news = select(Planned).where(
            Planned.meeting_id == row.id,
            Planned.version == row.version,
            col(Planned.kind).in_(NEWS),
        )
        found = session.exec(news).first()
        return found is not None and found.state == PlannedState.MADE and found.not_after > self.now

    @invariant()
    def a_cancelled_meeting_makes_no_notice_but_its_cancellation(self) -> None:
        with self.database.reading() as session:
            for row in session.exec(select(Meeting).where(Meeting.state == MeetingState.CANCELLED)):
                of_it = session.exec(
                    select(Notice.kind).where(Notice.meeting_id == known(row.id), Notice.meeting_version == row.version)
                ).all()
                assert set(of_it) <= {"cancellation"}


def _machine(template: Path, examples: int, steps: int) -> None:
    class OnCopy(Meetings):
        pass

    OnCopy.template = template
    case = OnCopy.TestCase
    case.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    case("runTest").runTest()


def test_nobody_is_left_with_an_old_version_whatever_happens_in_whatever_order(sqlite_template: Path) -> None:
    _machine(sqlite_template, examples=10, steps=30)


@pytest.mark.chaos
def test_nobody_is_left_with_an_old_version_however_long_it_goes_on(sqlite_template: Path) -> None:
    _machine(sqlite_template, examples=500, steps=60)
