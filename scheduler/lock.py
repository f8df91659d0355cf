"""The dispatcher's lock: any process may write rows, only the one that holds it sends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DispatchLock:
    """A lock on a file in the data folder; the system lets go of it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "dispatch.lock"
        self._handle: int | None = None

    def take(self) -> bool:
        """Takes the lock if it is free; returns whether it is ours now."""
        if self._handle is not None:
            return True
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Lets go of the lock."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
