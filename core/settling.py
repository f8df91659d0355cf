"""What one receipt does to a delivery: the whole of "try again? tell whom?" in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.delivery import DuplicatePolicy, State, may_move
from core.ladder import OPTED_OUT
from core.people import RouteState
from core.receipts import Outcome, Receipt
from core.retry import MOST_CRASHES, MOST_TRIES, wait_after

LOOKS = 2
"""How often a provider must say that it knows nothing of a message before it is taken to be unsent."""

TOO_MANY_TRIES = "tried as often as is sensible"


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a delivery.

    `state` is the new one (None: it stays). `wait` delays the next look or try. `spent` says whether the attempt
    counts as a try. `route` is what becomes of the route, `climb` whether the next rung's turn has come, and
    `left_out` why the recipient is from now on left out on purpose.
    """

    state: State | None = None
    reason: str = ""
    wait: timedelta = timedelta()
    spent: bool = True
    route: RouteState | None = None
    climb: bool = False
    left_out: str | None = None


STAY = Move()


def after_receipt(
    receipt: Receipt, state: State, *, latest: bool, tries: int, doubt: timedelta, random: Callable[[], float]
) -> Move:
    """Decides what a receipt does to a delivery in `state`.

    `latest` says whether it speaks of the latest attempt; of an older one only proof that it was sent counts. `tries`
    is how many have been spent, this one included; `doubt` how long to wait before an unknown is looked into.
    """
    match receipt.outcome:
        case Outcome.ACCEPTED | Outcome.DELIVERED:
            new = State(receipt.outcome.value)
            return Move(new) if may_move(state, new) else STAY
        case _ if not latest or state not in (State.SENDING, State.ACCEPTED, State.UNKNOWN):
            return STAY
        case Outcome.REFUSED:
            return _refused(receipt)
        case Outcome.UNKNOWN if state is State.SENDING:
            return Move(State.UNKNOWN, receipt.reason, wait=doubt)
        case Outcome.BROKEN if state is not State.ACCEPTED:
            return Move(State.QUEUED, receipt.reason, spent=False)
        case Outcome.DEFERRED:
            most = MOST_TRIES if receipt.tries_left is None else receipt.tries_left + 1
            if tries >= most:
                return Move(State.FAILED, receipt.reason or TOO_MANY_TRIES, climb=True)
            return Move(State.QUEUED, receipt.reason, wait=wait_after(tries, random, receipt.retry_after))
    return STAY


def _refused(receipt: Receipt) -> Move:
    if receipt.opted_out:
        return Move(State.WITHDRAWN, OPTED_OUT, route=RouteState.STOPPED, left_out=OPTED_OUT)
    return Move(State.FAILED, receipt.reason, route=RouteState.DEAD if receipt.dead else None, climb=True)


def after_doubt(
    found: Receipt | None, policy: DuplicatePolicy, *, looks: int, crashes: int, doubt: timedelta
) -> Move:
    """Decides what becomes of an `unknown` delivery once the provider was asked about it.

    `found` is what `Channel.find` gave: None where it can't say, `deferred` where the provider knows nothing of it.
    `looks` is how often it has said so before. A delivery that ended three processes is not tried a fourth time.
    """
    if found is not None and found.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED):
        return Move(State(found.outcome.value))
    if found is not None and found.outcome is Outcome.REFUSED:
        return _refused(found)
    if crashes >= MOST_CRASHES:
        return Move(State.FAILED, TOO_MANY_TRIES, climb=True)
    if found is not None:
        if looks + 1 < LOOKS:
            return Move(State.UNKNOWN, wait=doubt)
        return Move(State.QUEUED, "the provider never had it")
    if policy is DuplicatePolicy.PREFER_TELLING_TWICE:
        return Move(State.QUEUED, "not known to have arrived: sent again")
    return Move(State.REVIEW, "nobody knows whether it was sent")
