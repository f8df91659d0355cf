"""Calendar entries, read by parsers that did not make them: vobject, and ical.js where it is at hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import vobject.icalendar  # type: ignore[import-untyped]
from dateutil.tz import tzical
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.group import Group
from core.ical import Method, Organizer, cancellation, feed, invitation, publish, uid
from core.meetings import Meeting, MeetingState

ID = "0198f6d2-0000-7000-8000-000000000001"
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
GROUP = Group("Riverside Voices", "Jo Bell", "+441632960001")
ORGANIZER = Organizer(GROUP, "group@example.org", "ring.example.org")
MEETING = Meeting(
    id=ID,
    title="Planning meeting",
    starts=datetime.fromisoformat("2027-03-30 19:00"),
    zone="Europe/London",
    minutes=90,
    place="Town Hall, Room 2",
    link="https://meet.example.org/a?b=1",
    join_phone="01632 960002, then 4711",
    access="Step-free; hearing loop. Ask Jo for an interpreter.",
    agenda="1. Hello\n2. The café",
)
READER = Path(__file__).with_name("ical_reader.cjs")
NUMBERS = count()
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe"]

# What people write; controls, halves of characters and line ends have a test of their own.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=300),
    st.text(st.sampled_from("\\;,:nN\"' =żআ👩\u200d"), max_size=120),
    st.sampled_from(
        [
            "C:\\New\\notes, and; more",
            "Zoë’s café – “all welcome”",
            "শ্রীমতী অনন্যা বন্দ্যোপাধ্যায়ের সভা " * 6,
            "اجتماع التخطيط",
            "計画会議" * 30,
            "👩‍👩‍👧‍👦" * 20,
            "BEGIN:VEVENT",
            "x" * 400,
        ]
    ),
)


def read(text: bytes) -> Any:
    """Reads one calendar, by the clocks that it describes itself.

    vobject knows the usual zones and may not look further, so each text gets names of zones that it can't know, and
    dateutil reads what the text says of them (RFC 5545 3.6.5).
    """
    renamed = re.sub(r"\bTZID([:=])", rf"TZID\g<1>{next(NUMBERS)}-", text.decode())
    if "BEGIN:VTIMEZONE" in renamed:
        described = tzical(StringIO(renamed))
        for zone in described.keys():  # noqa: SIM118 - it is no mapping
            vobject.icalendar.registerTzid(zone, described.get(zone))
    (calendar,) = vobject.readComponents(renamed)
    return calendar


def at(moment: datetime) -> datetime:
    """Whole minutes in UTC; an hour that comes twice means the first."""
    return moment.astimezone(UTC).replace(fold=0)


def made(meetings: Iterable[Meeting]) -> list[bytes]:
    return [publish(meeting, ORGANIZER, NOW) for meeting in meetings]


@cache
def icaljs() -> str:
    """Finds node and, for it, ical.js; skips the test where they are not there."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node to run ical.js with")
    # From the folder of the script that will ask for it: that is where node begins to look.
    looked_up = [node, "-e", "require.resolve('ical.js')"]
    if subprocess.run(looked_up, cwd=READER.parent, capture_output=True).returncode:
        missing = "node finds no ical.js: npm install ical.js, and NODE_PATH to the node_modules that it lies in"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return node


def read_by_icaljs(texts: list[bytes]) -> list[list[dict[str, Any]]]:
    given = json.dumps([text.decode() for text in texts])
    done = subprocess.run([icaljs(), READER], input=given.encode(), capture_output=True, check=True, timeout=60)
    found: list[list[dict[str, Any]]] = json.loads(done.stdout)
    return found


def changes(zone: str) -> list[datetime]:
    """Every hour from 2024 to 2030 after which the clocks have another offset."""
    clocks = ZoneInfo(zone)
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(7 * 8766)]
    offsets = [hour.astimezone(clocks).utcoffset() for hour in hours]
    return [hour for hour, one, other in zip(hours, offsets, offsets[1:], strict=False) if one != other]


def around_changes(zone: str) -> Iterator[Meeting]:
    """Meetings each half hour around every change, also at times that the clocks never show, or show twice."""
    number = 0
    for change in changes(zone):
        shown = change.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for halves in range(-4, 9):
            number += 1
            starts = shown + timedelta(minutes=30 * halves)
            yield replace(MEETING, id=f"{number}", starts=starts, zone=zone, minutes=(30, 60, 180)[number % 3])


def test_every_zone_changes_twice_a_year() -> None:
    assert [len(changes(zone)) for zone in ZONES] == [14, 14, 14]


@pytest.mark.parametrize("zone", ZONES)
def test_a_meeting_near_a_clock_change_is_read_at_its_moment(zone: str) -> None:
    for meeting in list(around_changes(zone))[::5]:  # every kind of half hour and length comes up
        event = read(publish(meeting, ORGANIZER, NOW)).vevent
        assert (at(event.dtstart.value), at(event.dtend.value)) == (meeting.starts_at, meeting.ends_at), meeting


