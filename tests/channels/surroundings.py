"""What a channel's test needs around it: settings that lead into the pretend world, and a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from channels.base import Message, Surroundings
from config.settings import Settings
from core.clock import SystemClock
from core.content import Content, make_content
from core.forms import fields
from core.group import Group
from sandbox.world import World

TEXT = "Dear {first_name}, the meeting moves to the library on Tuesday."
WORDS = "the meeting moves to the library on Tuesday."
PASSWORD = "open-sesame-4711"
GROUP = {"name": "Riverside Voices", "contact_name": "Jo Bell", "contact_phone": "+441632960001"}

DELIVERY = "0198f6d2-0000-7000-8000-000000000001"


def make_world(**how: Any) -> World:
    """Makes a world that is quick and knows every chat; its mail server wants a password."""
    how = {"mail_user": "group", "mail_password": PASSWORD} | how
    return World(fsync=False, all_chats=True, **how)


def surroundings(world: World, changes: Mapping[str, Mapping[str, Any] | str] | None = None) -> Surroundings:
    """Leads into the world, with `changes` made to the settings."""
    tree: dict[str, Any] = {"group": dict(GROUP)}
    for name, value in world.settings().items():
        part, _, key = name.removeprefix("RINGROUND_").lower().partition("__")
        tree.setdefault(part, {})[key] = value
    for part, change in (changes or {}).items():
        if isinstance(change, Mapping):
            tree.setdefault(part, {}).update(change)
        else:
            tree[part] = change
    settings = Settings.model_validate(tree)
    return Surroundings(settings, settings.speaker, SystemClock(), b"a secret of thirty-two characters")


def message(
    address: str,
    *,
    name: str = "Ada Lovelace",
    delivery: str = DELIVERY,
    attempt: int = 1,
    content: Content | str = TEXT,
    group: Group | None = None,
) -> Message:
    """Makes a message to one person."""
    if isinstance(content, str):
        content = make_content(content, "The meeting moves")
    group = group or Group(**GROUP)
    return Message(delivery, attempt, "notice-1", address, name, content, fields(name, None, group))
