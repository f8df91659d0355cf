from __future__ import annotations

import pytest

from core.calls import MOST_RINGS, RUNG_IN_VAIN, UNANSWERED, CallResult, after_call
from core.delivery import FINAL, State, may_move
from core.people import RouteState
from core.settling import STAY


@pytest.mark.parametrize(
    ("result", "state", "route", "climb", "task"),
    [
        (CallResult.REACHED, State.DELIVERED, None, False, False),
        (CallResult.VOICEMAIL, None, None, False, False),
        (CallResult.NO_ANSWER, None, None, False, False),
        (CallResult.ENGAGED, None, None, False, False),
        (CallResult.CALL_BACK, None, None, False, False),
        (CallResult.WRONG_NUMBER, State.FAILED, RouteState.DEAD, True, False),
        (CallResult.NUMBER_DEAD, State.FAILED, RouteState.DEAD, True, False),
        (CallResult.OTHER_CHANNEL, State.FAILED, None, False, True),
        (CallResult.INTERPRETER, State.FAILED, None, False, True),
        (CallResult.DO_NOT_CALL, State.WITHDRAWN, RouteState.STOPPED, False, False),
    ],
)
def test_what_follows_from_a_call(
    result: CallResult, state: State | None, route: RouteState | None, climb: bool, task: bool
) -> None:
    move = after_call(result, State.ACCEPTED, 1)
    assert (move.state, move.route, move.climb, bool(move.task)) == (state, route, climb, task)
    assert bool(move.left_out) == (result is CallResult.DO_NOT_CALL)


@pytest.mark.parametrize("result", sorted(UNANSWERED))
def test_the_third_try_in_vain_is_the_last(result: CallResult) -> None:
    assert after_call(result, State.ACCEPTED, MOST_RINGS - 1) == STAY
    last = after_call(result, State.ACCEPTED, MOST_RINGS)
    assert (last.state, last.climb, last.task) == (State.FAILED, True, RUNG_IN_VAIN)


@pytest.mark.parametrize("result", list(CallResult))
@pytest.mark.parametrize("state", list(State))
def test_no_result_makes_an_illegal_move(result: CallResult, state: State) -> None:
    for unanswered in (1, MOST_RINGS):
        move = after_call(result, state, unanswered)
        if state in FINAL | {State.ACCEPTED}:
            assert move.state is None or may_move(state, move.state)
