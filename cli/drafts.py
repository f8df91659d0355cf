"""What a sender writes on the command line, made into a draft of a notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import say
from cli.files import read_text
from core.errors import UserError

if TYPE_CHECKING:
    from actions.notices import Draft
    from config.settings import Settings

DUPLICATES = {"silence": "prefer_silence", "twice": "prefer_telling_twice"}
"""What `--duplicates` takes, and the policy that it means."""

Text = Annotated[str | None, typer.Option("--text", help="What people should know; - reads it from standard input.")]
TextFile = Annotated[Path | None, typer.Option("--text-file", metavar="FILE", help="Read the text from a file.")]
Subject = Annotated[str | None, typer.Option("--subject", help="The subject of e-mails; made of the text if absent.")]
SmsText = Annotated[str | None, typer.Option("--sms-text", help="A shorter text for text messages.")]
Group = Annotated[str | None, typer.Option("--group", help="Only the people of this group.")]
Purpose = Annotated[
    str,
    typer.Option(
        "--purpose", metavar="service|promotion", help="promotion goes only to those who agreed to it on record."
    ),
]
Language = Annotated[str, typer.Option("--language", help="The language of the text, if not the group's.")]
AsItIs = Annotated[
    bool, typer.Option("--as-it-is", help="People who need another language or format get it all the same.")
]


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said to whom: each field is an option of every command that takes one (see `with_wording`)."""

    text: Text = None
    text_file: TextFile = None
    subject: Subject = None
    sms_text: SmsText = None
    group: Group = None
    purpose: Purpose = "service"
    language: Language = ""
    as_it_is: AsItIs = False


def with_wording(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of a `Wording` before its own; it is handed them as one, first."""
    shared = signature(Wording, eval_str=True).parameters
    own = list(signature(command, eval_str=True).parameters.values())[1:]

    @wraps(command)
    def run(**given: Any) -> None:
        wording = Wording(**{name: given.pop(name) for name in shared})
        command(wording, **given)

    run.__signature__ = Signature([*shared.values(), *own])  # type: ignore[attr-defined]  # what typer reads
    return run


def make_draft(
    settings: Settings,
    wording: Wording,
    *,
    key: str | None = None,
    again: bool = False,
    duplicates: str | None = None,
    urgent: bool = False,
    not_after: datetime | None = None,
) -> Draft:
    """Makes a draft; raises UserError with the first thing to mend."""
    from actions.notices import Draft
    from core.content import make_content
    from core.delivery import DuplicatePolicy

    if duplicates is not None and duplicates not in DUPLICATES:
        mend = "silence (nobody is told twice, staff are asked) or twice (rather told twice than not at all)."
        raise UserError(f"There is no choice {duplicates[:40]!r}", where="--duplicates", mend=f"Use {mend}")
    for option, value in (("--key", key), ("--group", wording.group)):
        if value is not None and (not value.strip() or not value.isprintable() or len(value) > 200):
            raise UserError("This must be one line of up to 200 characters", where=option)
    content = make_content(
        _text(wording.text, wording.text_file),
        wording.subject,
        wording.sms_text,
        language=wording.language or settings.language,
        purpose=wording.purpose,
    )
    return Draft(
        content=content,
        group=wording.group,
        key=f"sender:{key}" if key else None,
        again=again,
        not_after=_moment(not_after, settings) if not_after else None,
        policy=DuplicatePolicy(DUPLICATES[duplicates]) if duplicates else None,
        urgent=urgent,
        unfit="send" if wording.as_it_is else "person",
    )


def _text(text: str | None, text_file: Path | None) -> str:
    if (text is None) == (text_file is None):
        raise UserError("The text is missing" if text is None else "There are two texts", mend="Use --text TEXT.")
    if text is not None and text != "-":
        return text
    words, encoding = read_text(text_file or Path("-"))
    if encoding != "UTF-8":
        say(f"The text is not in UTF-8; it was read as {encoding}. If letters look wrong, save it as UTF-8.")
    return words


def _moment(wall: datetime, settings: Settings) -> datetime:
    """Takes a time of day as it is in the group's own zone."""
    return wall.replace(tzinfo=settings.zone).astimezone(UTC)
