"""/announce: the command, the text, *Send*. Nothing leaves before the preview was seen and *Send* was pressed."""

from __future__ import annotations

from uuid import uuid4

from actions import announcing
from actions.announcing import Agree, Written
from actions.notice_preview import Preview
from actions.notices import Draft, Like
from bot import agreeing, details, progress
from bot.preview import like_words, page
from bot.turn import Button, Chapter, Command, Rows, Turn
from core.content import make_content
from core.notices import Whom
from core.people import Role
from core.speech import Phrase, Speech

TALK = "announce"


async def _announce(turn: Turn) -> None:
    await begin(turn, Written(uuid4().hex))


async def begin(turn: Turn, written: Written) -> None:
    """Starts a notice: asks for its text, or takes what stands behind the command."""
    turn.begin(TALK, "text", **written.to_json())
    if turn.command and turn.argument:
        await _take_text(turn, written, turn.argument)
    else:
        await _ask_text(turn)


async def _ask_text(turn: Turn) -> None:
    speech = turn.speech
    words = speech.say("What should people know? Write it in one message. You see everything before it is sent.")
    await turn.say(words, [[_button(turn, speech.say("Cancel"), "cancel")]])


async def _take_text(turn: Turn, written: Written, text: str) -> None:
    make_content(text, sms_text=written.sms_text or None, language=turn.desk.settings.language)
    written.text = text
    source = turn.message if not turn.pressed else None
    await show_preview(turn, written, source=source)


async def show_preview(turn: Turn, written: Written, *, source: int | None = None, again: bool = False) -> None:
    """Shows what it would do, with all the buttons; `again` changes the message that showed it before.

    `source` is the message that the text stands in: when it is edited, the preview follows.
    """
    desk, speech = turn.desk, turn.speech
    around = desk.around()
    draft, found = await desk.database.read(announcing.look, turn.actor, written, around)
    text, buttons = page(found, draft, desk, speech, around.now), _buttons(turn, written, draft, found)
    before = turn.talk.data if turn.talk else {}
    shown = int(before.get("preview") or 0)
    if not (again and shown and await turn.post.edit(turn.chat, shown, text, buttons)):
        shown = await turn.show(text, buttons)
    source = source or before.get("source")
    turn.begin(TALK, "preview", **written.to_json(), preview=shown, source=source)


def _buttons(turn: Turn, written: Written, draft: Draft, found: Preview) -> Rows:
    def button(label: str, what: str) -> Button:
        return Button(label, f"an:{what}:{written.id}")

    say = turn.speech.say
    rows = [[button(say("Send"), "send")]] if found.to_tell else []
    if not written.notice:
        rows.append([button(say("Who"), "who"), button(say("When"), "when")])
    else:
        rows.append([button(say("When"), "when")])
    rows.append([button(say("Text for phones"), "sms"), button(say("Picture or file"), "file")])
    if found.unfit and draft.unfit == "person":
        rows.append([button(say("Send it to them as it is"), "as_it_is")])
    elif found.unfit:
        rows.append([button(say("Have somebody tell them"), "by_person")])
    rows.append([button(say("Change text"), "text"), button(say("Cancel"), "cancel")])
    return rows


async def _talked(turn: Turn) -> None:
    """Goes on with what was written or sent, by the step."""
    assert turn.talk is not None
    written, step = Written.from_json(turn.talk.data), turn.talk.step
    if turn.edited:
        await _edited(turn, written)
    elif step in details.STEPS and step != "number":
        if await details.STEPS[step](turn, written):
            await show_preview(turn, written)
    elif turn.upload and step in ("text", "preview"):
        await _take_file(turn, written)
    elif step == "text":
        await _take_text(turn, written, turn.text)
    elif step == "number":
        await _take_number(turn, written)
    else:
        await turn.say(turn.speech.say("Press a button, or type its words. To write it anew, press Change text."))


async def _edited(turn: Turn, written: Written) -> None:
    """Has the preview follow when the message with the text is edited."""
    assert turn.talk is not None
    if turn.message != turn.talk.data.get("source"):
        await turn.say(turn.speech.say("Changing that message changes nothing here."))
        return
    written.text = turn.argument if turn.command else turn.text
    make_content(written.text, sms_text=written.sms_text or None, language=turn.desk.settings.language)
    await show_preview(turn, written, again=True)


async def _take_file(turn: Turn, written: Written) -> None:
    """Takes a picture or document that was sent along with the text, or instead of pressing the button."""
    assert turn.talk is not None
    if turn.talk.step == "text":
        if not turn.text:
            await turn.say(turn.speech.say("Write the text first. After that you can add a picture or a file."))
            return
        make_content(turn.text, language=turn.desk.settings.language)
        written.text, caption = turn.text, ""
    else:
        caption = turn.text
    if await details.take_upload(turn, written, caption):
        await show_preview(turn, written)


async def _pressed(turn: Turn) -> None:
    _, what, id_, extra, *_ = f"{turn.pressed}:::".split(":")
    turn.must_be(Role.COORDINATOR, turn.speech.say("send notices"))
    if what in ("retry", "fix"):
        await _after(turn, extra, Whom.MISSED if what == "retry" else Whom.SENT)
    elif what in ("agree", "refuse"):
        await agreeing.settle(turn, id_, agree=what == "agree")
    elif turn.talk is None or turn.talk.name != TALK or turn.talk.data["id"] != id_:
        await _over(turn, Written(id_))
    else:
        await _choose(turn, Written.from_json(turn.talk.data), what, extra)


