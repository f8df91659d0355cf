"""Whether a provider's limit is kept: arrivals at the receiver, in the sandbox's own record."""

from __future__ import annotations

import bisect
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks import measure


def arrivals(channel: str, rate: float, count: int, place: Path) -> list[float]:
    """Sends `count` messages at `rate` a second and returns the moments at which they reached the receiver."""
    log = place / "arrivals.jsonl"
    world = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--log", str(log), "--all-chats", "--no-fsync", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert world.stdout is not None
        settings: Mapping[str, str] = json.loads(world.stdout.readline())["settings"]
        environ = {
            **{key: value for key, value in settings.items() if f"_{channel.upper()}__" in key},
            **plain(place / "data"),
            f"RINGROUND_{channel.upper()}__RATE": str(rate),
        }
        measure.product(count, channel, environ, None)
    finally:
        world.terminate()
        world.wait()
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return sorted(line["mono"] for line in lines if line.get("kind") == "started" and line["channel"] == channel)


def plain(data: Path) -> dict[str, str]:
    """Returns the settings that every measurement shares."""
    clean = {name: "" for name in os.environ if name.startswith("RINGROUND_")}
    return {
        **clean,
        "RINGROUND_DATA_DIR": str(data),
        "RINGROUND_LIVE": "true",
        "RINGROUND_QUIET__START": "00:00",
        "RINGROUND_QUIET__END": "00:00",
        "RINGROUND_GROUP__NAME": "Planning group",
        "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
        "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
    }


def judge(moments: list[float], rate: float) -> tuple[float, int]:
    """Returns the whole time against the ideal, and the most arrivals in any one second."""
    whole = (moments[-1] - moments[0]) / ((len(moments) - 1) / rate)
    most = max(bisect.bisect_left(moments, moment + 1) - i for i, moment in enumerate(moments))
    return whole, most
