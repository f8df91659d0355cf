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
