from __future__ import annotations

from dataclasses import replace
from datetime import time

from core.group import Group
from core.honest_reply import honest_reply
from core.speech import IN_ENGLISH
from core.strategy import Hours

GROUP = Group("Readers", "Sue Hill", "0161 496 0000")
CALLING = Hours(time(10), time(17))


def test_the_reply_that_is_shipped_names_who_can_help_and_when() -> None:
    assert honest_reply(GROUP, CALLING, IN_ENGLISH) == (
        "This is not read all the time. Sue Hill on 0161 496 0000 can help, from 10am to 5pm. In danger ring 999; "
        "for urgent help NHS 111 (option 2 for mental health); Samaritans 116 123; or text SHOUT to 85258."
    )


def test_a_group_has_words_of_its_own_with_the_same_places() -> None:
    own = replace(GROUP, help_text="Ring NAME: PHONE, HOURS. RENAME stays. {braces} too.")
    said = honest_reply(own, CALLING, IN_ENGLISH)
    assert said == "Ring Sue Hill: 0161 496 0000, from 10am to 5pm. RENAME stays. {braces} too."
