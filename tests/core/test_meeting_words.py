# ruff: noqa: DTZ001 - a wall-clock time has no offset
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content import Content
from core.errors import UserError
from core.forms import call_form, email_form, fields, sms_form, telegram_form
from core.group import Group
from core.meeting_fields import FIELDS
from core.meeting_words import check_words, notice_words
from core.meetings import LONGEST, Meeting, MeetingState, changes, check
from core.notices import Kind
from core.placeholders import KNOWN
from core.plain_language import hints
from core.segments import measure
from core.strategy import DEFAULT_RULES, Rule
from tests.core.given_meetings import MEETINGS

INVITATION, REMINDER, MORNING, THANKS, CHANGE, CANCELLATION = DEFAULT_RULES
GROUP = Group("Our group", "Sam Lee", "01632 960123")
ANN = fields("Ann Carter", "Annie", GROUP)
MEETING = Meeting(
    "m1",
    "Planning meeting",
    datetime(2027, 5, 14, 14),
    "Europe/London",
    90,
    "Town Hall, Room 2",
    link="https://meet.example.org/a_b?x=1_2",
    join_phone="01632 960999",
    access="Step-free. There is a hearing loop.",
    agenda="- Welcome\n- The budget",
    thanks="Thank you for coming, {first_name}.",
)
MOVED = replace(MEETING, starts=datetime(2027, 5, 21, 16, 30), place="Library", version=2)
GONE = replace(MEETING, state=MeetingState.CANCELLED, why="The hall is flooded.", version=2)


def mail(content: Content) -> str:
    return email_form(content, GROUP).plain.fill(ANN)


def text(content: Content) -> str:
    return sms_form(content, GROUP, stop_word=True).text.fill(ANN)


def script(content: Content) -> str:
    return call_form(content, GROUP).script.fill(ANN)


def test_an_invitation_says_what_when_where_how_to_join_and_what_about() -> None:
    content = notice_words(INVITATION, MEETING)
    assert content.subject == "Invitation: Planning meeting"
    assert mail(content).startswith(
        "Hello Annie,\n\n"
        "You are invited to this meeting: Planning meeting.\n\n"
        "When: Friday 14 May 2027 at 2pm, until 3:30pm.\n"
        "Where: Town Hall, Room 2.\n"
        "Online: https://meet.example.org/a_b?x=1_2\n"
        "To join by phone, ring 01632 960999.\n"
        "Access: Step-free. There is a hearing loop.\n\n"
        "What we will talk about:\n\n- Welcome\n- The budget\n\n"
        "Please tell us if you can come."
    )
    assert 'href="https://meet.example.org/a_b?x=1_2"' in telegram_form(content, GROUP).html.fill(ANN)


def test_a_meeting_of_which_little_is_known_has_no_empty_lines_to_fill() -> None:
    bare = Meeting("m1", "Planning", datetime(2027, 5, 14, 9, 5), "Europe/London", 60)
    words = mail(notice_words(INVITATION, bare))
    assert "\n\nWhen: Friday 14 May 2027 at 9:05am, until 10:05am.\n\nPlease tell us" in words
    assert notice_words(INVITATION, bare).sms_text == "You are invited: Planning, Friday 14 May at 9:05am."


def test_a_text_holds_the_day_the_time_and_the_place_in_two_segments_with_everything_around_it() -> None:
    content = notice_words(INVITATION, MEETING)
    assert content.sms_text == (
        "You are invited: Planning meeting, Friday 14 May at 2pm, Town Hall, Room 2. By phone: 01632 960999."
    )
    for rule, meeting, old in ((INVITATION, MEETING, None), (CHANGE, MOVED, MEETING), (CANCELLATION, GONE, MEETING)):
        assert measure(text(notice_words(rule, meeting, old=old))).count <= 2


def test_a_meeting_online_alone_says_so_in_a_text_without_the_address() -> None:
    content = notice_words(REMINDER, replace(MEETING, place=""))
    assert "Friday 14 May at 2pm, online." in text(content)


