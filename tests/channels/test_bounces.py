"""What mail servers report about e-mails of ours, in all the forms in which they do."""

from __future__ import annotations

import quopri
from base64 import encodebytes
from collections.abc import Callable

import pytest

from channels.letters import read_letter
from core.receipts import Hand, Inbound, Outcome, Receipt
from tests.channels.a_letter import DELIVERY

OURS = f"<{DELIVERY}@group.example.org>"
STATUS = "Reporting-MTA: dns; mail.example.org\r\n\r\nFinal-Recipient: rfc822; ann@example.org\r\n"
DEAD = "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <ann@example.org> unknown\r\n"


def coded(text: str, code: str) -> str:
    if code == "base64":
        return encodebytes(text.encode()).decode()
    return quopri.encodestring(text.encode()).replace(b": ", b":=20").decode() if code else text


def part(kind: str, text: str, code: str = "") -> str:
    encoding = f"Content-Transfer-Encoding: {code}\r\n" if code else ""
    return f"--b\r\nContent-Type: {kind}\r\n{encoding}\r\n{coded(text, code)}\r\n"


def letter(*parts: str, kind: str = "multipart/report; report-type=delivery-status", headers: str = "") -> bytes:
    return (
        "From: MAILER-DAEMON@mail.example.org\r\nTo: group@example.org\r\nMessage-ID: <r1@mail.example.org>\r\n"
        f'{headers}Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; boundary="b"\r\n\r\n'
        f"{''.join(parts)}--b--\r\n"
    ).encode()


def ours(*, attempt: bool = True) -> str:
    return f"Message-ID: {OURS}\r\nX-Ringround-Delivery: {DELIVERY}\r\n" + (
        "X-Ringround-Attempt: 2\r\n" if attempt else ""
    )


def report(action: str, status: str, *, headers_only: bool = False) -> bytes:
    kind, tail = ("text/rfc822-headers", "") if headers_only else ("message/rfc822", "Subject: x\r\n\r\nHello\r\n")
    said = f"{STATUS}Action: {action}\r\nStatus: {status}\r\n"
    return letter(part("text/plain", "I'm sorry."), part("message/delivery-status", said), part(kind, ours() + tail))


def words(text: str, *headers: str, sender: str = "MAILER-DAEMON@mail.example.org") -> bytes:
    lines = (f"From: {sender}", "Message-ID: <r1@mail.example.org>", "Return-Path: <>", *headers, "", text)
    return "\r\n".join(lines).encode()


def receipt(data: bytes) -> Receipt:
    (one,) = read_letter(data)
    assert isinstance(one, Receipt)
    return one


@pytest.mark.parametrize("headers_only", [True, False])
@pytest.mark.parametrize(
    ("status", "dead"),
    [("5.1.1", True), ("5.1.10", True), ("5.2.1", True), ("5.2.2", False), ("5.7.1", False), ("4.4.7", False)],
)
def test_a_bounce_refuses_the_attempt_that_it_is_about(status: str, dead: bool, headers_only: bool) -> None:
    one = receipt(report("failed", status, headers_only=headers_only))
    assert (one.outcome, one.dead) == (Outcome.REFUSED, dead)
    assert (one.delivery, one.attempt) == (DELIVERY, 2)
    assert one.reason
    assert "ann@" not in one.reason + one.status


@pytest.mark.parametrize("action", ["Failed", "failed (permanent)", "(remark) failed", "failed; really", '"failed"'])
def test_a_remark_beside_the_action_hides_nothing(action: str) -> None:
    assert receipt(report(action, "5.1.1 (no such user)")).dead


def test_a_report_of_arrival_is_proof() -> None:
    assert receipt(report("delivered", "2.0.0")).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded (to a list)"])
def test_a_report_that_settles_nothing_says_nothing(action: str) -> None:
    assert read_letter(report(action, "4.4.1")) == []


@pytest.mark.parametrize("code", ["", "base64", "quoted-printable"])
@pytest.mark.parametrize(
    ("status", "original"),
    [
        ("message/delivery-status", "message/rfc822"),
        ("message/delivery-status", "text/rfc822-headers"),
        ("message/global-delivery-status", "message/global"),
        ("message/global-delivery-status; charset=utf-8", "message/global-headers"),
    ],
)
def test_every_form_and_encoding_of_a_report_is_read(status: str, original: str, code: str) -> None:
    returned = ours() + "Subject: é\r\n\r\nHello\r\n"
    one = receipt(letter(part("text/plain", "x"), part(status, STATUS + DEAD, code), part(original, returned, code)))
    assert (one.dead, one.delivery, one.attempt) == (True, DELIVERY, 2)


def test_folded_fields_are_read() -> None:
    folded = "Action:\r\n failed\r\nStatus:\r\n\t5.1.1\r\n"
    back = f"Message-ID:\r\n {OURS}\r\nX-Ringround-Attempt:\r\n 2\r\n"
    one = receipt(letter(part("message/delivery-status", STATUS + folded), part("text/rfc822-headers", back)))
    assert (one.dead, one.delivery, one.attempt) == (True, DELIVERY, 2)


