"""The strategy file, `strategy.toml`: read once and handed over, with the line of whatever is wrong in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from config.toml_lines import line_of
from core.delivery import DuplicatePolicy
from core.errors import ConfigError, UserError
from core.meeting_words import check_words
from core.notices import DEFAULT_POLICY, Kind
from core.quiet import QuietHours
from core.strategy import AHEAD, AT_ONCE, DEFAULT_RULES, UNTIL_START, Anchor, Audience, Hours, NotAfter, Rule, Strategy
from core.strategy_faults import faults

FILE: Final = "strategy.toml"

MOST_MONEY: Final = 1_000_000

KINDS: Final = (*AHEAD, Kind.THANKS, *AT_ONCE)
_IN_DOUBT = {"silence": DuplicatePolicy.PREFER_SILENCE, "twice": DuplicatePolicy.PREFER_TELLING_TWICE}
_AFTER_DUE = next(rule.not_after for rule in DEFAULT_RULES if rule.kind is Kind.THANKS)

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day)s?", re.ASCII)
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_NOT_AFTER = re.compile(rf"(?P<span>{_SPAN.pattern}) (?P<anchor>before start|after due)", re.ASCII)

T = TypeVar("T")


def default_text() -> str:
    """Returns the strategy that ships, with its remarks: what `ringround init` writes."""
    return (files("config") / FILE).read_text(encoding="utf-8")


def load(path: Path) -> Strategy:
    """Reads a strategy file. Raises ConfigError that names the file, the line and what may stand there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"The strategy file can't be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise ConfigError("The strategy file is not UTF-8", where=str(path), mend="Save it as UTF-8.") from None
    return read(text, str(path))


