"""What the claim is for: a service that sends rows first and marks them when the answer is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from store import bulk, outbox
from store.database import Session
from store.outbox import Claimed, Now, Result
from store.settle import Ways


def send_without_claims(_: str) -> None:
    """Takes the claim out of the product: in this process only, and before it starts."""
    mark, write = outbox.claim, outbox.record
    in_memory: dict[int, tuple[Now, timedelta]] = {}

    def claim(session: Session, channel: str, limit: int, now: Now, lease: timedelta, ways: Ways) -> Claimed:
        point = session.begin_nested()
        claimed = mark(session, channel, limit + len(in_memory), now, lease, ways)
        point.rollback()
        fresh = [one for one in claimed.claims if one.id not in in_memory][:limit]
        in_memory.update((one.id, (now, lease)) for one in fresh)
        return Claimed(fresh, 0)

    def record(session: Session, results: Sequence[Result], now: datetime, ways: Ways) -> set[str]:
        for one in (result.claim for result in results):
            at = bulk.stamp(session, now)
            bulk.change(
                session,
                "UPDATE delivery SET state = 'sending', attempts = ?, token = ? WHERE id = ? AND state = 'queued'",
                (one.n, one.token, one.id),
            )
            bulk.change(
                session,
                "INSERT INTO attempt (delivery_id, n, token, lease_until, started_at) VALUES (?, ?, ?, ?, ?)",
                (one.id, one.n, one.token, at, at),
            )
        woken = write(session, results, now, ways)
        for result in results:
            in_memory.pop(result.claim.id, None)
        return woken

    outbox.claim, outbox.record = claim, record
