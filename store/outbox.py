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

from core.audience import CANCELLED, NEWER_VERSION, TOLD_ALREADY, reason_to_leave_out
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
from store.tables.base import literally


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
    language: str = ""


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


_COLUMNS = (
    *("id", "uid", "attempts", "notice_id", "late", "notice", "address", "route", "name", "called", "language"),
    *("held_by", "status", "paused_until", "stopped", "shared", "outdated", "settled"),
)

_DUE = """
SELECT d.id, d.uid, d.attempts, d.notice_id, d.not_after <= ? AS late, n.state AS notice,
       r.address, CASE WHEN {answers} AND r.state = 'stopped' THEN 'active' ELSE r.state END AS route,
       p.name, p.called, p.language, p.held_by,
       CASE WHEN {answers} AND p.status <> 'died' THEN 'active' ELSE p.status END AS status, p.paused_until,
       p.stopped_at IS NOT NULL AND NOT {answers} AS stopped,
       EXISTS (SELECT 1 FROM route o WHERE o.channel = r.channel AND o.address = r.address
               AND o.person_id <> r.person_id AND o.state = 'active')
       AND NOT ({answers} AND n.created_by = 'service') AS shared,
       n.meeting_version < m.version AS outdated,
       CASE WHEN k.left_out IS NOT NULL THEN k.left_out
            WHEN k.task = 'told' AND (d.channel = 'phone' OR NOT n.all_routes) THEN '{told}' END AS settled
FROM delivery d JOIN route r ON r.id = d.route_id JOIN person p ON p.id = r.person_id
     JOIN recipient k ON k.id = d.recipient_id JOIN notice n ON n.id = d.notice_id
     LEFT JOIN meeting m ON m.id = n.meeting_id
WHERE d.channel = ? AND d.state = 'queued' AND d.not_before <= ?{quiet}
      AND (n.meeting_id IS NULL OR NOT EXISTS (
          SELECT 1 FROM recipient w JOIN notice e ON e.id = w.notice_id JOIN delivery x ON x.recipient_id = w.id
          WHERE w.person_id = p.id AND e.meeting_id = n.meeting_id AND e.meeting_version < n.meeting_version
          AND (x.state = 'sending' OR (x.state = 'unknown' AND (d.urgent <> 0 OR (x.route_id = d.route_id AND EXISTS (
              SELECT 1 FROM attempt t WHERE t.delivery_id = x.id AND t.n = x.attempts AND t.lease_until > ?)))))))
ORDER BY d.urgent, d.not_before, d.id LIMIT ?{lock}
"""


_ANSWERS = "(n.kind = 'reply' AND n.route_id IS NOT NULL)"
"""What answers somebody on the route on which they have just written: it leaves after a stop and in a pause too.

What the service itself answers is for whoever wrote, so it does not begin with a name where several share a phone.
"""


def claim(session: Session, channel: str, limit: int, now: Now, lease: timedelta, ways: Ways) -> Claimed:
    """Takes up to `limit` due deliveries of a channel for sending: each gets a new attempt, its token and a lease.

    Those that may no longer leave are settled instead: withdrawn, held or expired, with the reason. What is about a
    newer version of a meeting waits while an older one is on its way to the person, so that it never overtakes that. Of
    an older one that is in doubt only what is not urgent waits; urgent news waits for it on the same route alone, and
    only until that attempt can't be under way any more.
    """
    quiet = sorted(now.quiet)
    places = ", ".join("?" * len(quiet))
    sql = _DUE.format(
        answers=_ANSWERS,
        told=TOLD_ALREADY,
        quiet=f" AND (d.urgent = 0 OR COALESCE(NULLIF(p.timezone, ''), ?) NOT IN ({places}))" if quiet else "",
        lock=" FOR UPDATE OF d SKIP LOCKED" if bulk.postgres(session) else "",
    )
    at, until = bulk.stamp(session, now.at), bulk.stamp(session, now.at + lease)
    zones = (now.zone, *quiet) if quiet else ()
    claims: list[Claim] = []
    settled = 0
    for row in bulk.fetch(session, _COLUMNS, sql, (at, channel, at, *zones, at, limit)):
        if move := _hindered(row, now.today):
            apply_move(session, row[0], move, now.at, ways)
            settled += 1
            continue
        id_, uid, attempts, notice_id, _, _, address, _, name, called, language, held_by, *_, shared, _, _ = row
        whom = first_name(name, called) if shared or held_by else None
        token = str(uuid_utils.uuid4())
        claims.append(Claim(id_, uid, attempts + 1, token, notice_id, address, name, called, whom, language))
    if claims:
        v = bulk.table(session, {"id": int, "n": int, "token": str})
        taken = bulk.packed((c.id, c.n, c.token) for c in claims)
        bulk.change(
            session,
            "UPDATE delivery SET state = 'sending', attempts = v.n, token = v.token, lease_until = ?, changed_at = ? "
            f"FROM {v} WHERE delivery.id = v.id AND delivery.state = 'queued'",
            (until, at, taken),
        )
        bulk.change(
            session,
            "INSERT INTO attempt (delivery_id, n, token, lease_until, started_at) "
            f"SELECT v.id, v.n, v.token, ?, ? FROM {v}",
            (until, at, taken),
        )
    return Claimed(claims, settled)


