"""The columns of a people file, and the other headings that people write over them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import UserError

COLUMNS = (
    "name",
    "called",
    "preferred_channel",
    "email",
    "mobile",
    "telegram",
    "phone",
    "never",
    "held_by",
    "language",
    "groups",
    "format",
    "support",
    "timezone",
    "consent",
    "notes",
)

FIRST, SURNAME = "first_name", "surname"
"""Two more columns: they make the name where there is no whole one."""

_OTHERS = {
    "name": "full name; whole name; contact name; person; participant; member; member name",
    FIRST: "forename; forenames; first names; given name; given names; christian name; first",
    SURNAME: "last name; family name; second name; last",
    "called": "known as; preferred name; likes to be called; nickname; calls themselves; goes by; called name",
    "preferred_channel": "contact method; preferred contact; preferred contact method; preferred method; channel; "
    "contact by; contact preference; prefers; best way to contact; preferred way; how to contact; preference",
    "email": "email address; e mail address; mail; mail address; emails",
    "mobile": "mob; mobile number; mobile phone; mobile no; mob no; mob number; cell; cell phone; cellphone; sms; "
    "text; texts; text number; mobile tel; mobile telephone",
    "telegram": "telegram id; telegram chat; telegram chat id; chat id",
    "phone": "tel; telephone; telephone number; telephone no; tel no; tel number; phone number; phone no; landline; "
    "land line; landline number; home phone; home tel; home telephone; home number; call",
    "never": "never use; do not use; dont use; not by; never by; no contact by",
    "held_by": "phone held by; belongs to; whose phone; care of; c o; phone belongs to; held by whom; via",
    "language": "languages; preferred language; first language; spoken language",
    "groups": "group; group name; teams; team; subgroup; subgroups",
    "format": "formats; accessible format; format needed; preferred format; information format",
    "support": "support needs; support needed; access needs; accessibility; access; access requirements; needs",
    "timezone": "time zone; zone; tz",
    "consent": "consents; consent given; permission",
    "notes": "note; comments; comment; remarks; remark; other information; other info; further information",
}

_MEANT = {
    **{heading.replace("_", ""): heading for heading in (*COLUMNS, FIRST, SURNAME)},
    **{other.replace(" ", ""): column for column, others in _OTHERS.items() for other in others.split("; ")},
}


@dataclass(frozen=True, slots=True)
class Headings:
    """What the headings of a file mean.

    `meant` maps our columns to the headings over them; `extra` are the headings that mean nothing to us.
    """

    meant: dict[str, str]
    extra: list[str]


def folded(heading: str) -> str:
    """Reduces a heading to its letters and digits, small ones, so that `E-Mail:` and `email` are the same."""
    plain = unicodedata.normalize("NFKD", heading).casefold()
    return "".join(character for character in plain if character.isalnum())


def understand(header: Sequence[str]) -> Headings:
    """Finds out which heading stands for which column, whatever their order, case, spaces and punctuation.

    Raises UserError where two headings mean the same column, and where there is no name.
    """
    meant: dict[str, str] = {}
    extra = []
    for heading in header:
        column = _MEANT.get(folded(heading))
        if column is None:
            extra.append(heading)
        elif column in meant:
            raise UserError(
                f'The columns "{meant[column].strip()}" and "{heading.strip()}" both mean "{column}"',
                where="the first row",
                mend="Rename one of them to what it holds, or remove it.",
            )
        else:
            meant[column] = heading
    if not meant.keys() & {"name", FIRST}:
        raise UserError(
            "There is no column with people's names",
            where="the first row",
            mend='The first row must hold the headings, one of them "name" (or "First name" and "Surname").',
        )
    return Headings(meant, extra)
