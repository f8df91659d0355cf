from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import FORMATS, fold
from core.consents import Basis, Consent, read_consents
from core.errors import UserError
from core.headings import COLUMNS, understand
from core.people import CHANNELS
from core.people_file import PeopleFile, cells, read_people, template
from core.person_row import PersonRow
from core.sheets import Table, read_sheet, write_csv


def read(*rows: dict[str, str]) -> PeopleFile:
    header = list(dict.fromkeys(heading for row in rows for heading in row))
    table = Table("People", header, [[row.get(heading, "") for heading in header] for row in rows])
    return read_people(write_csv(table), "people.csv", "GB")


def one(**row: str) -> PersonRow:
    file = read({"name": "Ann Carter", **row})
    assert file.errors == []
    return file.rows[0]


def wrong(**row: str) -> list[tuple[str, str]]:
    file = read({"name": "Ann Carter", **row})
    assert file.rows == []
    assert all(problem.row == 2 and problem.mend for problem in file.errors)
    return [(problem.column, problem.problem) for problem in file.errors]


# Headings


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Full Name", "name"),
        ("TEL", "phone"),
        ("Telephone No.", "phone"),
        ("Landline", "phone"),
        ("Mob:", "mobile"),
        ("Mobile number", "mobile"),
        ("Cell", "mobile"),
        ("E-Mail", "email"),
        ("e mail address", "email"),
        ("Mail", "email"),
        ("Known as", "called"),
        ("Preferred name", "called"),
        ("Contact method", "preferred_channel"),
        ("preferred channel", "preferred_channel"),
        ("Group", "groups"),
        ("Time-zone", "timezone"),
    ],
)
def test_usual_headings_are_understood(heading: str, column: str) -> None:
    header = [heading] if column == "name" else ["name", heading]
    assert understand(header).meant[column] == heading


def test_first_name_and_surname_make_the_name() -> None:
    file = read({"Surname": "Carter", "First name": "Ann"}, {"Surname": "Khan", "First name": ""})
    assert [row.name for row in file.rows] == ["Ann Carter", "Khan"]
    assert read({"Name": "Ann", "Surname": "Carter"}).rows[0].name == "Ann Carter"
    assert read({"Name": "Ann Carter", "Surname": "carter"}).rows[0].name == "Ann Carter"
    assert read({"Name": "Ann Carter", "First name": "Ann", "Surname": "Carter"}).rows[0].name == "Ann Carter"


def test_two_headings_for_one_column_are_refused_by_name() -> None:
    with pytest.raises(UserError, match='"Tel" and "Landline" both mean "phone"'):
        understand(["name", "Tel", "Landline"])


def test_a_file_without_names_is_refused_with_how_to_mend_it() -> None:
    with pytest.raises(UserError, match="no column with people's names") as raised:
        read({"email": "ann@example.org"})
    assert "Surname" in raised.value.mend


def test_other_columns_are_reported_and_kept_in_the_notes() -> None:
    file = read({"name": "Ann", "Shoe size": "5", "notes": "Rings back", "Car": ""})
    assert file.extra_columns == ["Shoe size", "Car"]
    assert file.rows[0].notes == "Rings back\nShoe size: 5"


# One row


def test_a_full_row_is_read() -> None:
    assert one(
        called="Annie",
        preferred_channel="Text",
        email="ann@example.org",
        mobile="07700 900123",
        telegram="4711",
        phone="020 7946 0018",
        never="phone",
        held_by="Joe Carter",
        language="Welsh",
        groups="Planning; Carers, and friends;planning",
        format="Large print",
        support="Speak slowly",
        timezone="europe/london",
        consent="consent 2026-03-01 form: Yes",
        notes="one\r\ntwo",
    ) == PersonRow(
        number=2,
        name="Ann Carter",
        called="Annie",
        preferred="sms",
        routes=(
            ("sms", "+447700900123"),
            ("email", "ann@example.org"),
            ("telegram", "4711"),
            ("phone", "+442079460018"),
        ),
        never=("phone",),
        held_by="Joe Carter",
        language="cy",
        groups=("Planning", "Carers, and friends"),
        format="large_print",
        support="Speak slowly",
        timezone="Europe/London",
        consents=(Consent(Basis.CONSENT, read_consents("consent 2026-03-01")[0].given_on, (), "form", "Yes"),),
        notes="one\ntwo",
    )