def test_the_reminder_of_the_morning_says_today_and_the_day() -> None:
    content = notice_words(MORNING, MEETING)
    assert content.subject == "Today: Planning meeting"
    assert "Our meeting is today: Planning meeting." in mail(content)
    assert "Friday 14 May" in text(content)
    assert "today" not in mail(notice_words(REMINDER, MEETING)).lower()


def test_a_change_says_from_what_to_what_also_in_the_call() -> None:
    content = notice_words(CHANGE, MOVED, old=MEETING)
    moved = "It moved from Friday 14 May 2027 at 2pm to Friday 21 May 2027 at 4:30pm."
    assert moved in script(content)
    assert moved in mail(content)
    assert "It moved from Town Hall, Room 2 to Library." in script(content)
    assert text(content).startswith(
        "Our group: Changed: Planning meeting. It is now Friday 21 May at 4:30pm, Library. It was Friday 14 May at 2pm."
    )


@pytest.mark.parametrize(
    ("change", "sentence", "short"),
    [
        ({"minutes": 120}, "It now ends at 4pm, not at 3:30pm.", "It is now Friday 14 May at 2pm"),
        ({"place": ""}, "It is no longer at Town Hall, Room 2.", "It was at Town Hall, Room 2."),
        ({"link": ""}, "You can no longer join online.", "You can no longer join online."),
        ({"link": "https://b.example.org"}, "The online link is a new one.", "The online link is new."),
        ({"join_phone": "01632 960111"}, "The number to join by phone is now 01632 960111.", "By phone: 01632 960111."),
        ({"join_phone": ""}, "You can no longer join by phone.", "It is now Friday 14 May at 2pm"),
        (
            {"zone": "America/New_York"},
            "It moved from Friday 14 May 2027 at 2pm (London time) to Friday 14 May 2027 at 2pm (New York time).",
            "It is now Friday 14 May at 2pm (New York time)",
        ),
    ],
)
def test_each_thing_that_can_change_has_its_sentence(change: dict[str, object], sentence: str, short: str) -> None:
    content = notice_words(CHANGE, replace(MEETING, **change), old=MEETING)  # type: ignore[arg-type]
    assert sentence in script(content)
    assert short in text(content)


def test_a_place_where_there_was_none_is_told() -> None:
    content = notice_words(CHANGE, MEETING, old=replace(MEETING, place=""))
    assert "The place is now Town Hall, Room 2." in mail(content)


def test_a_cancellation_tells_the_day_that_people_know_and_the_reason() -> None:
    content = notice_words(CANCELLATION, replace(GONE, starts=MOVED.starts), old=MEETING)
    words = mail(content)
    assert "Our meeting is cancelled: Planning meeting. Please do not come." in words
    assert "It was planned for Friday 14 May 2027 at 2pm." in words
    assert "The reason: The hall is flooded." in words
    assert "Where:" not in words
    assert content.sms_text == (
        "Cancelled: Planning meeting, Friday 14 May at 2pm. Please do not come. The hall is flooded."
    )
    assert "The reason" not in mail(notice_words(CANCELLATION, replace(GONE, why=""), old=MEETING))


def test_a_meeting_that_is_on_again_says_so() -> None:
    content = notice_words(CHANGE, replace(MOVED, version=3), old=GONE)
    assert "Our meeting was cancelled, and now it is on again: Planning meeting." in mail(content)
    assert "It moved" not in mail(content)
    assert "On again: Planning meeting, Friday 21 May at 4:30pm, Library." in text(content)


def test_a_change_without_what_people_know_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="the version that people know"):
        notice_words(CHANGE, MOVED)


