"""A promise to ring somebody back at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from actions.leaving import Surroundings
from core.errors import UserError
from core.spoken import clock
from store.calls import Call, Coded

BACK_AT: Final = "ring back at"
"""Where something is wrong with a promise: the column of a list that it stands in."""


def check_promise(at: datetime | None, call: Call | Coded, around: Surroundings) -> datetime:
    """Returns the time (aware UTC) at which somebody may be promised to be rung back about a call.

    Raises UserError for a time that is missing or past, comes too late for the call, or lies in the quiet hours of the
    place where they live.
    """
    if at is None:
        raise UserError("When shall they be rung back?", where=BACK_AT, mend="Choose a day and a time.")
    if at <= around.now:
        raise UserError("This time has passed", where=BACK_AT, mend="Choose a later one.")
    if at >= call.not_after:
        raise UserError(
            "By then it is too late to tell them", where=BACK_AT, mend="Choose an earlier time, or tell them now."
        )
    quiet, zone = around.strategy.quiet, call.timezone or around.zone
    if quiet.cover(at, ZoneInfo(zone)):
        there = "" if zone == around.zone else " where they live"
        raise UserError(
            f"Nobody is rung in the quiet hours, from {clock(quiet.start)} to {clock(quiet.end)}{there}",
            where=BACK_AT,
            mend="Choose a time outside them.",
        )
    return at
