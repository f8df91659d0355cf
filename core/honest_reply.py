"""What we say to somebody who writes when nobody may read it for hours: who can help now, and where in danger."""

from __future__ import annotations

import re
from typing import Final

from core.group import Group
from core.speech import Phrase, Speech
from core.strategy import Hours

# Translators: NAME, PHONE and HOURS stay as they are; the numbers are those of the United Kingdom.
DEFAULT_HELP_TEXT: Final = Phrase(
    "This is not read all the time. NAME on PHONE can help, HOURS. In danger ring 999; for urgent help NHS 111 "
    "(option 2 for mental health); Samaritans 116 123; or text SHOUT to 85258."
)
"""What is said where the group has set nothing of its own."""

_HOLE = re.compile(r"\b(NAME|PHONE|HOURS)\b")


def honest_reply(group: Group, calling: Hours, speech: Speech) -> str:
    """Gives the group's own help text, or the one that is shipped, with NAME, PHONE and HOURS filled in.

    They are the contact's name and number, and the hours in which the group rings people.
    """
    hours = speech.say("from {start} to {end}", start=speech.clock(calling.start), end=speech.clock(calling.end))
    values = {"NAME": group.contact_name or group.name, "PHONE": group.contact_phone, "HOURS": hours}
    return _HOLE.sub(lambda hole: values[hole[0]], group.help_text or speech.phrase(DEFAULT_HELP_TEXT))
