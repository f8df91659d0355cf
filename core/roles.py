"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import Refused
from core.people import Role

ORDER = (Role.VIEWER, Role.CALLER, Role.COORDINATOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks for something: a member of staff, or the machine's own operator at the terminal.

    `name` goes into the audit: a person's id, "terminal" or "service", never an address.
    """

    name: str
    role: Role

    def must_be(self, role: Role, to: str) -> None:
        """Raises `Refused` unless the actor's role is at least `role`; `to` says what they wanted to do."""
        if ORDER.index(self.role) < ORDER.index(role):
            article = "an" if role is Role.ADMIN else "a"
            mend = "Ask an admin of your group to do it or to change your role."
            raise Refused(f"Only {article} {role} may {to}", mend=mend)


TERMINAL = Actor("terminal", Role.ADMIN)
"""Whoever has a shell on the machine may do everything."""

SERVICE = Actor("service", Role.ADMIN)
"""The service itself, following the strategy."""
