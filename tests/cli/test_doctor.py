"""`ringround doctor` says what holds, and where to mend what does not."""

from __future__ import annotations

from datetime import timedelta
from mailbox import Maildir
from typing import Any

from cli.service import opened
from config.settings import load
from core.clock import SystemClock
from core.receipts import Outcome, Receipt
from store import strays
from tests.cli.conftest import Program
from tests.store.people import WAYS


def findings(program: Program) -> dict[str, Any]:
    return {one["name"]: one for one in program.here("doctor", "--json").json["checks"]}


def test_the_quiet_hours_of_the_settings_bind_where_there_is_no_strategy(program: Program) -> None:
    program.environ |= {"RINGROUND_QUIET__START": "22:30", "RINGROUND_QUIET__END": "07:15"}
    assert findings(program)["quiet hours"]["says"] == "from 22:30 to 07:15, Europe/London"


def test_the_quiet_hours_of_the_strategy_bind_where_there_is_one(program: Program) -> None:
    program.data.mkdir()
    strategy = program.data / "strategy.toml"
    strategy.write_text('[quiet]\nstart = "20:00"\nend = "08:15"\n', encoding="utf-8")
    assert findings(program)["quiet hours"]["says"] == "from 20:00 to 08:15, Europe/London"
    strategy.write_text('[quiet]\nstart = "00:00"\nend = "00:00"\n', encoding="utf-8")
    assert findings(program)["quiet hours"]["says"] == "none, Europe/London"


def test_a_mistake_in_the_strategy_is_named_with_its_line(program: Program) -> None:
    program.data.mkdir()
    (program.data / "strategy.toml").write_text('[quiet]\nstart = "soon"\n', encoding="utf-8")
    found = findings(program)
    assert not found["strategy"]["ok"]
    assert "strategy.toml, line 2" in found["strategy"]["says"]
    assert found["disk"]["ok"], "what does not stand on it is looked at all the same"


def test_the_words_that_twilio_keeps_are_named(connected: Program) -> None:
    found = [one["says"] for one in connected.here("doctor", "--json").json["checks"] if one["name"] == "texts"]
    assert found[0] == "answers and receipts are fetched each minute"
    assert "STOP, STOPALL, UNSUBSCRIBE, and START, YES and UNSTOP" in found[1]


def test_where_nobody_reads_the_mailbox_it_says_so(connected: Program) -> None:
    found = findings(connected)["mailbox"]
    assert found["ok"]
    assert "not read" in found["says"]


def test_a_mailbox_is_tried(connected: Program) -> None:
    folder = connected.folder / "mail"
    connected.environ["RINGROUND_MAILBOX__MAILDIR"] = str(folder)
    found = findings(connected)["mailbox"]
    assert not found["ok"]
    assert "RINGROUND_MAILBOX__MAILDIR" in found["mend"]
    Maildir(folder)
    assert findings(connected)["mailbox"] == {"name": "mailbox", "ok": True, "says": "can be read", "mend": ""}


def test_a_mail_server_that_is_away_is_named(connected: Program) -> None:
    connected.environ |= {"RINGROUND_MAILBOX__HOST": "127.0.0.1", "RINGROUND_MAILBOX__PORT": "1"}
    assert not findings(connected)["mailbox"]["ok"]


def test_receipts_about_other_messages_are_counted_once_they_are_old(connected: Program) -> None:
    connected.good("people", "list")  # makes the database
    settings = load(connected.environ, connected.folder)
    now = SystemClock().now()
    with opened(settings) as house, house.database.writing() as session:
        for ref, age in (("SM1", 2), ("SM2", 3), ("SM3", 0)):
            strays.receive(
                session, Receipt(Outcome.DELIVERED, "sms", "delivered", ref), now - timedelta(hours=age), WAYS
            )
    assert findings(connected)["receipts"]["says"] == "2 about messages that Ringround has not sent"