def test_without_a_preferred_channel_the_first_address_comes_first() -> None:
    row = one(phone="020 7946 0018", mobile="07700 900123")
    assert row.preferred == ""
    assert [channel for channel, _ in row.routes] == ["sms", "phone"]
    row = one(email="ann@example.org", phone="020 7946 0018", never="email")
    assert [channel for channel, _ in row.routes] == ["phone", "email"]


@pytest.mark.parametrize(
    ("word", "channel"),
    [
        ("E-mail", "email"),
        ("TEXTS", "sms"),
        ("Mobile", "sms"),
        ("ring", "phone"),
        ("landline", "phone"),
        ("mail", "email"),
    ],
)
def test_usual_words_for_a_channel_are_understood(word: str, channel: str) -> None:
    row = one(preferred_channel=word, email="a@example.org", mobile="07700 900123", phone="02079460018")
    assert (row.preferred, row.routes[0][0]) == (channel, channel)


def test_a_preferred_channel_needs_its_address() -> None:
    assert wrong(preferred_channel="email", mobile="07700 900123") == [
        ("email", "email is the preferred channel, but email is empty")
    ]
    file = read({"name": "Ann", "preferred_channel": "phone", "mobile": "07700 900123"})
    assert "copy its number to the column phone" in file.errors[0].mend


def test_telegram_may_be_preferred_before_the_person_has_joined() -> None:
    file = read({"name": "Ann", "preferred_channel": "telegram", "email": "a@example.org"})
    assert file.errors == []
    assert file.rows[0].preferred == "telegram"
    assert [(remark.column, remark.row) for remark in file.remarks] == [("telegram", 2)]


def test_an_address_that_is_wrong_is_not_also_said_to_be_missing() -> None:
    assert wrong(preferred_channel="email", email="ann@") == [("email", "This is not an e-mail address")]


def test_the_preferred_channel_can_not_be_one_never_to_use() -> None:
    assert wrong(preferred_channel="phone", phone="02079460018", never="email; phone")[0][0] == "never"


def test_nobody_is_left_out_in_silence_a_row_without_an_address_is_remarked_on() -> None:
    file = read({"name": "Ann"})
    assert file.rows[0].routes == ()
    assert file.remarks[0].problem == "There is no address in this row"


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("email", "ann@", "not an e-mail address"),
        ("mobile", "020 7946 0018", "not a mobile number"),
        ("phone", "999", "no such phone number"),
        ("telegram", "@ann", "named by a number"),
        ("never", "email; fax", "channel is not known"),
        ("preferred_channel", "pigeon", "channel is not known"),
        ("language", "Klingonish", "language is not known"),
        ("format", "hologram", "format is not known"),
        ("timezone", "Mars", "time zone is not known"),
        ("consent", "yes", "can't be understood"),
        ("consent", "consent 2026-02-30", "no such date"),
        ("called", "An\nnie", "line break"),
        ("held_by", "Joe\rEve", "line break"),
        ("groups", "A\x07B", "can't be shown"),
        ("called", "x" * 101, "longer than 100"),
        ("support", "x" * 1001, "longer than 1,000"),
        ("notes", "x" * 5_000_000, "A cell is too long"),
        ("notes", "x" * 8001, "longer than 8,000"),
    ],
)
def test_each_wrong_cell_is_named_with_its_column(column: str, value: str, problem: str) -> None:
    if len(value) > 100_000:
        with pytest.raises(UserError, match=problem):
            read({"name": "Ann", column: value})
        return
    found = wrong(**{column: value})
    assert [where for where, _ in found] == [column]
    assert problem in found[0][1]


