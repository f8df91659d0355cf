"""Receipts that come in by themselves, and those that came before our own commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from core.delivery import State
from core.receipts import Outcome, Receipt
from store import bulk
from store.settle import Ways, settle
from store.tables import Attempt, Delivery, Event, StrayReceipt
from store.tables.base import known

KEPT_FOR = timedelta(days=30)
"""How long a receipt waits for its message; whichever comes later takes the old ones away."""

SOON = timedelta(hours=1)
"""Until then a receipt may only have been quicker than our own commit."""


def receive(session: Session, receipt: Receipt, now: datetime, ways: Ways) -> set[str]:
    """Records a receipt that a provider sent later; one that matches nothing yet is kept until its reference is known.

    Returns the channels on which something new is now waiting.
    """
    where = _attempt(session, receipt)
    if where is not None:
        woken = settle(session, *where, receipt, now, ways)
        return woken | apply_strays(session, [(receipt.provider, receipt.ref)], now, ways)
    if receipt.ref is not None:
        bulk.change(session, "DELETE FROM stray_receipt WHERE at < ?", (bulk.stamp(session, now - KEPT_FOR),))
        bulk.change(
            session,
            "INSERT INTO stray_receipt (at, provider, ref, status, receipt) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            (bulk.stamp(session, now), receipt.provider, receipt.ref, receipt.status, _written(receipt)),
        )
    return set()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """How many receipts of one kind no message of ours could be found for, and when the last of them came."""

    provider: str
    status: str
    count: int
    last_at: datetime


def unmatched(session: Session, now: datetime) -> list[Unmatched]:
    """Lists the receipts that have waited long for a message of ours, by kind, the newest first.

    They are about messages of somebody else, or of a database that was put back from before they were sent.
    """
    last_at = func.max(StrayReceipt.at)
    query = (
        select(StrayReceipt.provider, StrayReceipt.status, func.count(), last_at)
        .where(StrayReceipt.at < now - SOON, StrayReceipt.at >= now - KEPT_FOR)
        .group_by(StrayReceipt.provider, StrayReceipt.status)
        .order_by(last_at.desc())
    )
    return [Unmatched(*row) for row in session.exec(query)]


def apply_strays(session: Session, references: Sequence[tuple[str, str | None]], now: datetime, ways: Ways) -> set[str]:
    """Applies the receipts that came before the commit of the references they speak of."""
    wanted = {(provider, ref) for provider, ref in references if ref}
    if not wanted or not bulk.rows(session, "SELECT 1 FROM stray_receipt LIMIT 1"):
        return set()
    strays = session.exec(
        select(StrayReceipt).where(col(StrayReceipt.ref).in_([ref for _, ref in wanted])).order_by(col(StrayReceipt.id))
    ).all()
    woken: set[str] = set()
    for stray in strays:
        receipt = _read(stray.receipt)
        if (stray.provider, stray.ref) in wanted and (where := _attempt(session, receipt)):
            session.delete(stray)
            woken |= settle(session, *where, receipt, now, ways)
    return woken


def _attempt(session: Session, receipt: Receipt) -> tuple[int, int] | None:
    """Finds the delivery and the attempt number that a receipt speaks of.

    One that names the delivery alone speaks of its newest attempt, unless that is under way: its reference is about to
    be written down.
    """
    ours = select(Attempt).join(Delivery).where(Delivery.uid == receipt.delivery).order_by(col(Attempt.n).desc())
    attempt = None
    if receipt.delivery is not None and receipt.attempt is not None:
        attempt = session.exec(ours.where(Attempt.n == receipt.attempt)).first()
    elif receipt.ref is not None:
        known_by = select(Event.delivery_id).where(Event.provider == receipt.provider, Event.ref == receipt.ref)
        attempt = session.exec(
            select(Attempt)
            .where(col(Attempt.delivery_id).in_(known_by), Attempt.provider_ref == receipt.ref)
            .order_by(col(Attempt.n).desc())
        ).first()
    if attempt is None and receipt.delivery is not None and receipt.attempt is None:
        attempt = session.exec(ours.where(Delivery.state != State.SENDING)).first()
    return None if attempt is None else (known(attempt.delivery_id), attempt.n)


def _written(receipt: Receipt) -> str:
    values = asdict(receipt)
    values["retry_after"] = receipt.retry_after.total_seconds() if receipt.retry_after else None
    return json.dumps(values)


def _read(written: str) -> Receipt:
    values = json.loads(written)
    values["outcome"] = Outcome(values["outcome"])
    values["retry_after"] = timedelta(seconds=values["retry_after"]) if values["retry_after"] else None
    return Receipt(**values)
