"""What the service promises when it is told to stop, and when it is started twice."""

from __future__ import annotations

import re
from pathlib import Path

from scheduler.lock import DispatchLock
from tests.faults.provider import until
from tests.faults.town import Town, town


def waiting(place: Town) -> int:
    return place.crowd.states()["queued"]


def test_a_stop_takes_less_than_five_seconds_though_nobody_answers(sqlite_template: Path, tmp_path: Path) -> None:
    with town(tmp_path, sqlite_template, latency=60, unknown_wait=60) as place:
        place.crowd.join(300)
        place.crowd.publish()
        place.program.start()
        until(lambda: len({line["channel"] for line in place.provider.lines}) == 3, lambda: place.program.said)
        assert place.program.stop() < 5
        begun = len({line["request"] for line in place.provider.lines if line["kind"] == "started"})
        states = place.crowd.states()
        assert states["sending"] == begun, "what was not begun was given back"
        assert states == {"sending": begun, "queued": 300 - begun}
        place.provider.does("heal")
        place.program.start()
        until(lambda: waiting(place) == 0, lambda: place.program.said)
        assert place.program.stop() < 5
        assert set(place.provider.told.values()) == {1}


def test_the_lock_is_free_as_soon_as_the_holder_is_gone(sqlite_template: Path, tmp_path: Path) -> None:
    with town(tmp_path, sqlite_template, latency=0) as place:
        lock = DispatchLock(place.crowd.folder)
        place.program.start()
        mine = re.compile(rf"FLOCK .* {place.program.pid} ")
        until(lambda: mine.search(Path("/proc/locks").read_text()), lambda: place.program.said)
        assert not lock.take()
        place.program.kill()
        assert lock.take()
        place.program.start()
        assert place.program.ended() == 1, "a second service is refused"
        assert "already running" in place.program.said
        lock.release()
        place.program.start()
        assert place.program.stop() < 5
