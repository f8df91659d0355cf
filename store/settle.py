"""Settles one delivery: moves it, writes what was said, and takes the next step of the recipient's ladder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from core.audience import (
    CANCELLED,
    NEWER_VERSION,
    ROUTE_ONLY,
    TOLD_ALREADY,
    next_rung,
    reason_to_leave_out,
)
from core.delivery import HELD_PAUSED, LIVE, TOO_LATE, DuplicatePolicy, State, may_move
from core.ladder import OPTED_OUT
from core.notices import PROMOTION, NoticeState
from core.people import PHONE, RouteState
from core.reach import Task
from core.receipts import Outcome, Receipt
from core.settling import Move, after_doubt, after_receipt, heavier
from store import alerts, bulk
from store.routes import routes_of
from store.stop_log import remember_stop
from store.tables import Attempt, Delivery, Meeting, Notice, Person, Recipient, Route
from store.tables.base import known
from store.withdraw import UNSENT, withdraw_route


@dataclass(frozen=True, slots=True)
class Ways:
    """What settling needs to know of the surroundings.

    `channels` are those switched on; `doubt` how long to wait before an unknown attempt of a channel is looked into;
    `random` gives numbers from 0 to 1 for the jitter of retries.
    """

    channels: Collection[str]
    doubt: dict[str, timedelta]
    random: Callable[[], float]


def settle(session: Session, delivery_id: int, n: int, receipt: Receipt, now: datetime, ways: Ways) -> set[str]:
    """Applies a receipt about attempt `n` of a delivery; repeats and late ones change nothing that is settled.

    Returns the channels on which something new is now waiting.
    """
    delivery = locked(session, delivery_id)
    attempts = attempts_at(session, delivery_id)
    attempt = attempts[n - 1]
    news = heavier(receipt.outcome, word_of(attempt))
    if news:
        attempt.outcome, attempt.finished_at = receipt.outcome, now
    attempt.provider_ref = receipt.ref or attempt.provider_ref
    move = after_receipt(
        receipt,
        State(delivery.state),
        [word_of(attempt) for attempt in attempts],
        news=news,
        tries=delivery.tries + (delivery.state == State.SENDING),
        doubt=ways.doubt.get(delivery.channel, timedelta()),
        random=ways.random,
    )
    if receipt.new_address:
        _readdress(session, delivery.route_id, receipt.new_address)
    note_said(session, delivery, receipt, move, now)
    return apply_move(session, delivery_id, move, now, ways)


def settle_doubt(
    session: Session, delivery_id: int, n: int, found: Receipt | None, now: datetime, ways: Ways
) -> set[str]:
    """Settles an `unknown` delivery after its provider was asked; does nothing if it was settled meanwhile."""
    delivery = locked(session, delivery_id)
    if delivery.state != State.UNKNOWN or delivery.attempts != n:
        return set()
    if found is not None and found.outcome not in (Outcome.DEFERRED, Outcome.UNKNOWN):
        return settle(session, delivery_id, n, found, now, ways)
    recipient = session.get_one(Recipient, delivery.recipient_id, populate_existing=True)
    notice = session.get_one(Notice, delivery.notice_id)
    move = after_doubt(
        found,
        DuplicatePolicy(notice.policy),
        [word_of(attempt) for attempt in attempts_at(session, delivery_id)],
        looks=delivery.looks,
        crashes=delivery.crashes,
        doubt=ways.doubt.get(delivery.channel, timedelta()),
    )
    if move.state is State.REVIEW and (recipient.task == Task.TOLD or recipient.left_out):
        move = Move(State.WITHDRAWN, recipient.left_out or TOLD_ALREADY)
    elif move.state is State.REVIEW and (reason := _not_wanted(session, recipient, notice, now)):
        move = Move(State.WITHDRAWN, reason, left_out=reason)
    if found is not None:
        delivery.looks += 1
        note_said(session, delivery, found, move, now)
    return apply_move(session, delivery_id, move, now, ways)


def note_said(session: Session, delivery: Delivery, receipt: Receipt, move: Move, now: datetime, by: str = "") -> None:
    """Appends what was said to the delivery's events; a repeat of the same statement leaves one."""
    bulk.change(
        session,
        "INSERT INTO event (at, delivery_id, state, provider, ref, status, reason, by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            bulk.stamp(session, now),
            delivery.id,
            move.state or delivery.state,
            receipt.provider,
            receipt.ref,
            receipt.status,
            receipt.reason,
            by,
        ),
    )


