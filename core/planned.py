"""What becomes of a notice that is planned for a meeting."""

from __future__ import annotations

from enum import StrEnum


class PlannedState(StrEnum):
    """Where a planned notice stands."""

    COMING = "coming"
    HELD = "held"  # a coordinator said so, or it was due while the database lay in a backup
    MADE = "made"
    MISSED = "missed"  # past its not-after before it could be made
    SKIPPED = "skipped"  # left out on purpose, with the reason
    WITHDRAWN = "withdrawn"  # a newer version was made, or the strategy has changed


LATE_WHEN_PLANNED = "it was late already when the meeting was put in"
TOGETHER = "another notice about the meeting went out at the same time"
MISSED = "it could not be made in time"
HELD_TOO_LONG = "it was held until it was too late"
NOBODY = "there was nobody to tell"
NEWER = "a newer version was made"
NOT_IN_STRATEGY = "the strategy no longer asks for it"
TOO_DEAR = "its texts would cost about"
COST_AGREED = "somebody agreed to its cost"
HELD_RESTORED = "restored from a backup: confirm that it did not go out"