@pytest.mark.parametrize(
    "name", ["Ann\nCarter", "Ann\r\nBcc: eve", "Ann\rCarter", "Ann\u2028Carter", "A\ufdd0b", "A\x1bb"]
)
def test_a_line_break_or_control_character_in_a_name_is_an_error(name: str) -> None:
    assert [column for column, _ in wrong(name=name)] == ["name"]


def test_a_name_is_needed_and_can_not_be_endless() -> None:
    assert wrong(name=" \u200b ") == [("name", "The name is missing")]
    assert "longer than 200" in wrong(name="x" * 201)[0][1]
    assert "longer than 200" in read({"first name": "x" * 150, "surname": "y" * 150}).errors[0].problem


def test_names_are_tidied_and_keep_their_own_script() -> None:
    assert one(name=" Ann \u00a0  Carter ").name == "Ann Carter"
    assert one(name="Zoe\u0308").name == "Zoë"
    assert one(name="\u202eAnn\u202c").name == "Ann"
    assert one(name="می\u200cنا").name == "می\u200cنا"


def test_every_row_is_checked_and_all_errors_come_back() -> None:
    file = read(
        {"name": "Ann", "email": "ann@", "mobile": "12"},
        {"name": "Ben", "email": "ben@example.org", "mobile": ""},
        {"name": "", "email": "x@example.org", "mobile": "020 7946 0018"},
    )
    found = [(problem.row, problem.column) for problem in file.errors]
    assert found == [(2, "email"), (2, "mobile"), (4, "name"), (4, "mobile")]
    assert [row.name for row in file.rows] == ["Ben"]


def test_a_comma_too_many_is_an_error_of_its_row() -> None:
    file = read_people(b"name,notes\nAnn,likes tea, and cake\nBen,x\n", "people.csv", "GB")
    assert [(problem.row, problem.problem) for problem in file.errors] == [
        (2, "This row has more cells than there are headings")
    ]
    assert [row.name for row in file.rows] == ["Ben"]


def test_no_error_repeats_an_address() -> None:
    file = read({"name": "Ann", "email": "secret@@x", "mobile": "02079460018", "telegram": "@secret"})
    assert len(file.errors) == 3
    assert not any("secret" in str(problem) or "7946" in str(problem) for problem in file.errors)


# Duplicates


def test_the_same_name_with_the_same_address_twice_names_both_rows() -> None:
    file = read(
        {"name": "Ann Carter", "email": "ann@example.org"},
        {"name": "Ben", "email": ""},
        {"name": "ANN  CARTER", "email": "Ann@example.org"},
    )
    assert [(problem.row, "row 4" in problem.problem, "row 2" in problem.problem) for problem in file.errors] == [
        (2, True, False),
        (4, False, True),
    ]
    assert [row.name for row in file.rows] == ["Ben"]


def test_the_same_name_twice_is_well_if_the_addresses_tell_them_apart() -> None:
    file = read({"name": "Ann", "email": "a@example.org"}, {"name": "Ann", "email": "b@example.org"})
    assert (file.errors, len(file.rows)) == ([], 2)


def test_the_same_name_twice_is_an_error_if_one_has_no_address() -> None:
    for first, second in (("a@example.org", ""), ("", "a@example.org"), ("", "")):
        assert len(read({"name": "Ann", "email": first}, {"name": "Ann", "email": second}).errors) == 2


def test_two_people_may_share_a_phone_and_a_mailbox() -> None:
    file = read(
        {"name": "Ann", "mobile": "07700900123", "email": "home@example.org"},
        {"name": "Joe", "mobile": "07700900123", "email": "home@example.org"},
    )
    assert file.errors == []


# Consent, the template, and writing rows


