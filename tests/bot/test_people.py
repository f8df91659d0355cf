from __future__ import annotations

import io

from actions import people
from core.people import Role
from core.roles import TERMINAL
from core.sheets import Table, write_sheet
from store.people import PersonCard
from tests.bot.town import ChatTown


async def card_of(town: ChatTown, name: str) -> PersonCard:
    """All that is on file about somebody."""
    (one,) = await town.database.read(people.listing, TERMINAL, query=name)
    return await town.database.read(people.show, TERMINAL, one.id)


async def test_somebody_is_found_by_a_part_of_the_name(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email", "phone", email="ann@example.org", phone="+441632960111", support="Speak slowly")
    town.person("Joanne Poole", "email")
    assert "Who is it? Write a part of the name." in await town.says(sam, "/people")
    assert "at least two letters" in await town.says(sam, "a")
    assert "Nobody on file has “zz” in the name." in await town.says(sam, "zz")
    assert "Choose, or write another part" in await town.says(sam, "ann")
    assert town.last(sam).buttons == ["Ann Carter", "Joanne Poole", "Add somebody"]
    card = await town.says(sam, "ann carter")
    for line in (
        "Ann Carter\nIn the group",
        "1. by e-mail, ann@example.org",
        "2. by a phone call, 01632 960111",
        "What helps them: Speak slowly",
        "They were told nothing yet.",
    ):
        assert line in card
    assert "Joanne Poole" in await town.says(sam, "/people poole")


async def test_each_role_sees_what_it_may(town: ChatTown) -> None:
    vi, cal = town.staff("Vi Poole", Role.VIEWER), town.staff("Cal Roe", Role.CALLER)
    ann = town.person("Ann Carter", "telegram", "phone", phone="+441632960111")
    assert await town.says(vi, "/people carter") == "Ann Carter: by Telegram, by a phone call."
    assert "01632 960111" in await town.says(cal, "/people carter")
    assert town.last(cal).buttons == ["Find somebody else"]
    uid = (await card_of(town, "Ann Carter")).person.id
    for chat in (vi, cal):
        assert "Add somebody" not in "".join((await town.says(chat, "/people"), *town.last(chat).buttons))
    message = town.last(cal).id
    assert "Only a coordinator may" in await town.presses_late(cal, f"pp:mark:{uid}:died", message)
    assert "Only a coordinator may" in await town.presses_late(cal, "pp:sheet:", message)
    assert "I do not know /people" in await town.says(ann, "/people")
    assert (await card_of(town, "Ann Carter")).person.status == "active"


async def test_somebody_is_put_on_file_step_by_step(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/people")
    assert "whole name" in await town.presses(sam, "Add somebody")
    assert "I need a name" in await town.says(sam, "   ") or "whole name" in town.last(sam).text
    assert "How does <b>Ann</b> O'Carter like to be told?" in await town.says(sam, "<b>Ann</b> O'Carter")
    assert "Please press one of the buttons" in await town.says(sam, "by pigeon")
    assert "Write the mobile number" in await town.presses(sam, "Text message")
    assert "This is not a phone number" in await town.says(sam, "no number")
    assert "can't take text messages" in await town.says(sam, "01632 960111")
    await town.restart()
    assert "Noted: by text message, 07700 900123." in await town.says(sam, "07700 900123")
    assert town.last(sam).buttons == ["E-mail", "Phone call", "That is all"]
    await town.says(sam, "e-mail")
    assert "This is not an e-mail address" in await town.says(sam, "ann at example")
    await town.says(sam, "ann@example.org")
    assert "Only if they have said so." in await town.says(sam, "that is all")
    back = await town.says(sam, "yes, they agreed to that")
    assert "Nobody is on file yet." in back
    assert "Way: by text message, 07700 900123\nWay: by e-mail, ann@example.org\nEvents and offers: yes" in back
    last = town.last(sam)
    assert "<b>Ann</b> O'Carter is on file." in await town.presses(sam, "Put on file")
    card = await card_of(town, "O'Carter")
    assert [(route.channel, route.address) for route in card.routes] == [
        ("sms", "+447700900123"),
        ("email", "ann@example.org"),
    ]
    assert all("told to staff" in route.consents[0] for route in card.routes)
    assert "This question is over" in await town.presses_late(sam, "pp:add::", last.id)


async def test_somebody_on_file_is_named_before_a_second_is_added(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email", email="ann@example.org")
    await town.says(sam, "/people")
    await town.says(sam, "Add somebody")
    assert "Already on file: Ann Carter." in await town.says(sam, "Ann Carter")
    await town.says(sam, "E-mail")
    await town.says(sam, "ann@example.org")
    await town.says(sam, "That is all")
    await town.says(sam, "No, or not asked")
    assert "This person is on file already" in await town.says(sam, "Put on file")
    assert "Nothing was changed." in await town.says(sam, "Leave it")


async def test_a_number_is_corrected_and_what_waits_goes_there(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "sms", sms="+447700900111", consent=["sms"])
    await town.says(sam, "/people carter")
    await town.presses(sam, "Correct or add a number or address")
    assert "It takes the place of: by text message, 07700 900111." in await town.says(
        sam, "by text message, 07700 900111"
    )
    assert "This is not a phone number" in await town.says(sam, "the other one")
    asked = await town.says(sam, "07700 900222")
    assert "For Ann Carter: no longer by text message, 07700 900111, but by text message, 07700 900222." in asked
    assert [route.address for route in (await card_of(town, "Carter")).routes] == ["+447700900111"]
    card = await town.presses(sam, "Yes, change it")
    assert "It is on file." in card
    assert "900111" not in card
    new = next(route for route in (await card_of(town, "Carter")).routes if route.state == "active")
    assert (new.address, len(new.consents)) == ("+447700900222", 1)


async def test_a_stop_at_the_new_address_stays(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "sms", sms="+447700900111")
    town.person("Joe Bell", "sms", sms="+447700900222")
    joe = (await card_of(town, "Joe Bell")).routes[0].id
    await town.database.write(people.stop_route, TERMINAL, joe, town.clock.now())
    await town.says(sam, "/people carter")
    await town.presses(sam, "Correct or add a number or address")
    await town.presses(sam, "by text message, 07700 900111")
    await town.says(sam, "07700900222")
    assert "Somebody at this address asked us to stop" in await town.says(sam, "yes, change it")
    assert {route.state for route in (await card_of(town, "Carter")).routes} == {"dead", "stopped"}
    await town.says(sam, "Correct or add a number or address")
    assert "stopped: asked us to stop" in await town.presses(sam, "by text message, 07700 900222")
    assert "It is used again." in await town.presses(sam, "Use it again")


async def test_one_more_way_and_the_preferred_one(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email", email="ann@example.org")
    await town.says(sam, "/people carter")
    for press in ("Correct or add a number or address", "One more way", "Phone call"):
        await town.presses(sam, press)
    await town.says(sam, "01632 960111")
    assert "2. by a phone call, 01632 960111" in await town.presses(sam, "Yes, change it")
    assert "How does Ann Carter like to be told first?" in await town.presses(sam, "Preferred way")
    assert "1. by a phone call, 01632 960111\n2. by e-mail" in await town.presses(sam, "by a phone call, 01632 960111")


async def test_a_pause_ends_on_a_day(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email")
    await town.says(sam, "/people carter")
    await town.presses(sam, "Pause")
    assert "I need a day that is still to come" in await town.says(sam, "when it suits")
    assert "I need a day that is still to come" in await town.says(sam, "yesterday")
    assert "Paused until Thursday 12 March 2026" in await town.says(sam, "until 12 March")
    assert "In the group" in await town.presses(sam, "End the pause")
    await town.presses(sam, "Pause")
    assert "Paused until Monday 16 March 2026" in await town.presses(sam, "Two weeks")


async def test_whoever_died_hears_nothing_more(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    ann = town.person("Ann Carter", "telegram")
    await town.says(sam, "/meeting new Tea")
    for answer in ("Tuesday 10 March 2pm", "1 hour", "Hall", "Skip the rest", "Put it in"):
        await town.says(sam, answer)
    await town.calm()
    told = len(town.shown(ann))
    await town.says(sam, "/people carter")
    assert "Invitation: Tea, by Telegram" in town.last(sam).text
    assert "stops at once" in await town.presses(sam, "Left or died")
    assert "they have died" in await town.presses(sam, "Ann Carter has died")
    await town.says(sam, "/meeting cancel")
    await town.says(sam, "No hall")
    await town.presses(sam, "Cancel the meeting")
    await town.calm()
    assert len(town.shown(ann)) == told
    await town.says(sam, "/people carter")
    assert "Died" in town.last(sam).text
    assert "They are in the group again." in await town.presses(sam, "That was a mistake")


async def test_a_personal_link_comes_as_a_picture_and_a_code(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email")
    await town.says(sam, "/people carter")
    said = await town.presses(sam, "Link into the chat")
    assert "https://t.me/" in said
    picture = town.last(sam).file
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    code = said.rpartition("the code ")[2].partition(" to @")[0]
    eve = town.stranger("Ann on Telegram")
    assert "Welcome, Ann Carter." in await town.says(eve, code)


async def test_a_list_is_looked_at_before_it_is_brought_in(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email", email="ann@example.org")
    await town.says(sam, "/people")
    assert "Send the list as an Excel or CSV file." in await town.presses(sam, "Send a list")
    assert town.last(sam).file is not None
    assert "Send the list as a file" in await town.says(sam, "here you are")
    sheet = write_sheet(
        "list.xlsx",
        Table("People", ["name", "email", "Car"], [["Ben Khan", "ben@example.org", "yes"], ["Cy", "cy@", ""]]),
    )
    said = await town.sends(sam, "list.xlsx", sheet, "application/octet-stream")
    assert "This is what list.xlsx would do. Nothing has been done yet.\n1 person new\n0 people changed" in said
    assert "Wrong, so these rows are left out:\n- row 3" in said
    assert await town.database.read(people.listing, TERMINAL, query="Khan") == []
    await town.restart()
    assert "Done.\n1 person new" in await town.says(sam, "Bring them in, without the wrong rows")
    assert (await card_of(town, "Khan")).routes[0].address == "ben@example.org"
    assert "This question is over" in await town.presses_late(sam, "pp:bring::", town.last(sam).id)


async def test_a_file_that_is_no_list_gets_a_helpful_sentence(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/people")
    await town.presses(sam, "Send a list")
    said = await town.sends(sam, "photo.xlsx", b"\x00\x01\x02", "application/octet-stream")
    assert said
    assert "not your fault" not in said
    assert "Nothing was changed." not in said
    csv = io.BytesIO(b"name,email\nBen Khan,ben@example.org\n").getvalue()
    await town.sends(sam, "list.csv", csv, "text/csv")
    assert "thrown away" in await town.presses(sam, "Leave it")
    assert await town.database.read(people.listing, TERMINAL, query="Khan") == []


async def test_many_people_are_shown_some_at_a_time(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    for number in range(12):
        town.person(f"Ann {number:02}", "email")
    await town.says(sam, "/people ann")
    assert town.last(sam).buttons[:8] == [f"Ann {number:02}" for number in range(8)]
    await town.presses(sam, "More")
    assert town.last(sam).buttons == ["Ann 08", "Ann 09", "Ann 10", "Ann 11", "Add somebody"]
