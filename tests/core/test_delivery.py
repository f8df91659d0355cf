from __future__ import annotations

from core.delivery import ALLOWED, FINAL, LIVE, OPEN, UNSENT, State, may_move


def test_every_state_says_where_it_may_go() -> None:
    assert set(ALLOWED) == set(State)
    for state, after in ALLOWED.items():
        assert state not in after
        assert {may_move(state, other) for other in after} <= {True}


def test_nothing_leaves_a_final_state_but_for_proof_of_arrival() -> None:
    for state in FINAL:
        assert ALLOWED[state] <= {State.DELIVERED}


def test_every_state_that_is_not_final_can_still_arrive() -> None:
    for state in set(State) - {State.DELIVERED}:
        assert may_move(state, State.DELIVERED)


def test_only_a_claim_leads_to_sending() -> None:
    assert [state for state in State if may_move(state, State.SENDING)] == [State.QUEUED]


def test_only_a_lost_attempt_leads_to_unknown_and_only_a_doubt_to_review() -> None:
    assert {state for state in State if may_move(state, State.UNKNOWN)} == {State.SENDING, State.ACCEPTED}
    assert [state for state in State if may_move(state, State.REVIEW)] == [State.UNKNOWN]


def test_the_sets_of_states_fit_together() -> None:
    assert UNSENT < OPEN < LIVE
    assert OPEN | FINAL | {State.ACCEPTED} == set(State)
    assert not OPEN & FINAL
