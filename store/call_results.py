"""What came of a call: noted once, and what follows from it for the person's other ways."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from core.calls import UNANSWERED, CallResult, after_call
from core.delivery import State
from core.errors import UserError
from core.people import PHONE, RouteState
from core.receipts import Outcome, Receipt
from store import numbers
from store.calls import call_key
from store.settle import Ways, apply_move, locked, note_said
from store.staff import on_staff
from store.tables import CallBack, CallLease, CallOutcome, Delivery, Person, Route
from store.tables.base import known

SAME_TAP = timedelta(minutes=1)
"""The same result from the same caller within this time is one call that was noted twice."""


def record_call(
    session: Session,
    delivery_uid: str,
    result: str,
    note: str,
    by: str,
    now: datetime,
    ways: Ways,
    *,
    token: str | None = None,
) -> set[str]:
    """Writes down what came of one call and takes the step that follows; the same tap twice counts once.

    `by` names the caller. `token` names the lease, or the row of a sheet, that it was noted under: the same one twice
    is one call, and without it so is the same result from the same caller within a minute. Returns the channels on
    which something new is now waiting. Raises `UserError` for a call or a result that there is not.
    """
    if result not in list(CallResult):
        raise UserError(f"There is no result {result[:40]!r}", mend=f"Use one of: {', '.join(CallResult)}.")
    delivery = locked(session, call_key(session, delivery_uid))
    delivery_id = known(delivery.id)
    noted = noted_of(session, delivery_id)
    if token is not None:
        if any(one.token == token for one in noted):
            return set()
    elif noted and (noted[-1].outcome, noted[-1].by) == (result, by) and now - noted[-1].at < SAME_TAP:
        return set()
    session.add(CallOutcome(delivery_id=delivery_id, at=now, by=by, outcome=result, note=note, token=token))
    session.flush()
    unanswered = sum(one in UNANSWERED for one in (*(before.outcome for before in noted), result))
    move = after_call(CallResult(result), State(delivery.state), unanswered)
    said = Receipt(Outcome.ACCEPTED, PHONE, result, reason=move.reason)
    note_said(session, delivery, said, move, now, by)
    # First of all, so that the next rung is not a text to the same number.
    closed = numbers.close_number(session, delivery.route_id, move.reason, now) if move.route is RouteState.DEAD else []
    woken = apply_move(session, delivery_id, move, now, ways)
    woken |= numbers.give_up(session, closed, move.reason, now, ways)
    if result == CallResult.REACHED and on_staff(session, by):
        _owner(session, delivery.route_id).usual_caller = by
    _put_down(session, delivery_id)
    return woken


def noted_of(session: Session, delivery_id: int) -> list[CallOutcome]:
    """Returns what was noted about one call, oldest first."""
    wanted = select(CallOutcome).where(CallOutcome.delivery_id == delivery_id).order_by(col(CallOutcome.id))
    return list(session.exec(wanted).all())


def _owner(session: Session, route_id: int) -> Person:
    return session.exec(select(Person).join(Route).where(Route.id == route_id)).one()


def _put_down(session: Session, delivery_id: int) -> None:
    """Takes the call out of its caller's hands, and its promise with it; a list on paper keeps a call that is open."""
    session.flush()
    still_open = select(Delivery.id).where(Delivery.id == delivery_id, Delivery.state == State.ACCEPTED)
    leases = delete(CallLease).where(col(CallLease.delivery_id) == delivery_id)
    if session.exec(still_open).first() is not None:
        leases = leases.where(col(CallLease.paper).is_(False))
    session.exec(leases)
    session.exec(delete(CallBack).where(col(CallBack.delivery_id) == delivery_id))
    session.expire_all()
