"""/staff: who may do what, added and suspended at once; /login: the way to the web pages."""

from __future__ import annotations

from actions import joining, notices, people, sessions, staff
from bot.turn import Button, Chapter, Command, Rows, Turn
from core.people import Role
from core.roles import ORDER
from core.speech import Phrase, Speech

TALK = "staff"

SHOWN = 8
"""People offered at once."""

_ROLES = {
    Role.VIEWER: Phrase("viewer: sees what goes out and who was reached"),
    Role.CALLER: Phrase("caller: rings people too"),
    Role.COORDINATOR: Phrase("coordinator: sends notices and keeps people's details too"),
    Role.ADMIN: Phrase("admin: decides about staff too"),
}


async def _list(turn: Turn) -> None:
    speech = turn.speech
    found = await turn.desk.database.read(staff.listing, turn.actor)
    lines = [
        speech.say("{name}: {role}, suspended.", name=one.name, role=one.role)
        if one.suspended
        else speech.say("{name}: {role}.", name=one.name, role=one.role)
        for one in found
    ]
    rows = [[Button(one.name, f"staff:show:{one.id}")] for one in found]
    rows.append([Button(speech.say("Add somebody"), "staff:add")])
    await turn.show("\n".join([speech.say("These people have a role:"), *lines]), rows)


async def _pressed(turn: Turn) -> None:
    turn.must_be(Role.ADMIN, turn.speech.say("decide about staff"))
    what, _, rest = turn.pressed.removeprefix("staff:").partition(":")
    uid, _, role = rest.partition(":")
    desk, speech, actor = turn.desk, turn.speech, turn.actor
    match what:
        case "list":
            await _list(turn)
        case "show":
            await _card(turn, uid)
        case "add":
            turn.begin(TALK, "who")
            await turn.say(speech.say("Who is it? Type the name, or a part of it."))
        case "pick":
            await _ask_role(turn, uid)
        case "new" if turn.talk and turn.talk.name == TALK and (name := turn.talk.data.get("name")):
            around = desk.around()
            cells = {"name": str(name)}
            card, _ = await desk.database.write(
                people.add, actor, cells, around.settings.region, desk.secret, around.now
            )
            await _ask_role(turn, card.person.id)
        case "role":
            await desk.database.write(staff.add, actor, uid, Role(role), desk.clock.now())
            turn.end()
            await _card(turn, uid)
            await _give_link(turn, uid)
        case "link":
            await _give_link(turn, uid)
        case "suspend":
            await _suspend(turn, uid)
        case "go":
            await desk.database.write(notices.resume, actor, uid, desk.clock.now())
            await turn.show(speech.say("It goes out now."))
        case "drop":
            await desk.database.write(notices.cancel, actor, uid, desk.clock.now())
            await turn.show(speech.say("It is withdrawn: nothing more of it goes out."))
        case _:
            await turn.show(speech.say("This question is over."))


async def _card(turn: Turn, uid: str) -> None:
    found = await turn.desk.database.read(staff.listing, turn.actor)
    one = next((one for one in found if one.id == uid), None)
    speech = turn.speech
    if one is None:
        await turn.show(speech.say("This person has no role any more."))
        return
    if one.suspended:
        text = speech.say("{name} was {role} and is suspended.", name=one.name, role=one.role)
        rows = [[Button(speech.say("Let back in"), f"staff:role:{uid}:{one.role}")]]
    else:
        text = speech.say("{name} is {role}.", name=one.name, role=one.role)
        rows = [
            [Button(speech.say("Change the role"), f"staff:pick:{uid}")],
            [Button(speech.say("New link into the chat"), f"staff:link:{uid}")],
            [Button(speech.say("Suspend now"), f"staff:suspend:{uid}")],
        ]
    rows.append([Button(speech.say("Everybody"), "staff:list")])
    await turn.show(text, rows)


async def _ask_role(turn: Turn, uid: str) -> None:
    card = await turn.desk.database.read(people.show, turn.actor, uid)
    speech = turn.speech
    lines = [speech.phrase(_ROLES[role]) for role in ORDER]
    question = speech.say("What may {name} do? Each role may do what those before it may.", name=card.person.name)
    rows = [[Button(role.value, f"staff:role:{uid}:{role}")] for role in ORDER]
    await turn.show("\n".join([question, *lines]), rows)


async def _give_link(turn: Turn, uid: str) -> None:
    desk, speech = turn.desk, turn.speech
    link = await desk.database.write(joining.staff_link, turn.actor, uid, desk.around())
    await turn.say(
        speech.say(
            "Pass this link on to them yourself. It works once, within 24 hours, and whoever opens it "
            "has the role in their chat: {url}",
            url=link.url,
        )
    )


async def _suspend(turn: Turn, uid: str) -> None:
    desk, speech = turn.desk, turn.speech
    done = await desk.database.write(staff.suspend, turn.actor, uid, desk.clock.now())
    lines = [
        speech.say("{name} is suspended: in this chat and on the web pages, from now on.", name=done.name),
        speech.count("{n} log-in was ended.", "{n} log-ins were ended.", done.log_ins),
        speech.count(
            "{n} notice of theirs that had not left is held.",
            "{n} notices of theirs that had not left are held.",
            len(done.held),
        ),
    ]
    await turn.show("\n".join(lines), [[Button(speech.say("Let back in"), f"staff:pick:{uid}")]])
    for notice, subject in done.held:
        await turn.say(speech.say("Held: {subject}", subject=subject), _held(speech, notice))


def _held(speech: Speech, notice: str) -> Rows:
    return [
        [
            Button(speech.say("Let it go out"), f"staff:go:{notice}"),
            Button(speech.say("Withdraw it"), f"staff:drop:{notice}"),
        ]
    ]


async def _who(turn: Turn) -> None:
    """Goes on with a name that was typed: somebody on file, or somebody new."""
    turn.must_be(Role.ADMIN, turn.speech.say("decide about staff"))
    speech = turn.speech
    name = " ".join(turn.text.split())[:60]
    alike = await turn.desk.database.read(people.listing, turn.actor, query=name) if name else []
    rows = [[Button(one.name, f"staff:pick:{one.id}")] for one in alike[:SHOWN]]
    if name:
        rows.append([Button(speech.say("Somebody new: {name}", name=name), "staff:new")])
    turn.begin(TALK, "who", name=name)
    await turn.say(speech.say("Who is it? Choose, or type another part of the name."), rows)


async def _login(turn: Turn) -> None:
    desk, speech = turn.desk, turn.speech
    link = await desk.database.write(sessions.login_link, turn.actor, desk.around())
    if desk.settings.public_url:
        words = speech.say("This link logs you in to the web pages. It works once, within 10 minutes: {url}", url=link)
    else:
        words = speech.say(
            "The web pages have no public address, so this link works only on the computer that Ringround runs on. "
            "It works once, within 10 minutes: {url}",
            url=link,
        )
    await turn.say(words)


CHAPTER = Chapter(
    commands=(
        Command("login", Phrase("A link that logs you in to the web pages"), _login, Role.VIEWER),
        Command("staff", Phrase("Who may do what: add, change or suspend somebody"), _list, Role.ADMIN),
    ),
    presses={"staff": _pressed},
    talks={TALK: _who},
)
