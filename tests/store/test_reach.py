from __future__ import annotations

from core.delivery import State
from core.reach import Standing
from store.database import Database
from store.reach import counted, progress, reach
from tests.store.people import CHANNELS, add_person, claim, hear, publish, say


def test_the_standings_add_up_to_everybody_who_is_invited(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Sent", "email")
        add_person(session, "Proved", "sms")
        add_person(session, "To ring", "phone")
        add_person(session, "No route")
        add_person(session, "Died", "email", status="died")
        add_person(session, "Waiting", "telegram")
        notice = publish(session)
        for channel in ("email", "sms", "phone"):
            for one in claim(session, channel):
                say(session, one, "accepted", provider=channel, ref=f"r-{channel}")
        hear(session, "delivered", provider="sms", ref="r-sms")
        found = reach(session, notice, CHANNELS)
        assert {one.name: (one.standing.value, one.state, one.reason) for one in found.people} == {
            "Sent": ("trying", "accepted", ""),
            "Proved": ("reached", "delivered", ""),
            "To ring": ("needs_person", "accepted", ""),
            "No route": ("needs_person", "", "no route on file"),
            "Died": ("left_out", "", "died"),
            "Waiting": ("trying", "queued", ""),
        }
        assert found.invited == sum(found.counts.values()) == 6
        numbers = counted(session, notice, CHANNELS)
        assert (numbers.counts, numbers.complete, numbers.sent) == (found.counts, found.complete, found.sent)
        assert numbers.people == []
        assert (found.counts[Standing.TRYING], found.complete) == (2, False)
        assert progress(session, notice) == {State.ACCEPTED: 2, State.DELIVERED: 1, State.QUEUED: 1}


def test_a_notice_is_complete_when_the_machines_have_nothing_more_to_do(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        notice = publish(session)
        assert not reach(session, notice).complete
        (mine,) = claim(session)
        assert not reach(session, notice).complete
        say(session, mine, "accepted", ref="r1")
        assert reach(session, notice, proving=["email"]).complete is False
        found = reach(session, notice, proving=["sms"])
        assert (found.complete, found.sent) == (True, 1)
        numbers = counted(session, notice, proving=["sms"])
        assert (numbers.complete, numbers.sent) == (True, 1)


def test_the_last_delivery_is_the_one_that_is_shown(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", "sms")
        notice = publish(session)
        (mine,) = claim(session)
        say(session, mine, "refused", reason="mailbox gone")
        (ann,) = reach(session, notice).people
        assert counted(session, notice).counts == {Standing.TRYING: 1}
        assert (ann.channel, ann.state, ann.standing) == ("sms", "queued", Standing.TRYING)
