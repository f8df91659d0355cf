"""What people answer to a meeting."""

from __future__ import annotations

from enum import StrEnum


class Answer(StrEnum):
    """Whether somebody comes; of several answers the latest counts."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
