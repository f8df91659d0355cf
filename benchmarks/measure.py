"""Runs one side of a measurement as a process of its own and takes its time, processor time and memory from outside."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(slots=True)
class Run:
    """What one run took. Seconds are of the wall clock, `cpu` of the processor, `peak` is MiB of resident memory."""

    seconds: float
    cpu: float
    peak: float
    first: float


class Sink:
    """Debian postfix's smtp-sink with its running counter, which is how the end of a run is seen from outside."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
        if not Path(program).exists():
            sys.exit("smtp-sink is not installed. It is in Debian's package postfix: apt-get install postfix")
        self.port = free_port()
        self._counter = (folder / f"sink.{self.port}").open("wb")
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self._process = subprocess.Popen(
            [program, "-c", *user, "-m", "1000", f"127.0.0.1:{self.port}", "1024"],
            stdout=self._counter,
            stderr=subprocess.STDOUT,
            cwd="/tmp",
        )
        wait_for(self.port)

    def count(self) -> int:
        """Returns how many messages it has taken."""
        with Path(self._counter.name).open("rb") as counter:
            counter.seek(max(0, Path(counter.name).stat().st_size - 120))
            found = re.findall(rb"mesg=(\d+)\r", counter.read())
        return int(found[-1]) if found else 0

    def stop(self) -> None:
        """Ends it."""
        self._process.terminate()
        self._process.wait()
        self._counter.close()


@contextmanager
def folder() -> Iterator[Path]:
    """Gives a throw-away folder that any user may look into."""
    with tempfile.TemporaryDirectory(prefix="ringround-bench-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def free_port() -> int:
    """Returns a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Waits until somebody listens on `port`."""
    for _ in range(400):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit(f"nothing listens on port {port}")


def product(count: int, channel: str, environ: Mapping[str, str], sink: Sink | None) -> Run:
    """Makes a throw-away installation with `count` people on a channel, then measures one notice to all of them."""
    full = {**os.environ, **environ}
    subprocess.run([sys.executable, "-m", "benchmarks.product", "fill", str(count), channel], check=True, env=full)
    return run("benchmarks.product", ["send", str(count)], environ, sink, count)


def run(module: str, arguments: Sequence[str], environ: Mapping[str, str], sink: Sink | None, count: int) -> Run:
    """Runs `python -m module`; the work lasts from its line BEGIN until the sink has `count` more, or its line END."""
    before = sink.count() if sink else 0
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
        process_group=0,  # not a session: the kernel would weigh that against the sink's as a whole
    )
    began, ended = threading.Event(), threading.Event()
    marks: dict[str, float] = {}

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            marks[line.strip()] = time.perf_counter()
            if line.startswith("BEGIN"):
                marks["cpu"] = _cpu(process.pid)
                began.set()
        began.set()
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    began.wait(120)
    peak, first, end, cpu = 0.0, 0.0, 0.0, 0.0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        if sink and not end:
            taken = sink.count() - before
            if taken and not first:
                first = time.perf_counter()
            if taken >= count:
                end, cpu = time.perf_counter(), _cpu(process.pid)
        elif not sink and "END" in marks and not end:
            end, cpu = marks["END"], _cpu(process.pid)
        time.sleep(0.005)
    ended.wait(10)
    if process.returncode or not end:
        sys.exit(f"{module} did not finish its work (exit code {process.returncode})")
    return Run(end - marks["BEGIN"], cpu - marks["cpu"], peak, first - marks["BEGIN"] if first else 0.0)


def _cpu(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def _memory(pid: int) -> float:
    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0
