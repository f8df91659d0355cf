"""A strategy in plain English, to be discussed, agreed and published; and what it means for the people on file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from core import spoken
from core.delivery import DuplicatePolicy
from core.notices import Kind
from core.people import EMAIL, PHONE, SMS, TELEGRAM
from core.strategy import AHEAD, AT_ONCE, Anchor, Audience, Rule, Strategy


def words_for(rule: Rule) -> str:
    """Names a rule as people say it: "a reminder 2 days before"."""
    match rule.kind:
        case Kind.CANCELLATION:
            return "a cancellation"
        case Kind.CHANGE:
            return "a change"
        case Kind.THANKS:
            return f"thanks {day_of(rule)}"
        case Kind.INVITATION:
            return f"the invitation {day_of(rule)}"
        case _:
            return f"a reminder {day_of(rule)}"


def day_of(rule: Rule) -> str:
    """Says on which day a rule's notice goes out: "2 days before", "on the day", "the day after"."""
    match rule.days_after:
        case 0:
            return "on the day"
        case -1:
            return "the day before"
        case 1:
            return "the day after"
        case days:
            return f"{spoken.span(timedelta(days=abs(days)))} {'before' if days < 0 else 'after'}"


def describe(strategy: Strategy, currency: str = "") -> str:
    """Writes the whole strategy in plain English, with an empty line between its parts; prices are in `currency`."""
    quiet = strategy.quiet
    night = f"between {spoken.clock(quiet.start)} and {spoken.clock(quiet.end)}"
    hush = (
        f"Nothing else is sent {night}, by the clock where each person lives."
        if quiet.start != quiet.end
        else "There are no quiet hours: notices may arrive at any time."
    )
    calling = strategy.calling
    parts = [
        ["How we tell people about our meetings", _agreed(strategy)],
        ["For each meeting, people get:", *(f"- {_described(rule, currency)}" for rule in strategy.timed)],
        ["When something happens to a meeting:", *(f"- {line}" for line in _changes(strategy))],
        [
            "Night and day:",
            f"- {hush}",
            f"- We ring people between {spoken.clock(calling.start)} and {spoken.clock(calling.end)}.",
            f"- At {spoken.clock(strategy.coordinators_evening)} coordinators get the list of what goes out tomorrow.",
        ],
        ["If we can't find out whether a message has left:", *(f"- {line}" for line in _doubt(strategy))],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _agreed(strategy: Strategy) -> str:
    if not strategy.agreed_with and strategy.agreed_on is None:
        return "Nobody has agreed this yet."
    by = f" with {strategy.agreed_with}" if strategy.agreed_with else ""
    on = f" on {spoken.day(strategy.agreed_on)}" if strategy.agreed_on else ""
    return f"Agreed{by}{on}."


_WHOM = {
    Audience.EVERYONE: "to everyone",
    Audience.YES_OR_NOTHING: "to everyone who has not said no",
    Audience.YES: "to those who said yes",
}


def _described(rule: Rule, currency: str) -> str:
    name = words_for(rule)
    sentences = [f"{name[0].upper()}{name[1:]} at {spoken.clock(rule.at)}, {_WHOM[rule.to]}." if rule.at else name]
    if rule.kind is Kind.THANKS:
        sentences.append("Only where a coordinator has written them.")
    sentences.append(_RUNG if rule.calls else _NOT_RUNG)
    anchor, span = rule.not_after
    if rule.kind in AHEAD and anchor is Anchor.START and span:
        sentences.append(f"Not sent any more {spoken.span(span)} before the meeting.")
    elif anchor is Anchor.DUE:
        sentences.append(f"Not sent any more {spoken.span(span)} later.")
    if rule.max_cost is not None:
        most = f"if its texts cost more than {currency}{rule.max_cost:.2f}"
        sentences.append(f"It waits until somebody agrees {most}.")
    return " ".join(sentences)


_RUNG = "Whoever we can only ring is rung."
_NOT_RUNG = "Nobody is rung for it."


def _changes(strategy: Strategy) -> list[str]:
    change, cancelled = strategy.rule(Kind.CHANGE), strategy.rule(Kind.CANCELLATION)
    lines = ["When it moves or is cancelled, everyone who was told of it is told. What was not sent yet is stopped."]
    lines.append(
        "They hear at once"
        + (", or in the morning if it is night." if strategy.changes_wait_for_morning else ", also at night.")
    )
    within = spoken.span(strategy.change_within)
    if strategy.change_within:
        lines.append(
            f"Less than {within} before the meeting they hear at once, also at night, in every way that they allow. "
            "Those to ring are first on the list of calls."
        )
    if change.calls == cancelled.calls:
        lines.append(_RUNG if change.calls else _NOT_RUNG)
    else:
        lines += [
            f"{name}: {_RUNG if rule.calls else _NOT_RUNG}"
            for name, rule in (("A change", change), ("A cancellation", cancelled))
        ]
    return lines


def _doubt(strategy: Strategy) -> list[str]:
    lines = []
    for policy, what in (
        (DuplicatePolicy.PREFER_TELLING_TWICE, "we send it again. Twice is better than not at all."),
        (DuplicatePolicy.PREFER_SILENCE, "we do not send it again. A person looks into it."),
    ):
        names = [
            words_for(rule)
            for rule in (*strategy.timed, *(strategy.rule(kind) for kind in AT_ONCE))
            if rule.policy is policy
        ]
        if names:
            lines.append(f"For {spoken.listed(names)}, {what}")
    return lines


@dataclass(frozen=True, slots=True)
class Facts:
    """How the people on file can be told, counted by person.

    `people` are all who would be invited. `by_channel` counts them by the channel they are told on first.
    `only_rung` have a phone to ring and nothing else; `only_online` only channels that need the internet (e-mail,
    Telegram), so that nobody could ring or text them; `no_route` have nothing at all.
    """

    people: int
    by_channel: Mapping[str, int]
    only_rung: int = 0
    only_online: int = 0
    no_route: int = 0


def check(strategy: Strategy, facts: Facts) -> list[str]:
    """Says in whole sentences what a strategy means for the people on file."""
    if not facts.people:
        return ["Nobody is on file yet."]
    lines = [f"{_people(facts.people)} on file: {_by_channel(facts)}."]
    rung = f"{facts.only_rung} of {facts.people} can only be rung"
    calls = [words_for(rule) for rule in (*strategy.timed, *(strategy.rule(kind) for kind in AT_ONCE)) if rule.calls]
    silent = [words_for(rule) for rule in strategy.timed if not rule.calls]
    if not facts.only_rung:
        lines.append("Nobody can only be rung.")
    elif not calls:
        lines.append(f"{rung}, and nothing here is worth a call: they would hear of no meeting.")
    else:
        ahead = sum(rule.calls for rule in strategy.timed)
        lines.append(f"{rung}. They are rung for {spoken.listed(calls)}.")
        lines.append(f"That is {facts.only_rung * ahead} calls for a meeting that stays as it was planned.")
        if silent:
            lines.append(f"They do not get {spoken.listed(silent, 'or')}.")
    if facts.only_online:
        lines.append(
            f"{facts.only_online} of {facts.people} are told only online. Ask them for a phone number as well."
        )
    else:
        lines.append("Nobody is told only online.")
    if facts.no_route:
        lines.append(f"{facts.no_route} of {facts.people} have no route on file. Somebody must visit or write to them.")
    if not strategy.agreed_on:
        lines.append("This strategy does not say when it was agreed.")
    return lines


def _people(number: int) -> str:
    return "1 person is" if number == 1 else f"{number} people are"


_BY = {EMAIL: "by e-mail", SMS: "by text", TELEGRAM: "on Telegram", PHONE: "by a call"}


def _by_channel(facts: Facts) -> str:
    counts = [f"{count} {_BY.get(channel, f'by {channel}')}" for channel, count in facts.by_channel.items() if count]
    if facts.no_route:
        counts.append(f"{facts.no_route} in no way yet")
    return "told first " + spoken.listed(counts) if counts else "nobody can be told"
