"""A service whose leases are short, so that a test can outlast one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from scheduler import dispatch
from scheduler.lane import Lane


def short_leases(seconds: str) -> None:
    """Gives every lane a lease of so many seconds, and has lost attempts looked for as often."""
    real = Lane.__init__

    def begin(self: Lane, channel: object, *parts: object) -> None:
        channel.limits = replace(channel.limits, lease=timedelta(seconds=float(seconds)))  # type: ignore[attr-defined]
        real(self, channel, *parts)  # type: ignore[arg-type]

    Lane.__init__ = begin  # type: ignore[assignment,method-assign]
    dispatch.ROUND_EVERY = 0.2
