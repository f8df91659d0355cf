from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from core.delivery import ALLOWED, FINAL, DuplicatePolicy, State, may_move
from core.people import RouteState
from core.receipts import Outcome, Receipt
from core.retry import MOST_CRASHES, MOST_TRIES
from core.settling import LOOKS, Move, after_doubt, after_receipt, heavier

DOUBT = timedelta(minutes=10)


def said(outcome: Outcome, **more: object) -> Receipt:
    return Receipt(outcome, "sms", outcome.value, **more)  # type: ignore[arg-type]


def move(receipt: Receipt, state: State, words: list[Outcome | None], *, news: bool = True, tries: int = 1) -> Move:
    return after_receipt(receipt, state, words, news=news, tries=tries, doubt=DOUBT, random=lambda: 0.5)


class Attempts:
    """The words and the state of a delivery with as many attempts under way or behind it."""

    def __init__(self, *words: Outcome | None, state: State) -> None:
        self.words, self.state, self.routes = list(words), state, set[RouteState]()

    def hear(self, n: int, receipt: Receipt) -> None:
        news = heavier(receipt.outcome, self.words[n])
        if news:
            self.words[n] = receipt.outcome
        moved = move(receipt, self.state, self.words, news=news)
        if moved.state is not None:
            assert moved.state is self.state or may_move(self.state, moved.state)
            self.state = moved.state
        if moved.route:
            self.routes.add(moved.route)


WORDS = [
    said(Outcome.ACCEPTED),
    said(Outcome.DELIVERED),
    said(Outcome.DEFERRED),
    said(Outcome.REFUSED, dead=True),
    said(Outcome.UNKNOWN),
]


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_receipts_about_one_attempt_end_in_the_same_state_in_every_order(state: State) -> None:
    for size in (2, 3, 4, 5):
        ends: dict[frozenset[Outcome], set[tuple[State, frozenset[RouteState]]]] = {}
        for order in permutations(WORDS, size):
            for repeated in (order, (*order, order[0]), (order[0], *order)):
                attempts = Attempts(None, state=state)
                for receipt in repeated:
                    attempts.hear(0, receipt)
                kinds = frozenset(receipt.outcome for receipt in order)
                ends.setdefault(kinds, set()).add((attempts.state, frozenset(attempts.routes)))
        assert all(len(end) == 1 for end in ends.values()), ends


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_receipts_about_two_attempts_end_in_the_same_state_in_every_order(state: State) -> None:
    about = [(n, word) for n in (0, 1) for word in WORDS[:4]]
    ends: dict[frozenset[tuple[int, Outcome]], set[State]] = {}
    for size in (2, 3, 4):
        for order in permutations(about, size):
            if state is State.SENDING and all(n == 0 for n, _ in order):
                continue  # still in flight: nothing is settled yet
            attempts = Attempts(Outcome.UNKNOWN, None, state=state)
            for n, receipt in order:
                attempts.hear(n, receipt)
            ends.setdefault(frozenset((n, receipt.outcome) for n, receipt in order), set()).add(attempts.state)
    assert {kinds: end for kinds, end in ends.items() if len(end) > 1} == {}


@pytest.mark.parametrize("state", sorted(FINAL - {State.DELIVERED}))
def test_only_proof_of_arrival_moves_what_is_settled(state: State) -> None:
    for outcome in Outcome:
        expected = State.DELIVERED if outcome is Outcome.DELIVERED else None
        assert move(said(outcome), state, [outcome]).state is expected


def test_nothing_moves_what_has_arrived() -> None:
    assert ALLOWED[State.DELIVERED] == frozenset()
    for outcome in Outcome:
        assert move(said(outcome), State.DELIVERED, [Outcome.DELIVERED], news=False).state is None


@pytest.mark.parametrize(
    ("outcome", "state", "expected"),
    [
        (Outcome.ACCEPTED, State.SENDING, State.ACCEPTED),
        (Outcome.DELIVERED, State.SENDING, State.DELIVERED),
        (Outcome.DEFERRED, State.SENDING, State.QUEUED),
        (Outcome.REFUSED, State.SENDING, State.FAILED),
        (Outcome.UNKNOWN, State.SENDING, State.UNKNOWN),
        (Outcome.BROKEN, State.SENDING, State.QUEUED),
        (Outcome.ACCEPTED, State.QUEUED, State.ACCEPTED),
        (Outcome.ACCEPTED, State.HELD, State.ACCEPTED),
        (Outcome.ACCEPTED, State.REVIEW, State.ACCEPTED),
        (Outcome.DEFERRED, State.ACCEPTED, State.QUEUED),
        (Outcome.BROKEN, State.ACCEPTED, State.QUEUED),
        (Outcome.DEFERRED, State.REVIEW, State.QUEUED),
        (Outcome.REFUSED, State.REVIEW, State.FAILED),
        (Outcome.REFUSED, State.ACCEPTED, State.FAILED),
        (Outcome.UNKNOWN, State.QUEUED, None),
    ],
)
def test_one_word_about_the_only_attempt(outcome: Outcome, state: State, expected: State | None) -> None:
    assert move(said(outcome), state, [outcome]).state is expected