@pytest.mark.parametrize("zone", ZONES)
def test_in_a_feed_of_years_each_meeting_is_read_at_its_moment(zone: str) -> None:
    meetings = list(around_changes(zone))
    events = read(feed(meetings, ORGANIZER, NOW)).vevent_list
    assert [(at(one.dtstart.value), at(one.dtend.value)) for one in events] == [
        (meeting.starts_at, meeting.ends_at) for meeting in meetings
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_another_parser_reads_the_same_moments(zone: str) -> None:
    meetings = list(around_changes(zone))
    expected = [(one.starts_at, one.ends_at) for one in meetings]
    *alone, together = read_by_icaljs([*made(meetings), feed(meetings, ORGANIZER, NOW)])
    for events in ([event for (event,) in alone], together):
        assert [
            (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in events
        ] == expected


def test_any_zone_is_described_as_its_clocks_go() -> None:
    days = [datetime.fromisoformat("2026-01-03 12:00") + timedelta(days=16 * n) for n in range(23)]
    for zone in sorted(available_timezones())[::15]:
        meetings = [replace(MEETING, id=f"{day:%j}", starts=day, zone=zone) for day in days]
        calendar = read(feed(meetings, ORGANIZER, NOW))
        assert [at(one.dtstart.value) for one in calendar.vevent_list] == [one.starts_at for one in meetings], zone


def test_a_time_that_comes_twice_is_told_in_utc_because_readers_differ_on_it() -> None:
    twice = replace(MEETING, starts=datetime.fromisoformat("2026-10-25 01:30"), minutes=120)
    text = publish(twice, ORGANIZER, NOW)
    assert b"\r\nDTSTART:20261025T003000Z\r\n" in text
    assert b"\r\nDTEND;TZID=Europe/London:20261025T023000\r\n" in text


def test_a_time_that_never_comes_is_told_as_the_clocks_will_show_it() -> None:
    never = replace(MEETING, starts=datetime.fromisoformat("2027-03-28 01:30"))
    assert b"\r\nDTSTART;TZID=Europe/London:20270328T023000\r\n" in publish(never, ORGANIZER, NOW)


def test_one_file_holds_meetings_of_several_zones() -> None:
    meetings = [replace(MEETING, id=zone, zone=zone) for zone in [*ZONES, "Asia/Tokyo", "UTC"]]
    calendar = read(feed(meetings, ORGANIZER, NOW))
    described = [zone.tzid.value.partition("-")[2] for zone in calendar.vtimezone_list]
    assert described == sorted(one.zone for one in meetings)
    assert [at(event.dtstart.value) for event in calendar.vevent_list] == [one.starts_at for one in meetings]


@pytest.mark.parametrize(
    ("zone", "onsets"),
    [
        ("Europe/London", {"20260329T010000": "BYDAY=-1SU;BYMONTH=3", "20261025T020000": "BYDAY=-1SU;BYMONTH=10"}),
        ("America/New_York", {"20260308T020000": "BYDAY=2SU;BYMONTH=3", "20261101T020000": "BYDAY=1SU;BYMONTH=11"}),
        ("Australia/Lord_Howe", {"20261004T020000": "BYDAY=1SU;BYMONTH=10", "20260405T020000": "BYDAY=1SU;BYMONTH=4"}),
    ],
)
def test_a_zone_has_one_yearly_rule_for_each_change_as_outlook_wants_it(zone: str, onsets: dict[str, str]) -> None:
    """An onset is told by the clocks as they were before it (RFC 5545 3.6.5)."""
    text = publish(replace(MEETING, zone=zone), ORGANIZER, NOW).decode()
    described = text[text.index("BEGIN:VTIMEZONE") : text.index("BEGIN:VEVENT")]
    rules = re.findall(r"RRULE:FREQ=YEARLY;(.*)\r\n", described)
    assert dict(zip(re.findall(r"DTSTART:(.*)\r\n", described), rules, strict=True)) == onsets


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
@example("", "", "")
@example("a\\Nb", "\\n", ";\\,")
def test_what_was_written_is_what_is_read(title: str, place: str, agenda: str) -> None:
    meeting = replace(MEETING, title=title, place=place, link="", agenda=agenda)
    event = read(publish(meeting, ORGANIZER, NOW)).vevent
    assert shown(event, "summary") == " ".join(title.split())
    assert shown(event, "location") == " ".join(place.split())
    if agenda.strip():
        assert f"What we will talk about:\n{agenda}".strip() in shown(event, "description")


def shown(event: Any, name: str) -> str:
    return str(event.contents[name][0].value) if name in event.contents else ""


def test_another_parser_reads_the_same_words() -> None:
    titles = ["C:\\New\\notes, and; more", "Zoë’s “café”", "計画会議" * 30, "👩‍👩‍👧‍👦" * 20, "\\N\\n;,:\"'"]
    texts = made(replace(MEETING, title=title, agenda=f"{title}\n{title}") for title in titles)
    for title, (event,) in zip(titles, read_by_icaljs(texts), strict=True):
        assert event["summary"] == title
        assert f"\n{title}\n{title}\n" in event["description"]
        assert event["location"] == "Town Hall, Room 2"


@settings(max_examples=150, deadline=None)
@given(st.one_of(TEXTS, st.text(max_size=200)), st.one_of(TEXTS, st.text(max_size=60)))
@example("x" * 66 + "é" * 50, "é" * 40)
def test_lines_end_in_crlf_and_are_folded_at_75_octets_between_characters(text: str, name: str) -> None:
    meeting = replace(MEETING, title=text, access=text, why=text)
    for raw in (
        invitation(meeting, ORGANIZER, NOW).to(name, "ada@example.org"),
        cancellation(meeting, ORGANIZER, NOW).to(name, "ada@example.org"),
        feed([meeting], Organizer(replace(GROUP, name=name), "", "x.example.org"), NOW),
    ):
        lines = raw.split(b"\r\n")
        assert lines.pop() == b""
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(lines))
        assert max(map(len, lines)) <= 75
        for line in lines:
            line.decode()


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from('\r\n\t\x00\x0b\x0c\x1c\x85\u2028\u2029\ufeff ;:,"^=\ud800ab'), max_size=30))
def test_no_text_brings_a_property_of_its_own(bad: str) -> None:
    evil = f"{bad}\r\nATTENDEE:mailto:eve@example.org\r\nEND:VEVENT{bad}\nX-EVIL:1\u2028X-EVIL:2"
    meeting = replace(MEETING, title=evil, place=evil, link=evil, join_phone=evil, access=evil, agenda=evil, why=evil)
    organizer = Organizer(Group(evil, evil, evil), "group@example.org", "example.org")
    event = read(invitation(meeting, organizer, NOW).to(evil, "ada@example.org")).vevent
    assert set(event.contents) == {
        "uid", "sequence", "dtstamp", "dtstart", "dtend", "status", "organizer", "attendee", "summary", "location",
        "description", "contact", "valarm",
    }  # fmt: skip
    assert [one.value for one in event.attendee_list] == ["mailto:ada@example.org"]