def _hindered(row: list[Any], today: date) -> Move | None:
    """Says what becomes of a due delivery that may no longer leave; None where nothing stands in its way."""
    _, _, _, _, late, notice, address, route, _, _, _, _, status, paused_until, stopped, _, outdated, settled = row
    if notice == NoticeState.CANCELLED:
        return Move(State.WITHDRAWN, CANCELLED, left_out=CANCELLED)
    if outdated:
        return Move(State.WITHDRAWN, NEWER_VERSION, left_out=NEWER_VERSION)
    if settled:  # it was under way while the person answered, or was told by somebody, and has come back
        return Move(State.WITHDRAWN, settled)
    if notice == NoticeState.PAUSED:
        return Move(State.HELD, HELD_PAUSED)
    if reason := reason_to_leave_out(status, bulk.day(paused_until), bool(stopped), today):
        return Move(State.WITHDRAWN, reason, left_out=reason)
    if route == RouteState.STOPPED:
        return Move(State.WITHDRAWN, OPTED_OUT, left_out=OPTED_OUT)
    if route == RouteState.DEAD or address is None:
        return Move(State.WITHDRAWN, "the address no longer works", climb=True)
    if late:
        return Move(State.EXPIRED, TOO_LATE)
    return None


def record(session: Session, results: Sequence[Result], now: datetime, ways: Ways) -> set[str]:
    """Writes down what became of attempts, each only if its token still holds, and moves the deliveries.

    Returns the channels on which something new may now be waiting to be sent.
    """
    plain = [r for r in results if r.receipt.outcome is Outcome.ACCEPTED and not r.receipt.new_address]
    moved = _record_accepted(session, plain, now) if plain else 0
    # A claim whose lease ran out, or whose delivery was settled meanwhile, goes the careful way with all the others.
    careful = [r for r in results if r not in plain] if moved == len(plain) else results
    woken: set[str] = set()
    for result in careful:
        woken |= settle(session, result.claim.id, result.claim.n, result.receipt, now, ways)
    return woken | apply_strays(session, [(r.receipt.provider, r.receipt.ref) for r in results], now, ways)


def _record_accepted(session: Session, results: Sequence[Result], now: datetime) -> int:
    """Records what providers took, all at once; returns how many of the deliveries were still waiting for it.

    The attempts are written down only where all were: a word about an attempt counts once, so that what is left to the
    careful way must find it unsaid.
    """
    at = bulk.stamp(session, now)
    v = bulk.table(session, {"id": int, "n": int, "token": str, "provider": str, "ref": str, "status": str})
    taken = bulk.packed((c.id, c.n, c.token, receipt.provider, receipt.ref, receipt.status) for c, receipt in results)
    moved = bulk.change(
        session,
        "UPDATE delivery SET state = 'accepted', reason = '', tries = tries + 1, lease_until = NULL, changed_at = ? "
        f"FROM {v} WHERE delivery.id = v.id AND delivery.token = v.token AND delivery.state = 'sending'",
        (at, taken),
    )
    if moved < len(results):
        return moved
    bulk.change(
        session,
        f"UPDATE attempt SET finished_at = ?, outcome = 'accepted', provider_ref = v.ref FROM {v} "
        "WHERE attempt.delivery_id = v.id AND attempt.n = v.n",
        (at, taken),
    )
    bulk.change(
        session,
        "INSERT INTO event (at, delivery_id, state, provider, ref, status, reason, by) "
        f"SELECT ?, v.id, 'accepted', v.provider, v.ref, v.status, '', '' FROM {v} WHERE TRUE ON CONFLICT DO NOTHING",
        (at, taken),
    )
    return moved


def give_back(session: Session, claims: Sequence[Claim], now: datetime) -> None:
    """Puts claims back that were never handed to a provider: at a stop, or where a provider was paused meanwhile.

    What belongs to somebody who was left out meanwhile is withdrawn.
    """
    at = bulk.stamp(session, now)
    v = bulk.table(session, {"id": int, "n": int, "token": str})
    back = bulk.packed((c.id, c.n, c.token) for c in claims)
    bulk.change(
        session,
        "UPDATE delivery SET state = CASE WHEN r.left_out IS NULL THEN 'queued' ELSE 'withdrawn' END, "
        f"reason = COALESCE(r.left_out, delivery.reason), lease_until = NULL, changed_at = ? FROM {v}, recipient r "
        "WHERE delivery.id = v.id AND delivery.token = v.token AND delivery.state = 'sending' "
        "AND r.id = delivery.recipient_id",
        (at, back),
    )
    bulk.change(
        session,
        f"UPDATE attempt SET finished_at = ?, outcome = 'broken' FROM {v} "
        "WHERE attempt.delivery_id = v.id AND attempt.n = v.n AND attempt.outcome IS NULL",
        (at, back),
    )


def next_due(session: Session, channel: str) -> datetime | None:
    """Returns when the next queued delivery of a channel is due (aware UTC), or None where none is queued."""
    times = [
        session.exec(
            select(Delivery.not_before)
            .where(Delivery.channel == channel, literally(Delivery.state, State.QUEUED), Delivery.urgent == urgent)
            .order_by(col(Delivery.not_before))
            .limit(1)
        ).first()
        for urgent in (0, 1)
    ]
    return min((time for time in times if time is not None), default=None)
