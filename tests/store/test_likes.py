from __future__ import annotations

from core.content import make_content
from core.notices import Kind
from store import notices
from store.database import Database, Session
from store.likes import like
from tests.store.people import DAY, HOUR, NOON, add_person, claim, publish, say

TEXT = "We meet on Monday."


def found(session: Session, text: str, *, subject: str = "Something else", rehearsal: bool = False) -> bool:
    return like(session, make_content(text, subject), NOON - DAY, rehearsal=rehearsal) is not None


def test_the_same_words_are_alike_whatever_their_case_and_signs(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session, text=TEXT)
        assert found(session, "WE  MEET - on monday!")
        assert found(session, "Other words.", subject="news")
        assert not found(session, "We meet on Tuesday.")
        assert like(session, make_content(TEXT), NOON + HOUR, rehearsal=False) is None


def test_what_was_taken_back_in_time_said_nothing(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        add_person(session, "Joe", "sms")
        notices.cancel(session, publish(session, "k1", text=TEXT), NOON)
        assert not found(session, TEXT)
        second = publish(session, "k2", text=TEXT)
        say(session, claim(session)[0], "accepted")
        notices.cancel(session, second, NOON)
        assert found(session, TEXT)


def test_a_rehearsal_counts_in_a_rehearsal_alone_and_an_alert_never(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", staff="coordinator")
        publish(session, "k1", text=TEXT, rehearsal=True)
        publish(session, "k2", text="The provider is down.", kind=Kind.ALERT, staff_only=True)
        assert found(session, TEXT, rehearsal=True)
        assert not found(session, TEXT)
        assert not found(session, "The provider is down.")
