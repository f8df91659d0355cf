"""One row of a people file: a person, the ways to reach them, and what is wrong with the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from core.addresses import email_address, language_tag, mobile_number, phone_number, telegram_chat, time_zone
from core.cells import bounded, channel_named, fold, format_named, groups_named, line, lines, separated
from core.consents import Consent, read_consents
from core.errors import UserError
from core.headings import FIRST, SURNAME
from core.people import CHANNELS, EMAIL, PHONE, SMS, TELEGRAM

T = TypeVar("T")

COLUMN_OF = {EMAIL: "email", SMS: "mobile", TELEGRAM: "telegram", PHONE: "phone"}
"""Which column holds the address of a channel."""

LONGEST = {"name": 200, "called": 100, "held_by": 100, "support": 1_000, "notes": 8_000}
"""Characters, in the columns that people write freely in."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person should look at: where it is, what it is, and how to mend it.

    `row` is the row's number in the file, 0 where it is the whole file; `name` the person's name where there is one.
    """

    row: int
    column: str
    problem: str
    mend: str
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        named = {"name": self.name} if self.name else {}
        return {"row": self.row, **named, "column": self.column, "problem": self.problem, "mend": self.mend}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What a row says of a person; an empty field says nothing.

    `routes` are (channel, address) in the person's own order; `preferred` is the channel that the row names, perhaps
    one without an address (Telegram, until they join); `never` the channels never to use.
    """

    number: int
    name: str
    called: str = ""
    preferred: str = ""
    routes: tuple[tuple[str, str], ...] = ()
    never: tuple[str, ...] = ()
    held_by: str = ""
    language: str = ""
    groups: tuple[str, ...] = ()
    format: str = ""
    support: str = ""
    timezone: str = ""
    consents: tuple[Consent, ...] = ()
    notes: str = ""

    @property
    def key(self) -> str:
        """The name, folded for comparison."""
        return fold(self.name)


def same_address(channel: str, address: str) -> tuple[str, str]:
    """Folds an address for comparison: hardly any mail server tells `Ann@` from `ann@`."""
    return channel, address.casefold() if channel == EMAIL else address


class RowReader:
    """Reads the cells of one row, and collects what is wrong with it in `problems` and what is odd in `remarks`.

    `cells` maps our columns to what the row says; `extra` maps other headings to theirs, which go into the notes.
    """

    def __init__(self, number: int, cells: Mapping[str, str], extra: Mapping[str, str], region: str) -> None:
        self.number = number
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []
        self._cells = cells
        self._extra = extra
        self._region = region

    def read(self) -> PersonRow | None:
        """Reads the row; None where something is wrong with it."""
        name = self._name()
        addresses = {
            EMAIL: self._try("email", email_address),
            SMS: self._try("mobile", lambda raw: mobile_number(raw, self._region)),
            TELEGRAM: self._try("telegram", telegram_chat),
            PHONE: self._try("phone", lambda raw: phone_number(raw, self._region).e164),
        }
        preferred = self._try("preferred_channel", channel_named) or ""
        never = self._try("never", lambda raw: tuple(dict.fromkeys(map(channel_named, separated(raw))))) or ()
        given = [channel for channel in CHANNELS if self._cells.get(COLUMN_OF[channel], "").strip()]
        self._check_preferred(preferred, given, never)
        first = preferred if preferred in given else next((one for one in given if one not in never), "")
        order = sorted(given, key=lambda channel: channel != first)
        person = PersonRow(
            number=self.number,
            name=name,
            called=self._line("called"),
            preferred=preferred,
            routes=tuple((channel, address) for channel in order if (address := addresses[channel])),
            never=never,
            held_by=self._line("held_by"),
            language=self._try("language", language_tag) or "",
            groups=self._try("groups", groups_named) or (),
            format=self._try("format", format_named) or "",
            support=self._text("support", self._cells.get("support", "")),
            timezone=self._try("timezone", time_zone) or "",
            consents=self._try("consent", lambda raw: read_consents(lines(raw))) or (),
            notes=self._notes(),
        )
        if not self.problems and not given and preferred != TELEGRAM:
            self._remark("name", "There is no address in this row", "Nothing can be sent: somebody has to tell them.")
        return None if self.problems else person

    def _name(self) -> str:
        """The whole name, else first name and surname joined; a column `name` beside a surname is a first name."""
        name, first, surname = (self._line(column) for column in ("name", FIRST, SURNAME))
        if not (name and first) and not (surname and fold(name).endswith(fold(surname))):
            name = " ".join(part for part in (name or first, surname) if part)
        if not name and not self.problems:
            self._problem("name", "The name is missing", "Write the person's name, or remove the row.")
        if len(name) > LONGEST["name"]:
            self._problem("name", f"This is longer than {LONGEST['name']} characters", "Shorten it.")
        return name

    def _check_preferred(self, preferred: str, given: list[str], never: tuple[str, ...]) -> None:
        if not preferred:
            return
        if preferred in never:
            mend = "Take it out of one of the two columns."
            self._problem("never", f"{preferred} is both the preferred channel and never to be used", mend)
        elif preferred in given:
            return
        elif preferred == TELEGRAM:
            mend = "Send them the link to the chat; until they join, their other addresses are used."
            self._remark("telegram", "They prefer Telegram but have not joined the chat yet", mend)
        else:
            column = COLUMN_OF[preferred]
            mend = f"Fill in {column}, or choose another channel."
            if preferred == PHONE and SMS in given:
                mend = "If they may be rung on their mobile, copy its number to the column phone as well."
            self._problem(column, f"{preferred} is the preferred channel, but {column} is empty", mend)

    def _notes(self) -> str:
        """The notes, and below them what stands under headings that mean nothing to us."""
        parts = [self._cells.get("notes", "")]
        parts += [f"{heading.strip()}: {text.strip()}" for heading, text in self._extra.items() if text.strip()]
        return self._text("notes", "\n".join(part for part in parts if part.strip()))

    def _line(self, column: str) -> str:
        return self._try(column, lambda raw: line(raw, LONGEST.get(column, LONGEST["name"]))) or ""

    def _text(self, column: str, raw: str) -> str:
        return self._tried(column, raw, lambda raw: bounded(lines(raw), LONGEST[column])) or ""

    def _try(self, column: str, read: Callable[[str], T]) -> T | None:
        return self._tried(column, self._cells.get(column, ""), read)

    def _tried(self, column: str, raw: str, read: Callable[[str], T]) -> T | None:
        """Reads a cell; an empty one is None, and one that is wrong is a problem."""
        if not raw.strip():
            return None
        try:
            return read(raw)
        except UserError as error:
            self._problem(column, error.what, error.mend)
            return None

    def _problem(self, column: str, problem: str, mend: str) -> None:
        self.problems.append(Problem(self.number, column, problem, mend))

    def _remark(self, column: str, remark: str, mend: str) -> None:
        self.remarks.append(Problem(self.number, column, remark, mend))
