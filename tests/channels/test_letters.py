"""What e-mails to us say: people's own words, answers of calendars, reports of mail servers, and what nobody wrote."""

from __future__ import annotations

import time
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.letters import own_words, read_letter
from core.answers import Answer
from core.receipts import Inbound, Outcome, Receipt

DELIVERY = "0198c0de-1234-7abc-8def-0123456789ab"
MEETING = "0198c0de-5678-7abc-8def-0123456789ab"


def letter(text: str = "Yes", *, html: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    given = {"From": "Ann Example <ann@example.org>", "Message-ID": "<m1@example.org>", "Subject": "Re: Invitation"}
    for name, value in {**given, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
        made[name] = value
    if html:
        made.set_content(html, subtype="html")
    else:
        made.set_content(text)
    return made


def heard(message: EmailMessage) -> Inbound:
    (one,) = read_letter(message.as_bytes())
    assert isinstance(one, Inbound)
    return one


def test_a_reply_names_the_delivery_that_it_answers() -> None:
    one = heard(letter(In_Reply_To=f"<{DELIVERY}@group.example.org>", Date="Fri, 14 May 2027 14:00:00 +0100"))
    assert (one.sender, one.text, one.ref, one.delivery) == ("ann@example.org", "Yes", "<m1@example.org>", DELIVERY)
    assert one.at is not None
    assert one.at.isoformat() == "2027-05-14T13:00:00+00:00"


def test_references_name_it_where_there_is_no_in_reply_to() -> None:
    one = heard(letter(References=f"<other@example.org> <{DELIVERY}@group.example.org>"))
    assert one.delivery == DELIVERY


def test_a_letter_out_of_the_blue_answers_nothing() -> None:
    assert heard(letter()).delivery is None


@pytest.mark.parametrize(
    "quoted",
    [
        "\n\nOn Fri, 14 May 2027 at 14:00, Riverside <group@example.org> wrote:\n> Please tell us if you can come.",
        "\n\nOn Fri, 14 May 2027 at 14:00, A Group With A Very Long Name\n<group@example.org> wrote:\n> Hello",
        "\n\nAr Gwe, 14 Mai 2027 am 14:00, ysgrifennodd Riverside <group@example.org>:\n> Helo",
        "\n\n-----Original Message-----\nFrom: Riverside\nNo, do not come.",
        "\n\nFrom: Riverside <group@example.org>\nSent: 14 May 2027\nTo: Ann\nNo.",
        "\n\n________________________________\nFrom: Riverside",
        "\n\n> No, do not come.",
        "\n-- \nAnn Example\n1 High Street",
        "\n\nSent from my iPhone",
        "\n\nGet Outlook for Android <https://example.org>",
    ],
)
def test_what_is_quoted_and_signed_is_not_their_own_words(quoted: str) -> None:
    assert heard(letter(f"Yes{quoted}")).text == "Yes"


def test_who_writes_below_the_old_letter_is_heard_whole() -> None:
    text = "> Please tell us if you can come.\n\nNo, I can't go on."
    assert "I can't go on" in heard(letter(text)).text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> Can you come?\nYes", "Yes"),
        ("Hi\n> Can you come?\nYes\n> Do you need a lift?\nNo", "Hi\nYes\nNo"),
        ("On 4 May 2027 at 10:00, Riverside wrote:\n\n> Can you come?\n\nYes please", "Yes please"),
        ("On Monday I wrote to the council about it.", "On Monday I wrote to the council about it."),
        ("From: Monday on we are away.\nSorry!", "From: Monday on we are away.\nSorry!"),
        ("> only\n> the old letter", "> only\n> the old letter"),
    ],
)
def test_too_much_is_kept_rather_than_too_little(text: str, own: str) -> None:
    assert own in own_words(text)


def test_an_html_letter_that_is_all_quoted_is_read_whole() -> None:
    assert heard(letter(html="<blockquote>I can't come</blockquote>")).text == "I can't come"


HEADERS = b"From: ann@example.org\r\nMessage-ID: <1@example.org>\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"Message-ID: <1@example.org>\r\nFrom: " + b'"a" ' * 30_000 + b"\r\n\r\nYes",
        HEADERS + b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\n ",
        HEADERS + b"Content-Type: text/plain; " + b"a=b; " * 50_000 + b"\r\n\r\nYes",
        HEADERS + b"\r\n" + b"On 12 aaaaaaaa wrote:\n>\n" * 900,
    ],
    ids=["From", "Subject", "Content-Type", "quotes"],
)
def test_a_hostile_letter_takes_little_time(data: bytes) -> None:
    began = time.process_time()
    with suppress(ValueError):
        read_letter(data)
    assert time.process_time() - began < 5  # without a bound on headers half a minute


def test_an_answer_in_the_subject_alone_is_heard() -> None:
    assert heard(letter(" ", Subject="RE: Fwd: yes please")).text == "yes please"


def test_an_html_letter_is_read_as_text_without_what_it_quotes() -> None:
    html = (
        "<html><head><title>x</title><style>p {}</style></head><body><p>Yes &amp; thanks</p>"
        '<div class="gmail_quote"><div>On Friday</div> Riverside wrote: No</div></body></html>'
    )
    assert heard(letter(html=html)).text == "Yes & thanks"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
def test_every_usual_character_set_is_read(encoding: str) -> None:
    made = letter()
    made.set_content("Café – yes" if encoding != "iso-8859-1" else "Café yes", charset=encoding)
    assert heard(made).text.startswith("Café")


