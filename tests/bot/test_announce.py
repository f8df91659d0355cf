from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.people import Role
from tests.bot.crowd import TEXT, crowd, notices, result, told
from tests.bot.town import ChatTown, chat_town

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
async def town(folder: Path) -> AsyncIterator[ChatTown]:
    """What is sent leaves at once."""
    async with chat_town(folder, RINGROUND_CHAT__UNDO="PT0S") as built:
        yield built


async def test_three_steps_tell_forty_people_on_four_channels(town: ChatTown) -> None:
    sam = crowd(town, 40)
    assert "What should people know?" in await town.says(sam, "/announce")
    preview = await town.says(sam, TEXT)
    assert "To 40 people, everybody on file" in preview
    assert "10 by e-mail" in preview
    assert "10 by text message: 10 parts, about £0.40" in preview
    assert "9 by a phone call: about 27 minutes of calling" in preview
    assert not told(town)
    assert "Being sent to 40 people" in await town.presses(sam, "Send")
    ended = await result(town, sam)
    assert "Sent to 31 people. Nobody can say yet whether it has arrived. 9 to ring." in ended
    await town.calm()
    assert len(told(town)) == 31


async def test_two_steps_where_the_text_stands_behind_the_command(town: ChatTown) -> None:
    sam = crowd(town, 3)
    assert "Preview. Nothing has been sent yet." in await town.says(sam, f"/announce {TEXT}")
    assert town.last(sam).buttons == [
        *("Send", "Who", "When", "Text for phones", "Picture or file", "Change text", "Cancel")
    ]


async def test_typed_words_work_like_the_buttons(town: ChatTown) -> None:
    sam = crowd(town, 4)
    town.person("Ann Carter", "email", email="ann@example.org", groups=["Carers"])
    await town.says(sam, f"/announce {TEXT}")
    assert "When should it leave?" in await town.says(sam, "when")
    assert "Preview" in await town.says(sam, "back")
    assert "Who is it for?" in await town.says(sam, "Who")
    assert "Preview" in await town.says(sam, "everybody on file")
    assert "shorter text" in await town.says(sam, "text for phones")
    assert "Preview" in await town.says(sam, "Back!")
    assert "Send the picture" in await town.says(sam, "picture or file")
    assert "Preview" in await town.says(sam, "back")
    assert "Write the new text" in await town.says(sam, "change text")
    assert "We meet on Friday." in await town.says(sam, "We meet on Friday.")
    assert "Being sent" in await town.says(sam, " send ")
    await result(town, sam)
    await town.calm()
    assert len(told(town, "Friday")) == 5


async def test_cancel_sends_nothing(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, f"/announce {TEXT}")
    assert await town.presses(sam, "Cancel") == "Nothing was sent."
    assert "This draft is over, and nothing was sent." in await town.says(sam, "/announce") + await _old_send(town, sam)
    assert notices(town) == []


async def _old_send(town: ChatTown, chat: int) -> str:
    """Presses Send below a preview that is gone."""
    first = town.shown(chat)[0]
    return await town.presses_late(chat, "an:send:0123456789abcdef0123456789abcdef", first.id)


async def test_a_text_too_long_gets_a_sentence_and_the_conversation_stays(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, "/announce")
    answer = await town.says(sam, "word " * 800)
    assert "characters" in answer or "too long" in answer
    assert "Preview" in await town.says(sam, TEXT)


async def test_the_preview_follows_when_the_text_is_edited(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, "/announce")
    message = town.world.telegram_people.writes(sam, TEXT)
    await town.dealt_with()
    preview = town.last(sam)
    changed = await town.edits(sam, message, "Our meeting is in the town hall.")
    assert "town hall" in changed
    assert town.last(sam).id == preview.id
    await town.presses(sam, "Send")
    await result(town, sam)
    assert len(told(town, "town hall")) == 3


async def test_only_a_group_is_told(town: ChatTown) -> None:
    sam = crowd(town, 2)
    town.person("Ann Carter", "email", email="ann@example.org", groups=["Carers"])
    await town.says(sam, f"/announce {TEXT}")
    await town.presses(sam, "Who")
    assert "To 1 person in Carers" in await town.presses(sam, "Carers, 1 person")
    await town.presses(sam, "Send")
    await result(town, sam)
    assert [one.to for one in told(town)] == ["ann@example.org"]


async def test_many_groups_are_paged_and_a_typed_name_finds_one(town: ChatTown) -> None:
    sam = crowd(town, 2)
    for number in range(20):
        town.person(f"Member {number}", "email", groups=[f"Group {number:02}"])
    await town.says(sam, f"/announce {TEXT}")
    await town.presses(sam, "Who")
    assert "Group 08, 1 person" not in town.last(sam).buttons
    await town.presses(sam, "More groups")
    assert "Group 08, 1 person" in town.last(sam).buttons
    assert "There is no group with that name" in await town.says(sam, "the moon")
    assert "Which one: Group 00, Group 01" in await town.says(sam, "group 0")
    assert "To 1 person in Group 19" in await town.says(sam, "group 19")


