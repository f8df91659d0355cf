"""The work that every e-mail measurement does: 2 KB of text to each person, with their own name in it."""

from __future__ import annotations

SENDER = "meetings@example.org"
PARAGRAPH = (
    "The planning group meets in the community hall to talk about the new day service. Please read the notes that "
    "came with the last letter, and tell us what matters to you: how you would get there, what would help you to "
    "take part, and who else we should ask.\n"
)
TEXT = "Dear {name},\n\n" + PARAGRAPH * 8 + "\nWe look forward to seeing you, {name}."


def address(i: int) -> str:
    """Returns the address of person `i`."""
    return f"user{i}@example.com"


def name(i: int) -> str:
    """Returns the name of person `i`."""
    return f"Participant Number {i}"


def ready(i: int) -> bytes:
    """Returns the whole message to person `i` as bytes, as the yardstick sends them."""
    head = (
        f"From: {SENDER}\r\nTo: {address(i)}\r\nSubject: The planning group meets\r\n"
        f"Message-ID: <{i}.bench@example.org>\r\nDate: Thu, 14 May 2026 18:00:00 +0000\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\n'
    )
    return (head + TEXT.format(name=name(i)).replace("\n", "\r\n")).encode()