def test_a_character_set_that_does_not_exist_loses_nothing() -> None:
    data = letter("Yes please").as_bytes().replace(b'charset="utf-8"', b'charset="x-unknown"')
    (one,) = read_letter(data)
    assert isinstance(one, Inbound)
    assert one.text == "Yes please"


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"},
        {"Precedence": "bulk"},
        {"List_Id": "<list.example.org>"},
        {"Return_Path": "<>"},
        {"From": "Mail Delivery System <MAILER-DAEMON@example.org>"},
        {"From": "no-reply@example.org"},
    ],
)
def test_what_nobody_wrote_is_not_heard(header: dict[str, str]) -> None:
    assert read_letter(letter("I am on holiday. Yes, until Monday.", **header).as_bytes()) == []


def test_a_person_who_says_so_is_heard() -> None:
    assert heard(letter(Auto_Submitted="no")).text == "Yes"


def calendar_reply(status: str, *, sequence: int = 2, method: str = "REPLY", meeting: str = MEETING) -> EmailMessage:
    made = letter("Ann has accepted this invitation.", Auto_Submitted="auto-generated")
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Somebody else//EN", f"METHOD:{method}", "BEGIN:VEVENT"),
        *(f"UID:{meeting}@group.example.org", f"SEQUENCE:{sequence}", "DTSTAMP:20270501T120000Z"),
        f"ATTENDEE;PARTSTAT={status};CN=Ann:mailto:ann@example.org",
        *("ORGANIZER:mailto:group@example.org", "END:VEVENT", "END:VCALENDAR", ""),
    ]
    made.add_alternative("\r\n".join(lines).encode(), maintype="text", subtype="calendar", params={"method": method})
    return made


@pytest.mark.parametrize(
    ("status", "answer"), [("ACCEPTED", Answer.YES), ("DECLINED", Answer.NO), ("TENTATIVE", Answer.MAYBE)]
)
def test_a_calendars_reply_is_an_answer_to_one_version(status: str, answer: Answer) -> None:
    one = heard(calendar_reply(status))
    assert (one.answer, one.meeting, one.version, one.text) == (answer, MEETING, 2, "")


@pytest.mark.parametrize(
    "other",
    [
        calendar_reply("NEEDS-ACTION"),
        calendar_reply("ACCEPTED", method="REQUEST"),
        calendar_reply("ACCEPTED", meeting="somebody-elses"),
        calendar_reply("DELEGATED"),
    ],
)
def test_another_calendar_entry_is_no_answer(other: EmailMessage) -> None:
    one = heard(other)
    assert (one.answer, one.meeting) == (None, None)


def report(action: str, status: str, *, headers_only: bool = False, attempt: bool = True) -> bytes:
    ours = f"Message-ID: <{DELIVERY}@group.example.org>\r\nX-Ringround-Delivery: {DELIVERY}\r\n"
    ours += "X-Ringround-Attempt: 2\r\n" if attempt else ""
    kind, tail = ("text/rfc822-headers", "") if headers_only else ("message/rfc822", "Subject: x\r\n\r\nHello\r\n")
    return (
        "From: MAILER-DAEMON@mail.example.org\r\nTo: group@example.org\r\nMessage-ID: <r1@mail.example.org>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; ann@example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ann@example.org> unknown\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{ours}{tail}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize("headers_only", [True, False])
@pytest.mark.parametrize(
    ("status", "dead"), [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.7.1", False), ("4.4.7", False)]
)
def test_a_bounce_refuses_the_attempt_that_it_is_about(status: str, dead: bool, headers_only: bool) -> None:
    (receipt,) = read_letter(report("failed", status, headers_only=headers_only))
    assert isinstance(receipt, Receipt)
    assert (receipt.outcome, receipt.dead) == (Outcome.REFUSED, dead)
    assert (receipt.delivery, receipt.attempt) == (DELIVERY, 2)
    assert receipt.reason
    assert "ann@" not in receipt.reason + receipt.status


def test_a_full_mailbox_that_stayed_full_is_refused_and_not_dead() -> None:
    (receipt,) = read_letter(report("failed", "5.2.2"))
    assert isinstance(receipt, Receipt)
    assert (receipt.outcome, receipt.dead) == (Outcome.REFUSED, False)


def test_a_report_of_arrival_is_proof() -> None:
    (receipt,) = read_letter(report("delivered", "2.0.0"))
    assert isinstance(receipt, Receipt)
    assert receipt.outcome is Outcome.DELIVERED


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "nonsense"])
def test_a_report_that_settles_nothing_says_nothing(action: str) -> None:
    assert read_letter(report(action, "4.4.1")) == []


def test_a_report_about_somebody_elses_letter_says_nothing() -> None:
    assert read_letter(report("failed", "5.1.1").replace(DELIVERY.encode(), b"not-one-of-ours")) == []


def test_a_message_id_is_enough_where_our_own_headers_are_lost() -> None:
    ours = f"X-Ringround-Delivery: {DELIVERY}\r\n".encode()
    (receipt,) = read_letter(report("failed", "5.1.1", attempt=False).replace(ours, b""))
    assert isinstance(receipt, Receipt)
    assert (receipt.ref, receipt.attempt) == (f"<{DELIVERY}@group.example.org>", None)


@pytest.mark.parametrize(
    "data",
    [
        HEADERS
        + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000)),
        HEADERS + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    ],
    ids=["parts", "letters"],
)
def test_letters_in_letters_without_end_are_none(data: bytes) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        read_letter(data)


@given(st.binary(max_size=400))
def test_whatever_comes_in_is_read_or_is_no_letter(data: bytes) -> None:
    with suppress(ValueError):
        read_letter(data)


@given(st.text(max_size=300))
def test_own_words_never_grow_and_never_vanish(text: str) -> None:
    found = own_words(text)
    assert len(found) <= len(text)
    assert bool(found) == bool(text.replace("\r\n", "\n").strip())
