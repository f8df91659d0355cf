"""No address, number or token in the log; everything else as it was."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from config import logs


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Gives what has been logged since it was last asked."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.begin(logging.INFO)
    yield lambda: capsys.readouterr().err
    root.handlers = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "secret",
    [
        "ann@example.org",
        "Ann.O'Neill+tag@mail.example.co.uk",
        "søren@bücher.example",
        "+447700900123",
        "+44 7700 900123",
        "07700 900123",
        "01632 960 123",
        "(01632) 960123",
        "0044 1632 960123",
        "7000000001:hsTIWhj1Juo2__1JeVtjxiRFQl19OqtfDJQ",
        "8e593053c5647a7e5dd1fe65b4d7053a",
    ],
)
@pytest.mark.parametrize("sentence", ["%s", "refused <%s>: try again", "to=%s, 550", "https://host/%s/send"])
def test_what_looks_like_an_address_a_number_or_a_token_is_taken_out(
    said: Callable[[], str], secret: str, sentence: str
) -> None:
    logging.getLogger("channels.mail").warning(sentence, secret)
    line = said()
    assert "WARNING channels.mail: " in line
    assert secret not in line
    assert secret[-6:] not in line


def test_the_token_in_a_telegram_address_is_taken_out() -> None:
    url = "https://api.telegram.org/bot7000000001:hsTIWhj1Juo2__1JeVtjxiRFQl19OqtfDJQ/sendMessage"
    assert logs.scrubbed(url) == "https://api.telegram.org/(token)/sendMessage"


@pytest.mark.parametrize(
    "harmless",
    [
        "01a205ac-bad4-765c-a403-735bbdc17f91",
        "2026-11-22T23:58:00Z",
        "40 people, 100000 messages, 12.5 s",
        "version 0001 on port 8000",
        "550 5.1.1",
    ],
)
def test_what_helps_to_find_a_fault_stays(harmless: str) -> None:
    assert logs.scrubbed(harmless) == harmless


def test_a_stack_trace_is_scrubbed_as_well(said: Callable[[], str]) -> None:
    try:
        int("ann@example.org")
    except ValueError:
        logging.getLogger("scheduler").exception("A fault")
    assert "ValueError: invalid literal for int() with base 10: '(address)'" in said()


def test_a_line_says_when_how_bad_where_and_what(said: Callable[[], str]) -> None:
    logging.getLogger("scheduler.dispatch").warning("email is paused")
    moment, rest = said().split(" ", 1)
    assert rest == "WARNING scheduler.dispatch: email is paused\n"
    assert len(moment) == len("2026-11-22T23:58:00Z")


def test_a_line_of_json_says_the_same_and_what_it_is_about(said: Callable[[], str]) -> None:
    logs.begin(logging.INFO, "json")
    about: dict[str, object] = {"channel": "email", "delivery": "01a205ac-bad4-765c-a403-735bbdc17f91", "attempt": 2}
    slip = {"notice": "ann@example.org", "address": "ann@example.org"}
    logging.getLogger("scheduler.lane").warning('"%s"\nrefused', "ann@example.org", extra=about | slip)
    try:
        int("ann@example.org")
    except ValueError:
        logging.getLogger("scheduler").exception("A fault")
    first, second = map(json.loads, said().splitlines())
    assert datetime.fromisoformat(first.pop("time")).utcoffset() == timedelta()
    assert first == {
        "level": "WARNING",
        "logger": "scheduler.lane",
        "message": '"(address)"\nrefused',
        "channel": "email",
        "notice": "(address)",
        "delivery": "01a205ac-bad4-765c-a403-735bbdc17f91",
        "attempt": 2,
    }
    assert second["trace"].endswith("ValueError: invalid literal for int() with base 10: '(address)'")


@pytest.mark.parametrize("library", logs.QUIET)
def test_libraries_that_tell_of_each_request_are_quiet(said: Callable[[], str], library: str) -> None:
    logging.getLogger(library).info("POST to somewhere")
    assert said() == ""
