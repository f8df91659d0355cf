from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlmodel import select

from core.meetings import MeetingState
from core.people import RouteState, Status
from store import notices
from store import people as people_on_file
from store.database import Session
from store.tables import InboxItem, Meeting, MeetingAnswer, Notice, Person, Route
from tests.store.meetings import change
from tests.store.people import CHANNELS, NOON, TODAY, add_person, deliveries, plan
from tests.web.conftest import PUBLIC, Open, words
from tests.web.people import LINKS, guest, meeting, person_of

PAGES = ("", "/hear", "/words", "/pause", "/data")


async def answers(site: Open) -> list[tuple[str, str]]:
    def read(session: Session) -> list[tuple[str, str]]:
        rows = session.exec(select(Person.name, MeetingAnswer.value).join(MeetingAnswer).order_by(MeetingAnswer.id))  # type: ignore[arg-type]
        return [(name, value) for name, value in rows]

    return await site.desk.database.read(read)


async def routes_of(site: Open, person: str) -> list[tuple[str, str]]:
    card = await site.desk.database.read(people_on_file.person_card, person)
    return [(one.channel, one.state) for one in card.routes]


async def test_somebody_answers_a_meeting_changes_their_mind_and_sees_what_they_said(site: Open) -> None:
    uid = await meeting(site, title="Spring meeting", access="Step-free", agenda="The bus")
    ann = await guest(site)
    shown = words((await site.client.get(ann.visit)).text)
    for part in (
        "Hello Ann Carter",
        "Spring meeting",
        "Monday 16 March 2026 at 2pm",
        "The library",
        "Step-free",
        "The bus",
    ):
        assert part in shown
    assert await answers(site) == []
    answer = await site.client.post(f"{ann.visit}/answer", data={"meeting": uid, "answer": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ann.visit}?done=yes")
    shown = words((await site.client.get(answer.headers["location"])).text)
    assert "Thank you. You said yes." in shown
    assert "You said yes. You can change this." in shown
    await site.client.post(f"{ann.visit}/answer", data={"meeting": uid, "answer": "no"})
    assert await answers(site) == [("Ann Carter", "yes"), ("Ann Carter", "no")]
    assert "You said no." in words((await site.client.get(ann.visit)).text)


async def test_looking_changes_nothing_whatever_stands_in_the_address(site: Open) -> None:
    uid = await meeting(site)
    ann = await guest(site, "Ann Carter", "email", "sms")
    before = await site.desk.database.read_version()
    for path in PAGES:
        for query in ("", "?done=yes", f"?answer=yes&meeting={uid}", f"?stop={ann.route}", "?do=stop"):
            assert (await site.client.get(f"{ann.visit}{path}{query}")).status_code == 200
    for path in ("/answer", "/call", "/download", "/erase", "/links"):
        assert (await site.client.get(f"{ann.visit}{path}")).status_code in (404, 405)
    assert await answers(site) == []
    assert await site.desk.database.read_version() == before


async def test_an_answer_to_somebody_elses_meeting_or_one_that_is_over_is_refused(site: Open) -> None:
    def join(session: Session) -> None:
        add_person(session, "Joe Dean", "sms", groups=["Carers"])

    await site.desk.database.write(join)
    carers = await meeting(site, group="Carers", title="Carers only")
    over = await meeting(site, NOON - timedelta(days=1), title="Long ago")
    ann = await guest(site)
    shown = words((await site.client.get(ann.visit)).text)
    assert "Carers only" not in shown
    assert "Long ago" not in shown
    for uid in (carers, over, "nonsense", ""):
        refused = await site.client.post(f"{ann.visit}/answer", data={"meeting": uid, "answer": "yes"})
        assert refused.status_code == 403
        assert "not one of yours" in words(refused.text)
        assert "Sam Lee" in refused.text
    wrong = await site.client.post(f"{ann.visit}/answer", data={"meeting": carers, "answer": "perhaps"})
    assert wrong.status_code == 400
    assert await answers(site) == []


async def test_a_cancelled_meeting_says_so_and_asks_nothing(site: Open) -> None:
    uid = await meeting(site)
    ann = await guest(site)

    def call_off(session: Session) -> None:
        row = session.exec(select(Meeting).where(Meeting.uid == uid)).one()
        change(session, row, NOON, state=MeetingState.CANCELLED, why="The hall is flooded.")

    await site.desk.database.write(call_off)
    shown = words((await site.client.get(ann.visit)).text)
    assert "This meeting is cancelled. The hall is flooded." in shown
    assert "Are you coming?" not in shown
    refused = await site.client.post(f"{ann.visit}/answer", data={"meeting": uid, "answer": "yes"})
    assert refused.status_code == 400


async def test_a_meeting_elsewhere_is_shown_on_both_clocks(site: Open) -> None:
    await meeting(site, zone="America/New_York")
    ann = await guest(site, timezone="Europe/London")
    shown = words((await site.client.get(ann.visit)).text)
    assert "the time in New York" in shown
    assert "On your clock:" in shown


async def test_somebody_puts_another_way_first_stops_one_and_starts_it_again(site: Open) -> None:
    ann = await guest(
        site, "Ann Carter", "email", "sms", addresses={"sms": "+447700900123", "email": "ann@example.org"}
    )
    shown = await site.client.get(f"{ann.visit}/hear")
    assert "the number that ends in 123" in words(shown.text)
    assert "an…@example.org" in words(shown.text)
    assert "+447700900123" not in shown.text
    [first] = re.findall(r'name="first" value="([^"]+)"', shown.text)
    await site.client.post(f"{ann.visit}/hear", data={"first": first})
    assert await routes_of(site, ann.person) == [("sms", "active"), ("email", "active")]
    await site.client.post(f"{ann.visit}/hear", data={"stop": first})
    assert await routes_of(site, ann.person) == [("sms", RouteState.STOPPED), ("email", "active")]
    assert "Stopped: we do not use it." in words((await site.client.get(f"{ann.visit}/hear")).text)
    await site.client.post(f"{ann.visit}/hear", data={"start": first})
    assert await routes_of(site, ann.person) == [("sms", "active"), ("email", "active")]


async def test_nobody_touches_a_route_of_somebody_else(site: Open) -> None:
    ann = await guest(site)
    joe = await guest(site, "Joe Dean", "sms")
    for field in ("first", "stop", "start"):
        refused = await site.client.post(f"{ann.visit}/hear", data={field: joe.route})
        assert refused.status_code == 400
    assert await routes_of(site, joe.person) == [("sms", "active")]


async def test_language_and_format_are_kept_and_the_page_speaks_the_language(site: Open) -> None:
    ann = await guest(site)
    await site.client.post(f"{ann.visit}/words", data={"language": "cy", "format": "easy_read"})
    kept = await person_of(site, ann)
    assert (kept.language, kept.format) == ("cy", "easy_read")
    assert '<html lang="cy"' in (await site.client.get(ann.visit)).text
    await site.client.post(f"{ann.visit}/words", data={"language": "other", "other": "pt-br", "format": "standard"})
    kept = await person_of(site, ann)
    assert (kept.language, kept.format) == ("pt-BR", "")
    wrong = await site.client.post(
        f"{ann.visit}/words", data={"language": "other", "other": "Elvish <b>", "format": "audio"}
    )
    assert wrong.status_code == 400
    assert "We do not know this language" in words(wrong.text)
    assert 'aria-describedby="other-error"' in wrong.text
    assert "Elvish &lt;b&gt;" in wrong.text
    assert (await person_of(site, ann)).language == "pt-BR"


async def test_a_pause_until_a_day_and_its_end(site: Open) -> None:
    ann = await guest(site)
    wrong = await site.client.post(f"{ann.visit}/pause", data={"do": "pause", "until": "2026-03-02"})
    assert wrong.status_code == 400
    assert "Choose a day after today." in words(wrong.text)
    assert 'aria-invalid="true"' in wrong.text
    await site.client.post(f"{ann.visit}/pause", data={"do": "pause", "until": "2026-04-01"})
    assert (await person_of(site, ann)).status == Status.PAUSED
    assert "You hear nothing from us until Wednesday 1 April 2026." in words((await site.client.get(ann.visit)).text)
    await site.client.post(f"{ann.visit}/pause", data={"do": "unpause"})
    assert (await person_of(site, ann)).status == Status.ACTIVE


async def test_everything_stops_and_starts_again(site: Open) -> None:
    ann = await guest(site, "Ann Carter", "email", "phone")
    await site.client.post(f"{ann.visit}/pause", data={"do": "stop"})
    assert (await person_of(site, ann)).stopped_at == NOON
    assert "You have stopped all messages from us." in words((await site.client.get(ann.visit)).text)
    await site.client.post(f"{ann.visit}/pause", data={"do": "start"})
    assert (await person_of(site, ann)).stopped_at is None


async def test_ring_me_is_asked_once_however_often_it_is_pressed(site: Open) -> None:
    ann = await guest(site, "Ann Carter", "email", "phone")
    for _ in range(3):
        answer = await site.client.post(f"{ann.visit}/call", data={"x": ""})
        assert answer.headers["location"].endswith("?done=call")
    asked = await site.desk.database.read(lambda session: len(session.exec(select(InboxItem)).all()))
    assert asked == 1


async def test_the_data_is_handed_out_to_its_owner_and_erased_once_they_write_the_word(site: Open) -> None:
    ann = await guest(site, "Ann Carter", "email", addresses={"email": "ann@example.org"})
    got = await site.client.post(f"{ann.visit}/download", data={"x": ""})
    assert got.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert got.headers["cache-control"] == "no-store"
    assert "ann@example.org" in json.dumps(got.json())
    wrong = await site.client.post(f"{ann.visit}/erase", data={"word": "yes"})
    assert wrong.status_code == 400
    assert "write the word ERASE" in words(wrong.text)
    assert (await person_of(site, ann)).name == "Ann Carter"
    gone = await site.client.post(f"{ann.visit}/erase", data={"word": " erase "})
    assert gone.status_code == 200
    assert "Your data is erased" in words(gone.text)
    assert (await person_of(site, ann)).status == Status.ERASED
    assert (await site.client.get(ann.visit)).status_code == 410


async def test_on_a_shared_phone_the_data_is_neither_shown_nor_erased(site: Open) -> None:
    ann = await guest(site, "Ann Carter", "sms", held_by="her daughter")
    assert "Download my data" not in (await site.client.get(f"{ann.visit}/data")).text
    for path, fields in (("/download", {"x": ""}), ("/erase", {"word": "ERASE"})):
        refused = await site.client.post(f"{ann.visit}{path}", data=fields)
        assert refused.status_code == 403
        assert "Ring us" in words(refused.text)
    assert (await person_of(site, ann)).status == Status.ACTIVE


async def test_new_links_end_the_old_ones_also_those_of_the_calendar(site: Open) -> None:
    uid = await meeting(site)
    ann = await guest(site)
    site.clock.step(timedelta(hours=1))
    feed = ann.feed
    assert (await site.client.get(feed)).status_code == 200
    renewed = await site.client.post(f"{ann.visit}/links", data={"x": ""})
    assert "Your old links have ended" in words(renewed.text)
    for path in (*(ann.visit + one for one in PAGES), feed, ann.meeting(uid)):
        assert (await site.client.get(path)).status_code == 410
    assert (await site.client.post(f"{ann.visit}/answer", data={"meeting": uid, "answer": "yes"})).status_code == 410
    told = await site.desk.database.read(
        lambda session: [one.subject for one in session.exec(select(Notice)) if one.person_id]
    )
    assert told == ["Your new link"]
    site.clock.step(timedelta(hours=1))
    newer = await guest_again(site, ann.person)
    shown = await site.client.get(newer)
    assert shown.status_code == 200
    [feed] = re.findall(r'readonly value="https://group.example.org(/feed/[^"]+)"', shown.text)
    assert (await site.client.get(feed)).status_code == 200


async def guest_again(site: Open, person: str) -> str:
    """A newer message to somebody, made at the site's present time; gives its link."""

    def put(session: Session) -> str:
        published = notices.publish(session, plan("newer"), CHANNELS, TODAY, site.clock.now())
        route = session.exec(select(Route).join(Person).where(Person.uid == person)).one()
        return next(
            one.uid for one in deliveries(session, session.get_one(Notice, published.id)) if one.route_id == route.id
        )

    return LINKS.visit(await site.desk.database.write(put)).removeprefix(PUBLIC)


async def test_a_link_opens_its_pages_for_ninety_days_and_stops_messages_for_ever(site: Open) -> None:
    ann = await guest(site)
    site.clock.step(timedelta(days=90))
    assert (await site.client.get(ann.visit)).status_code == 200
    site.clock.step(timedelta(seconds=1))
    ended = await site.client.get(ann.visit)
    assert ended.status_code == 410
    assert "This link has ended" in words(ended.text)
    assert "01632 960123" in ended.text
    assert (await site.client.get(ann.stop)).status_code == 200


@pytest.mark.parametrize("status", [Status.DIED])
async def test_the_link_of_somebody_who_died_opens_nothing(site: Open, status: Status) -> None:
    ann = await guest(site)

    def mark(session: Session) -> None:
        people_on_file.set_status(session, people_on_file.person_by_uid(session, ann.person), status, None, NOON)

    await site.desk.database.write(mark)
    assert (await site.client.get(ann.visit)).status_code == 410
    assert (await site.client.get(ann.feed)).status_code == 410


async def test_an_altered_link_or_one_for_another_purpose_is_unknown(site: Open) -> None:
    ann = await guest(site)
    joe = await guest(site, "Joe Dean", "sms")
    token = ann.visit.removeprefix("/visit/")
    other = joe.visit.removeprefix("/visit/")
    mixed = f"{other.rpartition('.')[0]}.{token.rpartition('.')[2]}"
    stop = ann.stop.removeprefix("/stop/")
    for wrong in (token[:-1], token + "x", mixed, stop, "x", "%00", "é", "a" * 5000, token.upper()):
        answer = await site.client.get(f"/visit/{wrong}")
        assert answer.status_code == 404, wrong
        assert "Traceback" not in answer.text
    assert (await site.client.get(f"/visit/{token}/nothing")).status_code == 404


async def test_what_others_wrote_is_shown_as_text_and_never_as_markup(site: Open) -> None:
    script = "<script>alert(1)</script>\"'{{7*7}}"
    await meeting(site, title=script, place=script, access=script, agenda=script, link='https://x.example/"><script>')
    ann = await guest(site, script)
    for path in PAGES:
        text = (await site.client.get(ann.visit + path)).text
        assert "<script" not in text
        assert "49" not in words(text)
    assert "&lt;script&gt;alert(1)" in (await site.client.get(ann.visit)).text


async def test_a_page_for_somebody_who_reads_welsh_speaks_it_in_its_errors_too(site: Open) -> None:
    ann = await guest(site, language="cy")
    shown = await site.client.post(f"{ann.visit}/answer", data={"meeting": "x", "answer": "yes"})
    assert shown.status_code == 403
    assert '<html lang="cy"' in shown.text