def test_thanks_are_the_coordinator_s_words_and_a_text_that_can_not_carry_them_has_short_ones() -> None:
    content = notice_words(THANKS, MEETING)
    assert mail(content).startswith("Thank you for coming, Annie.\n")
    assert "Thank you for coming, Annie." in text(content)
    for thanks in ("Photos: https://example.org/p", "All of it. " * 200):
        content = notice_words(THANKS, replace(MEETING, thanks=thanks))
        assert "Thank you for your part in Planning meeting." in text(content)


def test_a_time_that_the_clocks_leave_out_is_told_as_the_clocks_will_show_it() -> None:
    night = replace(MEETING, starts=datetime(2027, 3, 28, 1, 30), minutes=30)
    assert "Sunday 28 March 2027 at 2:30am, until 3am." in mail(notice_words(INVITATION, night))


def test_the_zone_is_said_where_it_is_not_the_group_s() -> None:
    far = replace(MEETING, zone="America/New_York")
    content = notice_words(INVITATION, far, zone="Europe/London")
    assert "2pm (New York time), until" in mail(content)
    assert "2pm (New York time), Town" in text(content)
    assert "time)" not in mail(notice_words(INVITATION, far, zone="America/New_York"))


def test_a_meeting_over_midnight_says_on_which_day_it_ends() -> None:
    late = replace(MEETING, starts=datetime(2027, 5, 14, 22), minutes=180)
    assert "until Saturday 15 May at 1am." in mail(notice_words(INVITATION, late))


def test_braces_and_marks_in_what_is_known_stay_what_they_are() -> None:
    odd = replace(
        MEETING, title="{first_name} *now* [x](y) {group}", place="a_b_c <d> \\ {x}", agenda="{name} **bold**"
    )
    content = notice_words(INVITATION, odd)
    words = mail(content)
    assert "meeting: {first_name} *now* [x](y) {group}." in words
    assert "Where: a_b_c <d> \\ {x}." in words
    assert "{name} bold" in words
    assert email_form(content, GROUP).subject.fill(ANN) == "Invitation: {first_name} *now* [x](y) {group}"
    assert "You are invited: {first_name} *now* [x](y) {group}," in text(content)


def test_the_group_s_own_words_take_the_place_of_the_usual_ones() -> None:
    own = replace(
        REMINDER,
        words="Dear {first_name}, see you for **{title}** on {when} at {place}. Bring a {{cup}}.",
        sms_words="{title} {time} {place}. Bring a cup!",
    )
    check_words(own)
    content = notice_words(own, MEETING)
    assert mail(content).startswith(
        "Dear Annie, see you for Planning meeting on Friday 14 May 2027 at 2pm at Town Hall, Room 2. Bring a {cup}."
    )
    assert "Our group: Planning meeting 2pm Town Hall, Room 2. Bring a cup!" in text(content)
    short = replace(own, sms_words="")
    assert notice_words(short, MEETING).sms_text == notice_words(REMINDER, MEETING).sms_text


def test_own_words_for_a_change_still_say_what_moved() -> None:
    content = notice_words(replace(CHANGE, words="News of {title}."), MOVED, old=MEETING)
    assert "News of Planning meeting.\n\nIt moved from Friday 14 May 2027 at 2pm to Friday" in script(content)


def test_own_words_that_a_meeting_makes_too_long_for_a_text_give_way_to_the_usual_ones() -> None:
    own = replace(REMINDER, sms_words="{access} " * 3)
    check_words(own)
    long = replace(MEETING, access="x" * 500)
    assert notice_words(own, long).sms_text == notice_words(REMINDER, long).sms_text
    assert notice_words(own, MEETING).sms_text != notice_words(REMINDER, MEETING).sms_text