async def test_phones_get_their_own_shorter_text(town: ChatTown) -> None:
    sam = crowd(town, 4)
    await town.says(sam, f"/announce {TEXT}")
    await town.presses(sam, "Text for phones")
    assert "By text message it says: Tuesday: library." in await town.says(sam, "Tuesday: library.")
    await town.presses(sam, "Send")
    await result(town, sam)
    (text,) = town.world.messages("sms")
    assert "Tuesday: library." in text.text
    assert TEXT not in text.text


async def test_a_picture_needs_words_that_say_what_it_shows(town: ChatTown) -> None:
    sam = crowd(town, 4)
    await town.says(sam, f"/announce {TEXT}")
    await town.presses(sam, "Picture or file")
    assert "What does the picture show?" in await town.sends(sam, "map.png", PNG, "image/png")
    assert "It shows: A map of the way" in await town.says(sam, "A map of the way from the station.")
    await town.presses(sam, "Send")
    await result(town, sam)
    await town.calm()
    assert all("A map of the way from the station" in one.text for one in town.world.messages("sms"))
    person = next(one for one in told(town) if one.channel == "telegram" and one.to != str(sam))
    assert town.shown(int(person.to))[0].file == PNG


async def test_a_document_may_come_with_its_words(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, f"/announce {TEXT}")
    shown = await town.sends(sam, "plan.pdf", PDF, "application/pdf", "The plan for the year")
    assert "With it goes a document, plan.pdf. It is about: The plan for the year" in shown
    await town.presses(sam, "Picture or file")
    assert "With it goes" not in await town.presses(sam, "Leave it out")


async def test_a_file_of_another_kind_is_refused_and_the_draft_stays(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, f"/announce {TEXT}")
    answer = await town.sends(sam, "run.exe", b"MZ\x00\x01", "application/octet-stream")
    assert "This kind of file can't go along with a notice" in answer
    assert "Being sent" in await town.presses(sam, "Send")


async def test_it_leaves_at_the_time_that_was_written(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, f"/announce {TEXT}")
    await town.presses(sam, "When")
    assert "past" in await town.says(sam, "1 January 2020 at 10am")
    assert "It leaves on Tuesday 3 March at 2pm." in await town.says(sam, "tomorrow at 2pm")
    planned = await town.presses(sam, "Send")
    assert "It leaves on Tuesday 3 March at 2pm. It is for 3 people." in planned
    assert not told(town)
    from tests.journeys.town import london

    town.clock.move(london("2026-03-03 14:00"))
    await town.calm()
    assert len(told(town)) == 3


async def test_who_needs_another_language_or_has_no_way_is_named_and_one_chooses(town: ChatTown) -> None:
    sam = crowd(town, 2)
    town.person("Li Wei", "email", email="li@example.org", language="zh")
    town.person("Nan Shaw")
    preview = await town.says(sam, f"/announce {TEXT}")
    assert "No way to reach them: Nan Shaw. Somebody has to see to them." in preview
    assert "Another language is needed: Li Wei. Somebody tells them." in preview
    assert "They get it as it is." in await town.presses(sam, "Send it to them as it is")
    await town.presses(sam, "Send")
    await result(town, sam)
    await town.calm()
    assert "li@example.org" in [one.to for one in told(town)]


async def test_quiet_hours_and_a_rehearsal_are_announced_before_anything_leaves(folder: Path) -> None:
    settings = {"RINGROUND_QUIET__START": "21:00", "RINGROUND_QUIET__END": "08:00", "RINGROUND_LIVE": "false"}
    async with chat_town(folder, "2026-03-02 22:00", **settings) as town:
        sam = crowd(town, 4)
        preview = await town.says(sam, f"/announce {TEXT}")
        assert "This is a rehearsal: only staff are really sent to." in preview
        assert "Quiet hours: 4 messages wait until Tuesday 3 March at 8am." in preview
        assert "It leaves 60 seconds after Send; until then you can undo it." in preview


async def test_dear_characters_and_hard_words_are_pointed_out(town: ChatTown) -> None:
    sam = crowd(town, 3)
    preview = await town.says(sam, "/announce Croeso i’r tŷ. We will commence at noon.")
    assert "These characters make some texts dearer, because fewer fit into each: ŷ" in preview
    assert "commence" in preview


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CALLER])
@pytest.mark.parametrize("command", ["announce", "pause", "resume"])
async def test_only_coordinators_tell_people_something(town: ChatTown, role: Role, command: str) -> None:
    vi = town.staff("Vi Poole", role)
    assert "Only a coordinator may" in await town.says(vi, f"/{command}")


async def test_participants_and_strangers_find_no_such_command(town: ChatTown) -> None:
    ann, eve = town.person("Ann Carter", "telegram"), town.stranger("Eve")
    assert "I do not know /announce" in await town.says(ann, "/announce Hello")
    await town.says(eve, "/announce Hello")
    assert notices(town) == []


async def test_a_role_that_was_taken_away_counts_at_the_next_press(town: ChatTown) -> None:
    sam = crowd(town, 3)
    await town.says(sam, f"/announce {TEXT}")
    from actions import staff

    with town.database.writing() as session:
        staff.add(
            session,
            town.actor("Sam Lee").__class__("terminal", Role.ADMIN),
            town.uid("Sam Lee"),
            Role.VIEWER,
            town.clock.now(),
        )
    assert "Only a coordinator may send notices" in await town.presses(sam, "Send")
    assert notices(town) == []
