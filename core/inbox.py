"""The words for what people write to us."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """Why something that was written is kept for staff."""

    DISTRESS = "distress"
    """It may come from somebody in distress: goes to every coordinator at once."""
    QUESTION = "question"
    """Anything that is not one of the known words: a person reads it."""
    CALL_ME = "call_me"
    """They asked to be rung."""
    WHICH = "which"
    """An answer, and nobody can tell for whom or for which meeting."""
    STOP = "stop"
    """They stopped a route or everything; staff are told once."""
    CANCEL_WORD = "cancel_word"
    """A word that stops texts (CANCEL, END, QUIT), and the meeting may have been meant."""
    CHANGE = "change"
    """They want to hear from us another way, in another language or another format."""
    STRANGER = "stranger"
    """The address is nobody's on file."""
    REPORT = "report"
    """A mail server reports on a message of ours, and nobody but a person can tell what."""
    HANDLED = "handled"
    """Understood and done: kept as history, nobody need read it."""


class InboxState(StrEnum):
    """How far staff have come with it."""

    OPEN = "open"
    TAKEN = "taken"
    """Somebody has said: I have it."""
    ANSWERED = "answered"
    CLOSED = "closed"
