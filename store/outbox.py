"""The outbox: claims deliveries before they are sent and records what became of them.

This is the only way out. Whatever was recorded before a claim (a stop, a death, a cancellation, a pause, quiet hours)
binds it, because the claim looks at the person, the route and the notice in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import uuid_utils
from sqlmodel import Session, col, select

from core.audience import CANCELLED, reason_to_leave_out
from core.delivery import HELD_PAUSED, TOO_LATE, State
from core.ladder import OPTED_OUT
from core.notices import NoticeState
from core.people import RouteState
from core.placeholders import first_name
from core.receipts import Outcome, Receipt
from core.settling import Move
from store import bulk
from store.settle import Ways, apply_move, settle
from store.strays import apply_strays
from store.tables import Delivery


class Claim(NamedTuple):
    """A delivery that is ours to send now, until its lease runs out; `n` and `token` name the attempt."""

    id: int
    uid: str
    n: int
    token: str
    notice_id: int
    address: str
    name: str
    called: str
    for_whom: str | None


class Result(NamedTuple):
    """What became of a claim."""

    claim: Claim
    receipt: Receipt


class Claimed(NamedTuple):
    """What a claim brought: deliveries to send, and how many due ones were settled instead."""

    claims: list[Claim]
    settled: int


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of a claim and what binds it: the zones that are quiet, and what to take for an unnamed zone."""

    at: datetime
    today: date
    zone: str
    quiet: Collection[str] = ()


_DUE = """
SELECT d.id, d.uid, d.attempts, d.notice_id, d.not_after, n.state,
       r.address, r.state, p.name, p.called, p.held_by, p.status, p.paused_until, p.stopped_at,
       EXISTS (SELECT 1 FROM route o WHERE o.channel = r.channel AND o.address = r.address
               AND o.person_id <> r.person_id AND o.state = 'active')
FROM delivery d JOIN route r ON r.id = d.route_id JOIN person p ON p.id = r.person_id
     JOIN notice n ON n.id = d.notice_id
WHERE d.channel = ? AND d.state = 'queued' AND d.not_before <= ?{quiet}
ORDER BY d.urgent, d.not_before, d.id LIMIT ?{lock}
"""


def claim(session: Session, channel: str, limit: int, now: Now, lease: timedelta, ways: Ways) -> Claimed:
    """Takes up to `limit` due deliveries of a channel for sending: each gets a new attempt, its token and a lease.

    Those that may no longer leave are settled instead: withdrawn, held or expired, with the reason.
    """
    quiet = sorted(now.quiet)
    places = ", ".join("?" * len(quiet))
    sql = _DUE.format(
        quiet=f" AND (d.urgent = 0 OR COALESCE(NULLIF(p.timezone, ''), ?) NOT IN ({places}))" if quiet else "",
        lock=" FOR UPDATE OF d SKIP LOCKED" if bulk.postgres(session) else "",
    )
    at, until = bulk.stamp(session, now.at), bulk.stamp(session, now.at + lease)
    zones = (now.zone, *quiet) if quiet else ()
    claims: list[Claim] = []
    settled = 0
    for row in bulk.rows(session, sql, (channel, at, *zones, limit)):
        if move := _hindered(row, at, now.today):
            apply_move(session, row[0], move, now.at, ways)
            settled += 1
            continue
        id_, uid, attempts, notice_id, _, _, address, _, name, called, held_by, *_, shared = row
        whom = first_name(name, called) if shared or held_by else None
        claims.append(Claim(id_, uid, attempts + 1, str(uuid_utils.uuid4()), notice_id, address, name, called, whom))
    bulk.change_many(
        session,
        "UPDATE delivery SET state = 'sending', attempts = ?, token = ?, lease_until = ?, changed_at = ? "
        "WHERE id = ? AND state = 'queued'",
        [(c.n, c.token, until, at, c.id) for c in claims],
    )
    bulk.change_many(
        session,
        "INSERT INTO attempt (delivery_id, n, token, lease_until, started_at) VALUES (?, ?, ?, ?, ?)",
        [(c.id, c.n, c.token, until, at) for c in claims],
    )
    return Claimed(claims, settled)


