"""A picture or document goes along with an e-mail, described for those who don't see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

import pytest

from channels.mail import Mail
from channels.mime import MailFile
from core.attachments import make_attachment
from core.group import Group
from core.ical import Calendar, Organizer, invitation
from core.links import Links, Purpose
from core.meetings import Meeting
from core.notices import Attachment
from core.receipts import Outcome
from sandbox.mail_rules import examine
from sandbox.world import World
from tests.channels.surroundings import DELIVERY, GROUP, WORDS, make_world, message, surroundings
from tests.core.given_files import DOCUMENT, PDF, PICTURE, SHOWS

PUBLIC = "https://maple.example.org"


def calendar() -> Calendar:
    starts = datetime.fromisoformat("2027-03-30 19:00")
    meeting = Meeting("m1", "Planning", starts, "Europe/London", 90, "Town Hall")
    organizer = Organizer(Group(**GROUP), "group@example.org", "example.org")
    return invitation(meeting, organizer, datetime(2026, 11, 2, tzinfo=UTC))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with make_world() as world:
        yield world


async def arrived(world: World, entry: Calendar | None, file: Attachment, **changes: Any) -> EmailMessage:
    """Sends one message over SMTP; the pretend mail server refuses whatever breaks a rule."""
    mail = Mail(surroundings(world, changes))
    receipt = await mail.send(replace(message("ada@example.org"), calendar=entry, attachment=file))
    await mail.close()
    assert receipt.outcome is Outcome.ACCEPTED, receipt
    raw = world.messages("email")[-1].raw
    assert raw is not None
    assert examine(raw, ["ada@example.org"]).violations == []
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not [defect for part in parsed.walk() for defect in part.defects]
    return parsed


def outline(message: Message) -> Any:
    if not message.is_multipart():
        return message.get_content_type()
    parts: Any = message.get_payload()
    return {message.get_content_type(): [outline(part) for part in parts]}


TEXTS = ["text/plain", "text/html"]
SHOWN = {"multipart/related": ["text/html", "image/png"]}


@pytest.mark.parametrize(
    ("file", "with_entry", "shape"),
    [
        (PICTURE, False, {"multipart/alternative": ["text/plain", SHOWN]}),
        (
            PICTURE,
            True,
            {
                "multipart/mixed": [
                    {"multipart/alternative": ["text/plain", SHOWN, "text/calendar"]},
                    "application/ics",
                ]
            },
        ),
        (DOCUMENT, False, {"multipart/mixed": [{"multipart/alternative": TEXTS}, "application/pdf"]}),
        (
            DOCUMENT,
            True,
            {
                "multipart/mixed": [
                    {"multipart/alternative": [*TEXTS, "text/calendar"]},
                    "application/ics",
                    "application/pdf",
                ]
            },
        ),
    ],
)
async def test_a_file_stands_where_mail_programs_look_for_it(
    world: World, file: Attachment, with_entry: bool, shape: Any
) -> None:
    mail = await arrived(world, calendar() if with_entry else None, file)
    assert outline(mail) == shape
    [part] = [part for part in mail.walk() if part.get_content_type() == file.media_type]
    assert isinstance(part, EmailMessage)
    assert part.get_payload(decode=True) == file.data
    assert part.get_filename() == file.name
    assert part["Content-Description"] == file.description


async def test_a_picture_is_shown_in_its_place_and_described_in_words(world: World) -> None:
    mail = await arrived(world, None, PICTURE)
    plain, html = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    sentence = f"With this message comes a picture. It shows: {SHOWS}"
    assert sentence in plain.get_content()
    assert sentence in html.get_content()
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f'<img src="cid:{picture["Content-ID"].strip("<>")}" alt="{SHOWS}"' in html.get_content()
    assert picture.get_content_disposition() == "inline"
    assert plain.get_content().index(WORDS) < plain.get_content().index(sentence)


async def test_a_document_is_named_and_said_what_it_is_about(world: World) -> None:
    plain = (await arrived(world, None, DOCUMENT)).get_body(["plain"])
    assert plain is not None
    said = "With this message comes a document: Agenda żółw.pdf. What it is about: What we will talk about"
    assert said in plain.get_content()
    bare = make_attachment("List.pdf", PDF, "")
    plain = (await arrived(world, None, bare)).get_body(["plain"])
    assert plain is not None
    assert "With this message comes a document: List.pdf.\n" in plain.get_content().replace("\r\n", "\n")


async def test_a_description_can_not_change_the_form_around_it(world: World) -> None:
    nasty = make_attachment("a.png", PICTURE.data, '"><script>x</script> {name} & "y"')
    mail = await arrived(world, None, nasty)
    html = mail.get_body(["html"])
    assert html is not None
    assert "<script>" not in html.get_content()
    assert 'alt="&quot;&gt;&lt;script&gt;x&lt;/script&gt; {name} &amp; &quot;y&quot;"' in html.get_content()


async def test_a_file_is_encoded_once_for_all_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Attachment] = []

    class Counted(MailFile):
        def __init__(self, attachment: Attachment) -> None:
            made.append(attachment)
            super().__init__(attachment)

    monkeypatch.setattr("channels.mail.MailFile", Counted)
    mail = Mail(surroundings(world))
    for number in range(5):
        one = message(f"p{number}@example.org", name=f"Person {number}", delivery=f"d{number}")
        assert (await mail.send(replace(one, attachment=PICTURE))).outcome is Outcome.ACCEPTED
    await mail.close()
    assert made == [PICTURE]


async def test_an_email_leads_to_the_person_s_own_pages(world: World) -> None:
    mail = await arrived(world, None, DOCUMENT, public_url=PUBLIC)
    link = Links(PUBLIC, b"a secret of thirty-two characters").visit(DELIVERY)
    plain, html = (mail.get_body([kind]) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert f"To answer, or to change how you hear from us: {link}\n" in plain.get_content().replace("\r\n", "\n")
    assert f'To answer, or to change how you hear from us: <a href="{link}">open your own page</a>' in (
        html.get_content()
    )
    token = link.rpartition("/")[2]
    assert Links(PUBLIC, b"a secret of thirty-two characters").read(token, Purpose.VISIT) == DELIVERY


async def test_without_a_public_address_there_is_no_link(world: World) -> None:
    plain = (await arrived(world, None, DOCUMENT)).get_body(["plain"])
    assert plain is not None
    assert "://" not in plain.get_content()


@pytest.mark.parametrize(
    ("changes", "heard"),
    [({}, False), ({"mailbox": {"host": "imap.example.org"}}, True), ({"group": {"reply_to": "jo@example.org"}}, True)],
)
async def test_an_email_may_be_answered_where_the_mailbox_is_read(
    world: World, changes: dict[str, Any], heard: bool
) -> None:
    plain = (await arrived(world, None, DOCUMENT, **changes)).get_body(["plain"])
    assert plain is not None
    assert ("reply to this e-mail" in plain.get_content()) is heard
