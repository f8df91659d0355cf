"""`ringround.toml`: written once, with a comment for each part, for its owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from core.errors import ConfigError

Part = dict[str, str | int]
"""Values by name."""

Answers = Mapping[str, Part]
"""Parts by name (`group`, `email`, ...); the settings outside any part stand under an empty name."""

LAYOUT: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("", "Your place: the time zone decides when it is night.", (("timezone", "Europe/London"),)),
    (
        "group",
        "Who is speaking: stands in every message.",
        (("name", "Our group"), ("contact_name", "Sam Lee"), ("contact_phone", "01632 960123"), ("reply_to", "")),
    ),
    (
        "email",
        "The mail server that letters go out through; without a host e-mail is off. tls is starttls, tls or none.",
        (
            ("host", "smtp.example.org"),
            ("port", "587"),
            ("tls", "starttls"),
            ("username", "group@example.org"),
            ("password", ""),
            ("from", "group@example.org"),
        ),
    ),
    (
        "mailbox",
        "Where answers by e-mail and bounces come to (IMAP); without a host nobody reads them.",
        (("host", "imap.example.org"), ("username", "group@example.org"), ("password", "")),
    ),
    (
        "sms",
        "The Twilio account that texts go out through; without an account_sid texts are off.",
        (("account_sid", ""), ("auth_token", ""), ("from", "+447700900000")),
    ),
    ("telegram", "The bot that writes on Telegram; without a token Telegram is off.", (("token", ""),)),
    ("quiet", "Nothing leaves between these hours, unless it is urgent.", (("start", "21:00"), ("end", "08:00"))),
)


def written(answers: Answers) -> str:
    """Gives the text of the file: what was answered as it is, everything else as a comment to fill in."""
    lines = [
        "# The settings of Ringround. Each may be set in the environment instead, where it wins:",
        "# RINGROUND_EMAIL__HOST is host under [email]. All of them: docs/reference/settings.md.",
        "# This file may hold passwords: keep it to yourself.",
    ]
    for part, comment, names in LAYOUT:
        known = answers.get(part, {})
        lines += ["", f"# {comment}"]
        if part:
            lines.append(f"[{part}]" if known else f"# [{part}]")
        shown = dict(names)
        for name in (*shown, *(name for name in known if name not in shown)):
            if name in known:
                lines.append(f"{name} = {_value(known[name])}")
            else:
                lines.append(f"# {name} = {_value(int(shown[name]) if shown[name].isdecimal() else shown[name])}")
    return "\n".join(lines) + "\n"


def write_once(path: Path, text: str) -> bool:
    """Writes the file for its owner alone, unless there is one; returns whether it was written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigError(
            f"The settings file can't be written: {error.strerror}",
            where=str(path),
            mend="Set RINGROUND_DATA_DIR to a folder that this user may write to.",
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True


def _value(value: str | int) -> str:
    """Writes a TOML value; a JSON string is a TOML string too, but for the character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