def apply_move(session: Session, delivery_id: int, move: Move, now: datetime, ways: Ways) -> set[str]:
    """Makes a move: the delivery's new state, the route's, the recipient's, and the ladder's next rung.

    Returns the channels on which something new is now waiting.
    """
    delivery = locked(session, delivery_id)
    recipient = session.get_one(Recipient, delivery.recipient_id, populate_existing=True)
    if move.state is State.QUEUED and recipient.left_out:  # that was decided while this was under way
        move = replace(move, state=State.WITHDRAWN, reason=recipient.left_out)
    if move.state is not None:
        _change(delivery, move, move.state, now)
    if move.left_out and not recipient.left_out:
        recipient.left_out = move.left_out
        session.flush()
        stop_ladder(session, recipient, move.left_out, now)
    if move.state is State.EXPIRED and not recipient.left_out and recipient.task != Task.TOLD:
        bound = session.get_one(Notice, recipient.notice_id).route_id is not None and delivery.channel != PHONE
        _end(recipient, TOO_LATE, None if bound else TOO_LATE)
    session.flush()
    if move.state is State.DELIVERED:
        everywhere = session.get_one(Notice, recipient.notice_id).all_routes
        stop_ladder(session, recipient, TOLD_ALREADY, now, calls_only=everywhere)
    if move.route is not None:
        close_route(session, delivery.route_id, move.route, move.reason, now)
    woken = {delivery.channel} if move.state is State.QUEUED else set()
    if move.climb:
        return woken | climb(session, recipient, now, ways, otherwise=move.task)
    if move.task and not (recipient.left_out or recipient.task):
        recipient.task, recipient.task_reason = Task.OPEN, move.task
    return woken


def _change(delivery: Delivery, move: Move, state: State, now: datetime) -> None:
    old = State(delivery.state)
    if not may_move(old, state) and old is not state:
        raise AssertionError(f"a delivery can't go from {old} to {state}")
    if old is State.SENDING and move.spent:
        delivery.tries += 1
    delivery.state, delivery.reason, delivery.changed_at = state, move.reason, now
    delivery.lease_until = now + move.wait if state is State.UNKNOWN else None
    if state is State.QUEUED and (move.wait or old is State.UNKNOWN):
        # What was interrupted goes behind what has not been tried: else crash after crash would meet the same people.
        delivery.not_before = now + move.wait


def stop_ladder(
    session: Session, recipient: Recipient, reason: str, now: datetime, *, calls_only: bool = False
) -> None:
    """Withdraws what else waits for somebody who was told or asked us to stop: the other rungs, the task for staff.

    `calls_only` leaves the messages: what goes by every route at once is to arrive on each.
    """
    only = " AND channel = 'phone'" if calls_only else ""
    bulk.change(
        session,
        "UPDATE delivery SET state = 'withdrawn', reason = ?, lease_until = NULL, changed_at = ? "
        f"WHERE recipient_id = ? AND {UNSENT}{only}",
        (reason, bulk.stamp(session, now), recipient.id),
    )
    if recipient.task == Task.OPEN:
        recipient.task = recipient.task_reason = None
        session.flush()


