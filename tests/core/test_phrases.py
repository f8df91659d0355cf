from __future__ import annotations

import pytest

from core import phrases
from core.meeting_fields import FIELDS
from core.placeholders import KNOWN, Template
from core.plain_language import hints
from core.segments import measure

EVERY = {name: text for name, text in vars(phrases).items() if name.isupper()}


@pytest.mark.parametrize("name", EVERY)
def test_every_phrase_is_short_and_plain(name: str) -> None:
    assert hints(EVERY[name], can_be_answered=True) == []


@pytest.mark.parametrize("name", EVERY)
def test_every_phrase_uses_only_known_fields_and_costs_no_more_in_a_text(name: str) -> None:
    of_a_meeting = (*FIELDS, "link", "topics", "why", "old", "new", "at_place") if name.startswith("MEETING_") else ()
    template = Template.parse(EVERY[name], (*KNOWN, "_contact", "_who", "_visit", "_file", "_shows", *of_a_meeting))
    assert measure(template.fixed).encoding == "GSM-7"
