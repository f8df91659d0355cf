"""Signed links: ours alone, each for one purpose."""

from __future__ import annotations

import re

import pytest

from core.errors import ConfigError, UserError
from core.links import Links, Purpose

DELIVERY = "0198f6d2-0000-7000-8000-000000000001"
OLD, NEW = b"an old key of some thirty letters", b"a new key of some thirty letters."


def token(link: str) -> str:
    return link.rpartition("/")[2]


def test_a_link_leads_to_the_public_address_and_needs_no_quoting() -> None:
    link = Links("https://ring.example.org/", NEW).unsubscribe(DELIVERY)
    assert re.fullmatch(r"https://ring\.example\.org/stop/[A-Za-z0-9._-]+", link)


def test_a_token_tells_what_it_was_made_of() -> None:
    links = Links("https://ring.example.org", NEW)
    assert links.read(token(links.unsubscribe(DELIVERY)), Purpose.STOP) == DELIVERY


def test_a_key_can_be_changed_without_breaking_old_links() -> None:
    old = token(Links("https://ring.example.org", OLD).unsubscribe(DELIVERY))
    both = Links("https://ring.example.org", [OLD, NEW])
    assert both.read(old, Purpose.STOP) == DELIVERY
    only_new = Links("https://ring.example.org", NEW)
    assert only_new.read(token(both.unsubscribe(DELIVERY)), Purpose.STOP) == DELIVERY
    with pytest.raises(UserError):
        only_new.read(old, Purpose.STOP)


def test_no_single_changed_letter_gets_through() -> None:
    links = Links("https://ring.example.org", NEW)
    good = token(links.unsubscribe(DELIVERY))
    for at in range(len(good) - 1):  # the last letter holds bits that mean nothing
        bad = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        with pytest.raises(UserError, match="not one of ours"):
            links.read(bad, Purpose.STOP)


@pytest.mark.parametrize("bad", ["", ".", DELIVERY, f"{DELIVERY}.", "żółw.żółw", "\x00.\udc80"])
def test_nonsense_is_told_in_plain_words(bad: str) -> None:
    with pytest.raises(UserError) as caught:
        Links("https://ring.example.org", NEW).read(bad, Purpose.STOP)
    assert "Open it from the message" in caught.value.mend


@pytest.mark.parametrize("keys", [b"", [], [b"", NEW]])
def test_without_a_key_there_are_no_links(keys: bytes | list[bytes]) -> None:
    with pytest.raises(ConfigError, match="RINGROUND_SECRET_KEY"):
        Links("https://ring.example.org", keys)


def test_a_meeting_s_file_is_for_one_person() -> None:
    links = Links("https://ring.example.org", NEW)
    link = links.meeting_ics(DELIVERY, "0198f6d2-0000-7000-8000-000000000002")
    assert re.fullmatch(r"https://ring\.example\.org/meeting/[A-Za-z0-9._-]+", link)
    assert links.read_meeting(token(link)) == (DELIVERY, "0198f6d2-0000-7000-8000-000000000002")


def test_a_private_calendar_is_one_person_s() -> None:
    links = Links("https://ring.example.org", NEW)
    link = links.feed(DELIVERY)
    assert link.startswith("https://ring.example.org/feed/")
    assert links.read(token(link), Purpose.FEED) == DELIVERY


def test_a_token_opens_nothing_but_what_it_was_made_for() -> None:
    links = Links("https://ring.example.org", NEW)
    tokens = {
        Purpose.STOP: token(links.unsubscribe(DELIVERY)),
        Purpose.VISIT: token(links.visit(DELIVERY)),
        Purpose.MEETING: token(links.meeting_ics(DELIVERY, DELIVERY)),
        Purpose.FEED: token(links.feed(DELIVERY)),
    }
    for made_for in Purpose:
        for purpose in set(Purpose) - {made_for}:
            with pytest.raises(UserError, match="not one of ours"):
                links.read(tokens[made_for], purpose)
