"""Texts, presses, edits and repeats in any order end in the latest answer; no stop is lost, nobody else is touched."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions import hearing
from actions.hearing import Heard
from store.database import Database, Session
from tests.actions.replies import ANN, CHAT, JOE, MINUTE, around, invited, person_with, said, states
from tests.store.people import NOON, deliveries

ADDRESS = {"sms": ANN, "telegram": CHAT}
ANSWERS = ("yes", "no", "maybe")
NOISE = ("ok", "what time?", "yes but late", "stop 12345", "I said no", "👍", "no??", "2", "don't stop")

write = st.tuples(
    st.just("write"), st.sampled_from(tuple(ADDRESS)), st.sampled_from((*ANSWERS, "stop", "start", *NOISE))
)
edit = st.tuples(st.just("edit"), st.just("telegram"), st.sampled_from((*ANSWERS, *NOISE)))
press = st.tuples(st.just("press"), st.just("telegram"), st.sampled_from((*ANSWERS, "stop", "start")))
repeat = st.tuples(st.just("repeat"), st.sampled_from(tuple(ADDRESS)), st.just(""))


@contextmanager
def _undone(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        outer = session.begin_nested()
        try:
            yield session
        finally:
            outer.rollback()


_number = itertools.count()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(st.one_of(write, edit, press, repeat), max_size=10))
def test_any_order_ends_in_the_latest_answer_and_no_stop_is_lost(
    sqlite_url: str, steps: list[tuple[str, str, str]]
) -> None:
    database = Database(sqlite_url)
    try:
        with _undone(database) as session:
            _play(session, steps)
    finally:
        database.close()


def _play(session: Session, steps: list[tuple[str, str, str]]) -> None:
    person_with(session, "Ann", ("telegram", "sms", "email"), telegram=CHAT, sms=ANN)
    person_with(session, "Joe", ("sms", "phone"), sms=JOE)
    row = invited(session)
    button = next(one.uid for one in deliveries(session) if one.channel == "telegram")
    answer: str | None = None
    stopped = {"sms": False, "telegram": False}
    heard: dict[str, tuple[str, str]] = {}
    for number, (kind, channel, word) in enumerate(steps):
        at = NOON + (60 + 2 * number) * MINUTE
        meant = word
        if kind == "write":
            ref = f"m{next(_number)}"
            hearing.hear(session, Heard(channel, ADDRESS[channel], word, ref), around(at))
            heard[channel] = (ref, word)
        elif kind == "edit":
            ref, before = heard.get(channel, (f"m{next(_number)}", ""))
            hearing.edited(session, Heard(channel, ADDRESS[channel], word, ref), around(at))
            heard[channel] = (ref, word)
            meant = "" if word == before else word
        elif kind == "press":
            hearing.press(session, channel, ADDRESS[channel], button, word, around(at))
        else:
            if channel in heard:
                ref, before = heard[channel]
                again = hearing.edited if channel == "telegram" else hearing.hear
                assert again(session, Heard(channel, ADDRESS[channel], before, ref), around(at)) is None
            meant = ""
        if meant == "yes" and channel == "sms" and stopped["sms"]:
            stopped["sms"] = False  # at the provider that is a start, and whether it is an answer as well is asked
        elif meant in ANSWERS and (kind == "press" or channel == "telegram"):
            answer = meant
        elif meant in ("stop", "start"):
            stopped[channel] = meant == "stop"
    # By text nobody was told of a meeting, so a text is no answer to one.
    assert said(session, row) == ({"Ann": answer} if answer else {})
    assert {channel: states(session)["Ann", channel] for channel in stopped} == {
        channel: "stopped" if is_ else "active" for channel, is_ in stopped.items()
    }
    others = {key: state for key, state in states(session).items() if key[0] == "Joe" or key[1] == "email"}
    assert set(others.values()) == {"active"}