@pytest.mark.parametrize(
    ("rule", "where", "says"),
    [
        (replace(REMINDER, words="See {titel}"), "words", r"Did you mean \{title\}"),
        (replace(REMINDER, words="x" * 3001), "words", "3,001 characters long"),
        (replace(REMINDER, words="{access}" * 7), "words", "3,500 characters long"),
        (replace(REMINDER, words="- " * 60 + "x"), "words", "too many lists"),
        (replace(REMINDER, sms_words="See {link}"), "sms_words", r"no placeholder \{link\}"),
        (replace(REMINDER, sms_words="x" * 1000), "sms_words", "too long for a text message"),
        (replace(REMINDER, sms_words="See www.example.org"), "sms_words", "web address"),
    ],
)
def test_own_words_that_can_not_be_sent_are_refused_with_their_field(rule: Rule, where: str, says: str) -> None:
    with pytest.raises(UserError, match=says) as raised:
        check_words(rule)
    assert raised.value.where == where


def test_every_placeholder_of_a_meeting_is_filled() -> None:
    own = replace(REMINDER, words=" ".join(f"{name}={{{name}}}" for name in FIELDS))
    content = notice_words(own, MEETING)
    assert "{" not in content.text
    assert "join_phone=01632 960999" in mail(content)
    assert not set(FIELDS) & set(KNOWN)


def test_the_usual_words_are_plain() -> None:
    for rule, meeting, old in ((INVITATION, MEETING, None), (CHANGE, MOVED, MEETING), (CANCELLATION, GONE, MEETING)):
        content = notice_words(rule, meeting, old=old)
        assert hints(content.text, can_be_answered=True) == []


RULES = st.sampled_from(DEFAULT_RULES)


@given(rule=RULES, meeting=MEETINGS, other=MEETINGS)
def test_every_meeting_has_words_for_every_channel(rule: Rule, meeting: Meeting, other: Meeting) -> None:
    if rule.kind is Kind.THANKS and not meeting.thanks:
        return
    meeting = replace(
        meeting, state=MeetingState(MeetingState.CANCELLED if rule.kind is Kind.CANCELLATION else MeetingState.PLANNED)
    )
    old = replace(other, id=meeting.id) if rule.kind in (Kind.CHANGE, Kind.CANCELLATION) else None
    if rule.kind is Kind.CHANGE and old is not None and not changes(old, meeting):
        return
    content = notice_words(rule, meeting, old=old)
    for form in (mail, text, script):
        assert form(content).strip()
    telegram_form(content, GROUP)
    if rule.kind is not Kind.THANKS:
        assert content.sms_text is not None
        assert measure(text(content)).count <= 8


@given(title=st.text("{}*_[]<>\\ ab1.-#+", min_size=1, max_size=60).filter(str.strip))
def test_whatever_the_title_it_arrives_as_it_was_written(title: str) -> None:
    content = notice_words(INVITATION, replace(MEETING, title=title))
    shown = " ".join(title.split())
    shown = shown[:-1] if shown.endswith(".") and shown[-2:-1] not in ("", ".", " ") else shown
    assert f"invited to this meeting: {shown}." in mail(content)


@pytest.mark.parametrize("sign", ["x", "ŵ", "😀"])
def test_the_longest_meeting_still_fits_every_channel(sign: str) -> None:
    most = {name: sign * (count // (len(sign.encode("utf-16-le")) // 2)) for name, count in LONGEST.items()}
    most["link"] = "https://" + "x" * (LONGEST["link"] - 8)
    long = replace(MEETING, **most)  # type: ignore[arg-type]
    other = replace(long, place=most["place"][1:], starts=datetime(2027, 9, 29, 11, 59))
    check(other)
    gone = replace(other, state=MeetingState.CANCELLED)
    for rule, meeting, old in ((INVITATION, long, None), (CHANGE, other, long), (CANCELLATION, gone, long)):
        content = notice_words(rule, meeting, old=old, zone="Asia/Tokyo")
        assert mail(content)
        assert text(content)
        assert telegram_form(content, GROUP).plain.fill(ANN)


def test_the_day_is_never_cut_from_a_text() -> None:
    long = replace(MEETING, title="A very long title " * 5, place="A very long place " * 10)
    content = notice_words(replace(MORNING, at=time(9)), long)
    assert "Friday 14 May at 2pm" in text(content)
    assert "A very long place A...\nText STOP" in text(content)
