"""What becomes of what people write: an answer, a stop, a call, or something for a person to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from actions import hearing
from actions.hearing import Heard
from config.catalogues import Catalogues
from core.inbox import InboxState, Why
from core.people import RouteState, Status
from store import outbox
from store.calls import open_calls
from store.database import Database, Session
from store.suppressions import route_hash, suppressed
from store.tables import Audit, MeetingAnswer, Person, Recipient
from tests.actions.replies import (
    ANN,
    CHAT,
    DAY,
    HOUR,
    JOE,
    MINUTE,
    SECRET,
    alerts,
    around,
    invited,
    items,
    last,
    person_with,
    replies,
    said,
    send_all,
    states,
    write,
)
from tests.store.meetings import MAKING, move, put_in
from tests.store.people import NOON, TODAY, WAYS, add_person, deliveries, moment, publish

LATER = NOON + HOUR


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """SQLite alone: tests/store/test_inbox.py tries the statements on both kinds."""
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def ann_with(session: Session, *channels: str) -> Person:
    return person_with(session, "Ann Carter", channels or ("sms",), sms=ANN, telegram=CHAT, email="ann@example.org")


@pytest.mark.parametrize(
    ("text", "value"), [("YES", "yes"), ("no thanks, Ann x", "no"), ("Maybe?", "maybe"), ("Yep 👍", "yes")]
)
def test_an_answer_is_noted_and_read_back_in_plain_words(database: Database, text: str, value: str) -> None:
    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        reply = write(session, text)
        assert said(session, row) == {"Ann Carter": value}
        assert reply is not None
        assert f"You said {value} to Spring meeting on Thursday 12 March 2026 at 12 noon" in reply.text
        assert (last(session).why, last(session).state) == (Why.HANDLED, InboxState.CLOSED)
        assert session.exec(select(MeetingAnswer)).one().medium == "sms"
        (sent,) = [text for text in send_all(session, LATER) if "You said" in text]
        assert sent == reply.text


def test_the_same_message_twice_is_heard_once(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        invited(session)
        assert write(session, "yes", ref="SM1") is not None
        assert write(session, "yes", ref="SM1") is None
        assert len(session.exec(select(MeetingAnswer)).all()) == 1
        assert len(replies(session)) == 1


def test_the_latest_answer_counts_and_every_one_is_kept(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        for text in ("yes", "no", "maybe"):
            write(session, text)
        assert said(session, row) == {"Ann Carter": "maybe"}
        assert len(session.exec(select(MeetingAnswer)).all()) == 3


@pytest.mark.parametrize("text", ["ok", "👍", "yes??", "Can I bring my sister?", "stop 12345", "don't stop", "", "2"])
def test_what_is_not_certain_goes_to_staff_with_its_context_and_gets_the_honest_reply(
    database: Database, text: str
) -> None:
    with database.writing() as session:
        add_person(session, "Sue", "email", staff="coordinator")
        ann_with(session)
        row = invited(session)
        reply = write(session, text)
        assert said(session, row) == {}
        assert states(session)["Ann Carter", "sms"] == RouteState.ACTIVE
        assert (last(session).why, last(session).state) == (Why.QUESTION, InboxState.OPEN)
        assert last(session).delivery_id is not None
        assert reply is not None
        assert "Samaritans 116 123" in reply.text
        assert len(alerts(session, "inbox:")) == 1


def test_the_honest_reply_goes_out_once_an_hour(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        assert write(session, "Where is it?", at=NOON) is not None
        assert write(session, "And when?", at=NOON + 10 * MINUTE) is None
        assert write(session, "Hello?", at=NOON + 61 * MINUTE) is not None
        assert [item.state for item in items(session)] == [InboxState.OPEN] * 3


def test_staff_hear_of_the_inbox_when_something_begins_to_wait_and_not_for_each_message(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Sue", "email", staff="coordinator")
        ann_with(session)
        person_with(session, "Joe Hart", ("sms",), sms=JOE)
        write(session, "Where is it?", at=NOON)
        write(session, "Is there parking?", JOE, at=NOON + MINUTE)
        assert len(alerts(session, "inbox:")) == 1
        for item in items(session):
            item.state = InboxState.CLOSED
        write(session, "One more thing", at=NOON + 5 * MINUTE)
        assert len(alerts(session, "inbox:")) == 2


def test_a_stop_stops_this_address_and_nothing_else_and_staff_hear_once(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Sue", "email", staff="coordinator")
        ann_with(session, "sms", "email", "phone")
        invited(session)
        reply = write(session, "Stop please")
        write(session, "STOP", at=LATER + MINUTE)
        assert reply is not None
        assert "write START" in reply.text
        assert states(session) == {
            ("Sue", "email"): "active",
            ("Ann Carter", "sms"): "stopped",
            ("Ann Carter", "email"): "active",
            ("Ann Carter", "phone"): "active",
        }
        assert open_calls(session, TODAY) == []
        assert len(alerts(session, "stop:")) == 1
        assert session.exec(select(Recipient).where(Recipient.task == "open")).first() is None
        assert any("no more messages from us here" in text for text in send_all(session, LATER + MINUTE))


def test_a_stop_that_the_provider_has_confirmed_is_not_confirmed_twice(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        assert write(session, "STOP", provider_confirmed=True) is None
        assert states(session)["Ann Carter", "sms"] == "stopped"
        assert replies(session) == []


@pytest.mark.parametrize("word", ["CANCEL", "end", "Quit."])
def test_a_word_that_stops_texts_and_may_mean_the_meeting_stops_and_asks_staff(database: Database, word: str) -> None:
    with database.writing() as session:
        ann_with(session, "sms", "telegram")
        row = invited(session)
        write(session, word, provider_confirmed=True)
        assert states(session)["Ann Carter", "sms"] == "stopped"
        assert (last(session).why, last(session).state) == (Why.CANCEL_WORD, InboxState.OPEN)
        write(session, word, CHAT, "telegram")
        assert states(session)["Ann Carter", "telegram"] == "active"
        assert said(session, row) == {}


def test_stop_everything_stops_every_way_and_one_start_brings_one_back(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "sms", "email", "phone")
        write(session, "stop everything")
        ann = session.exec(select(Person).where(Person.name == "Ann Carter")).one()
        assert ann.stopped_at is not None
        reply = write(session, "START")
        assert reply is not None
        assert "again" in reply.text
        assert states(session) == {
            ("Ann Carter", "sms"): "active",
            ("Ann Carter", "email"): "stopped",
            ("Ann Carter", "phone"): "stopped",
        }


def test_yes_to_a_stopped_sender_starts_texts_again_and_is_no_answer(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        write(session, "STOP", provider_confirmed=True)
        reply = write(session, "YES", provider_confirmed=True)
        assert reply is not None
        assert "write YES once more" in reply.text
        assert (states(session)["Ann Carter", "sms"], said(session, row)) == ("active", {})
        write(session, "YES")
        assert said(session, row) == {"Ann Carter": "yes"}


def test_stop_emailing_me_in_a_text_is_for_a_person(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "sms", "email")
        write(session, "Stop emailing me")
        assert set(states(session).values()) == {"active"}
        assert last(session).why == Why.QUESTION


def test_two_on_one_phone_are_asked_whose_answer_it_is(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("sms",), sms=ANN)
        person_with(session, "Joe Carter", ("sms",), sms=ANN)
        row = invited(session)
        reply = write(session, "yes")
        assert reply is not None
        assert "1 Ann, 2 Joe" in reply.text
        assert reply.choices == (("Ann", "1"), ("Joe", "2"))
        assert said(session, row) == {}
        assert last(session).why == Why.WHICH
        write(session, "2")
        assert said(session, row) == {"Joe Carter": "yes"}
        assert all(item.state == InboxState.CLOSED for item in items(session))
        reply = write(session, "Ann no, Joe maybe")
        assert said(session, row) == {"Ann Carter": "no", "Joe Carter": "maybe"}
        assert reply is not None
        assert "Ann: no. Joe: maybe." in reply.text


def test_numbers_that_we_did_not_ask_for_are_for_a_person(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("sms",), sms=ANN)
        person_with(session, "Joe Carter", ("sms",), sms=ANN)
        row = invited(session)
        write(session, "1 yes 2 no")
        assert said(session, row) == {}
        write(session, "yes")
        write(session, "1 yes 2 no")
        assert said(session, row) == {"Ann Carter": "yes", "Joe Carter": "no"}


def test_only_those_who_were_told_of_the_meeting_are_asked(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann Carter", "sms", addresses={"sms": ANN}, groups=["Readers"])
        person_with(session, "Joe Carter", ("sms",), sms=ANN)
        row = invited(session, group="Readers")
        write(session, "yes")
        assert said(session, row) == {"Ann Carter": "yes"}


def test_two_meetings_are_told_apart_by_asking(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        first = invited(session)
        second = invited(session, starts=NOON + 12 * DAY, title="Garden day")
        reply = write(session, "no")
        assert reply is not None
        assert "1 Spring meeting on" in reply.text
        assert "2 Garden day on" in reply.text
        write(session, "the 2 please")
        assert (said(session, first), said(session, second)) == ({}, {"Ann Carter": "no"})


def test_an_answer_means_the_meeting_that_one_was_told_of_just_now(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        invited(session)
        week = NOON + 7 * DAY
        second = put_in(session, NOON + 12 * DAY, at=week, title="Garden day")
        make(session, week)
        write(session, "yes", at=week + HOUR)
        assert said(session, second) == {"Ann Carter": "yes"}


def make(session: Session, at: datetime) -> None:
    from store import making, planned

    planned.expire_held(session, at)
    while making.make_next(session, MAKING, at) is not None:
        pass
    send_all(session, at)


def test_after_other_news_it_is_asked_whether_the_meeting_is_meant(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        publish(session, "vote", text="Shall we buy a kettle? Answer yes or no.")
        send_all(session, NOON + MINUTE)
        reply = write(session, "yes")
        assert said(session, row) == {}
        assert reply is not None
        assert "Is that your answer to this meeting?" in reply.text
        write(session, "1")
        assert said(session, row) == {"Ann Carter": "yes"}


def test_an_answer_to_a_meeting_that_has_moved_since_is_asked_again(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        move(session, row, NOON + 11 * DAY, NOON + 30 * MINUTE)
        reply = write(session, "yes")
        assert said(session, row) == {}
        assert reply is not None
        assert "It is now: Spring meeting on Friday 13 March" in reply.text
        write(session, "yes")
        assert said(session, row) == {"Ann Carter": "yes"}


def test_answers_without_any_meeting_are_for_a_person(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        write(session, "yes")
        assert (last(session).why, last(session).state) == (Why.QUESTION, InboxState.OPEN)


def test_call_me_puts_somebody_on_the_call_list_once(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "sms", "phone")
        reply = write(session, "Call me please")
        write(session, "ring me", at=LATER + MINUTE)
        send_all(session, LATER + MINUTE)
        assert reply is not None
        assert "Somebody will ring you, between 10am and 5pm" in reply.text
        (call,) = open_calls(session, TODAY)
        assert call.name == "Ann Carter"
        assert [item.why for item in items(session)] == [Why.CALL_ME, Why.CALL_ME]


def test_call_me_without_a_number_is_a_task_in_the_inbox(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "email")
        reply = write(session, "ring me", "Ann@Example.org", "email")
        assert reply is not None
        assert "Somebody will get in touch" in reply.text
        assert (last(session).why, last(session).state) == (Why.CALL_ME, InboxState.OPEN)


def test_help_says_what_can_be_written_and_whom_to_ring(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        reply = write(session, "Help")
        assert reply is not None
        assert "YES, NO or MAYBE" in reply.text
        assert "NHS 111" in reply.text


def test_change_offers_the_other_ways_and_a_number_chooses(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session, "sms", "email", "phone")
        reply = write(session, "CHANGE")
        assert reply is not None
        assert "1 text message, 2 e-mail, 3 phone call" in reply.text
        assert last(session).why == Why.CHANGE
        reply = write(session, "2")
        assert reply is not None
        assert "e-mail" in reply.text
        session.refresh(ann)
        assert ann.order_by_person
        assert all(item.state == InboxState.CLOSED for item in items(session))


def test_possible_distress_is_pinned_and_goes_to_all_staff_on_every_route_at_night(database: Database) -> None:
    night = NOON + 15 * HOUR
    with database.writing() as session:
        add_person(session, "Sue", "email", "sms", staff="coordinator")
        add_person(session, "Adam", "telegram", staff="admin")
        add_person(session, "Vera", "email", staff="viewer")
        ann_with(session)
        row = invited(session)
        reply = write(session, "No, I can’t cope", at=night)
        assert said(session, row) == {}
        assert (last(session).why, last(session).pinned) == (Why.DISTRESS, True)
        assert reply is not None
        assert "999" in reply.text
        (alert,) = alerts(session, "distress:")
        assert (alert.urgent, alert.all_routes) == (True, True)
        send_all(session, night)
        gone = [one for one in deliveries(session) if one.notice_id == alert.id]
        assert sorted(one.channel for one in gone) == ["email", "sms", "telegram"]
        quiet = moment(night, ["Europe/London"])
        assert outbox.claim(session, "sms", 10, quiet, 10 * MINUTE, WAYS).claims == []


def test_a_reply_is_not_held_by_quiet_hours(database: Database) -> None:
    night = NOON + 15 * HOUR
    with database.writing() as session:
        ann_with(session)
        write(session, "What time is it on?", at=night)
        from store import notices

        for one in notices.spreading(session):
            notices.spread(session, one, ("sms",), TODAY, night)
        assert len(outbox.claim(session, "sms", 10, moment(night, ["Europe/London"]), 10 * MINUTE, WAYS).claims) == 1


def test_somebody_who_has_died_gets_no_reply_and_their_stop_holds(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        ann.status = Status.DIED
        assert write(session, "Who is this?") is None
        assert write(session, "My mum has passed away") is None
        assert write(session, "STOP") is None
        assert replies(session) == []
        assert states(session)["Ann Carter", "sms"] == "stopped"
        assert [item.why for item in items(session)] == [Why.QUESTION, Why.DISTRESS, Why.STOP]


def test_a_stranger_gets_one_polite_answer_a_day_and_learns_nothing(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        reply = write(session, "Is Ann there?", JOE)
        assert reply is not None
        assert reply.person is None
        assert "Ann" not in reply.text
        assert write(session, "Hello?", JOE) is None
        assert [item.why for item in items(session)] == [Why.STRANGER] * 2
        assert replies(session) == []


def test_a_strangers_stop_holds_for_when_they_are_put_on_file(database: Database) -> None:
    with database.writing() as session:
        assert write(session, "STOP", JOE) is None
        assert route_hash(SECRET, "sms", JOE) in suppressed(session)
        assert write(session, "START", JOE) is None
        assert suppressed(session) == set()
        write(session, "YES", JOE, provider_confirmed=True)
        assert suppressed(session) == set()


def test_a_number_is_known_however_it_is_written(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        write(session, "yes", "07700 900001")
        assert said(session, row) == {"Ann Carter": "yes"}


def test_what_is_kept_of_a_text_is_bounded_and_can_be_shown(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        write(session, "a\x00b\x1b[31m\r\nc" + "x" * 9000)
        text = last(session).text or ""
        assert text.startswith("ab[31m\nc")
        assert len(text) == 4000


def test_an_edited_message_counts_by_its_latest_words_once(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        row = invited(session)

        def change(text: str) -> object:
            return hearing.edited(session, Heard("telegram", CHAT, text, f"{CHAT}:7"), around())

        write(session, "yes", CHAT, "telegram", ref=f"{CHAT}:7")
        assert change("no") is not None
        assert change("no") is None
        assert said(session, row) == {"Ann Carter": "no"}
        assert len(session.exec(select(MeetingAnswer)).all()) == 2
        change("no, but I would like the notes")
        assert (last(session).why, last(session).state) == (Why.QUESTION, InboxState.OPEN)
        change("no")
        assert [item.state for item in items(session)] == [InboxState.CLOSED] * 4


def test_an_edit_never_takes_possible_distress_away(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        write(session, "I want to die", CHAT, "telegram", ref="m1")
        hearing.edited(session, Heard("telegram", CHAT, "yes", "m1"), around())
        assert (items(session)[0].why, items(session)[0].state) == (Why.DISTRESS, InboxState.OPEN)


def the_invitation(session: Session) -> str:
    return next(one.uid for one in deliveries(session))


def press(session: Session, word: str, address: str = CHAT, at: datetime = LATER) -> str:
    reply = hearing.press(session, "telegram", address, the_invitation(session), word, around(at))
    return reply.text if reply else ""


def test_a_button_answers_and_a_second_press_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        row = invited(session)
        assert "You said yes" in press(session, "yes")
        assert "You said yes" in press(session, "yes")
        assert len(session.exec(select(MeetingAnswer)).all()) == 1
        assert "You said no" in press(session, "no")
        assert said(session, row) == {"Ann Carter": "no"}


def test_a_button_of_somebody_elses_message_does_nothing(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        row = invited(session)
        assert "does not work" in press(session, "yes", "999")
        assert "does not work" in press(session, "nonsense")
        assert said(session, row) == {}


def test_an_old_button_says_that_the_meeting_is_over_or_has_changed(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        row = invited(session)
        move(session, row, NOON + 11 * DAY, NOON + 30 * MINUTE)
        assert "has changed" in press(session, "yes")
        assert "over or was cancelled" in press(session, "yes", at=NOON + 20 * DAY)
        assert said(session, row) == {}


def test_more_offers_what_else_there_is(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        invited(session)
        reply = hearing.press(session, "telegram", CHAT, the_invitation(session), "more", around())
        assert reply is not None
        assert [word for _, word in reply.choices] == ["call me", "change", "language", "stop"]


def test_a_stop_button_stops_the_one_persons_route(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram", "sms")
        person_with(session, "Joe Carter", ("telegram",), telegram=CHAT)
        invited(session)
        press(session, "stop")
        assert states(session) == {
            ("Ann Carter", "telegram"): "stopped",
            ("Ann Carter", "sms"): "active",
            ("Joe Carter", "telegram"): "active",
        }


def test_the_chat_says_its_replies_itself(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "telegram")
        assert write(session, "Where?", CHAT, "telegram") is not None
        assert replies(session) == []


def test_the_audit_holds_ids_and_numbers_only(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "sms", "phone")
        invited(session)
        for text in ("yes", "call me", "what time?", "stop"):
            write(session, text)
        written = " ".join(f"{one.action} {one.subject} {one.detail}" for one in session.exec(select(Audit)))
        assert "Ann" not in written
        assert ANN not in written
        assert "what time" not in written


def test_replies_are_no_news_to_the_group(database: Database) -> None:
    from store import overview

    with database.writing() as session:
        ann_with(session)
        row = invited(session)
        write(session, "yes")
        newest = overview.newest(session)
        assert newest is not None
        assert newest.meeting_id == row.id
        assert {line.kind for line in overview.listing(session, 10)} == {"invitation"}
        assert len(replies(session)) == 1


WELSH = """
msgid ""
msgstr "Language: cy\\nContent-Type: text/plain; charset=utf-8\\n"

