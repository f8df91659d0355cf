"""Calls: a delivery whose provider is a person, and what follows from what they note."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

from core.delivery import FINAL, State
from core.ladder import OPTED_OUT
from core.people import RouteState
from core.settling import STAY, Move


class CallResult(StrEnum):
    """What a caller may note after one try to ring somebody."""

    REACHED = "reached"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    ENGAGED = "engaged"
    WRONG_NUMBER = "wrong_number"
    NUMBER_DEAD = "number_dead"
    CALL_BACK = "call_back"
    OTHER_CHANNEL = "other_channel"
    DO_NOT_CALL = "do_not_call"
    INTERPRETER = "interpreter"


UNANSWERED = frozenset({CallResult.VOICEMAIL, CallResult.NO_ANSWER, CallResult.ENGAGED})
MOST_RINGS = 3

LEASE: Final = timedelta(minutes=15)
"""How long a caller has a call in hand on the screen before it goes back to the others."""

RING_AGAIN: Final = timedelta(hours=1)
RING_AGAIN_SOON: Final = timedelta(minutes=10)
"""How long a number is left in peace after a try in vain: the short time where it was engaged or the news is urgent."""

GRACE: Final = timedelta(minutes=30)
"""How long a call that was promised for a time waits for the caller who promised it; then anybody makes it."""

KEPT: Final = timedelta(hours=1)
"""How long from a promised time on the person's wish beats the calling hours; then they hold again."""

RUNG_IN_VAIN = "rung three times without an answer"
WRONG_NUMBER, NUMBER_DEAD = "the number is somebody else's", "the number does not work"
OTHER_CHANNEL, INTERPRETER = "would like another way than a call", "needs an interpreter"

_ROUTE_ENDS = {CallResult.WRONG_NUMBER: WRONG_NUMBER, CallResult.NUMBER_DEAD: NUMBER_DEAD}
_TASKS = {CallResult.OTHER_CHANNEL: OTHER_CHANNEL, CallResult.INTERPRETER: INTERPRETER}


def after_call(result: CallResult, state: State, unanswered: int) -> Move:
    """Decides what a call does to its delivery; `unanswered` counts the tries in vain, this one included.

    A call may be noted after its delivery was settled (from a list on paper): then only that the person was told, and
    what is true of the number or of their wish, still counts.
    """
    over = state in FINAL
    if result is CallResult.REACHED:
        return STAY if state is State.DELIVERED else Move(State.DELIVERED)
    if result is CallResult.DO_NOT_CALL:
        return Move(None if over else State.WITHDRAWN, OPTED_OUT, route=RouteState.STOPPED, left_out=OPTED_OUT)
    if reason := _ROUTE_ENDS.get(result):
        return Move(None if over else State.FAILED, reason, route=RouteState.DEAD, climb=not over)
    if over:
        return STAY
    if reason := _TASKS.get(result):
        return Move(State.FAILED, reason, task=reason)
    if result in UNANSWERED and unanswered >= MOST_RINGS:
        return Move(State.FAILED, RUNG_IN_VAIN, climb=True, task=RUNG_IN_VAIN)
    return STAY
