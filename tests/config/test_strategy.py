from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.strategy import default_text, load, read
from config.toml_lines import line_of
from core.delivery import DuplicatePolicy
from core.errors import ConfigError
from core.notices import Kind
from core.quiet import QuietHours
from core.strategy import DEFAULT_RULES, Anchor, Audience, Hours, NotAfter, Rule, Strategy

WHOLE = """\
agreed_with = "members' meeting"
agreed_on = 2027-01-15

[quiet]
start = "22:00"
end = "7:30"

[calls]
start = "09:00"
end = "12:30"

[coordinators]
evening = 19:00:00

[changes]
at_once_within = "2 days"
wait_for_morning = false

[[notice]]
kind = "invitation"
days_before = 21
at = "9:15"
to = "everyone"
calls = true
not_after = "2 hours before start"
in_doubt = "twice"
words = \"\"\"
Dear {first_name},
at = "not a key"
please come to {title}.\"\"\"

[[notice]]
kind = "reminder"   # of the day before
days_before = 1
at = "18:00"
to = "yes"
not_after = "90 minutes after due"
sms_words = "See you {when}"
"""


def test_the_strategy_that_ships_is_the_usual_one() -> None:
    assert read(default_text()) == Strategy()


def test_an_empty_file_is_the_usual_strategy() -> None:
    assert read("") == Strategy()


def test_every_value_is_read() -> None:
    invitation, reminder, change, cancellation = read(WHOLE).rules
    assert invitation == Rule(
        Kind.INVITATION,
        21,
        time(9, 15),
        Audience.EVERYONE,
        True,
        NotAfter(Anchor.START, timedelta(hours=2)),
        DuplicatePolicy.PREFER_TELLING_TWICE,
        'Dear {first_name},\nat = "not a key"\nplease come to {title}.',
    )
    assert reminder.not_after == NotAfter(Anchor.DUE, timedelta(minutes=90))
    assert (reminder.to, reminder.calls, reminder.sms_words) == (Audience.YES, False, "See you {when}")
    assert (change, cancellation) == DEFAULT_RULES[-2:]  # nobody can leave these out
    assert replace(read(WHOLE), rules=()) == Strategy(
        (),
        QuietHours(time(22), time(7, 30)),
        Hours(time(9), time(12, 30)),
        "members' meeting",
        date(2027, 1, 15),
        time(19),
        timedelta(days=2),
        False,
    )


def test_a_file_is_read_with_the_mark_that_some_editors_write(tmp_path: Path) -> None:
    path = tmp_path / "strategy.toml"
    path.write_text(WHOLE, encoding="utf-8-sig", newline="\r\n")
    assert load(path).agreed_on == date(2027, 1, 15)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"can't be read: No such file.*strategy\.toml"):
        load(tmp_path / "strategy.toml")
    (tmp_path / "strategy.toml").write_bytes(b"agreed_with = '\xff'")
    with pytest.raises(ConfigError, match="Save it as UTF-8"):
        load(tmp_path / "strategy.toml")


