from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from actions import fonts
from core.sheets import Table, read_sheet, write_csv
from tests.cli.conftest import Program
from tests.core import paper

LATER = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d 17:00")  # noqa: TID251 - the program's own clock


@pytest.fixture
def ringing(program: Program) -> Program:
    """Two people who can only be rung, and a notice for them that has been put on the list."""
    text = "name,preferred_channel,phone\nAnn Carter,phone,01632 960111\nBob Dean,phone,01632 960112\n"
    (program.folder / "people.csv").write_text(text, encoding="utf-8")
    program.good("people", "import", "people.csv")
    program.good("notice", "send", "--text", "We meet on Monday.", "--yes", "--wait")
    return program


def fill(program: Program, file: str, outcome: str) -> None:
    sheet = read_sheet((program.folder / file).read_bytes(), file)
    rows = [[*{**row.cells, "outcome": outcome}.values()] for row in sheet.rows]
    (program.folder / file).write_bytes(write_csv(Table("Calls", sheet.header, rows)))


def test_a_list_is_handed_out_and_comes_back(ringing: Program) -> None:
    done = ringing.good("calls", "export", "calls.csv", "--for", "Jo Bell", "--until", LATER)
    assert "2 calls" in done.err
    assert "Jo Bell's" in done.err
    listed = ringing.good("calls", "list", "--json").json
    assert {(one["with_whom"], one["paper"]) for one in listed} == {("Jo Bell", True)}
    none_left = ringing.here("calls", "export", "other.csv", "--for", "Al", "--until", LATER)
    assert (none_left.code, (ringing.folder / "other.csv").exists()) == (2, False)
    assert "other callers have all 2 calls" in none_left.err
    fill(ringing, "calls.csv", "no answer")
    for noted, unchanged in ((2, 0), (0, 2)):
        answer = ringing.good("calls", "import", "calls.csv", "--json").json
        assert answer == {"noted": noted, "unchanged": unchanged, "flagged": [], "errors": []}


def test_a_row_that_cannot_be_understood_is_shown_and_ends_with_2(ringing: Program) -> None:
    ringing.good("calls", "export", "calls.csv")
    fill(ringing, "calls.csv", "shouted")
    done = ringing.here("calls", "import", "calls.csv")
    assert done.code == 2
    assert "shouted" in done.out
    assert "import it again" in done.err
    found = ringing.here("calls", "import", "calls.csv", "--json")
    assert (found.code, [one["row"] for one in found.json["errors"]]) == (2, [2, 3])


def test_a_printed_list_is_a_pdf(ringing: Program) -> None:
    ringing.good("calls", "export", "calls.pdf", "--for", "Jo Bell", "--until", LATER)
    first, second = paper.pages((ringing.folder / "calls.pdf").read_bytes())
    assert ("For Jo Bell" in first, "We meet on Monday." in first) == (True, True)
    assert ("Ann Carter" in second, "01632 960112" in second) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("export", "calls.csv", "--for", "Jo"), "both a name and a time"),
        (("export", "calls.csv", "--for", "Jo", "--until", "tomorrow"), "not a day and a time"),
        (("export", "calls.csv", "--for", "Jo", "--until", "2001-01-01 10:00"), "out of date"),
        (("export", "calls.csv", "--for", "Jo", "--until", "2099-01-01 10:00"), "14 days at most"),
        (("export", "calls.doc"), "must end in"),
        (("import", "people.csv"), 'no column "code"'),
        (("import", "nothing.csv"), "no such file"),
    ],
)
def test_a_slip_gets_a_plain_sentence(ringing: Program, arguments: tuple[str, ...], what: str) -> None:
    done = ringing.here("calls", *arguments)
    assert done.code == 2
    assert what in done.err
    assert "Traceback" not in done.err


def test_what_cannot_be_printed_is_said_and_a_sheet_offered(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """First a name and somebody's needs, then the words that are to be said."""
    monkeypatch.setattr(fonts, "_folders", list)  # a machine without a font of its own
    text = "name,preferred_channel,phone,support\n王小明,phone,01632 960111,普通话\n"
    (program.folder / "people.csv").write_text(text, encoding="utf-8")
    program.good("people", "import", "people.csv")
    program.good("notice", "send", "--text", "We meet on Monday.", "--yes", "--wait")
    done = program.good("calls", "export", "calls.pdf", "--for", "Jo", "--until", LATER)
    said = " ".join(done.err.split())
    assert "No font on this computer can print 2 texts in full: name: 王小明, 王小明, needs: 普通话." in said
    program.good("notice", "send", "--text", "We meet on 星期一.", "--yes", "--wait")
    refused = program.here("calls", "export", "more.pdf", "--for", "Jo", "--until", LATER)
    assert (refused.code, (program.folder / "more.pdf").exists()) == (2, False)
    assert "of what is to be said: 星期一. Make a sheet instead (.xlsx)" in " ".join(refused.err.split())
