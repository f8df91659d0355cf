"""Any name and any text in any script makes an e-mail without a defect."""

from __future__ import annotations

import re
from binascii import b2a_qp
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.mime import MailForm, mailbox
from core.content import make_content
from core.forms import EmailForm, email_form, fields
from core.group import Group
from core.placeholders import KNOWN, Template
from sandbox.mail_rules import examine
from tests.channels.surroundings import GROUP, TEXT

# Everything that a form may hold: the house has taken out what can't be shown before a channel sees it.
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="\u2028\u2029")
NAMES = st.one_of(
    st.text(LETTERS, max_size=80),
    st.sampled_from(
        [
            "Ada Lovelace",
            'Joe "Speedy" O\\Neil, jr. (the second)',
            "Zoë Ångström-Müller",
            "শ্রীমতী অনন্যা বন্দ্যোপাধ্যায় চট্টোপাধ্যায় মুখোপাধ্যায়",
            "محمد بن عبد الله",
            "=?utf-8?q?tricky?=",
            "王小明",
            "👩‍👩‍👧 Patel",
            "a" * 200,
            "x@y.example, Eve <eve@example.org>",
        ]
    ),
)
LINES = st.text(st.one_of(LETTERS, st.sampled_from(" .=\t\n")), max_size=300)
GROUPS = st.builds(Group, NAMES, st.just("Jo"), st.just("+441632960001"))


def parsed(raw: bytes) -> Message:
    return message_from_bytes(raw, policy=policy.default)


def defects(message: Message) -> list[object]:
    found: list[object] = []
    for part in message.walk():
        found += part.defects
        for value in part.values():
            found += getattr(value, "defects", ())
    return found


def decoded(message: Message, header: str) -> tuple[str, str]:
    """Reads the one mailbox of a header; spaces between encoded words are not part of it (RFC 2047 6.2), which the
    standard library's newer parser forgets.
    """
    (found,) = [value for name, value in message.raw_items() if name == header]
    ((name, address),) = getaddresses([str(found)])
    return str(make_header(decode_header(name))), address


def text_of(part: Message) -> str:
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def made(form: EmailForm, name: str, group_name: str, values: dict[str, str]) -> bytes:
    head = [
        b"To: " + mailbox(name, b"ada@example.org"),
        b"Message-ID: <1@example.org>",
        b"Date: Sun, 22 Nov 2026 12:00:00 +0000",
        b"",
    ]
    sender = mailbox(group_name, b"group@example.org")
    return MailForm(form, sender=sender, reply_to=sender).fill(values, b"\r\n".join(head))


@settings(max_examples=150, deadline=None)
@given(NAMES, GROUPS, LINES, LINES)
@example("Ada", Group("G", "Jo", "1"), ".", "\n.\n..\n. \n")
@example("Ada", Group("G", "Jo", "1"), "=", "a=\nb =\n= = \t\n" + "x " * 200)
@example("", Group("", "", ""), "", "")
def test_what_was_written_is_what_is_read(name: str, group: Group, subject: str, text: str) -> None:
    values = {"name": " ".join(name.split()), "first_name": name}
    form = EmailForm(
        Template.parse(f"{{first_name}} {subject.replace('{', '(')}", KNOWN),
        Template.parse(f"{text.replace('{', '(')}\n{{name}}\n", KNOWN),
        Template.parse(f"<p>{text.replace('{', '(')}</p>{{name}}\n", KNOWN),
    )
    raw = made(form, name, group.name, values)
    mail = parsed(raw)
    assert defects(mail) == []
    assert examine(raw, ["ada@example.org"]).violations == []
    plain, html = mail.iter_parts()  # type: ignore[attr-defined]
    assert text_of(plain) == form.plain.fill(values)
    assert text_of(html) == form.html.fill(values)
    assert mail["Subject"].split() == form.subject.fill(values).split()
    assert decoded(mail, "To") == (" ".join(name.split()), "ada@example.org")
    assert decoded(mail, "From") == (" ".join(group.name.split()), "group@example.org")
    assert decoded(mail, "Reply-To") == decoded(mail, "From")
    assert max((len(line) for line in raw.split(b"\r\n") if b"=?" in line), default=0) <= 76  # RFC 2047 2


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("\r\n\t :<>,ab"), max_size=20))
def test_no_name_brings_a_header_of_its_own(name: str) -> None:
    group = Group(**GROUP)
    form = email_form(make_content(TEXT, "For {first_name}"), group)
    raw = made(form, name + "\r\nBcc: eve@example.org", group.name, fields(name, None, group))
    assert set(parsed(raw).keys()) == {
        "To", "Message-ID", "Date", "Subject", "From", "Reply-To", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)


def test_lone_halves_of_characters_do_not_stop_a_message() -> None:
    group = Group(**GROUP)
    form = email_form(make_content(TEXT, "Hello"), group)
    raw = made(form, "Joe \ud800", group.name, fields("Joe \ud800", None, group))
    assert decoded(parsed(raw), "To")[0] == "Joe ?"


def test_only_lines_with_a_name_in_them_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    group = Group(**GROUP)
    many = "\n\n".join(f"Paragraph {n} about ramps and lifts = good, café." for n in range(200))
    form = MailForm(email_form(make_content(f"Dear {{first_name}},\n\n{many}"), group), sender=b"g", reply_to=None)
    encoded: list[bytes] = []

    def spy(text: bytes) -> bytes:
        encoded.append(text)
        return b2a_qp(text)

    monkeypatch.setattr("channels.mime.b2a_qp", spy)
    raw = form.fill(fields("Ada Lovelace", None, group), b"")
    assert raw.count(b"Dear Ada") == 2
    assert sum(map(len, encoded)) < 200 < 20_000 < len(raw)