@pytest.mark.parametrize("charset", ["x-unknown", "utf-16", "base64", '"'])
def test_an_unknown_character_set_hides_nothing(charset: str) -> None:
    kind = f"text/rfc822-headers; charset={charset}"
    assert receipt(letter(part("message/delivery-status", STATUS + DEAD), part(kind, ours()))).delivery == DELIVERY


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        (f"In-Reply-To: {OURS}\r\n", ""),
        (f"References: <x@example.org>\r\n {OURS}\r\n", ""),
        ("", f"Your message {DELIVERY}@group.example.org was not delivered."),
        ("", f"----- Original headers\r\n> Message-ID: {OURS}\r\n"),
    ],
)
def test_a_report_without_the_original_names_it_elsewhere(headers: str, text: str) -> None:
    one = receipt(letter(part("text/plain", text), part("message/delivery-status", STATUS + DEAD), headers=headers))
    assert (one.ref, one.delivery, one.attempt, one.dead) == (OURS, DELIVERY, None, True)


@pytest.mark.parametrize(
    ("others", "outcome", "dead"),
    [
        ("Action: failed\r\nStatus: 5.1.1\r\n", Outcome.REFUSED, True),
        ("Action: failed\r\nStatus: 5.7.1\r\n", Outcome.REFUSED, False),
        ("Action: delayed\r\nStatus: 4.4.1\r\n", Outcome.REFUSED, False),
        ("Action: delivered\r\nStatus: 2.0.0\r\n", Outcome.DELIVERED, False),
    ],
)
def test_an_address_that_stands_for_several_is_reached_by_one_and_dead_with_all(
    others: str, outcome: Outcome, dead: bool
) -> None:
    both = f"{STATUS}{DEAD}\r\nFinal-Recipient: rfc822; joe@example.org\r\n{others}"
    one = receipt(letter(part("message/delivery-status", both), part("text/rfc822-headers", ours())))
    assert (one.outcome, one.dead) == (outcome, dead)


QMAIL = f"""Hi. This is the qmail-send program at mail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@example.org>:
203.0.113.5 said 5.0.0.1, Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{ours()}
550 5.7.1
"""
EXIM = f"""A message that you sent could not be delivered to one or more of its recipients. Exim 4.96.2

  ann@example.org
    550 5.1.1 <ann@example.org>: Recipient address rejected

------ This is a copy of the message, including all the headers. ------

{ours()}
"""


@pytest.mark.parametrize(
    ("data", "dead"),
    [
        (words(QMAIL), True),
        (words(QMAIL.replace("(#5.1.1)", "")), False),
        (words(EXIM, "X-Failed-Recipients: ann@example.org", sender="Mailer-Daemon@mail.example.org"), True),
        (words(EXIM.replace(" 5.1.1", ""), "X-Failed-Recipients: ann@example.org, joe@example.org"), False),
        (
            words("Gone.", "X-Failed-Recipients: a@example.org", f"In-Reply-To: {OURS}", sender="bounce@example.org"),
            False,
        ),
    ],
    ids=["qmail", "qmail without a code", "exim", "exim without a code", "gmail"],
)
def test_a_report_in_words_alone_is_read_where_its_server_is_known(data: bytes, dead: bool) -> None:
    one = receipt(data)
    assert (one.outcome, one.delivery, one.dead) == (Outcome.REFUSED, DELIVERY, dead)
    assert one.reason == ("There is no such mailbox." if dead else "The mail server could not deliver the e-mail.")


@pytest.mark.parametrize(
    "data",
    [
        words(EXIM, "Subject: Warning: message 1abc delayed 24 hours"),
        words(EXIM, "X-Failed-Recipients: a@example.org", "Subject: Delivery Status Notification (Delay)"),
        letter(part("message/disposition-notification", f"Original-Message-ID: {OURS}\r\nDisposition: x; displayed")),
    ],
    ids=["late", "late by Gmail", "opened"],
)
def test_what_is_only_late_or_only_opened_is_no_failure(data: bytes) -> None:
    assert read_letter(data) == []


@pytest.mark.parametrize(
    "data",
    [
        report("nonsense", "4.4.1"),
        report("", "4.4.1"),
        words(f"Your message could not be delivered. {OURS}"),
        words(f"No. {OURS}", sender="postmaster@example.org"),
        words(f"No. {OURS}", sender="<>"),
        words(f"No. {OURS} It was delayed too long.", "X-Failed-Recipients: ann@example.org"),
        letter(
            part("text/plain", "Spam!"),
            part("message/feedback-report", "Feedback-Type: abuse"),
            part("message/rfc822", ours()),
        ),
    ],
)
def test_a_report_that_can_not_be_read_is_for_a_person(data: bytes) -> None:
    (one,) = read_letter(data)
    assert isinstance(one, Inbound)
    assert (one.hand, one.delivery, one.ref) == (Hand.SERVER, DELIVERY, "<r1@mail.example.org>")


def test_a_failure_without_its_action_is_known_by_its_code() -> None:
    assert receipt(
        letter(part("message/delivery-status", f"{STATUS}Status: 5.1.1"), part("message/rfc822", ours()))
    ).dead


@pytest.mark.parametrize(
    ("change", "ref"),
    [
        (lambda data: data.replace(DELIVERY.encode(), b"not-one-of-ours"), "<not-one-of-ours@group.example.org>"),
        (
            lambda data: data.replace(
                ours().encode(), f"Message-ID: <x@example.org>\r\nReferences: {OURS}\r\n".encode()
            ),
            "<x@example.org>",
        ),
        (lambda data: data.replace(ours().encode(), b""), "<r1@mail.example.org>"),
    ],
    ids=["another program's", "an answer to ours", "nobody's"],
)
def test_a_report_about_somebody_elses_letter_names_that(change: Callable[[bytes], bytes], ref: str) -> None:
    one = receipt(change(report("failed", "5.1.1")))
    assert (one.ref, one.delivery, one.attempt) == (ref, None, None)
