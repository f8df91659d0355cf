"""A calendar entry goes along with an e-mail, where calendars look for it and where people can open it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any

import vobject  # type: ignore[import-untyped]

from channels.mail import Mail
from core.group import Group
from core.ical import Calendar, Organizer, cancellation, invitation
from core.meetings import Meeting, MeetingState
from core.receipts import Outcome
from sandbox.mail_rules import examine
from sandbox.world import World
from tests.channels.surroundings import GROUP, WORDS, message, surroundings

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ORGANIZER = Organizer(Group(**GROUP), "group@sandbox.example.org", "sandbox.example.org")
MEETING = Meeting(
    id="0198f6d2-0000-7000-8000-00000000000a",
    title="Spotkanie: żółw, café; 計画会議",
    starts=datetime.fromisoformat("2027-03-30 19:00"),
    zone="Europe/London",
    minutes=90,
    place="Town Hall",
    agenda="A long agenda with naïve words. " * 40,
)


async def arrived(world: World, calendar: Calendar, name: str = "Ada Lovelace") -> tuple[bytes, EmailMessage]:
    """Sends one message over SMTP; the pretend mail server refuses whatever breaks a rule."""
    mail = Mail(surroundings(world))
    receipt = await mail.send(replace(message("ada@example.org", name=name), calendar=calendar))
    await mail.close()
    assert receipt.outcome is Outcome.ACCEPTED, receipt
    raw = world.messages("email")[-1].raw
    assert raw is not None
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return raw, parsed


def outline(message: Message) -> Any:
    if not message.is_multipart():
        return message.get_content_type()
    parts: Any = message.get_payload()
    return {message.get_content_type(): [outline(part) for part in parts]}


def entries(mail: EmailMessage) -> tuple[EmailMessage, EmailMessage]:
    among, file = (part for part in mail.walk() if part.get_content_type() in ("text/calendar", "application/ics"))
    assert isinstance(among, EmailMessage)
    assert isinstance(file, EmailMessage)
    return among, file


async def test_the_entry_is_the_last_alternative_and_a_file_as_well(world: World) -> None:
    raw, mail = await arrived(world, invitation(MEETING, ORGANIZER, NOW))
    assert outline(mail) == {
        "multipart/mixed": [
            {"multipart/alternative": ["text/plain", "text/html", "text/calendar"]},
            "application/ics",
        ]
    }
    assert [defect for part in mail.walk() for defect in part.defects] == []
    assert [defect for part in mail.walk() for value in part.values() for defect in value.defects] == []
    assert examine(raw, ["ada@example.org"]).violations == []
    assert max(map(len, raw.split(b"\r\n"))) <= 100  # base64 and quoted-printable keep to 76, headers nearly


async def test_the_method_stands_in_the_type_and_the_file_has_a_name(world: World) -> None:
    _, mail = await arrived(world, invitation(MEETING, ORGANIZER, NOW))
    among, file = entries(mail)
    assert dict(among["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST"}
    assert among["Content-Disposition"] is None
    assert (file.get_content_disposition(), file.get_filename()) == ("attachment", "meeting.ics")
    assert among.get_payload(decode=True) == file.get_payload(decode=True)


async def test_what_arrives_is_the_entry_for_that_person_octet_by_octet(world: World) -> None:
    entry = invitation(MEETING, ORGANIZER, NOW)
    _, mail = await arrived(world, entry, name="Zoë Ångström; Müller")
    among, _ = entries(mail)
    assert among.get_payload(decode=True) == entry.to("Zoë Ångström; Müller", "ada@example.org")
    (calendar,) = vobject.readComponents(among.get_content())
    assert calendar.vevent.summary.value == MEETING.title
    assert calendar.vevent.attendee.value == "mailto:ada@example.org"
    assert calendar.vevent.dtstart.value.astimezone(UTC) == MEETING.starts_at


async def test_a_cancellation_says_so_in_the_type(world: World) -> None:
    called_off = replace(MEETING, version=2, state=MeetingState.CANCELLED)
    _, mail = await arrived(world, cancellation(called_off, ORGANIZER, NOW))
    among, _ = entries(mail)
    assert among["Content-Type"].params["method"] == "CANCEL"
    (calendar,) = vobject.readComponents(among.get_content())
    assert (calendar.method.value, calendar.vevent.sequence.value) == ("CANCEL", "2")


async def test_the_words_are_the_same_with_and_without_an_entry(world: World) -> None:
    _, mail = await arrived(world, invitation(MEETING, ORGANIZER, NOW))
    plain = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    for part in (plain, html):
        assert f"Dear Ada, {WORDS}" in part.get_content()
    assert WORDS in world.messages("email")[-1].text


async def test_a_message_without_an_entry_has_no_trace_of_one(world: World) -> None:
    mail = Mail(surroundings(world))
    assert (await mail.send(message("ada@example.org"))).outcome is Outcome.ACCEPTED
    await mail.close()
    raw = world.messages("email")[-1].raw
    assert raw is not None
    assert outline(message_from_bytes(raw)) == {"multipart/alternative": ["text/plain", "text/html"]}
