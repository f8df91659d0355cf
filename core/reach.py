"""Where each recipient of a notice stands; derived from the rows, never stored, so that it can't disagree with them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from core.delivery import OPEN, State
from core.people import PHONE


class Standing(StrEnum):
    """Where a recipient stands. "Sent" is `trying`: only a proof makes `reached`."""

    REACHED = "reached"
    TRYING = "trying"
    NEEDS_PERSON = "needs_person"
    NOT_REACHABLE = "not_reachable"
    LEFT_OUT = "left_out"


class Task(StrEnum):
    """How far staff have come with a recipient whom no machine reaches."""

    OPEN = "open"
    TOLD = "told"
    UNREACHABLE = "unreachable"


class Rung(NamedTuple):
    """What standing needs to know of one delivery."""

    channel: str
    state: State


def standing(left_out: str | None, task: Task | None, rungs: Iterable[Rung]) -> Standing:
    """Tells where a recipient stands, from why they were left out, the staff's task and their deliveries.

    A proof wins over everything; then what staff have settled; then a reason to leave them out; then work for a
    person (a task, a call to make, a doubt to settle); then whatever a machine has done or will do. Whoever has
    nothing at all needs a person: nobody falls through.
    """
    rungs = list(rungs)
    states = {rung.state for rung in rungs}
    if State.DELIVERED in states or task is Task.TOLD:
        return Standing.REACHED
    if task is Task.UNREACHABLE:
        return Standing.NOT_REACHABLE
    if left_out:
        return Standing.LEFT_OUT
    if task is Task.OPEN or State.REVIEW in states or Rung(PHONE, State.ACCEPTED) in rungs:
        return Standing.NEEDS_PERSON
    if states & OPEN or State.ACCEPTED in states:
        return Standing.TRYING
    return Standing.NEEDS_PERSON


def settled(standing: Standing, rungs: Iterable[Rung]) -> bool:
    """Tells whether the machines have nothing more to do for a recipient.

    True for someone whose message was accepted on a channel that gives no receipt: sent, not confirmed, but there
    is nothing to wait for.
    """
    return standing is not Standing.TRYING or not any(rung.state in OPEN for rung in rungs)
