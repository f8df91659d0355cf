"""What one receipt does to a delivery: the whole of "try again? tell whom?" in one place.

Receipts come late, repeated and in any order. Each attempt therefore keeps the weightiest word about it (`heavier`),
and the delivery's state follows from those words alone, so that every order ends in the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.delivery import FINAL, DuplicatePolicy, State
from core.ladder import OPTED_OUT
from core.people import RouteState
from core.receipts import Outcome, Receipt
from core.retry import MOST_CRASHES, MOST_TRIES, wait_after

LOOKS = 2
"""How often a provider must say that it knows nothing of a message before it is taken to be unsent."""

TOO_MANY_TRIES = "tried as often as is sensible"

_WEIGHT: dict[Outcome | None, int] = {
    None: 0,
    Outcome.UNKNOWN: 1,
    Outcome.ACCEPTED: 2,
    Outcome.BROKEN: 3,
    Outcome.DEFERRED: 4,
    Outcome.REFUSED: 5,
    Outcome.DELIVERED: 6,
}
"""What a provider took it may still fail to bring; what has arrived has arrived."""


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a delivery.

    `state` is the new one (None: it stays). `wait` delays the next look or try. `spent` says whether the attempt
    counts as a try. `route` is what becomes of the route, `climb` whether the next rung's turn has come, and
    `left_out` why the recipient is from now on left out on purpose. `task` gives the person to staff, with the reason:
    at once, or with `climb` where no rung is left.
    """

    state: State | None = None
    reason: str = ""
    wait: timedelta = timedelta()
    spent: bool = True
    route: RouteState | None = None
    climb: bool = False
    left_out: str | None = None
    task: str | None = None


STAY = Move()


def heavier(word: Outcome, than: Outcome | None) -> bool:
    """Tells whether a word about an attempt outweighs what was said of the same attempt before."""
    return _WEIGHT[word] > _WEIGHT[than]


def after_receipt(
    receipt: Receipt,
    state: State,
    words: Sequence[Outcome | None],
    *,
    news: bool,
    tries: int,
    doubt: timedelta,
    random: Callable[[], float],
) -> Move:
    """Decides what a receipt does to a delivery in `state`.

    `words` are the weightiest words about each attempt, oldest first, this receipt's included; `news` says whether it
    changed them. `tries` is how many have been spent, this one included; `doubt` how long to wait before an unknown is
    looked into. What a refusal says of the route holds whatever becomes of the delivery.
    """
    stay = _about_route(receipt)
    if not news:
        return stay
    if Outcome.DELIVERED in words:
        return stay if state is State.DELIVERED else Move(State.DELIVERED)
    latest = words[-1]
    if state in FINAL or (state is State.SENDING and latest is None):
        return stay
    if latest is Outcome.REFUSED:
        return _refused(receipt)
    if Outcome.ACCEPTED in words:
        return stay if state is State.ACCEPTED else Move(State.ACCEPTED)
    if latest is Outcome.DEFERRED or latest is Outcome.BROKEN:
        move = stay if state in (State.QUEUED, State.HELD) else _again(receipt, state, tries, random)
    else:  # Nobody knows of the latest attempt; an earlier one that was accepted may just have been taken back.
        doubtful = state in (State.SENDING, State.ACCEPTED)
        move = Move(State.UNKNOWN, receipt.reason, wait=doubt) if doubtful else stay
    return replace(move, route=stay.route, left_out=stay.left_out)


def _about_route(receipt: Receipt) -> Move:
    if receipt.outcome is not Outcome.REFUSED:
        return STAY
    refused = _refused(receipt)
    return Move(reason=refused.reason, route=refused.route, left_out=refused.left_out)


def _refused(receipt: Receipt) -> Move:
    if receipt.opted_out:
        return Move(State.WITHDRAWN, OPTED_OUT, route=RouteState.STOPPED, left_out=OPTED_OUT)
    return Move(State.FAILED, receipt.reason, route=RouteState.DEAD if receipt.dead else None, climb=True)


def _again(receipt: Receipt, state: State, tries: int, random: Callable[[], float]) -> Move:
    if receipt.outcome is Outcome.BROKEN and state is not State.ACCEPTED:
        return Move(State.QUEUED, receipt.reason, spent=False)
    most = MOST_TRIES if receipt.tries_left is None else receipt.tries_left + 1
    if tries >= most:
        return Move(State.FAILED, receipt.reason or TOO_MANY_TRIES, climb=True)
    return Move(State.QUEUED, receipt.reason, wait=wait_after(tries, random, receipt.retry_after))


def after_doubt(
    found: Receipt | None,
    policy: DuplicatePolicy,
    words: Sequence[Outcome | None],
    *,
    looks: int,
    crashes: int,
    doubt: timedelta,
) -> Move:
    """Decides what becomes of an `unknown` delivery once the provider was asked about it.

    `found` is what `Channel.find` gave where that settles nothing by itself: None where it can't say, `deferred` where
    the provider knows nothing of it. `words` are as in `after_receipt`; `looks` is how often the provider has said so
    before. A delivery that ended three processes is not tried a fourth time.
    """
    if Outcome.ACCEPTED in words:
        return Move(State.ACCEPTED)
    if crashes >= MOST_CRASHES:
        return Move(State.FAILED, TOO_MANY_TRIES, climb=True)
    if found is not None:
        if looks + 1 < LOOKS:
            return Move(State.UNKNOWN, wait=doubt)
        return Move(State.QUEUED, "the provider never had it")
    if policy is DuplicatePolicy.PREFER_TELLING_TWICE:
        return Move(State.QUEUED, "not known to have arrived: sent again")
    return Move(State.REVIEW, "nobody knows whether it was sent")