def _hindered(row: tuple[Any, ...], at: Any, today: date) -> Move | None:
    """Says what becomes of a due delivery that may no longer leave; None where nothing stands in its way."""
    _, _, _, _, not_after, notice, address, route, _, _, _, status, paused_until, stopped_at, _ = row
    if notice == NoticeState.CANCELLED:
        return Move(State.WITHDRAWN, CANCELLED, left_out=CANCELLED)
    if notice == NoticeState.PAUSED:
        return Move(State.HELD, HELD_PAUSED)
    if reason := reason_to_leave_out(status, bulk.day(paused_until), bool(stopped_at), today):
        return Move(State.WITHDRAWN, reason, left_out=reason)
    if route == RouteState.STOPPED:
        return Move(State.WITHDRAWN, OPTED_OUT, left_out=OPTED_OUT)
    if route == RouteState.DEAD or address is None:
        return Move(State.WITHDRAWN, "the address no longer works", climb=True)
    if not_after <= at:
        return Move(State.EXPIRED, TOO_LATE)
    return None


def record(session: Session, results: Sequence[Result], now: datetime, ways: Ways) -> set[str]:
    """Writes down what became of attempts, each only if its token still holds, and moves the deliveries.

    Returns the channels on which something new may now be waiting to be sent.
    """
    at = bulk.stamp(session, now)
    plain = [r for r in results if r.receipt.outcome is Outcome.ACCEPTED and not r.receipt.new_address]
    moved = bulk.change_many(
        session,
        "UPDATE delivery SET state = 'accepted', reason = '', tries = tries + 1, lease_until = NULL, changed_at = ? "
        "WHERE id = ? AND token = ? AND state = 'sending'",
        [(at, r.claim.id, r.claim.token) for r in plain],
    )
    if moved == len(plain):
        bulk.change_many(
            session,
            "UPDATE attempt SET finished_at = ?, outcome = 'accepted', provider_ref = ? "
            "WHERE delivery_id = ? AND n = ?",
            [(at, r.receipt.ref, r.claim.id, r.claim.n) for r in plain],
        )
        bulk.change_many(
            session,
            "INSERT INTO event (at, delivery_id, state, provider, ref, status, reason, by) "
            "VALUES (?, ?, 'accepted', ?, ?, ?, '', '') ON CONFLICT DO NOTHING",
            [(at, r.claim.id, r.receipt.provider, r.receipt.ref, r.receipt.status) for r in plain],
        )
    # A claim whose lease ran out, or whose delivery was settled meanwhile, goes the careful way with all the others.
    careful = [r for r in results if r not in plain] if moved == len(plain) else results
    woken: set[str] = set()
    for result in careful:
        woken |= settle(session, result.claim.id, result.claim.n, result.receipt, now, ways)
    return woken | apply_strays(session, [(r.receipt.provider, r.receipt.ref) for r in results], now, ways)


def give_back(session: Session, claims: Sequence[Claim], now: datetime) -> None:
    """Puts claims back that were never handed to a provider: at a stop, or where a provider was paused meanwhile."""
    at = bulk.stamp(session, now)
    bulk.change_many(
        session,
        "UPDATE delivery SET state = 'queued', lease_until = NULL, changed_at = ? "
        "WHERE id = ? AND token = ? AND state = 'sending'",
        [(at, c.id, c.token) for c in claims],
    )
    bulk.change_many(
        session,
        "UPDATE attempt SET finished_at = ?, outcome = 'broken' WHERE delivery_id = ? AND n = ? AND outcome IS NULL",
        [(at, c.id, c.n) for c in claims],
    )


def next_due(session: Session, channel: str) -> datetime | None:
    """Returns when the next queued delivery of a channel is due (aware UTC), or None where none is queued."""
    times = [
        session.exec(
            select(Delivery.not_before)
            .where(Delivery.channel == channel, Delivery.state == State.QUEUED, Delivery.urgent == urgent)
            .order_by(col(Delivery.not_before))
            .limit(1)
        ).first()
        for urgent in (0, 1)
    ]
    return min((time for time in times if time is not None), default=None)