def error_of(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        read(text, "strategy.toml")
    return raised.value


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "mend"),
    [
        ('at = "9:15"', 'at = "25:00"', 22, "at can't be '25:00'", '"00:00" to "23:59"'),
        ('at = "9:15"', "at = 9", 22, "at can't be 9", '"00:00" to "23:59"'),
        ('at = "18:00"', 'at = "9am"', 35, "at can't be '9am'", '"00:00" to "23:59"'),
        ('start = "22:00"', 'start = "ten"', 5, "start can't be 'ten'", '"00:00" to "23:59"'),
        ('start = "09:00"', 'start = ""', 9, "start can't be ''", '"00:00" to "23:59"'),
        ('to = "yes"', 'to = "maybe"', 36, "to can't be 'maybe'", '"everyone", "yes_or_nothing" or "yes"'),
        ("calls = true", 'calls = "yes"', 24, "calls can't be 'yes'", "true or false"),
        ("calls = true", "calls = 1", 24, "calls can't be 1", "true or false"),
        ("days_before = 1\n", "days_before = true\n", 34, "days_before can't be True", "number of days"),
        ("days_before = 1\n", "days_before = 1.5\n", 34, "days_before can't be 1.5", "number of days"),
        ("days_before = 1\n", "days_after = 1\n", 34, "no rule called 'days_after'", "Did you mean days_before?"),
        ("days_before = 21", "days_before = 900", 21, "nobody has planned it yet", "0 to 365"),
        ("days_before = 21\n", "", 19, "days_before is missing", "0 to 365"),
        ('in_doubt = "twice"', 'in_doubt = "?"', 26, "in_doubt can't be '?'", '"silence" or "twice"'),
        ("90 minutes after due", "soon", 37, "not_after can't be 'soon'", '"3 days after due"'),
        ("90 minutes after due", "5 minutes after due", 37, "too late at once", "at least 10 minutes"),
        ("2 hours before start", "30 days before start", 25, "too late before it is due", 'Write "start"'),
        ('kind = "invitation"', 'kind = "invite"', 20, "kind can't be 'invite'", '"invitation", "reminder", "thanks"'),
        ('kind = "invitation"', 'kind = "alert"', 20, "kind can't be 'alert'", '"change" or "cancellation"'),
        ('kind = "invitation"\n', "", 19, "does not say what it is", 'kind = "invitation"'),
        ('kind = "invitation"', 'kind = "reminder"', 19, "nobody would hear of a meeting", "Add one"),
        ('kind = "invitation"', 'kind = "change"', 21, "no rule called 'days_before'", "may stand in"),
        ("[quiet]", "[silence]", 4, "no rule called 'silence'", "calls"),
        ("[changes]\n", "[changes]\nat_onc = 1\n", 16, "no rule called 'at_onc'", "at_once_within"),
        ('"2 days"', '"2 weeks"', 16, "at_once_within can't be '2 weeks'", '"24 hours"'),
        ("agreed_on = 2027-01-15", 'agreed_on = "in May"', 2, "agreed_on can't be 'in May'", "2027-01-15"),
        ("agreed_on = 2027-01-15", "agreed_on = 2027-01-15T10:00:00", 2, "agreed_on can't be", "2027-01-15"),
        ('agreed_with = "members\' meeting"', "agreed_with = 3", 1, "agreed_with can't be 3", "in quotes"),
        ('at = "18:00"', 'at = "23:00"', 35, "in nobody's waking hours", "10pm to 7:30am"),
        ('end = "12:30"', 'end = "08:00"', 8, "hours for calls end before they begin", "10:00 and 17:00"),
        ("evening = 19:00:00", 'evening = "23:00"', 13, "in quiet hours", "10pm to 7:30am"),
        ("{title}.", "{titel}.", 27, "no placeholder {titel}", "Did you mean {title}?"),
        ("See you {when}", "www.example.org", 38, "web address", "text"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_may_stand_there(
    old: str, new: str, line: int | None, what: str, mend: str
) -> None:
    assert old in WHOLE
    error = error_of(WHOLE.replace(old, new, 1))
    assert what in error.what
    assert error.where == (f"strategy.toml, line {line}" if line else "strategy.toml")
    assert mend.lower() in error.mend.lower()


def test_two_reminders_at_one_moment_are_refused_at_the_line_of_the_second() -> None:
    again = '\n[[notice]]\nkind = "reminder"\ndays_before = 1\nat = "18:00"\n'
    error = error_of(WHOLE + again)
    assert error.what == "Two notices of the kind reminder go out the day before"
    assert error.where == "strategy.toml, line 41"
    error = error_of(WHOLE.replace("days_before = 1\n", "days_before = 21\n").replace('"18:00"', '"9:15"'))
    assert error.what == "The invitation 21 days before and a reminder 21 days before go out at one moment"
    assert error.where == "strategy.toml, line 35"


def test_thanks_before_the_meeting_are_refused() -> None:
    error = error_of(WHOLE + '\n[[notice]]\nkind = "thanks"\ndays_before = 1\nat = "10:00"\n')
    assert (error.what, error.where) == ("There is no rule called 'days_before'", "strategy.toml, line 42")
    assert "Did you mean days_after?" in error.mend


def test_a_notice_with_one_bracket_is_told_how_to_write_it() -> None:
    error = error_of('[notice]\nkind = "invitation"\n')
    assert error.where == "strategy.toml, line 1"
    assert "[[notice]]" in error.mend


def test_a_quiet_that_is_no_table_is_told_so() -> None:
    error = error_of('\nquiet = "always"\n')
    assert (error.what, error.where) == ("quiet can't be 'always'", "strategy.toml, line 2")


def test_what_is_no_toml_is_told_with_its_line() -> None:
    error = error_of(WHOLE.replace('at = "9:15"', "at = 9:15"))
    assert "line 22" in error.what
    assert 'at = "10:00"' in error.mend


def test_an_error_is_a_whole_sentence_at_the_terminal() -> None:
    error = error_of(WHOLE.replace('"9:15"', '"25:00"'))
    assert str(error) == (
        'at can\'t be \'25:00\' (strategy.toml, line 22). Write a time of day from "00:00" to "23:59".'
    )


@pytest.mark.parametrize(
    ("table", "at", "key", "line"),
    [
        ("", 0, "agreed_on", 2),
        ("quiet", 0, "start", 5),
        ("calls", 0, "start", 9),
        ("calls", 0, "nothing", 8),
        ("notice", 0, "at", 22),
        ("notice", 0, "words", 27),
        ("notice", 1, "at", 35),
        ("notice", 1, "kind", 33),
        ("notice", 2, "kind", None),
        ("", 0, "changes", 15),
        ("", 0, "nothing", None),
        ("nothing", 0, "at", None),
    ],
)
def test_the_line_of_a_key_is_found(table: str, at: int, key: str, line: int | None) -> None:
    assert line_of(WHOLE, table, at, key) == line


def test_remarks_and_texts_hide_what_stands_in_them() -> None:
    text = "a = '''\nb = 1\n'''\n# b = \"\"\"\nc = '#' # b\nb = 2 # \"\"\"\n"
    assert line_of(text, "", 0, "b") == 6
    assert line_of(text, "", 0, "c") == 5


@given(st.integers(0, len(default_text())), st.integers(0, 12), st.text("\"'[]=#\n aeks019:.{}", max_size=6))
def test_any_slip_of_the_pen_gives_a_strategy_or_an_error_with_a_way_to_mend_it(at: int, gone: int, new: str) -> None:
    text = default_text()
    found, where, mend = Strategy(), "strategy.toml", "none needed"
    try:
        found = read(text[:at] + new + text[at + gone :], "strategy.toml")
    except ConfigError as error:
        where, mend = error.where, error.mend
    assert where.startswith("strategy.toml")
    assert mend
    assert found.timed


INVITED = '[[notice]]\nkind = "invitation"\ndays_before = 14\nat = "10:00"\n'


@pytest.mark.parametrize(("written", "amount"), [("5", "5"), ("7.50", "7.5"), ("0", "0")])
def test_a_notice_may_have_a_price_that_it_may_not_exceed(written: str, amount: str) -> None:
    strategy = read(f"{INVITED}max_cost = {written}\n")
    assert strategy.rule(Kind.INVITATION).max_cost == Decimal(amount)
    assert read(INVITED).rule(Kind.INVITATION).max_cost is None


@pytest.mark.parametrize("written", ['"5 pounds"', "-1", "true", "nan", "inf", "1e9"])
def test_a_price_that_is_none_names_its_line(written: str) -> None:
    with pytest.raises(ConfigError, match="max_cost can't be") as caught:
        read(f"{INVITED}max_cost = {written}\n")
    assert "line 5" in caught.value.where
    assert "like 5 or 7.50" in caught.value.mend


@pytest.mark.parametrize("kind", ["change", "cancellation"])
def test_a_change_and_a_cancellation_never_wait_for_money(kind: str) -> None:
    with pytest.raises(ConfigError, match="can't wait for money") as caught:
        read(f'{INVITED}[[notice]]\nkind = "{kind}"\nmax_cost = 5\n')
    assert "line 7" in caught.value.where
