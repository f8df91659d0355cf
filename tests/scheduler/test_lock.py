from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from scheduler.lock import DispatchLock

HOLDER = """
import sys
from pathlib import Path
from scheduler.lock import DispatchLock
lock = DispatchLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """Another process that takes the lock, says whether it got it, and sits on it until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_of_two_processes_one_gets_the_lock(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        assert answer(first) == "True"
        assert not DispatchLock(tmp_path).take()
        first.communicate()
    lock = DispatchLock(tmp_path)
    assert lock.take()
    with holder(tmp_path) as second:
        assert answer(second) == "False"
        second.communicate()
    lock.release()


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert answer(process) == "True"
        process.send_signal(signal.SIGKILL)
        process.communicate()
    lock = DispatchLock(tmp_path)
    assert lock.take()
    lock.release()


def test_a_child_that_the_holder_starts_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = DispatchLock(tmp_path)
    assert lock.take()
    with subprocess.Popen(["sleep", "60"], close_fds=False) as child:
        lock.release()
        other = DispatchLock(tmp_path)
        assert other.take()
        other.release()
        child.kill()


def test_the_holder_may_take_it_again_and_let_go_twice(tmp_path: Path) -> None:
    lock = DispatchLock(tmp_path)
    assert lock.take()
    assert lock.take()
    lock.release()
    lock.release()
    assert lock.take()
    lock.release()


def test_two_locks_in_one_process_are_two_dispatchers(tmp_path: Path) -> None:
    first, second = DispatchLock(tmp_path), DispatchLock(tmp_path)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()