async def _choose(turn: Turn, written: Written, what: str, extra: str) -> None:
    speech = turn.speech
    match what:
        case "send":
            await _send(turn, written)
        case "cancel" | "no":
            turn.end()
            await turn.show(speech.say("Nothing was sent."))
        case "text":
            _step(turn, "text")
            await turn.show(
                speech.say("Write the new text in one message."), [[_button(turn, speech.say("Back"), "back")]]
            )
        case "back":
            await show_preview(turn, written)
        case "as_it_is" | "by_person":
            written.unfit = "send" if what == "as_it_is" else "person"
            await show_preview(turn, written)
        case "missed":
            assert turn.talk is not None
            written.notice, written.whom = turn.talk.data["like"], Whom.MISSED
            await show_preview(turn, written)
        case "again":
            written.again = True
            _keep(turn, written)
            await _send(turn, written)
        case _:
            if await details.press(turn, written, what, extra):
                await show_preview(turn, written)


async def _send(turn: Turn, written: Written, *, agreed: int | None = None) -> None:
    """Sends it, or asks what has to be asked first."""
    desk, speech = turn.desk, turn.speech
    around = desk.around()
    sent = await desk.database.write(
        lambda session: announcing.send(session, turn.actor, written, turn.chat, around, agreed=agreed)
    )
    if isinstance(sent, Like):
        _step(turn, "like", like=sent.id)
        await turn.show(like_words(sent, desk, speech), _like_buttons(sent, turn, speech))
    elif isinstance(sent, Agree):
        if await agreeing.ask(turn, written, sent):
            turn.end()
        else:
            _step(turn, "number", people=sent.people)
            await turn.show(
                speech.say(
                    "This goes to {people} people, and there is no other coordinator here to agree. "
                    "To send it, type the number of people: {people}",
                    people=sent.people,
                ),
                [[_button(turn, speech.say("Back"), "back")]],
            )
    else:
        turn.end()
        await progress.follow(turn, sent.uid, turn.message if turn.pressed and not turn.text else None)


async def _take_number(turn: Turn, written: Written) -> None:
    assert turn.talk is not None
    typed = turn.text.replace(",", "").replace(" ", "").strip(".")
    if typed != str(turn.talk.data.get("people")):
        await turn.say(
            turn.speech.say("That is not the number of people, so nothing was sent. Type it, or press Back.")
        )
        return
    await _send(turn, written, agreed=int(typed))


def _like_buttons(like: Like, turn: Turn, speech: Speech) -> Rows:
    missed = [[_button(turn, speech.say("Only those missed"), "missed")]] if like.missed else []
    return [
        *missed,
        [_button(turn, speech.say("Everybody again"), "again"), _button(turn, speech.say("No"), "no")],
    ]


async def _after(turn: Turn, notice: str, whom: Whom) -> None:
    """Starts a notice to people of another one: the same once more to those it missed, or a correction."""
    desk, speech = turn.desk, turn.speech
    written, people = await desk.database.write(
        announcing.after_notice, turn.actor, notice, whom, uuid4().hex, desk.around()
    )
    if not people:
        await turn.say(
            speech.say(
                "Nobody was missed: whoever it has not gone to is on the call list, or wants nothing. See: /calls"
            )
            if whom is Whom.MISSED
            else speech.say("It has gone to nobody.")
        )
        return
    if written.text:
        turn.begin(TALK, "preview", **written.to_json())
        await show_new(turn, written)
        return
    turn.begin(TALK, "text", **written.to_json())
    question = speech.count(
        "What should the {n} person know who got the notice before? Write it in one message.",
        "What should the {n} people know who got the notice before? Write it in one message.",
        people,
    )
    await turn.say(question, [[_button(turn, speech.say("Cancel"), "cancel")]])


async def show_new(turn: Turn, written: Written) -> None:
    """Shows the preview in a message of its own: what the button stands below is to stay."""
    turn.pressed = ""
    await show_preview(turn, written)


async def _over(turn: Turn, written: Written) -> None:
    """Answers an old button: whether what it belongs to was sent, and what to do now."""
    speech = turn.speech
    if uid := await turn.desk.database.read(announcing.find, turn.actor, written):
        already = speech.say("This was sent already; it is not sent twice.")
        await turn.say(already, [[Button(speech.say("Who"), f"pr:who:{uid}")]])
    else:
        await turn.say(speech.say("This draft is over, and nothing was sent. To begin a new one, type /announce."))


def _step(turn: Turn, step: str, **more: int | str) -> None:
    assert turn.talk is not None
    turn.begin(TALK, step, **(turn.talk.data | more))


def _keep(turn: Turn, written: Written) -> None:
    assert turn.talk is not None
    turn.talk.data = turn.talk.data | written.to_json()


def _button(turn: Turn, label: str, what: str) -> Button:
    assert turn.talk is not None
    return Button(label, f"an:{what}:{turn.talk.data['id']}")


CHAPTER = Chapter(
    commands=(
        Command(
            "announce", Phrase("Tell people something: write it, look at it, send it"), _announce, Role.COORDINATOR
        ),
    ),
    presses={"an": _pressed},
    talks={TALK: _talked},
)
