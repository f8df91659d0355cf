"""One turn of a chat: somebody wrote, pressed or sent something, and what can be done about it. No Telegram types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from actions.desk import Desk
from core.errors import Refused
from core.people import Role
from core.roles import Actor
from core.speech import Phrase, Speech


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message. `data` (64 bytes at most) comes back when it is pressed; with `url` it opens a page.

    Whoever types the label instead of pressing gets the same.
    """

    label: str
    data: str = ""
    url: str = ""


Rows = Sequence[Sequence[Button]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture or document that somebody sent; `fetch` gets its bytes and raises `UserError` where that fails."""

    name: str
    media_type: str
    size: int
    fetch: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody on file whose chat this is: their outside id and name, and who they are as staff, if they are."""

    person: str
    name: str
    actor: Actor | None = None


@dataclass(slots=True)
class Talk:
    """The conversation under way in a chat: its name, its step and what it has gathered (plain JSON values)."""

    name: str
    step: str
    data: dict[str, Any] = field(default_factory=dict)


class Post(Protocol):
    """What a turn writes with: the bot behind the provider's limits. Returns ids of messages."""

    async def send(
        self,
        chat: str,
        text: str,
        buttons: Rows = (),
        *,
        picture: bytes | None = None,
        document: tuple[str, bytes] | None = None,
    ) -> int:
        """Sends plain text, or a picture or a document with `text` as its caption."""

    async def edit(self, chat: str, message: int, text: str, buttons: Rows = (), *, last: bool = False) -> bool:
        """Changes a message that we sent; `last` waits for everything else. Returns whether it is still there."""


@dataclass(slots=True)
class Turn:
    """What came in, from whom, and what is under way; each is dealt with once.

    `ref` is the update's own id. `command` is without its slash, with `argument` behind it; `pressed` is a button's
    data, and `message` the message below which it stands. `edited` says that the text takes the place of `message`.
    `forwarded` says that somebody else wrote it first. `who` is None for a stranger. `commands` are those that whoever
    wrote may use.
    """

    desk: Desk
    post: Post
    chat: str
    ref: str
    speech: Speech
    who: Known | None = None
    private: bool = True
    text: str = ""
    command: str = ""
    argument: str = ""
    pressed: str = ""
    message: int | None = None
    edited: bool = False
    forwarded: bool = False
    upload: Upload | None = None
    talk: Talk | None = None
    sender_name: str = ""
    commands: Sequence[Command] = ()

    @property
    def actor(self) -> Actor:
        """Who asks, as staff; raises `Refused` for everybody else."""
        if self.who is None or self.who.actor is None:
            raise Refused("Only staff may do this", mend="Ask an admin of your group for a staff link.")
        return self.who.actor

    def must_be(self, role: Role, to: str) -> Actor:
        """Gives who asks, and raises `Refused` unless their role is at least `role`."""
        self.actor.must_be(role, to)
        return self.actor

    async def say(
        self,
        text: str,
        buttons: Rows = (),
        *,
        picture: bytes | None = None,
        document: tuple[str, bytes] | None = None,
    ) -> int:
        """Answers in the same chat; returns the message's id."""
        return await self.post.send(self.chat, text, buttons, picture=picture, document=document)

    async def show(self, text: str, buttons: Rows = ()) -> int:
        """Changes the message below which a button was tapped, or sends a new one where its label was typed."""
        tapped = self.pressed and not self.text
        if tapped and self.message is not None and await self.post.edit(self.chat, self.message, text, buttons):
            return self.message
        return await self.say(text, buttons)

    def begin(self, name: str, step: str, /, **data: Any) -> None:
        """Starts a conversation, in the place of any other; it is kept when the turn ends, over a restart too."""
        self.talk = Talk(name, step, data)

    def end(self) -> None:
        """Leaves the conversation."""
        self.talk = None


Do = Callable[[Turn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command. `role` is the least that may use it (None: everybody on file); `says` tells what it does,
    without a full stop; one that says nothing works, but stands in no list.

    It works in private chats only: a group chat has nothing but numbers (`bot.groups`).
    """

    name: str
    says: Phrase | None
    do: Do
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """What one file of the chat door deals with: commands, presses and conversations.

    Presses are found by what their data begins with (up to the first colon), conversations by name. `watch` runs for
    as long as the door is open (live progress, say), and is cancelled when it closes.
    """

    commands: Sequence[Command] = ()
    presses: Mapping[str, Do] = field(default_factory=dict)
    talks: Mapping[str, Do] = field(default_factory=dict)
    watch: Callable[[Desk, Post], Awaitable[None]] | None = None
