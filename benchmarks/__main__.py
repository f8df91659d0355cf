"""Measures the product against plain sending and prints ratios; exits with 1 where a figure misses its goal.

usage: make bench [ARGS="--only email,memory,pacing,timetable,chat,web --rounds 3 --count 10000"]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
from pathlib import Path

from benchmarks import chat, measure, pacing, timetable, web

LARGE, SMALL = 100_000, 1_000
MEETINGS = 10_000
ASKED = 200
"""Commands in one round."""

PAGES, FORGED = 1_000, 10_000
"""Pages and altered callbacks in one round."""

_numbers = itertools.count()
missed: list[str] = []


def say(what: str, figure: float, goal: str, met: bool) -> None:
    """Prints one figure beside its goal."""
    print(f"{'ok  ' if met else 'MISS'}  {what:<68} {figure:>9.3f}   goal {goal}", flush=True)
    if not met:
        missed.append(what)


def mail_settings(place: Path, sink: measure.Sink) -> dict[str, str]:
    """Returns the settings for sending to the sink, with a new data folder and with the other channels loaded too."""
    return {
        **pacing.plain(place / f"data{next(_numbers)}"),
        "RINGROUND_EMAIL__HOST": "127.0.0.1",
        "RINGROUND_EMAIL__PORT": str(sink.port),
        "RINGROUND_EMAIL__TLS": "none",
        "RINGROUND_EMAIL__FROM": "meetings@example.org",
        "RINGROUND_EMAIL__CONNECTIONS": "8",
        "RINGROUND_SMS__ACCOUNT_SID": "AC" + "0" * 32,
        "RINGROUND_SMS__AUTH_TOKEN": "secret",
        "RINGROUND_SMS__FROM": "+441632960000",
        "RINGROUND_TELEGRAM__TOKEN": "123456789:AAabcdefghijklmnopqrstuvwxyz0123456",
        "RINGROUND_TELEGRAM__BASE_URL": "http://127.0.0.1:9",
    }


def email(place: Path, rounds: int, count: int) -> None:
    """Durable e-mail end to end against the raw loop, in turn, divided round by round."""
    sink = measure.Sink(place)
    speed, work = [], []
    for _ in range(rounds):
        raw = measure.run("benchmarks.yardstick", [str(count), str(sink.port)], {}, sink, count)
        ours = measure.product(count, "email", mail_settings(place, sink), sink)
        print(f"      raw {count / raw.seconds:,.0f}/s, {raw.cpu / count * 1e6:.0f} µs CPU a message; ", end="")
        print(f"ours {count / ours.seconds:,.0f}/s, {ours.cpu / count * 1e6:.0f} µs", flush=True)
        speed.append(raw.seconds / ours.seconds)
        work.append(ours.cpu / raw.cpu)
    sink.stop()
    rate, cpu = statistics.median(speed), statistics.median(work)
    say("e-mail, durable end to end: rate against the raw loop", rate, ">= 0.80", rate >= 0.80)
    say("e-mail: CPU per message against the raw loop", cpu, "<= 1.4", cpu <= 1.4)


def memory(place: Path, rounds: int) -> None:
    """Peak memory with every channel loaded, and how soon the first message leaves."""
    sink = measure.Sink(place)
    large, small, first = [], [], []
    for _ in range(rounds):
        few = measure.product(SMALL, "email", mail_settings(place, sink), sink)
        many = measure.product(LARGE, "email", mail_settings(place, sink), sink)
        print(f"      {SMALL:,}: {few.peak:.1f} MiB; {LARGE:,}: {many.peak:.1f} MiB, ", end="")
        print(f"first message after {many.first:.3f} s, {LARGE / many.seconds:,.0f}/s", flush=True)
        small.append(few.peak)
        large.append(many.peak)
        first.append(many.first)
    sink.stop()
    peak = statistics.median(large)
    growth = statistics.median(big - little for big, little in zip(large, small, strict=True))
    soon = statistics.median(first)
    say(f"peak memory at {LARGE:,} recipients, MiB", peak, "<= 120", peak <= 120)
    say(f"memory above that at {SMALL:,} recipients, MiB", growth, "<= 10", growth <= 10)
    say(f"first message after publishing to {LARGE:,}, seconds", soon, "<= 0.5", soon <= 0.5)


def limits(place: Path, rounds: int) -> None:
    """Provider limits as the receiver sees them."""
    for channel, rate in (("telegram", 30.0), ("sms", 100.0)):
        whole, most = [], []
        for _ in range(rounds):
            (place / f"limits{next(_numbers)}").mkdir()
            part = place / f"limits{next(_numbers) - 1}"
            moments = pacing.arrivals(channel, rate, int(rate * 8), part)
            ratio, peak = pacing.judge(moments, rate)
            whole.append(ratio)
            most.append(peak)
        ratio, worst = statistics.median(whole), max(most)
        say(f"{channel} at {rate:.0f}/s: time against the ideal", ratio, "1.00 to 1.03", 0.995 <= ratio <= 1.03)
        say(f"{channel} at {rate:.0f}/s: most in any second", worst, f"<= {rate + 2:.0f}", worst <= rate + 2)


def planning(place: Path, rounds: int) -> None:
    """How long the timetable of many meetings takes to plan anew, all of it and after an edit of one."""
    times = timetable.measure(MEETINGS, max(3, rounds), pacing.plain(place / f"data{next(_numbers)}"))
    whole, again = statistics.median(times.rebuilds), statistics.median(times.again)
    edit = statistics.median(times.edits) * 1000
    say(f"timetable of {MEETINGS:,} meetings planned from nothing, seconds", whole, "< 2", whole < 2)
    say(f"timetable of {MEETINGS:,} meetings looked through, seconds", again, "< 2", again < 2)
    say(f"one of {MEETINGS:,} meetings moved and planned anew, milliseconds", edit, "< 50", edit < 50)


def answering(place: Path, rounds: int, count: int) -> None:
    """How soon a command in the chat is answered while a broadcast to everybody is under way."""
    sink = measure.Sink(place)
    median, slow, accepted = [], [], []
    try:
        for _ in range(rounds):
            got = chat.measure(count, ASKED, mail_settings(place, sink))
            each = ", ".join(f"{command} {got.median_of(command) * 1000:.0f}" for command in chat.COMMANDS)
            print(f"      {got.accepted:,} deliveries accepted meanwhile; medians in ms: {each}", flush=True)
            median.append(got.percentile(0.5) * 1000)
            slow.append(got.percentile(0.95) * 1000)
            accepted.append(got.accepted)
    finally:
        sink.stop()
    usual, late, least = statistics.median(median), statistics.median(slow), min(accepted)
    say(f"command to first reply, {count:,} people, half of them, milliseconds", usual, "< 150", usual < 150)
    say(f"command to first reply, {count:,} people, 95 of 100, milliseconds", late, "< 300", late < 300)
    say("deliveries accepted during the measurement", least, ">= 1,000", least >= 1000)


def visiting(place: Path, rounds: int, count: int) -> None:
    """How soon pages answer and forged callbacks are refused while a broadcast to everybody is under way."""
    sink = measure.Sink(place)
    slow, refused, accepted = [], [], []
    for _ in range(rounds):
        got = web.measure(count, PAGES, FORGED, mail_settings(place, sink))
        print(f"      {got.accepted:,} deliveries accepted meanwhile; medians and 95 of 100 in ms: {web.medians(got)}")
        slow.append(web.percentile(got.seconds, 0.95) * 1000)
        refused.append(web.percentile(got.refusals, 0.99) * 1000)
        accepted.append(got.accepted)
    sink.stop()
    page, callback, least = statistics.median(slow), statistics.median(refused), min(accepted)
    say(f"page, {count:,} people, 95 of 100, milliseconds", page, "< 50", page < 50)
    say(f"one of {FORGED:,} altered callbacks refused, 99 of 100, milliseconds", callback, "< 50", callback < 50)
    say("deliveries accepted during the measurement", least, ">= 1,000", least >= 1000)


def main() -> int:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="email,memory,pacing,timetable,chat,web")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=10_000)
    asked = parser.parse_args()
    with measure.folder() as place:
        for part in asked.only.split(","):
            print(f"{part}:", flush=True)
            if part == "email":
                email(place, asked.rounds, asked.count)
            elif part == "memory":
                memory(place, asked.rounds)
            elif part == "timetable":
                planning(place, asked.rounds)
            elif part == "chat":
                answering(place, asked.rounds, asked.count)
            elif part == "web":
                visiting(place, asked.rounds, asked.count)
            else:
                limits(place, asked.rounds)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
