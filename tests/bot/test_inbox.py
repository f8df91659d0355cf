from __future__ import annotations

from core.people import Role
from tests.bot.town import ChatTown


async def test_an_answer_goes_out_by_the_persons_own_way(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    assert "Nothing waits" in await town.says(sam, "/inbox")
    await town.says(ann, "Is there a lift at <the library> & a ramp?")
    await town.calm()
    listed = await town.says(sam, "/inbox")
    assert "1 message waits." in listed
    assert "1. Ann Carter, by Telegram, Monday 2 March at 10am." in listed
    assert "They wrote: Is there a lift at <the library> & a ramp?" in listed
    assert "Nobody has it" not in listed
    await town.presses(sam, "Ann Carter: Is there a lift at <the …")
    assert town.last(sam).buttons == ["Answer", "I have it", "Done", "About them", "All messages"]
    assert "Write your answer to Ann Carter." in await town.presses(sam, "Answer")
    back = await town.says(sam, "Yes, there is a lift.")
    assert "To Ann Carter. Nothing has been sent yet." in back
    assert "Yes, there is a lift." not in town.last(ann).text
    assert "Your answer is on its way." in await town.presses(sam, "Send")
    await town.calm()
    assert "Yes, there is a lift." in town.last(ann).text
    assert "Nothing waits" in await town.says(sam, "/inbox")


async def test_nonsense_and_second_thoughts(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    await town.says(ann, "Is there a lift at the library?")
    await town.calm()
    await town.says(sam, "/inbox")
    await town.says(sam, town.last(sam).buttons[0])
    await town.says(sam, "answer")
    assert "The answer is too long" in await town.says(sam, "x" * 1501)
    assert "I need words here" in await town.sends(sam, "a.txt", b"words", "text/plain")
    await town.says(sam, "Yess")
    assert "Write your answer to" in await town.says(sam, "Write it anew")
    await town.restart()
    await town.says(sam, "Yes")
    await town.restart()
    assert "Nothing was sent." in await town.says(sam, "leave it")
    await town.calm()
    assert "Is there a lift" in await town.says(sam, "/inbox")


async def test_two_coordinators_at_once(town: ChatTown) -> None:
    sam, kim = town.staff("Sam Lee"), town.staff("Kim Roe")
    ann = town.person("Ann Carter", "telegram")
    await town.says(ann, "Is there a lift at the library?")
    await town.calm()
    for chat in (sam, kim):
        await town.says(chat, "/inbox")
        await town.presses(chat, town.last(chat).data[0])
        await town.presses(chat, "Answer")
    await town.says(sam, "Yes, there is.")
    await town.says(kim, "No, there is none.")
    await town.presses(sam, "Send")
    assert "Somebody has answered this meanwhile, so nothing was sent." in await town.presses(kim, "Send")
    await town.calm()
    assert "there is none" not in "".join(one.text for one in town.shown(ann))
    await town.says(kim, "There is also a ramp.")
    assert "Your answer is on its way." in await town.presses(kim, "Send")


async def test_distress_comes_with_its_buttons_and_stands_first(town: ChatTown) -> None:
    sam, kim = town.staff("Sam Lee"), town.staff("Kim Roe")
    ann, joe = town.person("Ann Carter", "telegram"), town.person("Joe Bell", "telegram")
    await town.says(joe, "Is there a lift at the library?")
    await town.says(ann, "I want to die")
    await town.calm()
    alert = next(one for one in town.shown(kim) if "may be in distress" in one.text)
    assert alert.buttons == ["I have it", "Answer"]
    listed = await town.says(sam, "/inbox")
    assert "2 messages wait, the urgent ones first." in listed
    assert listed.index("Ann Carter") < listed.index("Joe Bell")
    assert "Urgent: may be in distress. Nobody has it yet." in listed
    assert "You have it." in await town.presses(kim, "I have it", message=alert.id)
    assert "Kim Roe has it" in await town.presses(sam, town.last(sam).data[0])
    assert "I have it" not in town.last(sam).buttons
    assert "Nothing waits" not in await town.presses(kim, "Done")


async def test_done_needs_no_answer(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    await town.says(ann, "Thank you for the lovely tea on Sunday")
    await town.calm()
    await town.says(sam, "/inbox")
    await town.presses(sam, town.last(sam).data[0])
    assert "It is done." in await town.presses(sam, "Done")
    assert "Nothing waits" in await town.says(sam, "/inbox")


async def test_the_inbox_is_for_coordinators(town: ChatTown) -> None:
    cal, ann = town.staff("Cal Poe", Role.CALLER), town.person("Ann Carter", "telegram")
    assert "Only a coordinator may" in await town.says(cal, "/inbox")
    assert "I do not know /inbox" in await town.says(ann, "/inbox")
