"""The log: one line for each thing that happened, on standard error, without an address, a number or a token."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

Form = Literal["plain", "json"]

FIELDS = ("channel", "notice", "delivery", "attempt", "count")
"""What a line may be about, as whoever logs it says: `log.warning("...", extra={"channel": "email"})`."""

QUIET = ("aiohttp", "aiosmtplib", "alembic", "apscheduler", "asyncio", "httpcore", "httpx", "telegram", "twilio")
"""Libraries that tell of each request, with the address that it went to: only their warnings are wanted."""

_SCRUBBED = (
    (re.compile(r"[^\s<>\"'(),;:@/=]+@[^\s<>\"'(),;:@/]+"), "(address)"),
    (re.compile(r"\b(?:bot)?\d{5,}:[A-Za-z0-9_-]{20,}"), "(token)"),
    (re.compile(r"(?<![\w-])(?:[0-9a-fA-F]{32,}|[A-Za-z0-9_-]{40,})(?![\w-])"), "(token)"),
    (re.compile(r"(?<![\w.:-])(?:\+|00?)\d(?:[ ()-]{0,2}\d){7,13}(?![\w:-])"), "(number)"),
)


def scrubbed(text: str) -> str:
    """Takes out whatever looks like an e-mail address, a phone number or a token."""
    for pattern, instead in _SCRUBBED:
        text = pattern.sub(instead, text)
    return text


class Plain(logging.Formatter):
    """Writes `2026-03-01T19:00:00Z WARNING scheduler.dispatch: email is paused`, scrubbed, stack traces too."""

    def format(self, record: logging.LogRecord) -> str:
        """Gives the line of a record."""
        return scrubbed(super().format(record))

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - the library's
        """Gives the moment of a record in UTC (ISO 8601)."""
        return _moment(record, "seconds")


class JsonLines(logging.Formatter):
    """Writes an object on one line: `time` (UTC), `level`, `logger`, `message`, `trace` of a fault, and `FIELDS`.

    Every text in it is scrubbed.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Gives the line of a record."""
        line: dict[str, str | int] = {
            "time": _moment(record, "milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        for name in FIELDS:
            if (value := getattr(record, name, None)) is not None:
                line[name] = value if isinstance(value, int) else scrubbed(str(value))
        if record.exc_info:
            line["trace"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _moment(record: logging.LogRecord, to: str) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec=to).replace("+00:00", "Z")


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment, so that a progress bar can make room for a line."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def begin(level: int = logging.WARNING, form: Form = "plain") -> None:
    """Sets the log up for this process; what was set up before is replaced."""
    handler = _Stderr()
    handler.setFormatter(JsonLines() if form == "json" else Plain("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
