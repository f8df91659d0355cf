"""A notice to many people: a second coordinator looks at it and agrees, or does not."""

from __future__ import annotations

from actions import announcing
from actions.announcing import Agree, Settled, Written
from bot import progress
from bot.preview import page
from bot.turn import Button, Turn
from core.chats import ProposalState
from core.roles import SERVICE
from core.speech import Speech


async def ask(turn: Turn, written: Written, agree: Agree) -> bool:
    """Asks the other coordinators; False where none of them can be asked here."""
    desk = turn.desk
    if not agree.chats:
        return False
    await desk.database.write(announcing.propose, turn.actor, written, agree.people, desk.around())
    asked = 0
    for chat in agree.chats:
        asked += bool(await _ask(turn, written, agree, chat))
    speech = turn.speech
    if not asked:
        await desk.database.write(
            lambda session: announcing.settle(session, turn.actor, written.id, desk.around(), agree=False)
        )
        return False
    words = speech.say("This goes to {people} people, so a second coordinator has to agree.", people=agree.people)
    others = speech.count("I have asked {n} other coordinator.", "I have asked {n} other coordinators.", asked)
    until = speech.say("Nothing is sent until one of them agrees.")
    take_back = Button(speech.say("Don't send"), f"an:refuse:{written.id}")
    await turn.show(f"{words} {others} {until}", [[take_back]])
    return True


async def _ask(turn: Turn, written: Written, agree: Agree, chat: str) -> int:
    """Shows one of the others what would be sent, in their own language; returns the message's id."""
    desk = turn.desk
    speech = await progress.speech_of(desk, chat)
    around = desk.around()
    draft, found = await desk.database.read(announcing.look, SERVICE, written, around)
    name = turn.who.name if turn.who else ""
    words = speech.say("{name} wants to send this to {people} people. Do you agree?", name=name, people=agree.people)
    yes, no = speech.say("Agree"), speech.say("Don't send")
    buttons = [[Button(yes, f"an:agree:{written.id}"), Button(no, f"an:refuse:{written.id}")]]
    return await turn.post.send(chat, f"{words}\n\n{page(found, draft, desk, speech, around.now)}", buttons)


async def settle(turn: Turn, proposal: str, *, agree: bool) -> None:
    """Takes a coordinator's word on a proposal; the first one counts."""
    desk, speech = turn.desk, turn.speech
    done = await desk.database.write(
        lambda session: announcing.settle(session, turn.actor, proposal, desk.around(), agree=agree)
    )
    if not done.first:
        await turn.show(_already(done, turn.speech))
        return
    if done.state is ProposalState.DROPPED:
        await turn.show(speech.say("It is not sent."))
    else:
        await turn.show(speech.say("Thank you. It is on its way; {name} sees how it comes along.", name=done.author))
    await _tell_author(turn, done)


def _already(done: Settled, speech: Speech) -> str:
    if done.state is ProposalState.AGREED:
        return speech.say("{name} has agreed already: it is on its way.", name=done.by)
    if done.by:
        return speech.say("{name} has stopped this already: nothing was sent.", name=done.by)
    return speech.say("This was taken back: nothing was sent.")


async def _tell_author(turn: Turn, done: Settled) -> None:
    desk = turn.desk
    for chat in done.author_chats:
        if chat == turn.chat:
            continue
        speech = await progress.speech_of(desk, chat)
        if done.state is ProposalState.DROPPED:
            await turn.post.send(chat, speech.say("{name} does not agree, so nothing is sent.", name=done.by))
            continue
        await turn.post.send(chat, speech.say("{name} has agreed.", name=done.by))
        await progress.follow_in(desk, turn.post, chat, done.notice)