def climb(
    session: Session, recipient: Recipient, now: datetime, ways: Ways, *, otherwise: str | None = None
) -> set[str]:
    """Takes the next rung of a recipient's ladder: another route at once, or a task for a person.

    `otherwise` is the reason of that task where there is a better one than that no route is left.
    """
    notice = session.exec(
        select(Notice)
        .where(Notice.id == recipient.notice_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    rungs = session.exec(
        select(Delivery).where(Delivery.recipient_id == recipient.id).execution_options(populate_existing=True)
    ).all()
    if any(rung.state in LIVE for rung in rungs) or recipient.left_out or recipient.task:
        return set()
    if reason := _not_wanted(session, recipient, notice, now):
        recipient.left_out = reason
        return set()
    if notice.route_id is not None:
        return _end(recipient, ROUTE_ONLY, otherwise)
    if now >= notice.not_after:
        recipient.task, recipient.task_reason = Task.OPEN, TOO_LATE
        return set()
    routes = routes_of(session, [recipient.person_id]).get(recipient.person_id, [])
    tried = {rung.route_id for rung in rungs}
    promotion = notice.purpose == PROMOTION
    step = next_rung(routes, tried, ways.channels, promotion=promotion, calls=notice.calls)
    if step.route is None:
        recipient.left_out = step.left_out
        if step.task:
            recipient.task, recipient.task_reason = Task.OPEN, otherwise or step.task
        return set()
    paused = notice.state == NoticeState.PAUSED
    session.add(
        Delivery(
            recipient_id=known(recipient.id),
            notice_id=known(notice.id),
            route_id=step.route.id,
            channel=step.route.channel,
            state=State.HELD if paused else State.QUEUED,
            reason=HELD_PAUSED if paused else "",
            urgent=0 if notice.urgent else 1,
            not_before=max(now, notice.not_before),
            not_after=notice.not_after,
            changed_at=now,
        )
    )
    session.flush()
    return {step.route.channel}


def _end(recipient: Recipient, reason: str, task: str | None) -> set[str]:
    """Ends what was meant for one route alone: nothing else is tried, and only a call that nobody took is a task."""
    if task:
        recipient.task, recipient.task_reason = Task.OPEN, task
    else:
        recipient.left_out = reason
    return set()


def _not_wanted(session: Session, recipient: Recipient, notice: Notice, now: datetime) -> str | None:
    """Says why nothing more is to be done for a recipient: the notice is out of date, or the person is left out."""
    if notice.state == NoticeState.CANCELLED:
        return CANCELLED
    if notice.meeting_id is not None:
        meeting = session.get_one(Meeting, notice.meeting_id, populate_existing=True)
        if notice.meeting_version != meeting.version:
            return NEWER_VERSION
    person = session.get_one(Person, recipient.person_id, populate_existing=True)
    return reason_to_leave_out(person.status, person.paused_until, person.stopped_at is not None, now.date())


def close_route(session: Session, route_id: int, state: RouteState, reason: str, now: datetime) -> None:
    """Switches a route off because its provider or a caller said so.

    An opt-out withdraws all that waits for the route, starts nothing else, and is told to staff once. A dead address
    only closes: what waits for it takes the next rung when its turn comes.
    """
    route = session.get_one(Route, route_id)
    if route.state != RouteState.ACTIVE:
        return
    route.state, route.state_reason, route.state_at = state, reason, now
    session.flush()
    if state is RouteState.STOPPED:
        remember_stop(session, route)
        withdraw_route(session, route_id, OPTED_OUT, now)
        alerts.tell_of_stop(session, session.get_one(Person, route.person_id), route, now)


def _readdress(session: Session, route_id: int, address: str) -> None:
    route = session.get_one(Route, route_id)
    taken = select(Route.id).where(
        Route.person_id == route.person_id, Route.channel == route.channel, Route.address == address
    )
    if session.exec(taken).first() is None:
        route.address = address


def word_of(attempt: Attempt) -> Outcome | None:
    """Returns the weightiest word about an attempt; None where nothing is known of it yet."""
    return Outcome(attempt.outcome) if attempt.outcome else None


def attempts_at(session: Session, delivery_id: int) -> Sequence[Attempt]:
    """Returns the attempts at a delivery, oldest first, as they are in the database now."""
    wanted = select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(col(Attempt.n))
    return session.exec(wanted.execution_options(populate_existing=True)).all()


def locked(session: Session, delivery_id: int) -> Delivery:
    """Reads a delivery afresh and, on PostgreSQL, keeps others from moving it until this transaction ends."""
    return session.exec(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update().execution_options(populate_existing=True)
    ).one()