def test_an_attempt_that_broke_is_given_back_and_one_that_was_accepted_before_is_not() -> None:
    assert not move(said(Outcome.BROKEN), State.SENDING, [Outcome.BROKEN]).spent
    again = move(said(Outcome.BROKEN), State.ACCEPTED, [Outcome.BROKEN])
    assert again.state is State.QUEUED
    assert again.wait > timedelta()


def test_a_deferral_waits_as_long_as_the_provider_asks() -> None:
    later = said(Outcome.DEFERRED, retry_after=timedelta(hours=5))
    assert move(later, State.SENDING, [Outcome.DEFERRED]).wait == timedelta(hours=5)


def test_tries_come_to_an_end_and_the_next_rung_begins() -> None:
    assert move(said(Outcome.DEFERRED), State.SENDING, [Outcome.DEFERRED], tries=MOST_TRIES - 1).state is State.QUEUED
    last = move(said(Outcome.DEFERRED), State.SENDING, [Outcome.DEFERRED], tries=MOST_TRIES)
    assert (last.state, last.climb) == (State.FAILED, True)


@pytest.mark.parametrize(("left", "tries", "state"), [(0, 1, State.FAILED), (1, 1, State.QUEUED), (1, 2, State.FAILED)])
def test_a_provider_may_allow_fewer_tries(left: int, tries: int, state: State) -> None:
    receipt = said(Outcome.DEFERRED, tries_left=left)
    assert move(receipt, State.SENDING, [Outcome.DEFERRED], tries=tries).state is state


def test_an_opt_out_withdraws_and_never_climbs() -> None:
    stop = move(said(Outcome.REFUSED, opted_out=True), State.SENDING, [Outcome.REFUSED])
    assert (stop.state, stop.route, stop.climb) == (State.WITHDRAWN, RouteState.STOPPED, False)
    assert stop.left_out


@pytest.mark.parametrize("state", list(State))
def test_an_opt_out_is_heeded_whatever_became_of_the_delivery(state: State) -> None:
    stop = move(said(Outcome.REFUSED, opted_out=True), state, [Outcome.REFUSED, None], news=True)
    assert stop.route is RouteState.STOPPED
    assert stop.left_out
    assert not stop.climb


@pytest.mark.parametrize(
    ("found", "policy", "looks", "crashes", "expected"),
    [
        (None, DuplicatePolicy.PREFER_SILENCE, 0, 1, State.REVIEW),
        (None, DuplicatePolicy.PREFER_TELLING_TWICE, 0, 1, State.QUEUED),
        (Outcome.DEFERRED, DuplicatePolicy.PREFER_SILENCE, 0, 1, State.UNKNOWN),
        (Outcome.DEFERRED, DuplicatePolicy.PREFER_SILENCE, LOOKS - 1, 1, State.QUEUED),
        (Outcome.DEFERRED, DuplicatePolicy.PREFER_TELLING_TWICE, 0, 1, State.UNKNOWN),
        (None, DuplicatePolicy.PREFER_TELLING_TWICE, 0, MOST_CRASHES, State.FAILED),
        (Outcome.DEFERRED, DuplicatePolicy.PREFER_SILENCE, LOOKS - 1, MOST_CRASHES, State.FAILED),
    ],
)
def test_a_doubt(found: Outcome | None, policy: DuplicatePolicy, looks: int, crashes: int, expected: State) -> None:
    receipt = said(found) if found else None
    decided = after_doubt(receipt, policy, [None], looks=looks, crashes=crashes, doubt=DOUBT)
    assert decided.state is expected
    assert decided.climb == (expected is State.FAILED)


def test_an_earlier_attempt_that_was_accepted_settles_a_doubt() -> None:
    words = [Outcome.ACCEPTED, None]
    decided = after_doubt(None, DuplicatePolicy.PREFER_SILENCE, words, looks=0, crashes=1, doubt=DOUBT)
    assert decided.state is State.ACCEPTED
