"""A provider, a crowd and a service that belong together, for one test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.faults.crowd import Crowd
from tests.faults.program import Patch, Program
from tests.faults.provider import Provider, until

LATENCY = 0.15
"""Seconds that each send takes: so some are always in flight."""

RATES = {"email": 80, "sms": 80, "telegram": 30}
CONCURRENCY = {"email": 16, "sms": 16, "telegram": 16}
UNKNOWN_WAIT = 1


@dataclass(frozen=True, slots=True)
class Town:
    provider: Provider
    crowd: Crowd
    program: Program
    unknown_wait: float

    def drained(self) -> bool:
        """Whether nothing waits to be sent."""
        states = self.crowd.states()
        return not states["queued"] and not states["sending"]

    def finish(self, patch: Patch | None = None) -> None:
        """Lets the service do the rest, and start as often as it takes to look into what is in doubt."""
        for _ in range(8):
            # What is found to be in doubt at a start is looked into then only if nobody need wait for a late answer.
            due = self.crowd.clock.now() + timedelta(seconds=0 if self.unknown_wait else 3600)
            self.program.start(patch)
            until(
                lambda: self.drained() and not self.crowd.doubts(due),  # noqa: B023
                lambda: f"{self.crowd.states()} {self.program.said}",
            )
            if in_doubt := self.crowd.states()["unknown"]:
                time.sleep(self.unknown_wait)
            assert self.program.stop() < 5
            if not in_doubt and self.drained():
                return
        raise AssertionError(self.crowd.states())


@contextmanager
def town(
    folder: Path, template: Path, *, latency: float = LATENCY, unknown_wait: float = UNKNOWN_WAIT
) -> Iterator[Town]:
    provider = Provider(folder, latency=latency)
    crowd = Crowd(template, folder)
    environ = {
        **provider.settings,
        "RINGROUND_DATA_DIR": str(crowd.folder),
        "RINGROUND_LIVE": "true",
        "RINGROUND_QUIET__START": "00:00",
        "RINGROUND_QUIET__END": "00:00",
        "RINGROUND_UNKNOWN_WAIT": f"PT{unknown_wait}S",
        "RINGROUND_WEB__PORT": "0",
        "RINGROUND_GROUP__NAME": "Riverside Voices",
        "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
        "RINGROUND_GROUP__CONTACT_PHONE": "+441632960001",
        "RINGROUND_EMAIL__CONNECTIONS": str(CONCURRENCY["email"]),
        **{f"RINGROUND_{channel.upper()}__RATE": str(rate) for channel, rate in RATES.items()},
    }
    program = Program(environ, folder)
    try:
        yield Town(provider, crowd, program, unknown_wait)
    finally:
        program.close()
        provider.close()
        crowd.close()
