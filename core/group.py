"""Who is speaking: the group, and the person to ask."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UserError


@dataclass(frozen=True, slots=True)
class Group:
    """The group that every message comes from, and the named contact that every message ends with.

    `reply_to` is an e-mail address that a person reads, empty where there is none. `help_text` is the
    answer to somebody who writes when nobody may read it for hours. `language` is a BCP 47 tag.
    """

    name: str
    contact_name: str
    contact_phone: str
    reply_to: str | None = None
    help_text: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        # Each stands on one line, whatever came from a settings file: one of them begins every text message.
        for field in ("name", "contact_name", "contact_phone"):
            object.__setattr__(self, field, " ".join(getattr(self, field).split()))

    @property
    def fields(self) -> dict[str, str]:
        """The values of the placeholders that are the same for everybody."""
        return {"group": self.name, "contact_name": self.contact_name, "contact_phone": self.contact_phone}

    def check(self) -> None:
        """Raises UserError where the group has no name, or nobody who can be asked."""
        names = {
            "group": "name",
            "contact_name": "contact person's name",
            "contact_phone": "contact's phone number",
        }
        for field, value in self.fields.items():
            if not value:
                mend = "Every message says who it is from and who can be asked: fill it in."
                raise UserError(f"The group's {names[field]} is missing", where="the group's settings", mend=mend)