def read(text: str, name: str = FILE) -> Strategy:
    """Reads the text of a strategy file; `name` stands in the errors. Raises ConfigError as `load` does."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        mend = 'Text and times need quotes: at = "10:00".'
        raise ConfigError(f"This is not valid TOML: {error}", where=name, mend=mend) from None
    source = _Source(name, text)
    top = _Table(source, "", None, tree)
    found = _read_top(top)
    top.nothing_else()
    for fault in faults(found):
        place = "notice" if fault.rule is not None else fault.field if fault.field != "evening" else "coordinators"
        source.complain(fault.what, fault.mend, place, fault.rule, fault.field)
    return found


@dataclass(frozen=True, slots=True)
class _Source:
    """The file that is read, for what is wrong in it."""

    name: str
    text: str

    def complain(self, what: str, mend: str, table: str, at: int | None, key: str) -> NoReturn:
        line = line_of(self.text, table, at or 0, key)
        raise ConfigError(what, where=f"{self.name}, line {line}" if line else self.name, mend=mend)


@dataclass(slots=True)
class _Table:
    """One table of the file; `at` counts the notices from 0. What was read is remembered, so that the rest is known."""

    source: _Source
    name: str
    at: int | None
    values: Mapping[str, Any]
    known: set[str] = field(default_factory=set)

    def get(self, key: str, reader: Callable[[Any], T | None], allowed: str, default: T) -> T:
        """Reads a value; `allowed` says what may stand there, and `reader` gives None for anything else."""
        self.known.add(key)
        if key not in self.values:
            return default
        value = reader(self.values[key])
        if value is None:
            shown = repr(self.values[key])[:40] if not isinstance(self.values[key], (dict, list)) else "that"
            self.complain(f"{key} can't be {shown}", f"Write {allowed}.", key)
        return value

    def part(self, key: str) -> _Table:
        """Gives a table inside this one; one that is not there is empty."""
        nothing: dict[str, Any] = {}
        value = self.get(key, _instance(dict), f"[{key}] on a line of its own", nothing)
        return _Table(self.source, key, None, value)

    def complain(self, what: str, mend: str, key: str) -> NoReturn:
        self.source.complain(what, mend, self.name, self.at, key)

    def nothing_else(self) -> None:
        """Raises ConfigError for a name that nothing has asked for."""
        for key in self.values:
            if key not in self.known:
                near = get_close_matches(key, self.known, n=1)
                hint = f"Did you mean {near[0]}? " if near else ""
                place = f"[[{self.name}]]" if self.at is not None else f"[{self.name}]" if self.name else "the file"
                mend = f"{hint}What may stand in {place}: {', '.join(sorted(self.known))}."
                self.complain(f"There is no rule called {key[:40]!r}", mend, key)


def _read_top(top: _Table) -> Strategy:
    agreed_with = top.get("agreed_with", _instance(str), 'who agreed it, in quotes: "members\' meeting"', "")
    agreed_on = top.get("agreed_on", _date, "a day like 2027-01-15", None)
    usual = Strategy()
    quiet, calls, evening, changes = (top.part(name) for name in ("quiet", "calls", "coordinators", "changes"))
    notices = top.get("notice", _tables, "each notice under a line of its own, [[notice]]", None)
    given = usual.rules if notices is None else tuple(_rule(top.source, at, one) for at, one in enumerate(notices))
    strategy = Strategy(
        rules=given + tuple(usual.rule(kind) for kind in AT_ONCE if all(rule.kind is not kind for rule in given)),
        quiet=QuietHours(_time(quiet, "start", usual.quiet.start), _time(quiet, "end", usual.quiet.end)),
        calling=Hours(_time(calls, "start", usual.calling.start), _time(calls, "end", usual.calling.end)),
        agreed_with=" ".join(agreed_with.split()),
        agreed_on=agreed_on,
        coordinators_evening=_time(evening, "evening", usual.coordinators_evening),
        change_within=changes.get("at_once_within", _span, _SPAN_ALLOWED, usual.change_within),
        changes_wait_for_morning=changes.get(
            "wait_for_morning", _instance(bool), "true or false", usual.changes_wait_for_morning
        ),
    )
    for part in (quiet, calls, evening, changes):
        part.nothing_else()
    return strategy


def _rule(source: _Source, at: int, values: Mapping[str, Any]) -> Rule:
    table = _Table(source, "notice", at, values)
    kind = table.get("kind", _choice({kind.value: kind for kind in KINDS}), _one_of(KINDS), None)
    if kind is None:
        table.complain("A notice does not say what it is", f"Write kind = {_one_of(KINDS)}.", "kind")
    timed = kind not in AT_ONCE
    days = "days_after" if kind is Kind.THANKS else "days_before"
    rule = Rule(
        kind,
        table.get(days, _instance(int), "a number of days, without quotes", None) if timed else None,
        _time(table, "at", None) if timed else None,
        table.get("to", _choice({one.value: one for one in Audience}), _one_of(list(Audience)), Audience.EVERYONE)
        if timed
        else Audience.EVERYONE,
        table.get("calls", _instance(bool), "true or false", False),
        table.get("not_after", _not_after, _NOT_AFTER_ALLOWED, _AFTER_DUE if kind is Kind.THANKS else UNTIL_START),
        table.get("in_doubt", _choice(_IN_DOUBT), _one_of(_IN_DOUBT), DEFAULT_POLICY[kind]),
        table.get("words", _instance(str), "your own words, in quotes", "").strip(),
        table.get("sms_words", _instance(str), "your own words, in quotes", "").strip(),
        table.get("max_cost", _money, "an amount without a currency, like 5 or 7.50", None),
    )
    table.nothing_else()
    try:
        check_words(rule)
    except UserError as error:
        table.complain(error.what, error.mend, error.where)
    return rule


_TIME_ALLOWED: Final = 'a time of day from "00:00" to "23:59"'
_SPAN_ALLOWED: Final = 'a length of time like "24 hours", "90 minutes" or "2 days"'
_NOT_AFTER_ALLOWED: Final = '"start", or a length of time and from when: "2 hours before start", "3 days after due"'


def _one_of(names: Collection[str]) -> str:
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} or {last}"


def _time(table: _Table, key: str, default: Any) -> Any:
    return table.get(key, _clock, _TIME_ALLOWED, default)


def _clock(value: Any) -> time | None:
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    return time(int(found[1]), int(found[2])) if found else None


def _date(value: Any) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date else None


def _span(value: Any) -> timedelta | None:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) * _UNITS[found[2]] if found else None


def _money(value: Any) -> Decimal | None:
    if type(value) not in (int, float) or not 0 <= value <= MOST_MONEY:
        return None
    return Decimal(str(value))


def _not_after(value: Any) -> NotAfter | None:
    if value == "start":
        return UNTIL_START
    found = _NOT_AFTER.fullmatch(value) if isinstance(value, str) else None
    span = _span(found["span"]) if found else None
    if found is None or span is None:
        return None
    return NotAfter(Anchor.START if found["anchor"] == "before start" else Anchor.DUE, span)


def _choice(choices: Mapping[str, T]) -> Callable[[Any], T | None]:
    return lambda value: choices.get(value) if isinstance(value, str) else None


def _instance(kind: type[T]) -> Callable[[Any], T | None]:
    # exactly: True is an int too
    return lambda value: value if type(value) is kind else None


def _tables(value: Any) -> list[dict[str, Any]] | None:
    return value if isinstance(value, list) and all(isinstance(one, dict) for one in value) else None
