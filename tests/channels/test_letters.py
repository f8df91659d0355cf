"""What e-mails to us say in people's own words, whatever a mail program makes of them."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.letters import read_letter
from channels.own_words import own_words
from core.receipts import Hand, Inbound, Receipt
from tests.channels.a_letter import DELIVERY, heard, letter


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
        b"From: MAILER-DAEMON@example.org\r\n\r\n" + b" " * 200_000 + b"-" * 200_000,
        HEADERS
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        + b"x\r\n" * 9_000
        + b"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        + b"UID:%s@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.org\r\n" % DELIVERY.encode()
        + b"DESCRIPTION:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n--b--" % (b"y\\n" * 30_000),
    ],
    ids=["From", "Subject", "Content-Type", "quotes", "dashes", "calendar"],
)
def test_a_hostile_letter_takes_little_time(data: bytes) -> None:
    began = time.process_time()
    with suppress(ValueError):
        read_letter(data)
    assert time.process_time() - began < 15  # usually under one; without a bound on headers half a minute


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


@pytest.mark.parametrize("charset", [b"x-unknown", b"utf-16", b"base64", b"\xff"])
def test_a_character_set_that_is_none_or_not_this_one_loses_nothing(charset: bytes) -> None:
    data = letter("Yes please").as_bytes().replace(b'charset="utf-8"', b'charset="%s"' % charset)
    (one,) = read_letter(data)
    assert isinstance(one, Inbound)
    assert one.text == "Yes please"


@pytest.mark.parametrize(
    "data",
    [
        HEADERS
        + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000)),
        HEADERS + b"Content-Type: message/rfc822\r\n\r\n" * 5000,
    ],
    ids=["parts", "letters"],
)
def test_letters_in_letters_without_end_are_for_a_person_to_read(data: bytes) -> None:
    (one,) = read_letter(data)
    assert isinstance(one, Inbound)
    assert (one.sender, one.ref, one.hand) == ("ann@example.org", "<1@example.org>", Hand.DOUBTFUL)


def test_words_on_both_sides_of_a_picture_are_heard() -> None:
    made = letter("Yes, but")
    made.add_attachment(b"GIF89a", maintype="image", subtype="gif", disposition="inline")
    made.add_attachment("I can't cope any more", disposition="inline")
    assert heard(made).text == "Yes, but\n\nI can't cope any more"


def test_a_text_that_a_gateway_sends_as_an_attachment_is_heard() -> None:
    made = letter("", Subject="Multimedia message")
    made.add_attachment("I can't cope any more", filename="text_0.txt")
    assert heard(made).text == "I can't cope any more"


def test_an_empty_plain_part_does_not_hide_the_other() -> None:
    made = letter("\n")
    made.add_alternative("<p>I can't cope any more</p>", subtype="html")
    assert heard(made).text == "I can't cope any more"


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("=?utf-8?q?Carter=2C_Ann?= <ann@example.org>", "ann@example.org"),
        ("Ann ann@example.org", "ann@example.org"),
        ("Ann <ann@example.org", "ann@example.org"),
        ('"a@b" <ann@example.org>', "ann@example.org"),
        ("<>", ""),
        ("Ann\udcff <ann\udcff@example.org>", "ann?@example.org"),
        ("Ann\0 <ann@example.org\0>", "ann@example.org"),
    ],
)
def test_an_address_is_found_however_it_is_written(sender: str, address: str) -> None:
    data = f"From: {sender}\r\nIn-Reply-To: <{DELIVERY}@group.example.org>\r\n\r\nYes".encode(errors="surrogateescape")
    (one,) = read_letter(data)
    assert isinstance(one, Inbound)
    assert (one.sender, one.delivery) == (address, DELIVERY)


def test_a_letter_without_a_message_id_is_heard_and_known_again() -> None:
    made = letter("I can't cope any more")
    del made["Message-ID"]
    one = heard(made)
    assert one.text == "I can't cope any more"
    assert one.ref == heard(made).ref != heard(letter("Another")).ref


def test_the_id_of_somebody_elses_program_is_not_taken_for_ours() -> None:
    other = "0b5f4a52-9c1d-4e0f-8a6b-0123456789ab"
    one = heard(letter(References=f"<{DELIVERY}@group.example.org> <{other}@example.com>"))
    assert one.delivery == DELIVERY


@given(st.binary(max_size=400))
def test_whatever_comes_in_is_read_or_is_no_letter(data: bytes) -> None:
    with suppress(ValueError):
        read_letter(data)


_CODES = st.sampled_from(["", "7bit", "base64", "quoted-printable", "x-uuencode", "nonsense"])
_KINDS = st.sampled_from(
    [
        *(
            "",
            "text/plain",
            "text/plain; charset=utf-16",
            "text/plain; charset=base64",
            'text/html; charset="\xff"',
            "/",
        ),
        *(
            "multipart/mixed; boundary=b",
            "multipart/alternative; boundary=b",
            "multipart/report; boundary=b",
            "multipart/x",
        ),
        *("message/rfc822", "message/partial", "message/delivery-status", "message/global-headers", "text/calendar"),
        *(
            "application/pdf",
            "message/external-body",
            "text/rfc822-headers",
            "multipart/signed; boundary*0=b; boundary*1=c",
        ),
    ]
)
_PART = st.builds(
    lambda kind, code, rest: (
        b"--b\r\nContent-Type: %s\r\nContent-Transfer-Encoding: %s\r\n%s\r\n"
        % (kind.encode("latin-1"), code.encode(), rest)
    ),
    _KINDS,
    _CODES,
    st.binary(max_size=60),
)
_MORE = st.sampled_from(
    [
        *(
            b"",
            b"Subject: =?x?b?\xff?=",
            b"Date: 99 Foo 0000",
            b"Content-Disposition: attachment",
            b"To: <<@>,;:",
            b"\x00:",
        ),
        *(
            b"Message-ID: <",
            b"References: <\xff",
            b"List-Id: x",
            b"Return-Path: <>",
            b"X-Failed-Recipients: a",
            b"MIME-",
        ),
        *(
            b"Precedence: bulk",
            b"Precedence: list",
            b"X-Auto-Response-Suppress: All",
            b"In-Reply-To:",
            b" folded",
            b"=\r",
        ),
    ]
)


@settings(max_examples=100)
@given(_KINDS, _CODES, _MORE, st.lists(st.one_of(_PART, st.binary(max_size=60)), max_size=4))
def test_an_answer_from_somebody_known_never_vanishes(kind: str, code: str, more: bytes, parts: list[bytes]) -> None:
    head = (
        b"In-Reply-To: <%s@group.example.org>\r\nFrom: Ann <ann@example.org>\r\nContent-Type: %s\r\n"
        b"Content-Transfer-Encoding: %s\r\n%s\r\n\r\n"
    )
    said = read_letter(head % (DELIVERY.encode(), kind.encode("latin-1"), code.encode(), more) + b"".join(parts))
    assert [one.delivery for one in said] == [DELIVERY]
    assert all(isinstance(one, Receipt) or (one.sender == "ann@example.org" and one.ref) for one in said)


@given(st.text(max_size=300))
def test_own_words_never_grow_and_never_vanish(text: str) -> None:
    found = own_words(text)
    assert len(found) <= len(text)
    assert bool(found) == bool(text.replace("\r\n", "\n").strip())
