from __future__ import annotations

from core.delivery import State
from core.people import Status
from core.reach import Task
from store import notices, progress_cards
from store.behind import behind
from store.database import Database
from store.progress_cards import Tally
from tests.store.people import HOUR, NOON, add_person, claim, publish, say


def test_behind_are_those_who_are_still_to_be_reached_those_first_who_need_somebody(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Nobody's number")
        add_person(session, "Sent", "email")
        add_person(session, "Arrived", "sms")
        add_person(session, "To ring", "phone")
        add_person(session, "Waits", "telegram", timezone="Asia/Tokyo")
        add_person(session, "Left", "telegram", status=Status.LEFT)
        notice = publish(session, not_before=NOON - HOUR)
        say(session, claim(session)[0], "accepted")
        say(session, claim(session, "sms")[0], "delivered", provider="sms")
        for one in claim(session, "phone"):
            say(session, one, "accepted", provider="phone")
        found, count = behind(session, notice, 10)
        assert [one.name for one in found] == ["Nobody's number", "To ring", "Waits"]
        assert count == 3
        assert (found[0].task, found[0].reason, found[0].state) == (Task.OPEN, "no route on file", None)
        assert (found[1].channel, found[1].state) == ("phone", State.ACCEPTED)
        assert (found[2].state, found[2].due, found[2].zone) == (State.QUEUED, NOON - HOUR, "Asia/Tokyo")
        few, count = behind(session, notice, 1)
        assert ([one.name for one in few], count) == (["Nobody's number"], 3)
        assert progress_cards.tally(session, notice) == Tally(True, 6, sent=2, arrived=1, to_ring=1, waiting=1)


def test_a_message_follows_a_notice_once_in_each_chat(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        notice = publish(session)
        progress_cards.follow(session, notice.uid, "501", 7)
        progress_cards.follow(session, notice.uid, "501", 9)
        progress_cards.follow(session, notice.uid, "502", 4)
        cards = progress_cards.following(session)
        assert [(card.notice, card.chat, card.message) for card in cards] == [
            (notice.uid, "501", 9),
            (notice.uid, "502", 4),
        ]
        progress_cards.show(session, cards[0].id, "Done.", done=True)
        progress_cards.forget(session, notice, "502")
        assert progress_cards.following(session) == []


def test_nobody_is_behind_once_everybody_is_left_out(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        notice = publish(session)
        notices.cancel(session, notice, NOON)
        assert behind(session, notice, 10) == ([], 0)
