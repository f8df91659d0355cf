"""What calendar programs answer, and what people write with it: nothing of that may get lost in the programs' words."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from core.answers import Answer
from core.receipts import Hand, Inbound
from tests.channels.a_letter import heard, letter

MEETING = "0198c0de-5678-7abc-8def-0123456789ab"
WORDS = "I can't cope any more"
ANN = "ATTENDEE;PARTSTAT={status};CN=Ann Example{more}:mailto:ann@example.org"

GOOGLE = """Ann Example has accepted this invitation.

Spring meeting
Friday 14 May 2027 ⋅ 2pm – 3:30pm
United Kingdom Time

Location
Town Hall, Bridge Street
https://www.google.com/maps/search/Town+Hall

We plan the summer together. Tea from half past one.

Organiser
Riverside
group@example.org

Guests
Riverside - organiser
ann@example.org

~~//~~
Invitation from Google Calendar: https://calendar.google.com/calendar/

You are receiving this email because you are subscribed to calendar notifications. To stop, go to the settings.
"""


def calendar_reply(
    status: str = "ACCEPTED",
    *lines: str,
    body: str = "Ann has accepted this invitation.",
    sequence: int = 2,
    method: str = "REPLY",
    meeting: str = MEETING,
    more: str = "",
    attendees: tuple[str, ...] = (ANN,),
    **headers: str,
) -> EmailMessage:
    made = letter(body, **headers)
    entry = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody else//EN", f"METHOD:{method}", "BEGIN:VEVENT"),
        *(f"UID:{meeting}@group.example.org", f"SEQUENCE:{sequence}", "DTSTAMP:20270501T120000Z"),
        *(one.format(status=status, more=more) for one in attendees),
        *("SUMMARY:Spring meeting", "LOCATION:Town Hall\\, Bridge Street"),
        "DESCRIPTION:We plan the summer together. Tea from half past one.",
        *lines,
        *("ORGANIZER;CN=Riverside:mailto:group@example.org", "END:VEVENT", "END:VCALENDAR", ""),
    ]
    made.add_alternative("\r\n".join(entry).encode(), maintype="text", subtype="calendar", params={"method": method})
    return made


def answer(one: Inbound) -> tuple[Answer | None, str | None, int | None, str]:
    return one.answer, one.meeting, one.version, one.attendee


@pytest.mark.parametrize(
    ("status", "meant"), [("ACCEPTED", Answer.YES), ("DECLINED", Answer.NO), ("TENTATIVE", Answer.MAYBE)]
)
def test_a_calendars_reply_is_an_answer_to_one_version(status: str, meant: Answer) -> None:
    one = heard(calendar_reply(status, Auto_Submitted="auto-generated"))
    assert answer(one) == (meant, MEETING, 2, "ann@example.org")
    assert (one.text, one.hand) == ("", Hand.DOUBTFUL)
    assert heard(calendar_reply(status)).hand is Hand.PERSON


@pytest.mark.parametrize(
    "other",
    [
        calendar_reply("NEEDS-ACTION", f"COMMENT:{WORDS}"),
        calendar_reply("DELEGATED", f"COMMENT:{WORDS}"),
        calendar_reply("TENTATIVE", f"COMMENT:{WORDS}", method="COUNTER"),
        calendar_reply("ACCEPTED", body=WORDS, method="REQUEST"),
        calendar_reply("ACCEPTED", body=WORDS, meeting="somebody-elses"),
        calendar_reply(
            "ACCEPTED", f"COMMENT:{WORDS}", attendees=(ANN.replace("ann@", "kim@"), ANN.replace("ann@", "lee@"))
        ),
        calendar_reply("ACCEPTED", f"COMMENT:{WORDS}", attendees=()),
    ],
)
def test_another_calendar_entry_is_no_answer_and_its_words_are_kept(other: EmailMessage) -> None:
    one = heard(other)
    assert answer(one) == (None, None, None, "")
    assert WORDS in one.text


def test_of_several_people_in_a_reply_the_one_who_sends_it_answers() -> None:
    one = heard(calendar_reply("DECLINED", attendees=("ATTENDEE;PARTSTAT=ACCEPTED:mailto:kim@example.org", ANN)))
    assert answer(one) == (Answer.NO, MEETING, 2, "ann@example.org")


@pytest.mark.parametrize(
    "written",
    [
        calendar_reply("ACCEPTED", f"COMMENT;LANGUAGE=en-GB:{WORDS}\\n"),
        calendar_reply("ACCEPTED", f"COMMENT:{WORDS}", body=f"Ann Example has accepted with this note:\n\n“{WORDS}”"),
        calendar_reply("ACCEPTED", more=f';X-RESPONSE-COMMENT="{WORDS}"', body=GOOGLE),
        calendar_reply("ACCEPTED", body=WORDS),
        calendar_reply("ACCEPTED", body=f"{WORDS}\n\n> Can you come?"),
        calendar_reply("ACCEPTED", body=f"Ann Example has accepted this invitation.\n\n{WORDS}"),
        calendar_reply("ACCEPTED", body=GOOGLE.replace("Guests", f"{WORDS}\n\nGuests")),
    ],
)
def test_what_somebody_writes_with_a_calendars_answer_is_kept(written: EmailMessage) -> None:
    one = heard(written)
    assert one.answer is Answer.YES
    assert WORDS in one.text
    assert len(one.text) < 90


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOGLE,
        "Ann Example has accepted your event invitation.",
        "Ann Example has accepted your invitation to the event: Spring meeting",
        "ann@example.org accepted this invitation",
        "Tentatively accepted: Spring meeting",
        "When: Friday, 14 May 2027 14:00-15:30 (Europe/London)\nWhere: Town Hall, Bridge Street",
        "Declined: Spring meeting\nWhen: Fri May 14, 2027 2pm to 3:30pm BST\nOrganizer: Riverside",
    ],
)
def test_a_programs_own_words_are_not_taken_for_somebodys(text: str) -> None:
    assert heard(calendar_reply(body=text)).text == ""


@pytest.mark.parametrize(
    "line",
    [
        "I can't cope but have accepted your invitation",
        "I accepted the invitation but my husband died",
        "Where: I don't know any more",
        "Friday 14 May 2027 was the day he died",
        "declined because I can't go on",
        "Tea",
        "Please...help",
        "😢😢",
        "2pm is hard for me",
        f"{'-' * 500} I can't cope",
    ],
)
def test_a_line_that_only_looks_like_a_programs_is_kept(line: str) -> None:
    assert heard(calendar_reply(body=f"Ann Example has accepted this invitation.\n{line}")).text == line
