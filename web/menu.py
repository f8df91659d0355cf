"""What staff find on the first page and at the top of every other one."""

from __future__ import annotations

from core.people import Role
from core.speech import Speech

Entry = tuple[str, str, Role]
"""An address, what it is called, and the least role that it is for."""


def staff_menu(speech: Speech) -> list[Entry]:
    """Gives the entries in the reader's language."""
    say = speech.say
    return [
        ("/calls", say("Ring people"), Role.CALLER),
        ("/notices", say("Notices"), Role.VIEWER),
        ("/timetable", say("What will go out"), Role.VIEWER),
        ("/tasks", say("Who needs a person"), Role.COORDINATOR),
        ("/inbox", say("What people wrote"), Role.COORDINATOR),
        ("/metrics", say("Figures of the service"), Role.ADMIN),
    ]
