from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sandbox.record import Arrival, Record


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def arrive(record: Record, to: str = "ada@example.org") -> Arrival:
    with record.request("email", to) as request:
        return record.accept(
            request, to=to, sender="g@example.org", text="Tea — at\nfour", ref="<1@x>", subject="Tea", delivery="d-7"
        )


def test_each_send_leaves_started_accepted_and_answered(tmp_path: Path) -> None:
    log = tmp_path / "log" / "arrivals.jsonl"
    record = Record(log)
    arrive(record)
    started, accepted, answered = lines(log)
    assert (started["kind"], accepted["kind"], answered["kind"]) == ("started", "accepted", "answered")
    assert started["request"] == accepted["request"] == answered["request"] == 1
    assert started["mono"] <= accepted["mono"] <= answered["mono"]
    assert answered["outcome"] == "accepted"
    wanted = {"n": 1, "channel": "email", "to": "ada@example.org", "from": "g@example.org", "text": "Tea — at\nfour"}
    wanted |= {"subject": "Tea", "ref": "<1@x>", "delivery": "d-7", "attempt": None}
    assert {key: accepted[key] for key in wanted} == wanted
    assert accepted["at"].endswith("+00:00")
    record.close()


def test_a_line_is_synced_before_the_send_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    log = tmp_path / "log"
    monkeypatch.setattr(os, "fsync", lambda _: seen.append([line["kind"] for line in lines(log)]))
    for fsync in (True, False):
        record = Record(log, fsync=fsync)
        arrive(record)
        record.close()
    assert seen == [["started", "accepted"]]


def test_what_is_started_and_not_answered_is_in_flight(tmp_path: Path) -> None:
    record = Record(tmp_path / "log")
    with record.request("sms", "+44"), record.request("sms", "+45"):
        assert record.in_flight == 2
    assert record.in_flight == 0
    assert [line["outcome"] for line in lines(tmp_path / "log")[2:]] == ["gone", "gone"]
    record.close()


def test_a_new_record_goes_on_with_the_same_file(tmp_path: Path) -> None:
    for _ in range(2):
        record = Record(tmp_path / "log")
        arrive(record)
        record.close()
    assert [line["kind"] for line in lines(tmp_path / "log")].count("accepted") == 2


async def test_one_can_wait_for_a_number_of_arrivals() -> None:
    record = Record()
    waiting = [asyncio.create_task(record.arrived(n)) for n in (1, 3)]
    await asyncio.sleep(0)
    arrive(record)
    await waiting[0]
    assert not waiting[1].done()
    arrive(record)
    arrive(record)
    await waiting[1]
    with pytest.raises(TimeoutError, match="3 of 4 messages"):
        await record.arrived(4, timeout=0.01)
    record.close()


def test_memory_can_be_bounded_while_counts_go_on() -> None:
    record = Record(keep=2)
    for n in range(5):
        arrive(record, f"{n}@example.org")
    assert [arrival.to for arrival in record.arrivals] == ["3@example.org", "4@example.org"]
    assert (record.total, record.counts["email"]) == (5, 5)


def test_a_text_that_is_no_good_unicode_does_not_stop_the_log(tmp_path: Path) -> None:
    record = Record(tmp_path / "log")
    with record.request("sms", "+44") as request:
        record.accept(request, to="+44", sender="x", text="a\udcff", ref="r")
    assert lines(tmp_path / "log")[1]["text"] == "a?"
    record.close()
