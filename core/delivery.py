"""The states of a delivery and what may move it from one to the next.

    queued -> sending -> accepted -> delivered
    held <-> queued;  sending -> unknown -> accepted | queued | review;  review -> accepted | queued | failed
    queued | held -> withdrawn | expired;  sending | accepted | unknown -> failed

Status never moves backwards: a late, repeated or shuffled receipt ends in the same state. Proof that a message has
arrived outweighs everything that was said before, so it moves even what had been given up.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    UNKNOWN = "unknown"
    REVIEW = "review"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class DuplicatePolicy(StrEnum):
    """What happens to a delivery of which nobody knows whether it was sent."""

    PREFER_TELLING_TWICE = "prefer_telling_twice"
    PREFER_SILENCE = "prefer_silence"


UNSENT = frozenset({State.QUEUED, State.HELD})
"""Nothing has left: a stop, a cancel or a newer version withdraws these at once."""

OPEN = frozenset({State.QUEUED, State.HELD, State.SENDING, State.UNKNOWN, State.REVIEW})
"""Something is still to happen: by a machine, or in `review` by staff."""

LIVE = OPEN | {State.ACCEPTED, State.DELIVERED}
"""Something has been or may yet be told this way: no other rung starts meanwhile."""

FINAL = frozenset({State.DELIVERED, State.FAILED, State.WITHDRAWN, State.EXPIRED})
"""Nothing but proof of arrival moves these. `accepted` is final only where the channel gives no receipt."""

ALLOWED: dict[State, frozenset[State]] = {
    # accepted, delivered, failed from queued or held: late word of an attempt that was taken for lost or for deferred.
    State.QUEUED: frozenset(
        {State.SENDING, State.HELD, State.ACCEPTED, State.DELIVERED, State.FAILED, State.WITHDRAWN, State.EXPIRED}
    ),
    State.HELD: frozenset(
        {State.QUEUED, State.ACCEPTED, State.DELIVERED, State.FAILED, State.WITHDRAWN, State.EXPIRED}
    ),
    # withdrawn from sending: the provider refused because the person had opted out of this sender.
    State.SENDING: frozenset(
        {State.ACCEPTED, State.DELIVERED, State.FAILED, State.QUEUED, State.UNKNOWN, State.WITHDRAWN}
    ),
    # queued again from accepted: a provider that took it may report a passing fault later (Twilio 30001, 30003), and
    # unknown where that was an earlier attempt. expired: a call that nobody made in time.
    State.ACCEPTED: frozenset(
        {State.DELIVERED, State.FAILED, State.QUEUED, State.UNKNOWN, State.WITHDRAWN, State.EXPIRED}
    ),
    State.UNKNOWN: frozenset(
        {
            State.ACCEPTED,
            State.DELIVERED,
            State.FAILED,
            State.QUEUED,
            State.REVIEW,
            State.WITHDRAWN,
            State.EXPIRED,
        }
    ),
    State.REVIEW: frozenset(
        {State.ACCEPTED, State.DELIVERED, State.QUEUED, State.FAILED, State.WITHDRAWN, State.EXPIRED}
    ),
    State.DELIVERED: frozenset(),
    State.FAILED: frozenset({State.DELIVERED}),
    State.WITHDRAWN: frozenset({State.DELIVERED}),
    State.EXPIRED: frozenset({State.DELIVERED}),
}

HELD_PAUSED, HELD_RESTORED = "paused", "restored from a backup: confirm that it was not sent"
TOO_LATE = "too late to send"


def may_move(old: State, new: State) -> bool:
    """Tells whether a delivery may go from `old` to `new`."""
    return new in ALLOWED[old]