msgid "Thank you, {name}. You said yes to {meeting}. If that is wrong, write NO."
msgstr "Diolch, {name}: ie i {meeting}."
"""


def test_a_language_is_chosen_by_number_and_spoken_from_then_on(database: Database, tmp_path: Path) -> None:
    (tmp_path / "cy.po").write_text(WELSH, encoding="utf-8")

    def hears(text: str, ref: str) -> str:
        with_welsh = replace(around(), catalogues=Catalogues(tmp_path))
        reply = hearing.hear(session, Heard("sms", ANN, text, ref), with_welsh)
        return reply.text if reply else ""

    with database.writing() as session:
        ann_with(session)
        invited(session)
        offered = hears("My language", "1")
        assert "1 English, 2 Cymraeg" in offered
        hears("2", "2")
        assert session.exec(select(Person.language).where(Person.name == "Ann Carter")).one() == "cy"
        assert hears("yes", "3").startswith("Diolch, Ann: ie i Spring meeting")
        assert replies(session)[-1].language == "cy"


def test_change_leads_to_the_persons_own_page_where_there_is_one(database: Database) -> None:
    settings = around().settings.model_copy(update={"public_url": "https://ring.example"})
    with database.writing() as session:
        ann_with(session, "email", "sms")
        invited(session)
        told = replace(around(), settings=settings)
        reply = hearing.hear(session, Heard("email", "ann@example.org", "change", "1"), told)
        assert reply is not None
        assert "https://ring.example/visit/" in reply.text
        reply = hearing.hear(session, Heard("sms", ANN, "change", "2"), told)
        assert reply is not None
        assert "https://" not in reply.text  # texts go without links unless the group allows them


def test_a_reply_to_one_message_means_its_meeting(database: Database) -> None:
    with database.writing() as session:
        ann_with(session, "email")
        first = invited(session)
        invited(session, starts=NOON + 12 * DAY, title="Garden day")
        write(session, "yes", "ann@example.org", "email", delivery=the_invitation(session))
        assert said(session, first) == {"Ann Carter": "yes"}
        write(session, "yes", "ann@example.org", "email", delivery="unknown")
        assert last(session).why == Why.WHICH


def test_somebody_who_left_is_read_by_a_person_and_may_still_stop(database: Database) -> None:
    with database.writing() as session:
        ann = ann_with(session)
        row = invited(session)
        ann.status = Status.LEFT
        assert write(session, "yes") is not None
        assert (said(session, row), last(session).why) == ({}, Why.QUESTION)
        write(session, "stop")
        assert states(session)["Ann Carter", "sms"] == "stopped"


def test_everything_from_a_shared_phone_stops_the_phone_and_asks_staff(database: Database) -> None:
    with database.writing() as session:
        person_with(session, "Ann Carter", ("sms", "email"), sms=ANN)
        person_with(session, "Joe Carter", ("sms", "phone"), sms=ANN)
        write(session, "stop everything")
        assert states(session) == {
            ("Ann Carter", "sms"): "stopped",
            ("Ann Carter", "email"): "active",
            ("Joe Carter", "sms"): "stopped",
            ("Joe Carter", "phone"): "active",
        }
        assert (last(session).why, last(session).state) == (Why.WHICH, InboxState.OPEN)


def test_a_second_distress_within_minutes_is_kept_and_rings_no_second_alarm(database: Database) -> None:
    with database.writing() as session:
        ann_with(session)
        assert write(session, "Where is it?", at=NOON) is not None
        assert (
            write(session, "I can't cope", at=NOON + MINUTE) is not None
        )  # the honest reply at once, in spite of the hour
        assert write(session, "please help me", at=NOON + 2 * MINUTE) is None
        assert len(alerts(session, "distress:")) == 1
        assert [item.pinned for item in items(session)] == [False, True, True]


def test_a_broken_list_of_distress_words_lets_nothing_pass(database: Database, tmp_path: Path) -> None:
    (tmp_path / "distress.txt").write_bytes(b"\xff")
    settings = around().settings.model_copy(update={"data_dir": tmp_path})
    with database.writing() as session:
        ann_with(session)
        hearing.hear(session, Heard("sms", ANN, "I can't cope", "1"), replace(around(), settings=settings))
        assert last(session).why == Why.DISTRESS
