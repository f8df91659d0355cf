"""What a conversation about a meeting has gathered, and the buttons that belong to it."""

from __future__ import annotations

from typing import Any, Final

from bot.turn import Button, Turn

TALK: Final = "meeting"


def data_of(turn: Turn) -> dict[str, Any]:
    """Gives what was gathered so far."""
    assert turn.talk is not None
    return turn.talk.data


def button(turn: Turn, label: str, verb: str, value: str = "") -> Button:
    """Makes a button of the conversation under way; one of an older conversation is known by its token."""
    token = turn.talk.data["token"] if turn.talk else ""
    return Button(label, f"mt:{verb}:{token}:{value}")


def keep(turn: Turn, step: str = "", **more: Any) -> None:
    """Goes on with the conversation at a step, with what was gathered and more; a None forgets."""
    assert turn.talk is not None
    data = {name: value for name, value in (turn.talk.data | more).items() if value is not None}
    turn.begin(TALK, step or turn.talk.step, **data)


def zone_of(turn: Turn) -> str:
    """Gives the zone of the meeting that is spoken of."""
    assert turn.talk is not None
    return str(turn.talk.data.get("zone") or turn.desk.settings.timezone)
