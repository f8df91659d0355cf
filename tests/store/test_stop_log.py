from __future__ import annotations

import json
import stat
from datetime import datetime
from pathlib import Path

import pytest

from core.clock import SteppedClock
from store.stop_log import StopLog, Word, keyed_hash
from tests.store.people import HOUR, NOON


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def log(tmp_path: Path, clock: SteppedClock) -> StopLog:
    return StopLog(tmp_path / "stops.log", b"secret", clock)


def whats(log: StopLog, since: datetime = NOON) -> list[str]:
    return [stop.what for stop in log.since(since)]


def test_what_is_written_comes_back_in_order(log: StopLog, clock: SteppedClock) -> None:
    log.append([Word("route_stopped", "route:r1", ["sms:+447700900001"]), Word("died", "person:p1")])
    clock.step(HOUR)
    log.append([Word("erased", "person:p2")])
    assert whats(log) == ["route_stopped", "died", "erased"]
    assert whats(log, NOON + HOUR) == ["erased"]
    assert whats(log, NOON + 2 * HOUR) == []
    first = next(log.since(NOON))
    assert (first.hash, first.others) == (
        keyed_hash(b"secret", "route:r1"),
        [keyed_hash(b"secret", "sms:+447700900001")],
    )


def test_the_file_alone_says_nothing_about_anybody(log: StopLog) -> None:
    log.append([Word("route_stopped", "email:ann@example.org", ["Ann Carter"])])
    assert "ann" not in log.path.read_text().lower()
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert keyed_hash(b"another", "email:ann@example.org") not in log.path.read_text()


def test_no_log_is_an_empty_one(log: StopLog) -> None:
    assert whats(log) == []


@pytest.mark.parametrize(
    "torn", [b'{"at": "2026-03', b"\xff\xfe", b"{}", b"null", b"[]", b'{"at": 1, "what": 2, "hash": 3}']
)
def test_a_line_that_a_crash_has_torn_costs_no_other_line(log: StopLog, torn: bytes) -> None:
    log.append([Word("died", "person:p1")])
    with log.path.open("ab") as file:
        file.write(torn)
    log.append([Word("left", "person:p2")])
    assert whats(log) == ["died", "left"]


def test_a_line_is_a_line_of_json(log: StopLog) -> None:
    log.append([Word("died", "person:p1")])
    lines = [line for line in log.path.read_text().splitlines() if line]
    assert [sorted(json.loads(line)) for line in lines] == [["at", "hash", "others", "what"]]
