"""Settings that can't be used are refused at the start, in a sentence that says how to mend them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import load
from core.errors import ConfigError


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://ring.example.org/", "https://ring.example.org"),
        ("HTTPS://ring.example.org:8443", "https://ring.example.org:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_public_address_is_a_name_and_perhaps_a_port(tmp_path: Path, given: str, meant: str) -> None:
    assert load({"RINGROUND_PUBLIC_URL": given}, tmp_path).public_url == meant


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("https://example.org/ringround", "a name of their own, without a path.*such as https://ring"),
        ("https://example.org/?group=1", "without a path"),
        ("https://example.org#group", "without a path"),
        ("ring.example.org", "must begin with https://"),
        ("https:///pages", "must begin with https://"),
        ("https://sam@ring.example.org", "must begin with https://"),
        ("https://ring example.org", "must begin with https://"),
        ("https://ring.example.org:many", "is not an address"),
    ],
)
def test_a_public_address_that_can_not_be_used_is_refused_with_what_to_do(
    tmp_path: Path, given: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=f"RINGROUND_PUBLIC_URL: .*{told}"):
        load({"RINGROUND_PUBLIC_URL": given}, tmp_path)