def test_an_invitation_asks_one_person_and_says_how_to_take_part() -> None:
    calendar = read(invitation(MEETING, ORGANIZER, NOW).to('Ada "Countess" Lovelace; née Byron', "ada@example.org"))
    event = calendar.vevent
    assert (calendar.method.value, calendar.version.value) == ("REQUEST", "2.0")
    (attendee,) = event.attendee_list
    assert attendee.value == "mailto:ada@example.org"
    assert attendee.params == {
        "CN": ["Ada 'Countess' Lovelace; née Byron"],
        "PARTSTAT": ["NEEDS-ACTION"],
        "RSVP": ["TRUE"],
    }
    assert event.organizer.value == "mailto:group@example.org"
    assert event.organizer.params == {"CN": ["Riverside Voices"]}
    assert (event.uid.value, event.sequence.value) == (f"{ID}@ring.example.org", "1")
    assert event.dtstamp.value == NOW
    assert event.status.value == "CONFIRMED"
    assert event.url.value == MEETING.link
    assert event.contact.value == "Jo Bell, +441632960001"
    assert event.description.value == (
        "Join online: https://meet.example.org/a?b=1\n\n"
        "Join by phone: 01632 960002, then 4711\n\n"
        "Getting in and taking part: Step-free; hearing loop. Ask Jo for an interpreter.\n\n"
        "What we will talk about:\n1. Hello\n2. The café\n\n"
        "Who to ask: Jo Bell, +441632960001"
    )
    assert event.valarm.action.value == "DISPLAY"
    assert event.valarm.trigger.value == timedelta(days=-1)
    assert event.valarm.description.value == "Planning meeting"


def test_each_person_gets_their_own_name_in_the_same_entry() -> None:
    entry = invitation(MEETING, ORGANIZER, NOW)
    ada, joe = entry.to("Ada", "ada@example.org"), entry.to("Joe", "joe@example.org")
    assert ada.replace(b"CN=Ada", b"CN=Joe").replace(b"ada@", b"joe@") == joe
    assert b"ada@" not in joe


