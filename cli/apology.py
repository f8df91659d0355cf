"""What a person reads when the fault is ours: a short apology, and where the details lie."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from cli.console import say
from config.logs import scrubbed
from core.clock import SystemClock


def apologise(error: Exception) -> None:
    """Keeps the scrubbed stack trace in a file that only its owner can read, and says where."""
    trace = scrubbed("".join(traceback.format_exception(error)))
    path = _kept(trace)
    say("Sorry, something went wrong inside Ringround itself.", style="bold red")
    if path:
        say(f"The details are in {path}.", "Please send that file to whoever looks after Ringround for you.")
    else:
        say(f"The details could not be kept ({type(error).__name__}).")


def _kept(trace: str) -> Path | None:
    name = f"ringround-fault-{SystemClock().now():%Y%m%d-%H%M%S}-{os.getpid()}.log"
    for folder in (_data_folder(), Path(tempfile.gettempdir())):
        if folder is None or not folder.is_dir():
            continue
        path = folder / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(trace)
        except OSError:
            continue
        return path
    return None


def _data_folder() -> Path | None:
    from config.settings import load

    try:
        return load().data_dir
    except Exception:  # noqa: BLE001 - the settings may be what is wrong
        return None
