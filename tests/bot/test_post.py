from __future__ import annotations

from bot.post import cut
from bot.turn import Button
from core.people import Role
from tests.bot.town import ChatTown

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def test_a_long_text_is_cut_between_lines_and_nothing_is_lost() -> None:
    lines = [f"{n}: Ann Carter was told by e-mail." for n in range(400)]
    parts = cut("\n".join(lines))
    assert len(parts) == 4
    assert all(len(part) <= 4096 for part in parts)
    assert "\n".join(parts).split("\n") == lines


def test_a_text_without_a_place_to_cut_is_cut_all_the_same() -> None:
    parts = cut("🌻" * 5000)
    assert "".join(parts) == "🌻" * 5000
    assert all(len(part.encode("utf-16-le")) <= 2 * 4096 for part in parts)
    assert cut("") == ["…"]


async def test_buttons_stand_below_the_last_part(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    sent = await town.door.post.send(str(sam), "word " * 2000, [[Button("Yes", "x:yes")]])
    shown = town.shown(sam)
    assert [one.buttons for one in shown] == [[], [], ["Yes"]]
    assert shown[-1].id == sent


async def test_nothing_in_a_text_is_formatting(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    text = "<b>Ann</b> & *Bob* _Cy_ [x](http://y) {first_name}"
    await town.door.post.send(str(sam), text)
    assert town.last(sam).text == text


async def test_a_picture_with_a_long_text_comes_before_it(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.door.post.send(str(sam), "short", picture=PNG)
    await town.door.post.send(str(sam), "long " * 300, document=("list.csv", b"a,b"))
    assert [(one.text[:5], one.file) for one in town.shown(sam)] == [("short", PNG), ("", b"a,b"), ("long ", None)]


async def test_an_edit_that_changes_nothing_is_fine_and_one_of_a_message_that_is_gone_says_so(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    post = town.door.post
    message = await post.send(str(sam), "1 of 2")
    assert await post.edit(str(sam), message, "2 of 2", last=True)
    assert await post.edit(str(sam), message, "2 of 2", last=True)
    assert town.last(sam).text == "2 of 2"
    assert not await post.edit(str(sam), 999, "3 of 2")
    assert not await post.edit(str(sam), 0, "3 of 2")


async def test_what_is_offered_by_the_way_does_not_change_what_words_mean_in_a_conversation(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.says(ada, "/staff")
    await town.presses(ada, "Add somebody")
    await town.says(ada, "Kim")
    await town.door.post.send(str(ada), "Somebody would like to join.", [[Button("Somebody new: Kim", "join:new")]])
    assert "What may Kim do?" in await town.says(ada, "somebody new: kim")


async def test_what_is_offered_by_the_way_can_be_typed_otherwise(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/help")
    await town.door.post.send(str(sam), "By the way", [[Button("Everybody", "gone:x"), Button("No", "gone:y")]])
    assert "over" in await town.says(sam, "everybody")