@pytest.mark.parametrize(
    ("address", "uri"),
    [("o'neil+x_y@example.org", "o'neil+x_y@example.org"), ("50%?a&b@example.org", "50%25%3Fa%26b@example.org")],
)
def test_an_address_stands_in_a_mailto_address_as_rfc_6068_says(address: str, uri: str) -> None:
    event = read(invitation(MEETING, ORGANIZER, NOW).to("Ada", address)).vevent
    assert event.attendee.value == f"mailto:{uri}"


def test_a_change_is_the_same_entry_with_a_higher_number() -> None:
    moved = replace(MEETING, starts=datetime.fromisoformat("2027-04-06 18:30"), version=2)
    first, second = (
        read(invitation(one, ORGANIZER, NOW).to("Ada", "a@example.org")).vevent for one in (MEETING, moved)
    )
    assert first.uid.value == second.uid.value
    assert int(first.sequence.value) < int(second.sequence.value)
    assert at(second.dtstart.value) == moved.starts_at


def test_a_cancellation_is_the_same_entry_with_a_higher_number() -> None:
    called_off = replace(MEETING, version=2, state=MeetingState.CANCELLED, why="The hall is flooded.")
    entry = cancellation(called_off, ORGANIZER, NOW)
    calendar = read(entry.to("Ada", "ada@example.org"))
    event = calendar.vevent
    invited = read(invitation(MEETING, ORGANIZER, NOW).to("Ada", "ada@example.org")).vevent
    assert entry.method is Method.CANCEL
    assert (calendar.method.value, event.status.value) == ("CANCEL", "CANCELLED")
    assert (event.uid.value, event.organizer.value) == (invited.uid.value, invited.organizer.value)
    assert int(event.sequence.value) > int(invited.sequence.value)
    assert event.summary.value == "Planning meeting"
    assert event.description.value.startswith("This meeting is cancelled. The hall is flooded.\n\n")
    assert event.attendee.params == {"CN": ["Ada"]}
    assert "valarm" not in event.contents  # RFC 5546 3.2.5


def test_another_parser_reads_an_invitation_and_its_cancellation() -> None:
    called_off = replace(MEETING, version=2, state=MeetingState.CANCELLED)
    texts = [
        invitation(MEETING, ORGANIZER, NOW).to("Zoë; Ada", "ada@example.org"),
        cancellation(called_off, ORGANIZER, NOW).to("Zoë; Ada", "ada@example.org"),
    ]
    (asked,), (cancelled,) = read_by_icaljs(texts)
    assert [one["method"] for one in (asked, cancelled)] == ["REQUEST", "CANCEL"]
    assert [one["status"] for one in (asked, cancelled)] == ["CONFIRMED", "CANCELLED"]
    assert asked["uid"] == cancelled["uid"] == uid(ID, "ring.example.org")
    assert (asked["sequence"], cancelled["sequence"]) == (1, 2)
    assert asked["attendees"] == cancelled["attendees"] == [["Zoë; Ada", "mailto:ada@example.org"]]


def test_a_file_for_anybody_names_nobody_who_is_invited() -> None:
    calendar = read(publish(MEETING, ORGANIZER, NOW))
    assert calendar.method.value == "PUBLISH"
    assert "attendee" not in calendar.vevent.contents


def test_a_group_without_an_address_publishes_without_an_organiser_and_invites_nobody() -> None:
    nobody = Organizer(GROUP, "", "ring.example.org")
    calendar = read(publish(MEETING, nobody, NOW))
    assert "method" not in calendar.contents
    assert "organizer" not in calendar.vevent.contents
    for make in (invitation, cancellation):
        with pytest.raises(ValueError, match="an address"):
            make(MEETING, nobody, NOW)


def test_a_feed_says_whose_it_is_how_often_to_ask_and_what_is_cancelled() -> None:
    called_off = replace(MEETING, id="2", version=2, state=MeetingState.CANCELLED)
    calendar = read(feed([MEETING, called_off], ORGANIZER, NOW))
    assert calendar.contents["x-wr-calname"][0].value == calendar.contents["name"][0].value == "Riverside Voices"
    assert calendar.contents["refresh-interval"][0].value == calendar.contents["x-published-ttl"][0].value == "PT1H"
    assert [one.status.value for one in calendar.vevent_list] == ["CONFIRMED", "CANCELLED"]
    assert [one.summary.value for one in calendar.vevent_list] == ["Planning meeting", "Cancelled: Planning meeting"]


def test_a_feed_may_be_empty() -> None:
    assert "vevent" not in read(feed([], ORGANIZER, NOW)).contents


def test_a_link_that_is_no_web_address_stands_only_in_the_words() -> None:
    event = read(publish(replace(MEETING, link="ask Jo for it", place=""), ORGANIZER, NOW)).vevent
    assert "url" not in event.contents
    assert event.location.value == "ask Jo for it"


def test_the_library_is_loaded_only_when_an_entry_is_made() -> None:
    code = "import sys, core.ical, channels.mail; sys.exit('icalendar' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0
