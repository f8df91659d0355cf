"""Whatever happens, in any order: the promises about sending, watched on a real database with a model beside it.

The model knows nothing of the states. It remembers what was asked of us (stops, deaths, pauses, cancellations) and
what the pretend providers really did, and judges every claim by that alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event
from sqlmodel import col, select

from core.calls import CallResult
from core.content import Content
from core.delivery import ALLOWED, DuplicatePolicy, State
from core.notices import Kind, NoticeState, Plan
from core.people import PHONE, RouteState, Status
from core.receipts import Outcome, Receipt
from store import bulk, notices, outbox, strays, sweep
from store.call_results import record_call
from store.database import Database, Session
from store.outbox import Claim, Now, Result
from store.reach import reach
from store.settle import close_route, settle_doubt
from store.tables import Delivery, Notice, Person, Recipient, Route
from store.tables.base import known
from store.tasks import settle_review, settle_task
from store.withdraw import withdraw_person
from tests.store.people import CHANNELS, LEASE, NOON, WAYS, add_person

LADDERS = (("email", "sms", "phone"), ("sms", "phone"), ("telegram", "email"), ("email",), ("phone", "sms"), ())
PEOPLE = 8
BUSY = {State.QUEUED, State.HELD, State.SENDING, State.UNKNOWN, State.REVIEW, State.ACCEPTED}
WAITING = {State.QUEUED, State.HELD}
NOT_SENT = {Outcome.DEFERRED, Outcome.REFUSED, Outcome.BROKEN}
USEFUL = timedelta(hours=6)
ZONES = ("", "Australia/Sydney")

_WATCH = (
    "CREATE TABLE moves (old TEXT, new TEXT)",
    "CREATE TRIGGER watch AFTER UPDATE OF state ON delivery WHEN OLD.state <> NEW.state "
    "BEGIN INSERT INTO moves VALUES (OLD.state, NEW.state); END",
)


class Crash(Exception):
    """The process ended before it could commit."""


class Outbox(RuleBasedStateMachine):
    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ringround-machine-"))
        shutil.copy(self.template, self.folder / "db.sqlite3")
        self.database = Database(f"sqlite:///{self.folder / 'db.sqlite3'}")
        # No power is lost here, and waiting for the disk is most of the time.
        event.listen(self.database.writer, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF"))
        self.now = NOON
        self.hand: list[tuple[str, Claim]] = []
        """What a live process has claimed and not yet recorded."""
        self.hung: list[tuple[str, Claim]] = []
        """What was taken from such a process by a lease that ran out, or by a crash."""
        self.begun: dict[int, list[int]] = defaultdict(list)
        """The attempts that were begun at each delivery."""
        self.really: dict[tuple[int, int], str] = {}
        """Attempts that a provider really took, with its channel."""
        self.absent: set[tuple[int, int]] = set()
        """Attempts of which we know, by what we were told, that nothing came."""
        self.arrived: set[tuple[int, int]] = set()
        self.said: list[Receipt] = []
        self.kept: list[Receipt] = []
        self.gone: set[int] = set()
        self.away: set[int] = set()
        self.closed: set[int] = set()
        self.audience: dict[str, int] = {}

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def writing(self) -> AbstractContextManager[Session]:
        return self.database.writing()

    def some(self, pick: int, things: list[Any]) -> Any:
        return things[pick % len(things)] if things else None

    @initialize()
    def people_are_on_file(self) -> None:
        with self.writing() as session:
            for statement in _WATCH:
                bulk.change(session, statement)
            for at in range(PEOPLE):
                ladder = LADDERS[at % len(LADDERS)]
                groups = ["half"] if at % 2 else []
                add_person(session, f"Person {at}", *ladder, groups=groups, timezone=ZONES[at % 3 == 0])
            add_person(session, "Cora Staff", "email", staff="coordinator")
        self.publish(key=0, policy=DuplicatePolicy.PREFER_SILENCE, group=None, page=9, urgent=False)
        self.publish(key=1, policy=DuplicatePolicy.PREFER_TELLING_TWICE, group=None, page=9, urgent=True)
        self.claim(channels=set(CHANNELS), limit=12, quiet=False)

    # Notices

    @rule(
        key=st.integers(0, 7),
        policy=st.sampled_from(list(DuplicatePolicy)),
        group=st.sampled_from([None, "half"]),
        page=st.integers(2, 9),
        urgent=st.booleans(),
    )
    def publish(self, key: int, policy: DuplicatePolicy, group: str | None, page: int, urgent: bool) -> None:
        plan = Plan(
            f"key {key}",
            Kind.UPDATE,
            Content("Hello", "Hello"),
            self.now,
            self.now + USEFUL,
            policy,
            "terminal",
            group,
            urgent=urgent,
        )
        with self.writing() as session:
            made = self.in_pages(page, lambda: notices.publish(session, plan, CHANNELS, self.now.date(), self.now))
        assert made.repeat == (plan.key in self.audience)
        self.audience.setdefault(plan.key, PEOPLE // 2 if group else PEOPLE + 1)

    @rule(page=st.integers(1, 9), crash=st.booleans())
    def spread(self, page: int, crash: bool) -> None:
        with suppress(Crash), self.writing() as session:
            for notice in notices.spreading(session):
                self.in_pages(page, partial(notices.spread, session, notice, CHANNELS, self.now.date(), self.now))
            if crash:
                raise Crash

    def in_pages(self, page: int, do: Callable[[], Any]) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(notices, "PAGE", page)
            return do()

    @precondition(lambda self: self.audience)
    @rule(pick=st.integers(0, 2), do=st.sampled_from(["pause", *["resume"] * 4, "cancel"]))
    def decide_on_a_notice(self, pick: int, do: str) -> None:
        with self.writing() as session:
            notice = self.some(pick, list(session.exec(select(Notice).where(Notice.kind == Kind.UPDATE)).all()))
            if do == "cancel":
                notices.cancel(session, notice, self.now)
            elif do == "pause" and notice.state == NoticeState.OPEN:
                notices.pause(session, notice, self.now)
            elif do == "resume" and notice.state == NoticeState.PAUSED:
                notices.resume(session, notice, self.now)

    # Sending

    @rule(channels=st.sets(st.sampled_from(CHANNELS), min_size=1), limit=st.integers(1, 12), quiet=st.booleans())
    def claim(self, channels: set[str], limit: int, quiet: bool) -> None:
        for channel in sorted(channels):
            self.claim_on(channel, limit, quiet)

    def claim_on(self, channel: str, limit: int, quiet: bool) -> None:
        zones = ["Australia/Sydney"] if quiet else []
        with self.writing() as session:
            now = Now(self.now, self.now.date(), "Europe/London", zones)
            claims = outbox.claim(session, channel, limit, now, LEASE, WAYS).claims
        with self.database.reading() as session:
            for claim in claims:
                self.judge(session, claim, quiet)
        self.hand += [(channel, claim) for claim in claims]

    def judge(self, session: Session, claim: Claim, quiet: bool) -> None:
        delivery = session.get_one(Delivery, claim.id)
        route, notice = session.get_one(Route, delivery.route_id), session.get_one(Notice, delivery.notice_id)
        person, recipient = session.get_one(Person, route.person_id), session.get_one(Recipient, delivery.recipient_id)
        assert recipient.left_out is None, "sent to somebody whom this notice is not to reach any more"
        assert person.id not in self.gone, "sent after a stop, a death or a leaving"
        assert person.id not in self.away, "sent during the person's pause"
        assert route.id not in self.closed, "sent on a route that was stopped or is dead"
        assert notice.state == NoticeState.OPEN, "sent for a notice that is paused or cancelled"
        assert notice.not_after > self.now, "sent too late"
        assert not (quiet and person.timezone and not notice.urgent), "sent in quiet hours"
        assert all(claim.id != other.id for _, other in self.hand), "claimed twice at once"
        for n in self.begun[claim.id]:
            proved = (claim.id, n) in self.absent and (claim.id, n) not in self.arrived
            assert proved or notice.policy == DuplicatePolicy.PREFER_TELLING_TWICE, "may have been sent twice"
        assert claim.n == len(self.begun[claim.id]) + 1
        self.begun[claim.id].append(claim.n)

    @precondition(lambda self: self.hand)
    @rule(
        answers=st.lists(
            st.tuples(
                st.integers(0, 20),
                st.sampled_from([*Outcome, Outcome.ACCEPTED]),
                st.sampled_from(["", "", "dead", "opted_out"]),
                st.booleans(),
            ),
            min_size=1,
            max_size=8,
        )
    )
    def answers_come(self, answers: list[tuple[int, Outcome, str, bool]]) -> None:
        for pick, outcome, about, sent in answers:
            if self.hand:
                channel, claim = self.hand.pop(pick % len(self.hand))
                self.record(channel, claim, Outcome.ACCEPTED if channel == PHONE else outcome, about, sent)

    def record(self, channel: str, claim: Claim, outcome: Outcome, about: str, sent: bool) -> None:
        refused = outcome is Outcome.REFUSED
        reply = Receipt(
            outcome,
            channel,
            outcome.value,
            ref=self.ref(claim.id, claim.n) if outcome in (Outcome.ACCEPTED, Outcome.DELIVERED) else None,
            dead=refused and about == "dead",
            opted_out=refused and about == "opted_out",
        )
        self.heed(claim.id, claim.n, reply)
        if outcome in (Outcome.ACCEPTED, Outcome.DELIVERED) or (outcome is Outcome.UNKNOWN and sent):
            self.really[claim.id, claim.n] = channel
        with self.writing() as session:
            outbox.record(session, [Result(claim, reply)], self.now, WAYS)
        self.heed_what_was_kept()

    def ref(self, delivery: int, n: int) -> str:
        return f"ref-{delivery}-{n}"

    def heed(self, delivery: int, n: int, reply: Receipt) -> None:
        """Remembers what a reply proves."""
        if reply.outcome is Outcome.DELIVERED:
            self.arrived.add((delivery, n))
        elif reply.outcome in NOT_SENT:
            self.absent.add((delivery, n))
        elif reply.outcome is Outcome.ACCEPTED and not self.taken_back(delivery, n):
            self.absent.discard((delivery, n))  # it had been looked for too early
        if reply.dead or reply.opted_out:
            with self.database.reading() as session:
                self.closed.add(session.get_one(Delivery, delivery).route_id)

    def taken_back(self, delivery: int, n: int) -> bool:
        return (
            any(said.outcome in NOT_SENT and said.ref == self.ref(delivery, n) for said in self.said)
            or (delivery, n) not in self.really
        )

    @precondition(lambda self: self.hand)
    @rule(pick=st.integers(0, 20))
    def give_back(self, pick: int) -> None:
        _, claim = self.hand.pop(pick % len(self.hand))
        self.absent.add((claim.id, claim.n))
        with self.writing() as session:
            outbox.give_back(session, [claim], self.now)

    @precondition(lambda self: self.hand)
    @rule(sent=st.integers(0, 255), dies=st.booleans(), can_say=st.booleans())
    def a_process_hangs_or_dies(self, sent: int, dies: bool, can_say: bool) -> None:
        if dies:
            self.die(sent)
        else:
            self.leases_run_out()
        self.a_round_of_the_dispatcher(can_say)

    def die(self, sent: int) -> None:
        for at, (channel, claim) in enumerate(self.hand):
            if sent >> at & 1 and channel != PHONE:
                self.really[claim.id, claim.n] = channel
        self.hung += self.hand
        self.hand = []
        with self.writing() as session:
            sweep.lost(session, self.now, WAYS, at_start=True)

    def leases_run_out(self) -> None:
        with self.writing() as session:
            sweep.lost(session, self.now, WAYS)
            sending = set(session.exec(select(Delivery.id).where(Delivery.state == State.SENDING)).all())
        self.hung += [held for held in self.hand if held[1].id not in sending]
        self.hand = [held for held in self.hand if held[1].id in sending]

    @precondition(lambda self: self.hung)
    @rule(pick=st.integers(0, 20), outcome=st.sampled_from([Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.DEFERRED]))
    def a_late_writer_comes_back(self, pick: int, outcome: Outcome) -> None:
        channel, claim = self.hung.pop(pick % len(self.hung))
        if (claim.id, claim.n) in self.really or (claim.id, claim.n) in self.absent or channel == PHONE:
            outcome = Outcome.ACCEPTED if (claim.id, claim.n) in self.really else Outcome.UNKNOWN
        self.record(channel, claim, outcome, "", sent=False)

    @rule()
    def what_is_stale_expires(self) -> None:
        with self.writing() as session:
            sweep.stale(session, self.now)

    @rule(can_say=st.sampled_from([True, False, False]))
    def a_round_of_the_dispatcher(self, can_say: bool) -> None:
        self.now += timedelta(minutes=11)
        self.doubts_are_looked_into(can_say)
        self.claim(channels=set(CHANNELS), limit=12, quiet=False)

    def doubts_are_looked_into(self, can_say: bool) -> None:
        with self.writing() as session:
            for channel, doubts in sweep.doubts(session, self.now, 10).items():
                for doubt in doubts:
                    found = None
                    if can_say and (doubt.id, doubt.n) in self.really:
                        found = Receipt(Outcome.ACCEPTED, channel, "found", ref=self.ref(doubt.id, doubt.n))
                    elif can_say:
                        found = Receipt(Outcome.DEFERRED, channel, "absent")
                        self.absent.add((doubt.id, doubt.n))
                    settle_doubt(session, doubt.id, doubt.n, found, self.now, WAYS)
        self.heed_what_was_kept()

    # What providers say later

    @precondition(lambda self: self.really)
    @rule(
        pick=st.integers(0, 50),
        outcome=st.sampled_from([Outcome.ACCEPTED, Outcome.DELIVERED, Outcome.DEFERRED, Outcome.REFUSED]),
        about=st.sampled_from(["", "dead", "opted_out"]),
        named=st.booleans(),
    )
    def a_receipt_comes(self, pick: int, outcome: Outcome, about: str, named: bool) -> None:
        (delivery, n), channel = self.some(pick, sorted(self.really.items()))
        if channel == PHONE:
            return
        refused = outcome is Outcome.REFUSED
        with self.database.reading() as session:
            uid = session.get_one(Delivery, delivery).uid
        reply = Receipt(
            outcome,
            channel,
            f"later {outcome}",
            ref=self.ref(delivery, n),
            dead=refused and about == "dead",
            opted_out=refused and about == "opted_out",
            delivery=uid if named else None,
            attempt=n if named else None,
        )
        self.said.append(reply)
        self.receive(reply)

    @precondition(lambda self: self.said)
    @rule(pick=st.integers(0, 50))
    def a_receipt_is_repeated(self, pick: int) -> None:
        self.receive(self.some(pick, self.said))

    def receive(self, reply: Receipt) -> None:
        with self.writing() as session:
            strays.receive(session, reply, self.now, WAYS)
        self.kept.append(reply)
        self.heed_what_was_kept()

    def heed_what_was_kept(self) -> None:
        """Remembers what receipts prove once they have found their attempt; until then they prove nothing to us."""
        with self.database.reading() as session:
            strays = {ref for (ref,) in bulk.rows(session, "SELECT ref FROM stray_receipt")}
        for reply in [reply for reply in self.kept if reply.ref not in strays]:
            delivery, n = map(int, (reply.ref or "").removeprefix("ref-").split("-"))
            self.heed(delivery, n, reply)
        self.kept = [reply for reply in self.kept if reply.ref in strays]

    # What people ask of us

    @rule(
        who=st.integers(1, PEOPLE),
        what=st.sampled_from([*["pause"] * 3, *["come back"] * 5, "stop", "died", "left", "a route"]),
    )
    def a_person_decides(self, who: int, what: str) -> None:
        with self.writing() as session:
            person = session.get_one(Person, who)
            if what == "a route":
                for route in session.exec(select(Route).where(Route.person_id == who).limit(1)).all():
                    close_route(session, known(route.id), RouteState.STOPPED, "asked by reply", self.now)
                    self.closed.add(known(route.id))
            elif what in ("pause", "come back"):
                if person.status in (Status.ACTIVE, Status.PAUSED):
                    person.status = Status.PAUSED if what == "pause" else Status.ACTIVE
                    (self.away.add if what == "pause" else self.away.discard)(who)
            else:
                if what == "stop":
                    person.stopped_at = self.now
                elif person.status != Status.DIED:
                    person.status = Status(what)
                session.flush()
                withdraw_person(session, who, what, self.now)
                self.gone.add(who)

    @precondition(lambda self: self.hand)
    @rule(pick=st.integers(0, 20), what=st.sampled_from(["a route", "pause", "stop", "died"]))
    def a_person_decides_while_we_send_and_nothing_leaves(self, pick: int, what: str) -> None:
        channel, claim = self.hand.pop(pick % len(self.hand))
        with self.database.reading() as session:
            who = session.get_one(Route, session.get_one(Delivery, claim.id).route_id).person_id
        if who <= PEOPLE:
            self.a_person_decides(who=who, what=what)
        self.record(channel, claim, Outcome.BROKEN, "", sent=False)

    # What staff do

    @rule(pick=st.integers(0, 20), verdict=st.sampled_from(["sent", "not sent", "give up"]))
    def staff_settle_a_doubt(self, pick: int, verdict: Any) -> None:
        with self.writing() as session:
            delivery = self.some(pick, list(session.exec(select(Delivery).where(Delivery.state == State.REVIEW)).all()))
            if delivery is None:
                return
            if verdict == "not sent":
                self.absent |= {(known(delivery.id), n) for n in self.begun[known(delivery.id)]}
            settle_review(session, delivery.uid, verdict, "cora", self.now, WAYS)

    @rule(pick=st.integers(0, 20), verdict=st.sampled_from(["told", "unreachable"]))
    def staff_settle_a_task(self, pick: int, verdict: Any) -> None:
        with self.writing() as session:
            found = session.exec(
                select(Notice.uid, Person.uid)
                .join(Recipient, col(Recipient.notice_id) == Notice.id)
                .join(Person, col(Recipient.person_id) == Person.id)
                .where(Recipient.task == "open")
            ).all()
            if found:
                notice, person = self.some(pick, list(found))
                settle_task(session, notice, person, verdict, "", "cora", self.now)

    @rule(pick=st.integers(0, 20), result=st.sampled_from(list(CallResult)))
    def staff_ring(self, pick: int, result: CallResult) -> None:
        with self.writing() as session:
            wanted = select(Delivery).where(Delivery.channel == PHONE, Delivery.state == State.ACCEPTED)
            delivery = self.some(pick, list(session.exec(wanted).all()))
            if delivery is None:
                return
            record_call(session, delivery.uid, result, "", "cora", self.now, WAYS)
            if result in (CallResult.WRONG_NUMBER, CallResult.NUMBER_DEAD, CallResult.DO_NOT_CALL):
                self.closed.add(delivery.route_id)

    @rule(minutes=st.sampled_from([1, 2, 5, 11, 20, 65, -30, -120, 400, 400]))
    def the_clock_moves(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # What must always hold

    @invariant()
    def no_illegal_move(self) -> None:
        with self.database.reading() as session:
            if not bulk.rows(session, "SELECT 1 FROM sqlite_master WHERE name = 'moves'"):
                return
            for old, new in bulk.rows(session, "SELECT DISTINCT old, new FROM moves"):
                assert State(new) in ALLOWED[State(old)], f"{old} -> {new}"

    @invariant()
    def everybody_who_is_invited_stands_somewhere(self) -> None:
        with self.database.reading() as session:
            for notice in session.exec(select(Notice).where(Notice.kind == Kind.UPDATE)).all():
                found = reach(session, notice)
                assert found.invited == notice.people == len({person.id for person in found.people})
                if notice.spread_at is not None:
                    assert found.invited == self.audience[notice.key]
                else:
                    assert found.invited <= self.audience[notice.key]
                    assert not found.complete

    @invariant()
    def one_rung_at_a_time(self) -> None:
        with self.database.reading() as session:
            busy = [d.recipient_id for d in session.exec(select(Delivery)).all() if d.state in BUSY]
            assert len(busy) == len(set(busy)), "two rungs of one ladder at once"

    @invariant()
    def nothing_waits_for_somebody_left_out(self) -> None:
        with self.database.reading() as session:
            wanted = select(Delivery.state).join(Recipient).where(col(Recipient.left_out).is_not(None))
            states = set(session.exec(wanted).all())
            assert not states & WAITING, "something waits for somebody who is left out"


LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_the_promises_hold_in_any_order(sqlite_template: Path) -> None:
    Outbox.template = sqlite_template
    run_state_machine_as_test(
        Outbox,
        settings=settings(
            max_examples=2000 if LONG else 45,
            stateful_step_count=80 if LONG else 40,
            deadline=None,
            derandomize=not LONG,
            database=None,
            suppress_health_check=_QUIET,
        ),
    )


@pytest.mark.chaos
def test_the_promises_hold_in_any_order_for_long(sqlite_template: Path) -> None:
    Outbox.template = sqlite_template
    run_state_machine_as_test(
        Outbox,
        settings=settings(
            max_examples=1500, stateful_step_count=80, deadline=None, database=None, suppress_health_check=_QUIET
        ),
    )
