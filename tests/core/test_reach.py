from __future__ import annotations

from itertools import product

import pytest

from core.delivery import State
from core.reach import Rung, Standing, Task, settled, standing


def rungs(*states: str, channel: str = "email") -> list[Rung]:
    return [Rung(channel, State(state)) for state in states]


@pytest.mark.parametrize(
    ("left_out", "task", "tried", "expected"),
    [
        (None, None, [], Standing.NEEDS_PERSON),
        (None, None, rungs("queued"), Standing.TRYING),
        (None, None, rungs("accepted"), Standing.TRYING),
        (None, None, rungs("accepted", channel="phone"), Standing.NEEDS_PERSON),
        (None, None, rungs("review"), Standing.NEEDS_PERSON),
        (None, None, rungs("failed"), Standing.NEEDS_PERSON),
        (None, None, rungs("failed", "queued"), Standing.TRYING),
        (None, None, rungs("delivered"), Standing.REACHED),
        ("asked us to stop", None, rungs("delivered"), Standing.REACHED),
        ("asked us to stop", None, rungs("withdrawn"), Standing.LEFT_OUT),
        (None, Task.OPEN, rungs("failed"), Standing.NEEDS_PERSON),
        (None, Task.TOLD, rungs("failed"), Standing.REACHED),
        (None, Task.UNREACHABLE, rungs("failed"), Standing.NOT_REACHABLE),
        (None, Task.UNREACHABLE, rungs("delivered"), Standing.REACHED),
    ],
)
def test_where_somebody_stands(left_out: str | None, task: Task | None, tried: list[Rung], expected: Standing) -> None:
    assert standing(left_out, task, tried) is expected


def test_everybody_stands_somewhere_and_sent_alone_is_never_reached() -> None:
    for left_out, task, first, second in product((None, "why"), (None, *Task), State, State):
        where = standing(left_out, task, rungs(first, second))
        assert isinstance(where, Standing)
        if State.DELIVERED not in (first, second) and task is not Task.TOLD:
            assert where is not Standing.REACHED


def test_the_machines_are_done_with_somebody_who_was_sent_it_without_proof() -> None:
    assert settled(Standing.TRYING, rungs("accepted"))
    assert not settled(Standing.TRYING, rungs("queued"))
    assert settled(Standing.NEEDS_PERSON, rungs("review"))
