"""What a sender writes on the command line, made into a draft of a notice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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


def make_draft(
    settings: Settings,
    *,
    text: str | None,
    text_file: Path | None,
    subject: str | None,
    sms_text: str | None,
    group: str | None,
    purpose: str,
    language: str,
    as_it_is: bool,
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
    for option, value in (("--key", key), ("--group", group)):
        if value is not None and (not value.strip() or not value.isprintable() or len(value) > 200):
            raise UserError("This must be one line of up to 200 characters", where=option)
    content = make_content(
        _text(text, text_file),
        subject,
        sms_text,
        language=language or settings.language,
        purpose=purpose,
    )
    return Draft(
        content=content,
        group=group,
        key=f"sender:{key}" if key else None,
        again=again,
        not_after=_moment(not_after, settings) if not_after else None,
        policy=DuplicatePolicy(DUPLICATES[duplicates]) if duplicates else None,
        urgent=urgent,
        unfit="send" if as_it_is else "person",
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