@pytest.mark.parametrize(
    ("cell", "consent"),
    [
        ("consent 2026-03-01", ("consent", (), "", "")),
        ("Soft opt-in 2026-03-01 shop", ("soft_opt_in", (), "shop", "")),
        ("service 2026-03-01 (telegram) joined by link", ("service", ("telegram",), "joined by link", "")),
        ("consent 2026-03-01 form: Yes: please", ("consent", (), "form", "Yes: please")),
        ("consent 2026-03-01 (sms, email) form", ("consent", ("sms", "email"), "form", "")),
        ("consent 2026-03-01 (paper) form", ("consent", (), "(paper) form", "")),
    ],
)
def test_consent_is_read_with_its_channels_source_and_words(cell: str, consent: tuple[object, ...]) -> None:
    (found,) = read_consents(cell)
    assert (found.basis, found.channels, found.source, found.wording) == consent
    assert found.given_on.isoformat() == "2026-03-01"


@pytest.mark.parametrize("name", ["people.csv", "people.xlsx"])
def test_the_template_is_read_without_errors_and_its_examples_are_passed_over(name: str) -> None:
    data = template(name)
    assert read_sheet(data, name).header == list(COLUMNS)
    file = read_people(data, name, "GB")
    assert (file.rows, file.errors, len(file.remarks)) == ([], [], 2)
    again = read_people(data.replace(b"Example:", b""), name, "GB") if name.endswith("csv") else None
    assert again is None or (len(again.rows), again.errors) == (2, [])


def test_the_page_for_coordinators_tells_of_every_column_and_format() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "people-file.md").read_text(encoding="utf-8")
    assert [word for word in (*COLUMNS, *FORMATS, *CHANNELS) if f"`{word}`" not in page] == []
    rows = re.search(r"```csv\n(.*?)```", page, re.DOTALL)
    assert rows
    file = read_people(rows[1].encode(), "people.csv", "GB")
    assert (len(file.rows), file.errors) == (3, [])


NAME = st.text(st.characters(categories=["L", "Nd", "P", "Zs"]), min_size=1, max_size=15).filter(
    lambda text: text.strip() and not text.startswith("Example:")
)


@st.composite
def people(draw: st.DrawFn) -> dict[str, str]:
    row = {
        "name": draw(NAME),
        "called": draw(st.just("") | NAME),
        "held_by": draw(st.just("") | NAME),
        "email": draw(st.sampled_from(["", "ann@example.org", "Zoë@example.com"])),
        "mobile": draw(st.sampled_from(["", "07700900123", "+1 202 555 0123"])),
        "telegram": draw(st.sampled_from(["", "12345"])),
        "phone": draw(st.sampled_from(["", "020 7946 0018"])),
        "language": draw(st.sampled_from(["", "Welsh", "pt-br"])),
        "groups": ";".join(draw(st.lists(NAME.filter(lambda text: ";" not in text), max_size=3))),
        "format": draw(st.sampled_from(["", *FORMATS])),
        "consent": draw(st.sampled_from(["", "consent 2026-01-02 (email) a: b: c\nsoft opt in 2026-02-03 x"])),
        "notes": draw(st.text(st.characters(categories=["L", "P"]) | st.just("\n"), max_size=20)),
    }
    given = [
        channel
        for channel, column in zip(CHANNELS, ("email", "mobile", "telegram", "phone"), strict=True)
        if row[column]
    ]
    row["preferred_channel"] = draw(st.sampled_from(["", "telegram", *given]))
    row["never"] = ";".join(draw(st.sets(st.sampled_from(CHANNELS))) - {row["preferred_channel"]})
    return row


@given(people())
@settings(max_examples=80, deadline=None)
def test_a_row_written_and_read_again_is_the_same_person(row: dict[str, str]) -> None:
    first = read(row)
    assert first.errors == []
    again = read_people(write_csv(Table("", COLUMNS, [cells(first.rows[0])])), "people.csv", "GB")
    assert again.errors == []
    assert again.rows == first.rows


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)
